"""How hard a text is to read: Flesch-Kincaid grade by textstat 0.7.8, after drug and disease names are taken out. Pure.

Names are taken out because nobody can choose a shorter one: a reader meets them on the package and in the clinic. What
explains them stays in and counts.
"""

import re

NAMES = """
ocrelizumab Ocrevus Zunovo natalizumab natalizumab-sztn Tysabri Tyruko alemtuzumab Lemtrada Campath mitoxantrone
Novantrone ublituximab Briumvi rituximab ofatumumab Kesimpta Rebif interferon Copaxone hyaluronidase methylprednisolone
Solu-Medrol diphenhydramine Benadryl cetirizine loratadine levocetirizine acetaminophen ibuprofen dexamethasone
desloratadine ondansetron biotin Genentech Biogen Sandoz Sanofi TOUCH REMS
multiple sclerosis|hepatitis B|hepatitis C|hepatitis|tuberculosis|Listeria|PML|progressive multifocal leukoencephalopathy
leukemia|melanoma|diabetes|chickenpox|shingles|herpes|colitis|anaphylaxis|Crohn's disease|cancer
relapsing-remitting|secondary progressive|primary progressive|clinically isolated syndrome|MS|HIV|HPV|TB|JC virus
""".strip()
_NAMES = sorted(
    {name for line in NAMES.splitlines() for name in (line.split("|") if "|" in line else line.split())},
    key=len,
    reverse=True,
)
# "multiple sclerosis" and its like stand on lines with "|"; single words may stand on any line.
_PATTERN = re.compile(r"\b(?:" + "|".join(re.escape(name) for name in _NAMES) + r")\b(?:'s)?", re.IGNORECASE)
MOST_WORDS = 20


def without_names(text: str) -> str:
    """The text without the names of drugs and diseases."""
    return re.sub(r"\s+", " ", _PATTERN.sub("", text)).replace(" .", ".").replace(" ,", ",").strip()


def grade(text: str) -> float:
    """The US school grade of a text of whole sentences; 0 where nothing is left to read."""
    import textstat  # not above: its dictionary would stand in the memory of every process that serves readers

    text = without_names(text)
    return float(textstat.flesch_kincaid_grade(text)) if re.search("[a-z]", text) else 0.0


def sentences(text: str) -> list[str]:
    """The sentences of a text; a colon ends one, too."""
    return [sentence for sentence in re.split(r"(?<=[.!?:])\s+", text.strip()) if sentence]


def too_long(text: str) -> list[str]:
    """The sentences of a text that have more than 20 words."""
    return [sentence for sentence in sentences(text) if len(sentence.split()) > MOST_WORDS]
