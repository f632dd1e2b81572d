"""Another try of a test has a time limit as well, and begins afresh.

pytest-timeout sets its timer before the first, and takes it away when that fails: a test that waits
for ever at its second or third try would do so until the whole run is ended from outside. And
pytest-rerunfailures keeps what the tests of a module share: a test that has saved 7 and failed
finds 7 there at its next try, which changes nothing any more, and fails for another reason. Each
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
        if settings.timeout:
            item.config.hook.pytest_timeout_set_timer(item=item, settings=settings)
        end_what_is_shared(item)
    return (yield)


def end_what_is_shared(item: pytest.Item) -> None:
    """Sites, databases and workers of the module end here, and the set-up makes new ones.

    What nobody asks for by its name stays: it shares nothing, but arranges the process once, as
    registered sheets are. So does what the whole session has, of which tests only take copies.
    """
    fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    for [*_, fixture] in fixtures.values():
        if fixture.scope == "module" and not fixture._autouse:
            fixture.finish(item._request)  # type: ignore[attr-defined]
