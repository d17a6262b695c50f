"""Rows that staff edit (the working copy), and editions, which are all that readers ever see.

A row carries the fields of its line in content.py under the same names, and what is for staff alone: its mark, the facts
of the dossier it rests on, and notes.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.core.signing import Signer
from django.db import models
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from therapies import content, vocabulary
from therapies.content import Content


def choices(names: dict[str, str]) -> list[tuple[str, Any]]:
    """The words of a table in vocabulary.py, for a field."""
    return [(key, _(name)) for key, name in names.items()]


KINDS = [("therapy", _("Therapy")), ("guide", _("Guide")), ("clinic", _("Your clinic"))]  # of subjects


class Subject(models.Model):
    """What an edition is an edition of: one therapy, the guide, or the clinic's own rules, in one language."""

    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=KINDS,
        default="therapy",
    )
    slug = models.SlugField(_("slug"))
    language = models.CharField(_("language"), max_length=10, default=vocabulary.LANGUAGE)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    name = models.CharField(_("name"), max_length=100)
    brands = models.CharField(_("brands"), max_length=100, blank=True)
    say = models.CharField(_("said"), max_length=100, blank=True)
    lead = models.TextField(_("lead"), blank=True)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    compiled_on = models.DateField(_("compiled on"))
    settings = models.JSONField(_("places it may be given in"), default=list, blank=True)
    premedicines = models.JSONField(_("premedicines"), default=list, blank=True)
    infusion_days = models.JSONField(
        _("infusion days"), default=list, blank=True, help_text=_("Days from the first infusion, over two years.")
    )
    test_days = models.JSONField(
        _("test days"), default=list, blank=True, help_text=_("Days on which tests between doses come due.")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("therapy, guide or clinic")
        verbose_name_plural = _("therapies, guide, clinic")
        ordering = ("order", "name")
        constraints: ClassVar = [models.UniqueConstraint(fields=["slug", "language"], name="one_subject_per_language")]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="sources")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    key = models.CharField(_("key"), max_length=30)
    title = models.CharField(_("title"), max_length=300, help_text=_("The document itself, not the host of a copy."))
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=choices(vocabulary.SOURCE_KINDS))
    dated = models.CharField(pgettext_lazy("document", "dated"), max_length=200, blank=True)
    url = models.CharField(_("url"), max_length=500, blank=True)
    read_in = models.TextField(_("read in"), blank=True, help_text=_("In which copy it was read, and how much of it."))
    weak = models.BooleanField(_("weak"), default=False, help_text=_("Never linked from the site."))
    read_version_on = models.DateField(
        _("date of the version we read"), null=True, blank=True, help_text=_("For labels; for staff.")
    )
    newest_change_on = models.DateField(
        _("date of its newest known change"), null=True, blank=True, help_text=_("Seen or not; for staff.")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("order", "key")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="source_key_once")]

    def __str__(self) -> str:
        return f"{self.key}: {self.title}"

    @property
    def is_older_than_label(self) -> bool:
        """Whether the document is known to have changed after the version that was read."""
        return bool(self.read_version_on and self.newest_change_on and self.read_version_on < self.newest_change_on)


class Line(models.Model):
    """What stages, statements, tests, figures and items have in common. Only what is marked verified is published, and
    only a reviewer's confirmation marks it so."""

    VERIFIED, TO_CHECK, LEFT_OUT = "verified", "to-check", "left-out"
    MARKS: ClassVar = {
        VERIFIED: _("Verified"),
        TO_CHECK: _("To check: not published"),
        LEFT_OUT: _("Left out: not published"),
    }

    order = models.PositiveSmallIntegerField(_("order"), default=0)
    key = models.CharField(_("key"), max_length=40, help_text=_("Stays for ever: ticks and old editions rest on it."))
    mark = models.CharField(
        _("mark"),
        max_length=10,
        choices=list(MARKS.items()),
        default=TO_CHECK,
    )
    label_changed = models.CharField(
        _("label changed"),
        max_length=30,
        blank=True,
        help_text=_('Month in which the label changed here in words we have not seen ("May 2026").'),
    )
    facts = models.CharField(_("facts"), max_length=200, blank=True, help_text=_("Facts of the dossier, for staff."))
    note = models.TextField(_("note"), blank=True, help_text=_("For staff: what is open."))

    class Meta:
        abstract = True
        ordering = ("order", "key")

    def __str__(self) -> str:
        return self.key


