"""What is scanned and what was found.

A `Site` has `Scan`s; a scan has `Page`s, each with `Shot`s (pictures); an `Issue` is one cause on one site over time;
a `Finding` is one occurrence of it in one scan. How a scan's state changes is in `scans.states`, which scanners there
are in `scans.fleet`, the customer's own rules in `scans.custom`, which pictures are approved in `scans.baselines`, what
Webflow tells in `scans.webflow`."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models import User, Workspace
from scans.baselines import URL_LIMIT, Baseline, VisualChange
from scans.custom import CustomRule
from scans.fleet import ScannerProcess, Tally
from scans.snapshot import Category, Confidence, Severity
from scans.states import ACTIVE, REPORTED, Priority, ScanQuerySet, ScanState, Trigger
from scans.webflow.fixing import Fix, FixState
from scans.webflow.inbox import Delivery, Publish, Webhook
from scans.webflow.objects import (
    SyncedAsset,
    SyncedCollection,
    SyncedForm,
    SyncedItem,
    SyncedPage,
    SyncedSite,
)
from sentinel.ids import uuid7

__all__ = [
    "ACTIVE",
    "REPORTED",
    "URL_LIMIT",
    "Baseline",
    "CustomRule",
    "Delivery",
    "Fix",
    "FixState",
    "Priority",
    "Publish",
    "ScanState",
    "ScannerProcess",
    "SyncedAsset",
    "SyncedCollection",
    "SyncedForm",
    "SyncedItem",
    "SyncedPage",
    "SyncedSite",
    "Tally",
    "Trigger",
    "VisualChange",
    "Webhook",
]


def _choices(words: type[Severity] | type[Confidence] | type[Category]) -> list[tuple[str, str]]:
    return [
        (word.value, word.label if isinstance(word, Category) else word.value.replace("-", " ").capitalize())
        for word in words
    ]


def is_opened(url: str) -> bool:
    """Whether the operator opened this host and port, and so vouches for the site."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.hostname}:{port}" in settings.SCAN_ALLOWED_HOSTS


class Proof(models.TextChoices):
    DNS = "dns", "DNS record"
    FILE = "file", "File"
    META = "meta", "Meta tag"
    WEBFLOW = "webflow", "Webflow connection"


class SiteQuerySet(models.QuerySet["Site"]):
    def live(self) -> SiteQuerySet:
        """What people count and see as their sites: without staging addresses."""
        return self.filter(staging_of=None)

    def seen_by(self, user: User) -> SiteQuerySet:
        return self.filter(workspace__memberships__user=user)


class Site(models.Model):
    """What is scanned: a start URL and the host it stands for. `proven_at`: when it was shown to be the customer's.

    `staging_of`: it is the staging address of that site, scanned to be compared with it.

    Pictures may differ by `visual_threshold` percent. What `ignored_selectors` match is left out, and `ignored_boxes`:
    {viewport, x, y, width, height} in CSS pixels, with a `path` when it is on one page only."""

    THRESHOLD: ClassVar = 0.05

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(max_length=200)
    url = models.URLField(max_length=URL_LIMIT)
    staging_of = models.OneToOneField("self", null=True, blank=True, on_delete=models.CASCADE, related_name="staging")
    proven_at = models.DateTimeField(null=True, blank=True)
    proof_token = models.CharField(max_length=64, blank=True, editable=False)
    # how it was proven; empty: not at all, or confirmed by hand
    proof_method = models.CharField(max_length=8, choices=Proof.choices, blank=True)
    proof_checked_at = models.DateTimeField(null=True, editable=False)
    proof_lost_at = models.DateTimeField(null=True, editable=False)
    visual_threshold = models.FloatField(default=THRESHOLD)
    ignored_selectors = models.JSONField(default=list, blank=True)
    ignored_boxes = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "url"], name="one_site_per_url")]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("site", args=[self.id])

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def is_proven(self) -> bool:
        """Proven by the owner, or opened by the operator as a host of their own."""
        return self.proven_at is not None or is_opened(self.url)


