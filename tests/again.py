"""Another try has a time limit as well.

pytest-timeout sets its timer before the first, and takes it away when that fails: a test that waits
for ever at its second or third try would do so until the whole run is ended from outside. Each
conftest of tests that are tried again imports the hook.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_timeout import _get_item_settings


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    if getattr(item, "execution_count", 1) > 1:
        settings = _get_item_settings(item)
        item.config.hook.pytest_timeout_set_timer(item=item, settings=settings)
    return (yield)