class Stage(Line):
    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="stages")
    name = models.CharField(_("name"), max_length=100)
    text = models.TextField(_("text"), blank=True)
    first = models.BooleanField(_("a first visit"), default=False)
    after = models.BooleanField(_("after treatment"), default=False)
    days = models.PositiveSmallIntegerField(_("infusion days in a row"), default=1)
    ready_minutes = models.PositiveSmallIntegerField(_("minutes of checks before"), default=0)
    drip_minutes = models.PositiveSmallIntegerField(_("minutes of drip"), default=0)
    short_drip_minutes = models.PositiveSmallIntegerField(_("minutes of the shorter drip"), default=0)
    watch_minutes = models.PositiveSmallIntegerField(_("minutes of watching after"), default=0)
    next_from = models.CharField(
        _("next from"), max_length=10, choices=choices(vocabulary.ANCHORS), default="first-day"
    )
    next_offset_days = models.SmallIntegerField(_("next offset days"), default=0)
    next_count = models.PositiveSmallIntegerField(_("next dose after"), default=0)
    next_unit = models.CharField(_("next unit"), max_length=10, choices=choices(vocabulary.UNITS), default="days")
    next_words = models.CharField(_("next words"), max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta(Line.Meta):
        verbose_name = _("stage")
        verbose_name_plural = _("stages: the visits of a therapy")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="stage_key_once")]


class Statement(Line):
    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="statements")
    section = models.CharField(
        _("section"),
        max_length=20,
        choices=[(name, choices(vocabulary.SECTIONS[kind])) for kind, name in KINDS if kind in vocabulary.SECTIONS],
    )
    label = models.CharField(pgettext_lazy("words before a statement", "label"), max_length=100, blank=True)
    text = models.TextField(_("text"))

    history = HistoricalRecords()

    class Meta(Line.Meta):
        verbose_name = _("statement")
        verbose_name_plural = _("statements: sentences of a page")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="statement_key_once")]


class Test(Line):
    __test__ = False

    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="tests")
    name = models.CharField(_("name"), max_length=150)
    why = models.TextField(_("why"))
    when = models.TextField(_("when"))
    required = models.CharField(_("required"), max_length=20, choices=choices(vocabulary.REQUIRED), default="label")
    codes = models.CharField(_("LOINC codes"), max_length=200, blank=True)
    codes_to_check = models.CharField(_("LOINC codes to check"), max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta(Line.Meta):
        verbose_name = _("test or check")
        verbose_name_plural = _("tests and checks")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="test_key_once")]


class Figure(Line):
    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="figures")
    section = models.CharField(
        _("section"),
        max_length=20,
        choices=[("benefits", _("What it can do")), ("side-effects", _("Side effects")), ("risks", _("Risks"))],
    )
    group = models.CharField(_("group"), max_length=200)
    what = models.CharField(_("what"), max_length=200)
    drug_low = models.PositiveIntegerField(_("drug low"))
    drug_high = models.PositiveIntegerField(_("drug high"))
    other_low = models.PositiveIntegerField(_("other low"), null=True, blank=True)
    other_high = models.PositiveIntegerField(_("other high"), null=True, blank=True)
    comparator = models.CharField(_("comparator"), max_length=100, blank=True)
    of = models.PositiveIntegerField(pgettext_lazy("out of how many", "of"), default=100)
    picture = models.BooleanField(_("drawn as 100 dots"), default=False)
    text = models.TextField(_("text"), blank=True)

    history = HistoricalRecords()

    class Meta(Line.Meta):
        verbose_name = _("number from a trial")
        verbose_name_plural = _("numbers from trials")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="figure_key_once")]


