"""Rules of the customer's own, as rows of a site. What they may say is in `scans.rulebook`, what they find in
`scans.checks.custom`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from scans import snapshot
from scans.snapshot import CustomKind, Severity
from sentinel.ids import uuid7

KIND_LABELS = {
    CustomKind.FORBIDDEN_TEXT: "Words that must not be there",
    CustomKind.REQUIRED_TEXT: "Text that has to be there",
    CustomKind.FORBIDDEN_ELEMENT: "Element that must not be there",
    CustomKind.REQUIRED_ELEMENT: "Element that has to be there",
    CustomKind.FORBIDDEN_HOST: "Hosts not to link to",
    CustomKind.PAGE_WEIGHT: "Budget: weight of a page",
    CustomKind.REQUEST_COUNT: "Budget: files of a page",
    CustomKind.LCP: "Budget: main content (LCP)",
}


class CustomRuleQuerySet(models.QuerySet["CustomRule"]):
    def kept(self) -> CustomRuleQuerySet:
        """Those that are not deleted."""
        return self.filter(deleted_at__isnull=True)

    def in_force(self) -> tuple[snapshot.CustomRule, ...]:
        """What a scan has to look at."""
        return tuple(row.as_rule() for row in self.kept().filter(is_enabled=True).order_by("id"))


class CustomRule(models.Model):
    """`terms` one a line; `limit` in kB, files or milliseconds, null for rules that are no budget. A deleted rule stays
    a day for whoever wants it back (`deleted_at`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey("scans.Site", on_delete=models.CASCADE, related_name="custom_rules")
    kind = models.CharField(max_length=20, choices=[(kind.value, label) for kind, label in KIND_LABELS.items()])
    name = models.CharField(max_length=120)
    severity = models.CharField(
        max_length=10,
        choices=[(word.value, word.value.capitalize()) for word in Severity],
        default=Severity.MODERATE.value,
    )
    path = models.CharField(max_length=200, default="*")
    terms = models.TextField(blank=True)
    limit = models.PositiveIntegerField(null=True, blank=True)
    is_enabled = models.BooleanField("on", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CustomRuleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name

    def as_rule(self) -> snapshot.CustomRule:
        return snapshot.CustomRule(
            id=str(self.pk),
            kind=CustomKind(self.kind),
            name=self.name,
            severity=Severity(self.severity),
            path=self.path,
            terms=tuple(self.terms.splitlines()),
            limit=self.limit or 0,
        )
