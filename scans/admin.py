"""Sites and scans for support staff: what runs, what failed and why, what it cost. What the engine wrote is read-only;
nothing a scanned site said is ever marked safe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from accounts.models import User
from scans.fleet import ALIVE
from scans.launch import Refusal, cancel_scan, pause_scan, request_scan, resume_scan
from scans.models import (
    Baseline,
    CustomRule,
    Finding,
    Fix,
    Issue,
    Page,
    Scan,
    ScannerProcess,
    ScanState,
    Shot,
    Site,
    SkippedUrl,
    VisualChange,
)
from scans.triage import ignore, reopen
from sentinel.admin import Admin, FoundById, ReadOnly


@admin.register(Site)
class SiteAdmin(FoundById, Admin):
    list_display = ("name", "url", "workspace", "is_proven", "scan_count", "created_at")
    list_filter = ("created_at", ("proven_at", admin.EmptyFieldListFilter))
    list_select_related = ("workspace",)
    search_fields = ("name", "url", "workspace__name", "workspace__memberships__user__email")
    autocomplete_fields = ("workspace",)
    readonly_fields = ("id", "created_at")
    show_full_result_count = False
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        sites: QuerySet[Site] = super().get_queryset(request)
        return sites.annotate(scan_count=Count("scans", distinct=True))

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """The admin would load every finding to ask "are you sure?"; sites are deleted in their own settings."""
        return False

    @admin.display(boolean=True, description="proven")
    def is_proven(self, site: Site) -> bool:
        return site.is_proven

    @admin.display(description="scans", ordering="scan_count")
    def scan_count(self, site: Any) -> int:
        return int(site.scan_count)


@admin.register(Scan)
class ScanAdmin(FoundById, Admin):
    list_display = (
        *("name", "state", "workspace", "trigger", "attempt", "pages_seen"),
        *("finding_count", "took", "cost_usd", "why", "created_at"),
    )
    list_filter = ("state", "trigger", "priority", "created_at")
    list_select_related = ("site__workspace",)
    search_fields = ("site__url", "site__name", "site__workspace__name", "requested_by__email")
    actions = ("pause", "resume", "cancel", "scan_again")
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50
    fieldsets = (
        (
            None,
            {"fields": ("id", "site", "number", "report", "state", "reason", "trigger", "priority", "requested_by")},
        ),
        ("Limits", {"fields": ("max_pages", "max_visits")}),
        ("When", {"fields": ("created_at", "queued_at", "started_at", "finished_at", "took")}),
        ("Attempt", {"fields": ("attempt", "pages_kept", "token", "lease_until", "stop_requested", "pause_requested")}),
        ("Pause", {"fields": ("paused_at", "paused_by")}),
        ("Result", {"fields": ("progress", "coverage", "score", "engine")}),
        ("Cost", {"fields": ("cpu_seconds", "peak_memory_mb", "bytes_in", "cost_usd")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """States change by the engine's conditional updates and by the actions, never by a form."""
        return [name for _, section in self.fieldsets for name in section["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Scan | None = None) -> bool:
        return False

    @admin.display(description="scan", ordering="site__name")
    def name(self, scan: Scan) -> str:
        return str(scan)

    @admin.display(ordering="site__workspace__name")
    def workspace(self, scan: Scan) -> str:
        return scan.site.workspace.name

    @admin.display(description="pages")
    def pages_seen(self, scan: Scan) -> Any:
        """From the figures on the row: counting pages would be a query for every line."""
        return scan.coverage.get("fetched", scan.progress.get("fetched"))

    @admin.display(description="findings")
    def finding_count(self, scan: Scan) -> Any:
        return scan.score.get("findings", scan.progress.get("findings"))

    @admin.display(description="duration")
    def took(self, scan: Scan) -> timedelta | None:
        return scan.duration and timedelta(seconds=round(scan.duration.total_seconds()))

    @admin.display(description="reason")
    def why(self, scan: Scan) -> str:
        return truncatechars(scan.reason, 60)

    @admin.display
    def report(self, scan: Scan) -> str:
        return format_html('<a href="{}">{}</a>', scan.get_absolute_url(), "as the customer sees it")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, scans: QuerySet[Scan]) -> None:
        by = cast(User, request.user)
        paused = sum(pause_scan(pk, by) for pk in scans.values_list("pk", flat=True))
        messages.success(request, f"{paused} paused; they keep their pages. Scans that were over stay as they are.")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, scans: QuerySet[Scan]) -> None:
        resumed = sum(resume_scan(pk) for pk in scans.values_list("pk", flat=True))
        messages.success(request, f"{resumed} go on as soon as a scanner is free.")

    @admin.action(description="Cancel", permissions=["change"])
    def cancel(self, request: HttpRequest, scans: QuerySet[Scan]) -> None:
        cancelled = sum(cancel_scan(pk) for pk in scans.values_list("pk", flat=True))
        messages.success(request, f"{cancelled} cancelled; scans that were over stay as they are.")

    @admin.action(description="Retry (failed ones only)", permissions=["change"])
    def scan_again(self, request: HttpRequest, scans: QuerySet[Scan]) -> None:
        failed = scans.filter(state=ScanState.FAILED).select_related("site__workspace").order_by("-id")
        for site in {scan.site_id: scan.site for scan in failed}.values():
            answer = request_scan(site, requested_by=cast(User, request.user))
            if isinstance(answer, Refusal):
                messages.error(request, f"{site}: {answer.message}")
            else:
                messages.success(request, f"{answer} waits for a scanner.")