class Item(Line):
    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="items")
    kind = models.CharField(_("kind"), max_length=10, choices=choices(vocabulary.KINDS))
    safety = models.BooleanField(_("safety"), default=False, help_text=_("Nothing may shorten, drop or silence it."))
    level = models.CharField(_("level"), max_length=10, choices=choices(vocabulary.LEVELS), blank=True)
    phase = models.CharField(_("phase"), max_length=20, choices=choices(vocabulary.PHASES))
    action = models.TextField(_("action"))
    why = models.TextField(_("why"))
    done_when = models.CharField(_("done when ..."), max_length=200, blank=True)
    say = models.TextField(_("say"), blank=True)
    owner = models.CharField(_("owner"), max_length=20, choices=choices(vocabulary.OWNERS))
    call = models.CharField(_("call"), max_length=20, choices=choices(vocabulary.CALLS), blank=True)
    stages = models.JSONField(
        _("stages"), default=list, blank=True, help_text=_("None: every visit, but not after treatment.")
    )
    first_visit = models.BooleanField(_("first visit"), default=False, help_text=_("For a first visit."))
    therapies = models.JSONField(
        _("therapies"), default=list, blank=True, help_text=_("Of the guide's items; none: all.")
    )
    settings = models.JSONField(_("settings"), default=list, blank=True, help_text=_("None: wherever it is given."))
    situations = models.JSONField(
        _("situations"), default=list, blank=True, help_text=_("Any of these; none: everybody.")
    )
    premedicine = models.CharField(
        _("premedicine"), max_length=10, choices=choices(vocabulary.PREMEDICINES), blank=True
    )
    window_first = models.SmallIntegerField(pgettext_lazy("days", "from"), null=True, blank=True)
    window_last = models.SmallIntegerField(pgettext_lazy("days", "to"), null=True, blank=True)
    window_unit = models.CharField(_("unit"), max_length=10, choices=choices(vocabulary.UNITS), default="days")
    window_anchor = models.CharField(
        _("counted from"), max_length=10, choices=choices(vocabulary.ANCHORS), default="first-day"
    )
    window_last_anchor = models.CharField(
        _("end counted from"),
        max_length=10,
        choices=choices(vocabulary.ANCHORS),
        blank=True,
        help_text=_("Empty: the same."),
    )
    window_every = models.PositiveSmallIntegerField(_("repeats every"), default=0)
    window_hours = models.PositiveSmallIntegerField(_("hours after the drip"), default=0)
    window_words = models.CharField(_("in words"), max_length=200, blank=True)
    window_practical = models.BooleanField(_("practical: no label gives these days"), default=False)
    replaces = models.JSONField(
        _("replaces"), default=list, blank=True, help_text=_("Keys of items that this one makes needless.")
    )
    signs = models.JSONField(
        _("signs"), default=list, blank=True, help_text=_("The signs a warning holds, in the words of the list.")
    )
    editorial = models.BooleanField(
        _("editorial"), default=False, help_text=_("The level is ours: awaiting a clinician.")
    )

    history = HistoricalRecords()

    class Meta(Line.Meta):
        verbose_name = _("item")
        verbose_name_plural = _("items: lines of a checklist")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="item_key_once")]


class Question(models.Model):
    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="questions")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    key = models.CharField(_("key"), max_length=40)
    text = models.TextField(_("text"))
    stages = models.JSONField(_("stages"), default=list, blank=True)
    first_visit = models.BooleanField(_("first visit"), default=False)
    therapies = models.JSONField(_("therapies"), default=list, blank=True)
    situations = models.JSONField(_("situations"), default=list, blank=True)
    rank = models.PositiveSmallIntegerField(_("rank"), default=5)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions to ask")
        ordering = ("order", "key")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="question_key_once")]

    def __str__(self) -> str:
        return self.text


