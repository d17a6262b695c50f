"""The code on a printed list: which therapy, which visit, which editions, and two letters that find a slip of the pen.

Such as OCRW31-1-1-KD, or OCRW31-1-1-3-9F with the clinic's edition. It says nothing of the person, and needs no table: the
letters are made from the names, and found again by making them anew. Pure: no Django, no clock, no database.
"""

import hashlib
import re
from dataclasses import dataclass

from visits.checklist import Checklist

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without those that look like another
ALIKE = str.maketrans("OIL", "011")
SHAPE = re.compile(r"([0-9A-Z]{4,6})-([0-9]{1,5})-([0-9]{1,5})(?:-([0-9]{1,5}))?-([0-9A-Z]{2})")


@dataclass(frozen=True)
class Code:
    """What a code says. `text` is the code as typed, without blanks; `head` is that of a therapy and a visit; `clinic` is 0 where no rules of a clinic are on the list."""

    text: str
    head: str
    therapy: int
    guide: int
    clinic: int


def _made_from(text: str, length: int) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:length])


def head_of(slug: str, stage: str) -> str:
    """The first part of a code: three letters that people recognise, and three that tell visits apart."""
    return slug[:3].upper() + _made_from(f"{slug}/{stage}", 3)


def code_of(made: Checklist) -> str:
    """The code to print on this list."""
    editions = [made.therapy, made.guide, *([made.clinic] if made.clinic else [])]
    body = "-".join([head_of(made.therapy.content.slug, made.stage.key), *(str(e.number) for e in editions)])
    return f"{body}-{_made_from(body.translate(ALIKE), 2)}"


def read(text: str) -> Code | None:
    """What somebody typed, as a code; nothing where it is none. Small letters, blanks and letters that look alike do not
    matter."""
    typed = re.sub(r"[\s\u2010-\u2015-]+", "-", text.strip().upper())
    found = SHAPE.fullmatch(typed.translate(ALIKE))
    if not found or _made_from(found[0].rpartition("-")[0], 2) != found[5]:
        return None
    return Code(typed, found[1], int(found[2]), int(found[3]), int(found[4] or 0))


def is_of(code: Code, slug: str, stage: str) -> bool:
    """Whether a code is that of this visit."""
    return code.head == head_of(slug, stage).translate(ALIKE)