class Scan(models.Model):
    """One run over one site. `number` counts within the site ("scan #12"). `progress` and `coverage` are the figures
    people see while it runs and afterwards; `pages_kept` (pages fetched plus pages
    opened) tells the reaper whether the last attempt got anywhere.

    With `only_url` it is a re-check of one page: `number` is then that of the scan whose findings it looks for again,
    it has no score, and no report of the site counts it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="scans")
    number = models.PositiveIntegerField(editable=False)
    state = models.CharField(max_length=10, choices=ScanState.choices, default=ScanState.PENDING)
    reason = models.CharField(max_length=500, blank=True)
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.HIGH)
    trigger = models.CharField(max_length=10, choices=Trigger.choices, default=Trigger.PERSON)
    requested_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    max_pages = models.PositiveIntegerField(default=100)
    max_visits = models.PositiveIntegerField(default=100)
    is_full = models.BooleanField("open every page", default=False)
    only_url = models.CharField("only this page", max_length=URL_LIMIT, blank=True)

    attempt = models.PositiveSmallIntegerField(default=0, editable=False)
    pages_kept = models.PositiveIntegerField(default=0, editable=False)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    stop_requested = models.BooleanField(default=False, editable=False)
    pause_requested = models.BooleanField(default=False, editable=False)
    paused_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    paused_at = models.DateTimeField(null=True, editable=False)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    queued_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    progress = models.JSONField(default=dict, editable=False)
    coverage = models.JSONField(default=dict, editable=False)
    score = models.JSONField(default=dict, editable=False)
    engine = models.JSONField(default=dict, editable=False)

    cpu_seconds = models.FloatField(default=0, editable=False)
    peak_memory_mb = models.FloatField(default=0, editable=False)
    bytes_in = models.BigIntegerField(default=0, editable=False)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0, editable=False)

    objects = ScanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "number"], condition=Q(only_url=""), name="scan_number"),
            models.UniqueConstraint(
                fields=["site", "only_url"], condition=Q(state__in=ACTIVE), name="one_active_scan_per_site"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "lease_until"], name="scan_state_lease"),
            models.Index(fields=["site", "-id"], name="scan_site_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.site} #{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("scan", args=[self.id])

    @property
    def label(self) -> str:
        """What people call it."""
        if not self.only_url:
            return f"Scan #{self.number}"
        return f"Check of {urlsplit(self.only_url).path or '/'}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def duration(self) -> timedelta | None:
        if self.started_at is None:
            return None
        return (self.finished_at or timezone.now()) - self.started_at

    @cached_property
    def has_predecessor(self) -> bool:
        """Whether a scan before it can be compared with: only then is anything new."""
        return Scan.objects.comparable().filter(site=self.site_id, number__lt=self.number).exists()

    @property
    def overall(self) -> int | None:
        overall: int | None = self.score.get("overall")
        return overall


class Page(models.Model):
    """One URL in one scan: fetched always, visited when the budget let it. `vitals` as in the JSON report.

    `visit_print` is what the page, its styles and scripts looked like when it was opened; while that stays the same a
    later scan carries the results over instead of opening it again: `carried_from` is the scan that opened it,
    `visited_at` when. `by_script` are ids and links that only the browser saw."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="pages")
    url = models.CharField(max_length=URL_LIMIT)
    final_url = models.CharField(max_length=URL_LIMIT, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=512, blank=True)
    depth = models.PositiveSmallIntegerField(null=True)
    template = models.CharField(max_length=80, blank=True)
    webflow_page_id = models.CharField(max_length=24, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    ttfb_ms = models.FloatField(default=0)
    html_bytes = models.PositiveIntegerField(default=0)
    fetched_at = models.DateTimeField(default=timezone.now)
    visited_at = models.DateTimeField(null=True)
    visit_error = models.CharField(max_length=200, blank=True)
    visit_print = models.CharField(max_length=32, blank=True)
    carried_from = models.ForeignKey(Scan, null=True, on_delete=models.SET_NULL, related_name="+")
    by_script = models.JSONField(default=dict)
    viewports = models.JSONField(default=list)
    vitals = models.JSONField(default=dict)
    requests = models.PositiveIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    limits = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["scan", "url"], name="page_once_per_scan")]

    def __str__(self) -> str:
        return self.url

    @property
    def path(self) -> str:
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def shot_path(shot: Shot, name: str) -> str:
    return f"shots/{shot.page.scan_id}/{shot.page_id}/{name}"


