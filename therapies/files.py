"""Content files: a subject's working copy as readable JSON, and what is wrong with a file before it becomes rows."""

import json
import re
import reprlib
from bisect import bisect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from therapies import content, vocabulary
from therapies.models import CITING, Citation, Subject
from therapies.rows import model_of, row_values, staff_fields

LARGEST = 5_000_000  # bytes of one file
MOST_DIGITS = 9
LONGEST_SENTENCE = 240  # characters of one problem, which may repeat words of the file
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
KNOWN_WORDS = {
    "settings": vocabulary.SETTINGS,
    "situations": vocabulary.SITUATIONS,
    "premedicines": vocabulary.PREMEDICINES,
}


class BrokenFile(Exception):
    """All that is wrong with a content file: sentences, and the lines of the file that they are about."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def as_text(data: dict[str, Any]) -> str:
    """The text of a content file, from what `rows.as_file` gives."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    """What a content file says, fit for `rows.write`. Raises BrokenFile."""
    text = _text(path)
    twice: list[tuple[dict[str, Any], str]] = []

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                twice.append((found, name))
            found[name] = value
        return found

    def as_number(digits: str) -> float:
        """A number too long for any day or count becomes a fraction, which no field takes."""
        return int(digits) if len(digits) <= MOST_DIGITS else float(digits)

    try:
        data = json.loads(text, object_pairs_hook=as_object, parse_int=as_number)
        check = _Check(text)
        for found, name in twice:
            check.found(f"{name!r} is there twice in one object.", name, found.get("key"))
        check.content(data)
    except json.JSONDecodeError as error:
        raise BrokenFile((error.lineno, f"this is not JSON: {error.msg}.")) from error
    except RecursionError as error:
        raise BrokenFile((1, "this is nested too deeply.")) from error
    if check.problems:
        raise BrokenFile(*sorted(check.problems))
    assert isinstance(data, dict)  # noqa: S101 - for the type checker
    return data


def _text(path: Path) -> str:
    if not path.is_file():
        raise BrokenFile((1, "there is no such file."))
    if path.stat().st_size > LARGEST:
        raise BrokenFile((1, f"the file is larger than {LARGEST:,} bytes."))
    try:
        raw = path.read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise BrokenFile((1, f"the file can't be read: {error.strerror}.")) from error
    except UnicodeDecodeError as error:
        raise BrokenFile((raw.count(b"\n", 0, error.start) + 1, "this is not UTF-8.")) from error


class _Check:
    """Looks through the data of one file, and notes each problem with the line of the text where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[tuple[int, str]] = []
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._keys: dict[str, list[int]] = {}
        for match in re.finditer(r'"key"\s*:\s*("(?:[^"\\\n]|\\.)*")', text):
            self._keys.setdefault(json.loads(match[1], strict=False), []).append(match.start())

    def found(self, sentence: str, name: str = "", key: Any = None, *, again: bool = False) -> None:
        """Note a problem of the field or list of this name, or of the line of this key in it (or of the second such)."""
        named = re.search(rf'"{re.escape(name)}"\s*:', self.text)
        start = named.start() if name and named else 0
        places = [place for place in self._keys.get(key, []) if place >= start] if isinstance(key, str) else []
        place = places[min(again, len(places) - 1)] if places else start
        if len(sentence) > LONGEST_SENTENCE:
            sentence = f"{sentence[: LONGEST_SENTENCE // 2]} … {sentence[-LONGEST_SENTENCE // 2 :]}"
        self.problems.append((bisect(self._ends, place - 1) + 1, sentence))

    def content(self, data: Any) -> None:
        if not isinstance(data, dict):
            return self.found("an object is due here, in { }.")
        page = {name: value for name, value in data.items() if name not in content.LINE_TYPES}
        try:
            content.from_json(page)
        except TypeError as error:
            sentence = str(error).removeprefix("Content: ")
            self.found(sentence, re.split(r"\W", sentence.lstrip("'"))[0])
        else:
            page.pop("schema", None)
            self._columns(Subject(**page), page)
        lines = {name: data.get(name, []) for name in content.LINE_TYPES}
        sources = {line["key"] for line in self._objects("sources", lines["sources"])}
        stated: set[str] = set()
        for name, entries in lines.items():
            keys = stated if name in CITING else set()
            for line in self._objects(name, entries, tell=True):
                key = line["key"]
                if key in keys:
                    self.found(f"{key}: this key is there twice.", name, key, again=True)
                keys.add(key)
                self._line(name, line, sources)

    def _objects(self, name: str, entries: Any, *, tell: bool = False) -> Iterator[dict[str, Any]]:
        """The entries of a list that are objects with a key."""
        if not isinstance(entries, list):
            entries = []
            if tell:
                self.found(f"{name}: a list is due here, in [ ].", name)
        for number, line in enumerate(entries, 1):
            if isinstance(line, dict) and isinstance(line.get("key"), str):
                yield line
            elif tell:
                missing = "key is missing" if isinstance(line, dict) else "an object is due here, in { }"
                self.found(f"{name}, entry {number}: {missing}.", name)

    def _line(self, name: str, line: dict[str, Any], sources: set[str]) -> None:
        key, model = line["key"], model_of(name)
        columns = {f.name: f for f in model._meta.concrete_fields}
        staff = {n: line[n] for n in staff_fields(name) if n in line}
        try:
            content.line_from_json(name, {n: value for n, value in line.items() if n not in staff})
        except TypeError as error:
            return self.found(str(error), name, key)
        for n, value in staff.items():
            if not isinstance(value, str) and not (value is None and columns[n].null):
                return self.found(f"{key}: {n} can't be {reprlib.repr(value)}.", name, key)
        for bound in line.get("window", {}):
            if f"window_{bound}" not in columns:
                return self.found(f"{key}: {bound!r} is not a known field of its window.", name, key)
        self._columns(model(**row_values(name, line), **staff), line, name)
        for source, place in line.get("citations", []):
            if source not in sources:
                self.found(f"{key}: cites {source}, which is not among the sources of the file.", name, key)
            if len(place) > (most := Citation._meta.get_field("place").max_length or 0):
                self.found(f"{key}: a place has {len(place):,} characters; {most:,} are the limit.", name, key)

    def _columns(self, row: models.Model, said: dict[str, Any], name: str = "") -> None:
        """Problems of what a row can hold: of a line in the list of this name, or of the page itself."""
        key = said["key"] if name else None
        begins = f"{key}: " if name else ""
        found = []
        try:
            row.clean_fields(exclude={"subject"})
        except ValidationError as error:
            found += [(n, f"{n}: {message}") for n, messages in error.message_dict.items() for message in messages]
        for n, value in said.items():
            for text in content.texts_in(value):
                if len(text) > vocabulary.LONGEST:
                    found.append((n, f"{n} has {len(text):,} characters; {vocabulary.LONGEST:,} are the limit."))
                if UNSTORABLE.search(text):
                    found.append((n, f"{n} holds a character that can't be kept."))
            known = KNOWN_WORDS.get(n)
            if known is not None and (unknown := [word for word in value if word not in known]):
                found.append((n, f"{n}: {unknown[0]!r} is not a known choice."))
        for n, sentence in found:
            self.found(begins + sentence, name or n, key)
