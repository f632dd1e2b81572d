"""The words of the package in other languages: from texts.js and the Python modules to .po and .mo.

    python build_support/catalogues.py            brings everything up to date, says what is missing
    python build_support/catalogues.py pt_BR      begins a language

The widget's own words are written in static/livesheet/texts.js; `livesheet/page/words.py` is made
of them, so that Django can translate them. The compiled catalogues are committed: a wheel, and a
checkout, need no msgfmt. Standard library only; tests/page/test_words.py sees that all is current.
"""

from __future__ import annotations

import ast
import json
import re
import struct
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "livesheet"
TEXTS = PACKAGE / "static" / "livesheet" / "texts.js"
WORDS = PACKAGE / "page" / "words.py"
LOCALE = PACKAGE / "locale"

# The widget's words are short, and other apps of a project may mean something else by them.
CONTEXT = "livesheet"
CALLS = {"_", "gettext", "gettext_lazy"}

Key = tuple[str, str]  # context and English
Catalogue = dict[Key, str]

PLURALS = {"fr": "nplurals=2; plural=(n > 1);"}
WORD = re.compile(r'^  (?P<key>\w+):\s*(?P<text>"(?:[^"\\\n]|\\.)*"),$', re.M)
ENTRY = re.compile(
    r'(?:^msgctxt (?P<context>".*")\n)?'
    r'^msgid (?P<id>"(?:.*"\n")*.*")\n'
    r'^msgstr (?P<text>"(?:.*"\n")*.*")$',
    re.M,
)

HEAD = '''# ruff: noqa: E501
"""Every word the widget says, in English; made of texts.js by build_support/catalogues.py."""

from __future__ import annotations

from django.utils.translation import pgettext

CONTEXT = "{context}"


def translated() -> dict[str, str]:
    """The widget's words in the active language, as far as they are not the English ones."""
    said = {{key: pgettext(CONTEXT, text) for key, text in ENGLISH.items()}}
    return {{key: text for key, text in said.items() if text != ENGLISH[key]}}


ENGLISH = {{
'''


def words() -> dict[str, str]:
    """The keys and texts of texts.js."""
    source = TEXTS.read_text(encoding="utf-8")
    body = source[source.index("export const TEXTS = {") : source.index("\n};")]
    return {match["key"]: json.loads(match["text"]) for match in WORD.finditer(body + "\n")}


def words_module() -> str:
    lines = [f"    {json.dumps(key)}: {literal(text)},\n" for key, text in words().items()]
    return HEAD.format(context=CONTEXT) + "".join(lines) + "}\n"


def literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def messages() -> list[Key]:
    """All that is translated: the widget's words, then what the Python modules say."""
    found = dict.fromkeys((CONTEXT, text) for text in words().values())
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and is_translation(node):
                found.setdefault(("", ast.literal_eval(node.args[0])))
    return list(found)


def is_translation(node: ast.Call) -> bool:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    is_text = bool(node.args) and isinstance(node.args[0], ast.Constant)
    return name in CALLS and is_text


def read(path: Path) -> Catalogue:
    """A .po file; the empty catalogue where there is none."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    return {
        (joined(match["context"] or '""'), joined(match["id"])): joined(match["text"])
        for match in ENTRY.finditer(text)
    }


def joined(lines: str) -> str:
    return "".join(json.loads(line) for line in lines.split("\n"))


def po(language: str, known: Catalogue) -> str:
    """The .po file: the present messages, as far as they are translated."""
    plural = PLURALS.get(language, "nplurals=2; plural=(n != 1);")
    head = (
        f"Language: {language}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
        f"Content-Transfer-Encoding: 8bit\nPlural-Forms: {plural}\n"
    )
    parts = [entry("", "", head)]
    for context, text in messages():
        parts.append(entry(context, text, known.get((context, text), "")))
    return "\n".join(parts)


def entry(context: str, text: str, translation: str) -> str:
    lines = [f"msgctxt {literal(context)}\n"] if context else []
    if text:
        flags = "#, python-format\n" if "%(" in text else ""
        lines.insert(0, flags)
    elif "\n" in translation:
        head = "".join(f"{literal(line)}\n" for line in translation.splitlines(keepends=True))
        return f'msgid ""\nmsgstr ""\n{head}'
    return "".join(lines) + f"msgid {literal(text)}\nmsgstr {literal(translation)}\n"


def mo(catalogue: Catalogue) -> bytes:
    """The .po file compiled, as msgfmt does."""
    texts = {
        (f"{context}\x04{text}" if context else text).encode(): translation.encode()
        for (context, text), translation in catalogue.items()
        if translation
    }
    ids = sorted(texts)
    at = 28 + 16 * len(ids)
    tables: list[list[int]] = [[], []]
    body = b""
    for table, strings in zip(tables, (ids, [texts[one] for one in ids]), strict=True):
        for string in strings:
            table += [len(string), at + len(body)]
            body += string + b"\0"
    count = len(ids)
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, at)
    return head + b"".join(struct.pack(f"<{2 * count}I", *table) for table in tables) + body


def languages() -> list[str]:
    return sorted(path.name for path in LOCALE.iterdir()) if LOCALE.exists() else []


def catalogue(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def missing(language: str) -> list[str]:
    known = read(catalogue(language))
    return [text for context, text in messages() if not known.get((context, text))]


def update(language: str) -> None:
    path = catalogue(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(po(language, read(path)), encoding="utf-8")
    path.with_suffix(".mo").write_bytes(mo(read(path)))


def main(wanted: list[str]) -> int:
    WORDS.write_text(words_module(), encoding="utf-8")
    status = 0
    for language in sorted({*languages(), *wanted}):
        update(language)
        for text in missing(language):
            print(f"{language}: {text}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
