"""The widget's words, and the server's, in other languages: none missing, all compiled.

`python build_support/catalogues.py` brings everything up to date and names what is untranslated.
"""

from __future__ import annotations

import gettext
import io
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from build_support import catalogues
from livesheet.exceptions import Refused
from livesheet.feed.frames import bye
from livesheet.page import words
from livesheet.sheet.permissions import admitted
from livesheet.templatetags.livesheet import sheet_config
from livesheet.wire import protocol

LANGUAGES = ("de", "es", "fr")
PLACE = re.compile(r"%\(\w+\)s|(?<!%)\{\w+\}")

each_language = pytest.mark.parametrize("language", LANGUAGES)


def test_the_languages() -> None:
    assert tuple(catalogues.languages()) == LANGUAGES


def test_every_word_of_the_script_is_known_to_django() -> None:
    wanted = catalogues.words()
    assert len(wanted) > 50
    assert wanted == words.ENGLISH, "run build_support/catalogues.py"
    lines = catalogues.TEXTS.read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if re.match(r"  \w+:", line)]
    assert len(keys) == len(wanted), "a word that is not one plain text in double quotes"


@each_language
def test_nothing_is_untranslated(language: str) -> None:
    assert catalogues.missing(language) == []


@each_language
def test_a_translation_fills_in_the_same(language: str) -> None:
    known = catalogues.read(catalogues.catalogue(language))
    wrong = {
        text: translated
        for (_context, text), translated in known.items()
        if text and translated and sorted(PLACE.findall(text)) != sorted(PLACE.findall(translated))
    }
    assert wrong == {}


@each_language
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    path = catalogues.catalogue(language)
    known = catalogues.read(path)
    assert path.read_text(encoding="utf-8") == catalogues.po(language, known)
    compiled = path.with_suffix(".mo").read_bytes()
    assert compiled == catalogues.mo(known)
    found = gettext.GNUTranslations(io.BytesIO(compiled))
    for (context, text), translated in known.items():
        if text:
            assert (found.pgettext(context, text) if context else found.gettext(text)) == translated


def test_a_page_has_the_words_of_its_language() -> None:
    with translation.override("de"):
        config = sheet_config("product")
    assert config["language"] == "de"
    assert config["texts"]["addRow"] == "Neue Zeile"
    assert "live" not in config["texts"], "the same in English: it need not be sent"
    with translation.override("pt"):  # that we do not have
        assert sheet_config("product")["texts"] == {}


def test_a_refused_socket_is_told_in_its_language() -> None:
    scope = {"type": "websocket", "user": AnonymousUser(), "headers": []}
    with pytest.raises(Refused) as raised:
        admitted(None, {}, scope)
    assert bye(raised.value, "fr")["message"] == "Cette feuille n’existe pas."
    assert bye(raised.value, "en")["message"] == "There is no such sheet."
    assert bye(Refused(protocol.TRY_AGAIN, "As it is."), "fr")["message"] == "As it is."
