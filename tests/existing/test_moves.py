"""django-mptt refuses that a node becomes its own descendant, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.existing.sheets import Opened
from tests.existing.site.models.trees import Genre

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_loop_is_refused_in_the_words_of_the_tree(ann: Any) -> None:
    rock = Genre.objects.create(name="Rock")
    punk = Genre.objects.create(name="Punk", parent=rock)
    with Opened(ann, Genre, ["name", "parent"]) as sheet:
        assert sheet.row(punk) == {"name": "Punk", "parent": str(rock.pk)}
        answer = sheet.edit(rock, "parent", str(punk.pk))
        assert answer == "A node may not be made a child of any of its descendants."
        assert sheet.edit(punk, "parent", None) == "saved"