class Location(models.Model):
    """A place of the clinic's, with its telephone numbers and rules. It is published in the clinic edition."""

    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="locations")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    key = models.SlugField(_("key"), max_length=40, help_text=_("Short, in small letters. Stays for ever."))
    name = models.CharField(_("name"), max_length=100)
    phone = models.CharField(_("telephone by day"), max_length=40)
    after_hours = models.CharField(_("telephone at night and on weekends"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    directions = models.TextField(_("directions and parking"), blank=True)
    comforts = models.TextField(
        _("comforts"), blank=True, help_text=_("Chairs, blankets, Wi-Fi, and what else is there.")
    )
    arrive_minutes = models.PositiveSmallIntegerField(_("arrive how many minutes early"), default=0)
    food = models.TextField(_("food"), blank=True)
    visitors = models.TextField(_("visitors"), blank=True)
    children = models.TextField(_("children"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations of your clinic")
        ordering = ("order", "key")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="location_key_once")]

    def __str__(self) -> str:
        return self.name


class Override(models.Model):
    """A house rule: other days for an item, which stand beside the item's own."""

    subject = models.ForeignKey(Subject, models.CASCADE, verbose_name=_("subject"), related_name="overrides")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    key = models.SlugField(_("key"), max_length=40, help_text=_("Short, in small letters. Stays for ever."))
    item = models.CharField(_("item"), max_length=40, help_text=_("Key of the item, such as OCR-C01."))
    why = models.TextField(_("why"), help_text=_("Why your clinic does it so, in words for patients."))
    window_first = models.SmallIntegerField(pgettext_lazy("days", "from"), null=True, blank=True)
    window_last = models.SmallIntegerField(pgettext_lazy("days", "to"), null=True, blank=True)
    window_unit = models.CharField(_("unit"), max_length=10, choices=choices(vocabulary.UNITS), default="days")
    window_anchor = models.CharField(
        _("counted from"), max_length=10, choices=choices(vocabulary.ANCHORS), default="first-day"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("house rule: other days for an item")
        verbose_name_plural = _("house rules: other days for an item")
        ordering = ("order", "key")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "key"], name="override_key_once")]

    def __str__(self) -> str:
        return f"{self.key}: {self.item}"


# Lists of what cites, and the field of a citation that names a row of each.
CITING = {"stages": "stage", "statements": "statement", "tests": "test", "figures": "figure", "items": "item"}


