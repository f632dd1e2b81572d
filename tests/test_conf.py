from __future__ import annotations

import pytest
from django.test import override_settings

from livesheet import conf


def test_a_setting_is_read_lazily_and_forgotten_when_it_changes() -> None:
    with override_settings(LIVESHEET={"THREADS": 9}):
        assert conf.get("THREADS") == 9
        assert conf.get("RESEND_DAYS") == conf.DEFAULTS["RESEND_DAYS"]
    assert conf.get("THREADS") == conf.DEFAULTS["THREADS"]
    with override_settings(DEBUG=True):
        assert conf.get("THREADS") == conf.DEFAULTS["THREADS"]


def test_a_misspelt_setting_is_found() -> None:
    with override_settings(LIVESHEET={"THREDS": 9, "POLL_SECONDS": 1}):
        assert conf.unknown_keys() == ["THREDS"]


def test_only_settings_that_there_are_can_be_asked_for() -> None:
    with pytest.raises(KeyError, match="THREDS"):
        conf.get("THREDS")
