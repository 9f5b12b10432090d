"""What a reader may narrow the lists of a report to. Everything stands in the URL; a value that means nothing is
ignored."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import RowNumber

from scans.models import Finding, Issue, IssueState, Page, Scan, SkippedUrl
from scans.reports.summary import FOLD_ABOVE, FOLD_TO
from scans.reports.wording import category_label
from scans.snapshot import Category, Confidence, Severity

ANY = "any"
SORTS = {
    "severity": ("Most severe", ("rank", "-pages", "-occurrences", "pk")),
    "pages": ("Most pages", ("-pages", "-occurrences", "rank", "pk")),
    "newest": ("Newest", ("-pk",)),
}
PAGE_SORTS = {
    "issues": ("Most issues", ("-issues", "pk")),
    "address": ("Address", ("url",)),
    "slowest": ("Slowest", (F("vitals__lcp_ms").desc(nulls_last=True), "pk")),
    "found": ("As found", ("pk",)),
}


def _labels(words: type[Category] | type[Severity]) -> list[tuple[str, str]]:
    return [(word.value, category_label(word)) for word in words]


def _sorts(sorts: dict[str, tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(name, label) for name, (label, _) in sorts.items()]


SELECT = forms.Select(attrs={"class": "input"})


class IssueFilter(filters.FilterSet):  # type: ignore[misc]
    """The issues of one scan. Without a word about it, what is doubtful (`confidence`) and what is ignored (`state`)
    stays out of the list."""

    q = filters.CharFilter(method="search", label="Search")
    category = filters.ChoiceFilter(choices=_labels(Category), empty_label="All categories", widget=SELECT)
    severity = filters.ChoiceFilter(choices=_labels(Severity), empty_label="All severities", widget=SELECT)
    state = filters.ChoiceFilter(
        choices=[*IssueState.choices, (ANY, "Any state")], method="in_state", empty_label="Not ignored", widget=SELECT
    )
    confidence = filters.ChoiceFilter(
        choices=[(word.value, word.value) for word in Confidence] + [(ANY, "any")], method="with_confidence"
    )
    on = filters.UUIDFilter(method="on_page")
    group = filters.CharFilter(field_name="group", lookup_expr="exact")
    rule = filters.CharFilter(field_name="rule", lookup_expr="exact")
    new = filters.BooleanFilter(method="only_new", widget=forms.CheckboxInput)
    sort = filters.ChoiceFilter(choices=_sorts(SORTS), method="unchanged", empty_label=None, widget=SELECT)

    class Meta:
        model = Issue
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, scan: Scan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scan = scan

    def filter_queryset(self, queryset: QuerySet[Issue, Any]) -> QuerySet[Issue, Any]:
        asked = self.form.cleaned_data
        if not asked.get("state"):
            queryset = queryset.exclude(state=IssueState.IGNORED)
        if not asked.get("confidence"):
            queryset = queryset.filter(confidence=Confidence.CONFIRMED)
        return super().filter_queryset(queryset).order_by(*self.order)  # type: ignore[no-any-return]

    @property
    def narrows(self) -> bool:
        """Whether anything but the order and the tab was asked for."""
        asked = self.form.cleaned_data
        return any(
            asked.get(name) for name in ("q", "category", "severity", "on", "group", "rule", "new")
        ) or asked.get("state") in (IssueState.OPEN, IssueState.FIXED)

    @property
    def folded(self) -> QuerySet[Issue, Any]:
        """The list as it is first shown: of more than FOLD_ABOVE issues of one rule the first FOLD_TO, with `alike`,
        how many there are. Whoever asked for one rule gets all of it."""
        shown = self.qs  # validates the form
        if self.form.cleaned_data.get("rule"):
            return shown.annotate(alike=Value(0))  # type: ignore[no-any-return]
        return shown.annotate(  # type: ignore[no-any-return]
            place=Window(RowNumber(), partition_by="rule", order_by=self.order), alike=Window(Count("pk"), "rule")
        ).filter(Q(place__lte=FOLD_TO) | Q(alike__lte=FOLD_ABOVE))

    @property
    def order(self) -> tuple[str, ...]:
        return SORTS[self.form.cleaned_data.get("sort") or "severity"][1]

    def search(self, issues: QuerySet[Issue, Any], name: str, value: str) -> QuerySet[Issue, Any]:
        said = Finding.objects.filter(scan=self.scan).filter(Q(url__icontains=value) | Q(message__icontains=value))
        return issues.filter(
            Q(title__icontains=value)
            | Q(message__icontains=value)
            | Q(rule__icontains=value)
            | Q(group__icontains=value)
            | Q(pk__in=said.order_by().values("issue"))
        )

    def in_state(self, issues: QuerySet[Issue, Any], name: str, value: str) -> QuerySet[Issue, Any]:
        return issues if value == ANY else issues.filter(state=value)

    def with_confidence(self, issues: QuerySet[Issue, Any], name: str, value: str) -> QuerySet[Issue, Any]:
        return issues if value == ANY else issues.filter(confidence=value)

    def on_page(self, issues: QuerySet[Issue, Any], name: str, value: Any) -> QuerySet[Issue, Any]:
        there = Finding.objects.filter(scan=self.scan, page=value).order_by().values("issue")
        return issues.filter(pk__in=there)

    def only_new(self, issues: QuerySet[Issue, Any], name: str, value: bool) -> QuerySet[Issue, Any]:
        return issues.filter(first_scan=self.scan) if value else issues

    def unchanged(self, issues: QuerySet[Issue, Any], name: str, value: str) -> QuerySet[Issue, Any]:
        """The order is the last thing that is done to the list (`filter_queryset`)."""
        return issues


class PageFilter(filters.FilterSet):  # type: ignore[misc]
    """The pages of one scan, as `scans.reports.pages.pages_of` gives them."""

    q = filters.CharFilter(method="search")
    status = filters.ChoiceFilter(
        choices=[
            ("ok", "Answered"),
            ("broken", "Broken"),
            ("not-opened", "Not opened in a browser"),
            ("error", "Could not be opened"),
        ],
        method="with_status",
        empty_label="All pages",
        widget=SELECT,
    )
    sort = filters.ChoiceFilter(choices=_sorts(PAGE_SORTS), method="sorted", empty_label=None, widget=SELECT)

    class Meta:
        model = Page
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, queryset: QuerySet[Page, Any]) -> QuerySet[Page, Any]:
        if not self.form.cleaned_data.get("sort"):
            queryset = queryset.order_by(*PAGE_SORTS["issues"][1])
        return super().filter_queryset(queryset)  # type: ignore[no-any-return]

    def search(self, pages: QuerySet[Page, Any], name: str, value: str) -> QuerySet[Page, Any]:
        return pages.filter(Q(url__icontains=value) | Q(title__icontains=value))

    def with_status(self, pages: QuerySet[Page, Any], name: str, value: str) -> QuerySet[Page, Any]:
        chosen = {
            "ok": Q(status__lt=400),
            "broken": Q(status__gte=400) | Q(status__isnull=True),
            "not-opened": Q(visited_at__isnull=True),
            "error": ~Q(visit_error=""),
        }
        return pages.filter(chosen[value])

    def sorted(self, pages: QuerySet[Page, Any], name: str, value: str) -> QuerySet[Page, Any]:
        return pages.order_by(*PAGE_SORTS[value][1])


class SkippedFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(field_name="url", lookup_expr="icontains")
    reason = filters.CharFilter(field_name="reason", lookup_expr="exact")

    class Meta:
        model = SkippedUrl
        fields: ClassVar[list[str]] = []