class Shot(models.Model):
    """The full-page picture of a page at one width. `digest` is of its bytes, empty when the page had not come to rest:
    no picture to compare. `ignored` are boxes of what never rests: [x, y, width, height]."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="shots")
    viewport = models.CharField(max_length=10)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    file = models.FileField(upload_to=shot_path, max_length=200)
    digest = models.CharField(max_length=32, blank=True)
    ignored = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["page", "viewport"], name="one_shot_per_viewport")]

    def __str__(self) -> str:
        return f"{self.page} at {self.viewport}"


class IssueState(models.TextChoices):
    OPEN = "open", "Open"
    FIXED = "fixed", "Fixed"
    IGNORED = "ignored", "Ignored"


class Issue(models.Model):
    """One cause on one site, over time. `fingerprint` is rule and cause hashed; `group` says in words what carries it
    ("Navigation", "Template /blog", "Class .button"); `rank` is the severity's, for sorting. `fixed_scan` is the first
    that did not meet it any more, `regressed_scan` the last that met it again after that."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="issues")
    fingerprint = models.CharField(max_length=32)
    rule = models.CharField(max_length=80)
    category = models.CharField(max_length=20, choices=_choices(Category))
    severity = models.CharField(max_length=10, choices=_choices(Severity))
    rank = models.PositiveSmallIntegerField()
    confidence = models.CharField(max_length=15, choices=_choices(Confidence))
    title = models.CharField(max_length=200)
    message = models.CharField(max_length=512)
    group = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=IssueState.choices, default=IssueState.OPEN)
    first_scan = models.ForeignKey(Scan, null=True, on_delete=models.SET_NULL, related_name="+")
    last_scan = models.ForeignKey(Scan, null=True, on_delete=models.SET_NULL, related_name="+")
    fixed_scan = models.ForeignKey(Scan, null=True, on_delete=models.SET_NULL, related_name="+")
    regressed_scan = models.ForeignKey(Scan, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["rank", "category", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "fingerprint"], name="issue_once_per_site")]

    def __str__(self) -> str:
        return self.title


class Tier(models.TextChoices):
    """Who saw it: what the browser saw is carried over with an unchanged page, the rest is looked at anew."""

    FETCH = "F", "Fetch"
    VISIT = "V", "Visit"
    SITE = "S", "Site"


class Finding(models.Model):
    """One occurrence in one scan. `key` hashes what makes it the same occurrence, so that a page kept twice says
    nothing twice. `box` is {viewport, x, y, width, height} in CSS pixels on the page's full picture, null when the
    element was not seen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="findings")
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="findings")
    page = models.ForeignKey(Page, null=True, on_delete=models.CASCADE, related_name="findings")
    key = models.CharField(max_length=32)
    url = models.CharField(max_length=URL_LIMIT)
    viewport = models.CharField(max_length=10, blank=True)
    selector = models.TextField(blank=True)
    html = models.TextField(blank=True)
    message = models.CharField(max_length=512)
    evidence = models.JSONField(default=dict)
    box = models.JSONField(null=True)
    tier = models.CharField(max_length=1, choices=Tier.choices, default=Tier.FETCH)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["scan", "key"], name="finding_once_per_scan")]
        indexes: ClassVar = [
            models.Index(fields=["scan", "issue"], name="finding_scan_issue"),
            models.Index(fields=["page", "issue"], name="finding_page_issue"),
        ]

    def __str__(self) -> str:
        return self.message


class SkippedUrl(models.Model):
    """A URL that was found and not scanned, and why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="skipped")
    url = models.CharField(max_length=URL_LIMIT)
    reason = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar = ["reason", "url"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["scan", "url"], name="skipped_once_per_scan")]

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"
