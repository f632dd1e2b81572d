"""The project of these tests itself: with all these packages in it, nothing of ours complains."""

from __future__ import annotations

import pytest
from django.core import checks


@pytest.mark.django_db(databases=["default", "archive"])
def test_the_packages_live_in_one_project_with_sheets() -> None:
    found = [message for message in checks.run_checks() if message.level >= checks.ERROR]
    assert found == []