class Citation(models.Model):
    """A source and the place in it, for exactly one line."""

    order = models.PositiveSmallIntegerField(_("order"), default=0)
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), related_name="citations")
    place = models.CharField(_("place"), max_length=150, blank=True, help_text=_("Required for labels and guidelines."))
    stage = models.ForeignKey(Stage, models.CASCADE, null=True, blank=True, related_name="citations")
    statement = models.ForeignKey(Statement, models.CASCADE, null=True, blank=True, related_name="citations")
    test = models.ForeignKey(Test, models.CASCADE, null=True, blank=True, related_name="citations")
    figure = models.ForeignKey(Figure, models.CASCADE, null=True, blank=True, related_name="citations")
    item = models.ForeignKey(Item, models.CASCADE, null=True, blank=True, related_name="citations")

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ("order", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="citation_of_one_line",
                condition=models.Q(
                    *[
                        models.Q(**{f"{other}__isnull": other != line for other in CITING.values()})
                        for line in CITING.values()
                    ],
                    _connector=models.Q.OR,
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source.key} {self.place}".strip()


class Reviewer(models.Model):
    """A clinician who reviews and publishes. Name and credentials are shown to readers."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="reviewer"
    )
    name = models.CharField(_("name"), max_length=100)
    credentials = models.CharField(_("credentials"), max_length=50, help_text=_("Such as PharmD, RN or MD."))

    class Meta:
        verbose_name = _("reviewer")
        verbose_name_plural = _("reviewers")

    def __str__(self) -> str:
        return f"{self.name}, {self.credentials}"


class Review(models.Model):
    """A reviewer read this wording of this line. Another wording of it has another fingerprint, and no review. With
    `seen_on` it is a confirmation: that day, the reviewer saw it in this source, at this place."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="reviews")
    key = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    reviewed_by = models.ForeignKey(Reviewer, models.PROTECT, related_name="reviews")
    reviewed_at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(max_length=30, blank=True)
    place = models.CharField(max_length=150, blank=True)
    seen_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("subject", "key", "-reviewed_at")

    def __str__(self) -> str:
        return gettext("%(key)s, by %(reviewer)s") % {"key": self.key, "reviewer": self.reviewed_by}


class Edition(models.Model):
    """An immutable, numbered snapshot of one subject. Triggers refuse every change and deletion (migration 0002), and the
    Library serves only what stands under its seal."""

    subject = models.ForeignKey(Subject, models.PROTECT, verbose_name=_("subject"), related_name="editions")
    number = models.PositiveIntegerField(_("number"))
    content = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    change_note = models.TextField(_("change note"))
    change_kind = models.CharField(
        _("change kind"), max_length=10, choices=choices(vocabulary.CHANGE_KINDS), blank=True
    )
    review_again_on = models.DateField(_("review again on"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("published by"),
        null=True,
        blank=True,
        help_text=_("Empty: the starter content."),
    )

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ("subject", "-number")
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "number"], name="edition_number_once")]

    def __str__(self) -> str:
        return gettext("%(subject)s, edition %(number)s") % {"subject": self.subject, "number": self.number}

    def signature(self) -> str:
        """What only who holds SECRET_KEY can write: over the subject, the number and every word."""
        named = [self.subject.slug, self.subject.language, self.number, content.fingerprint(self.content)]
        return Signer(salt="edition").signature(":".join(map(str, named)))

    @property
    def is_sealed(self) -> bool:
        """Whether it was published through the gate, and says what it said then."""
        seal = getattr(self, "seal", None)
        return seal is not None and constant_time_compare(seal.signature, self.signature())

    def served(self) -> Content:
        """What readers get of it: all but the lines that were withdrawn. Raises TypeError where this release can't read it."""
        gone = {withdrawal.key for withdrawal in self.withdrawals.all()}
        return content.without(content.from_json(self.content), gone)

    @property
    def page_withdrawal(self) -> "Withdrawal | None":
        """Set while the whole page is away from readers."""
        return next((withdrawal for withdrawal in self.withdrawals.all() if not withdrawal.key), None)


class Seal(models.Model):
    """Written when an edition is published. A row that somebody puts into the database by hand has none."""

    edition = models.OneToOneField(Edition, models.PROTECT, primary_key=True)
    signature = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"Seal of {self.edition}"


def in_force(subject: Subject) -> Edition | None:
    """The newest sealed edition of a subject: what readers see of it."""
    rows = Edition.objects.select_related("subject", "seal", "published_by__reviewer").prefetch_related("withdrawals")
    for pk in subject.editions.values_list("pk", flat=True):
        try:
            edition = rows.get(pk=pk)
        except ValueError:  # On SQLite, its content is no JSON any more.
            continue
        if edition.is_sealed:
            return edition
    return None


class Withdrawal(models.Model):
    """A reviewer took a line, or with an empty key the whole page, from readers at once. A later edition that holds it
    again puts it back."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="withdrawals")
    key = models.CharField(max_length=40, blank=True)
    words = models.TextField(blank=True)
    reason = models.TextField(help_text="In words for patients.")
    withdrawn_at = models.DateTimeField(auto_now_add=True)
    withdrawn_by = models.ForeignKey(Reviewer, models.PROTECT, related_name="withdrawals")

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        ordering = ("-withdrawn_at",)

    def __str__(self) -> str:
        if not self.key:
            return gettext("page of %(edition)s") % {"edition": self.edition}
        return gettext("%(key)s of %(edition)s") % {"key": self.key, "edition": self.edition}


class Report(models.Model):
    """A mistake that a reader reports. Nothing is kept about the reader."""

    page = models.CharField(_("page"), max_length=200)
    text = models.TextField(_("text"))
    reported_at = models.DateTimeField(_("reported at"), auto_now_add=True)

    class Meta:
        ordering = ("-reported_at",)
        verbose_name = _("mistake reported")
        verbose_name_plural = _("mistakes reported")

    def __str__(self) -> str:
        return f"{self.page}, {self.reported_at:%Y-%m-%d}"
