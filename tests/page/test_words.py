"""The widget's words, and the server's, in other languages: none missing, all compiled.

`python build_support/catalogues.py` brings everything up to date and names what is untranslated.
"""

from __future__ import annotations

import gettext
import io
import re
from pathlib import Path

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


def scripts() -> list[Path]:
    """The widget's own modules, not what is built of them."""
    found = catalogues.TEXTS.parent.rglob("*.js")
    return [path for path in found if not path.name.startswith(("livesheet", "handsontable"))]


def test_the_languages() -> None:
    assert tuple(catalogues.languages()) == LANGUAGES


def test_every_word_of_the_script_is_known_to_django() -> None:
    wanted = catalogues.words()
    assert len(wanted) > 50
    assert wanted == words.ENGLISH, "run build_support/catalogues.py"
    lines = catalogues.TEXTS.read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if re.match(r"  \w+:", line)]
    assert len(keys) == len(wanted), "a word that is not one plain text in double quotes"


# Where no single row, cell or group is ever counted: the smallest number that is told there is two
# or a limit.
NEVER_ONE = {
    "copyAllRows", "copyFirst", "copyReady", "copiedPage", "deleteRows", "deleteSure",
    "deleteSureAgain", "duplicateRows", "fetchingRows", "groupLarge", "groupStays", "manyGroups",
    "pageOnly", "replacedPart", "strays", "tickEvery", "tickFirst", "tickedPart", "printedPart",
    "wholeRows", "wholeCells", "foundRowsMany", "rowsAbout", "inAllRows", "inFirstRows",
}  # fmt: skip
COUNTED = re.compile(r"\{n\} (?:more |new |selected |unsent )?(?P<noun>[a-z]+s|people)\b")


def test_one_is_not_said_as_many_are() -> None:
    """ "1 rows": each text that counts things has one for a single thing, or never tells of one."""
    known = words.ENGLISH
    counting = {key for key, text in known.items() if COUNTED.search(text)}
    assert {"rows", "clearSome", "morePeople"} <= counting
    singular = {key.removesuffix("_one") for key in known if key.endswith("_one")}
    assert sorted(counting - singular - NEVER_ONE) == []
    assert [key for key in singular if COUNTED.search(known[f"{key}_one"])] == []
    # And whoever says it asks `count` for the form.
    filled = re.compile(rf"fill\((?:[\w.]+\.)?texts\.({'|'.join(singular)})\b")
    assert [
        path.name for path in scripts() if filled.search(path.read_text(encoding="utf-8"))
    ] == []


# What was said once, and no native would say.
ODD = re.compile(r"there is none\b|none called|was asked for|\bstays:", re.IGNORECASE)


def test_what_is_said_is_plain_english() -> None:
    said = {text for _context, text in catalogues.messages()}
    assert "There is no such row." in said
    assert sorted(text for text in said if ODD.search(text)) == []


@each_language
def test_nothing_is_untranslated(language: str) -> None:
    assert catalogues.missing(language) == []


def test_a_count_is_written_as_the_language_of_the_page_does() -> None:
    """As `fill` writes a number. The browser's own language may be another."""
    assert len(scripts()) > 100
    ours = [path for path in scripts() if path.name != "texts.js"]  # whose comment says why
    bare = [path.name for path in ours if ".toLocaleString()" in path.read_text(encoding="utf-8")]
    assert bare == []


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
    assert config["texts"]["addRow"] == "Zeile hinzufügen"
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