@admin.register(ScannerProcess)
class ScannerProcessAdmin(FoundById, ReadOnly, Admin):
    """Every scanner that lives: its browsers and what it runs. Read from the rows, so nothing is asked of a scanner."""

    list_display = (
        *("name", "region", "is_alive", "stopping", "scans_held", "idle", "leased", "launching"),
        *("memory", "counts", "started_at", "seen_at"),
    )
    list_filter = ("region", "stopping")
    search_fields = ("host",)
    fieldsets = (
        (None, {"fields": ("id", "name", "region", "is_alive", "stopping", "started_at", "seen_at")}),
        ("Scans", {"fields": ("slots", "running", "runs")}),
        ("Browsers", {"fields": ("idle", "leased", "launching", "memory", "counts", "state")}),
    )
    readonly_fields = ("name", "is_alive", "runs", "idle", "leased", "launching", "memory", "counts")

    @admin.display(description="scanner", ordering="host")
    def name(self, process: ScannerProcess) -> str:
        return str(process)

    @admin.display(boolean=True, description="alive")
    def is_alive(self, process: ScannerProcess) -> bool:
        return timezone.now() - process.seen_at < ALIVE

    @admin.display(description="scans")
    def scans_held(self, process: ScannerProcess) -> str:
        return f"{process.running} of {process.slots}"

    @admin.display
    def idle(self, process: ScannerProcess) -> Any:
        return process.state.get("idle")

    @admin.display
    def leased(self, process: ScannerProcess) -> int:
        return len(process.leases)

    @admin.display(boolean=True)
    def launching(self, process: ScannerProcess) -> bool:
        return bool(process.state.get("launching"))

    @admin.display(description="memory of its browsers")
    def memory(self, process: ScannerProcess) -> str:
        return f"{process.memory_mb} MB"

    @admin.display(description="since its start")
    def counts(self, process: ScannerProcess) -> str:
        return ", ".join(f"{number} {what}" for what, number in sorted((process.state.get("counts") or {}).items()))

    @admin.display(description="runs now")
    def runs(self, process: ScannerProcess) -> str:
        """One query, on the row's own page only."""
        ids = [lease["scan_id"] for lease in process.leases if lease.get("scan_id")]
        lines = [
            (reverse("admin:scans_scan_change", args=[scan.pk]), str(scan))
            for scan in Scan.objects.filter(pk__in=ids).select_related("site")
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', lines) if lines else "nothing"


class Evidence(FoundById, ReadOnly, Admin):
    """Rows of one scan. They are many: no counting of all, no ordering but by key."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)


@admin.register(Page)
class PageAdmin(Evidence):
    list_display = ("url", "scan", "status", "title", "visited_at", "visit_error")
    list_filter = (("visit_error", admin.EmptyFieldListFilter), "status")
    list_select_related = ("scan__site",)
    search_fields = ("url",)


@admin.register(Shot)
class ShotAdmin(Evidence):
    list_display = ("page", "viewport", "width", "height")
    list_filter = ("viewport",)
    list_select_related = ("page",)
    search_fields = ("page__url",)


@admin.register(Issue)
class IssueAdmin(FoundById, ReadOnly, Admin):
    list_display = ("title", "rule", "severity", "confidence", "state", "site", "group", "since")
    list_filter = ("state", "severity", "confidence", "category")
    list_select_related = ("site", "first_scan")
    search_fields = ("title", "rule", "site__url")
    actions = ("ignore", "reopen")
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50

    @admin.display(ordering="first_scan")
    def since(self, issue: Issue) -> str:
        return f"#{issue.first_scan.number}" if issue.first_scan else ""

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("scans.change_issue")

    @admin.action(description="Ignore", permissions=["decide"])
    def ignore(self, request: HttpRequest, issues: QuerySet[Issue]) -> None:
        messages.success(request, f"{sum(ignore(issue) for issue in issues)} ignored.")

    @admin.action(description="Reopen", permissions=["decide"])
    def reopen(self, request: HttpRequest, issues: QuerySet[Issue]) -> None:
        messages.success(request, f"{sum(reopen(issue) for issue in issues)} open again.")


@admin.register(Finding)
class FindingAdmin(Evidence):
    list_display = ("message", "issue", "url", "viewport", "scan")
    list_select_related = ("issue", "scan__site")
    search_fields = ("url",)


@admin.register(SkippedUrl)
class SkippedUrlAdmin(Evidence):
    list_display = ("url", "reason", "scan")
    list_filter = ("reason",)
    list_select_related = ("scan__site",)
    search_fields = ("url",)


@admin.register(CustomRule)
class CustomRuleAdmin(FoundById, ReadOnly, Admin):
    """Theirs to write: staff look at them."""

    list_display = ("name", "site", "kind", "severity", "path", "is_enabled", "created_at", "deleted_at")
    list_filter = ("kind", "is_enabled", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("site",)
    search_fields = ("name", "site__url", "site__name")
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50


@admin.register(Baseline)
class BaselineAdmin(FoundById, ReadOnly, Admin):
    """Which pictures pages are held against, and who approved them."""

    list_display = ("url", "viewport", "site", "is_current", "approved_by", "created_at")
    list_filter = ("is_current", "viewport", "created_at")
    list_select_related = ("site", "approved_by")
    search_fields = ("url", "site__name", "site__url")
    raw_id_fields = ("site", "scan", "previous", "approved_by")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(VisualChange)
class VisualChangeAdmin(FoundById, ReadOnly, Admin):
    list_display = ("page", "viewport", "percent", "taller")
    list_filter = ("viewport",)
    list_select_related = ("page",)
    search_fields = ("page__url", "page__scan__site__name")
    raw_id_fields = ("page", "before")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Fix)
class FixAdmin(FoundById, ReadOnly, Admin):
    """Who changed what in Webflow from here."""

    list_display = ("label", "name", "site", "state", "by", "created_at", "live_at", "undone_at")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("site", "by")
    search_fields = ("name", "site__name", "site__url", "object_id")
    raw_id_fields = ("site", "issue", "page", "by", "undone_by", "scan")
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50
