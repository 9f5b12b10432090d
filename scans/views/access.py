"""What a person may look at: a stranger's site or scan does not exist (404), so nothing tells that it does."""

from __future__ import annotations

import uuid
from typing import cast

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.access import require_write
from accounts.models import User
from scans.models import CustomRule, Scan, Site


def person(request: HttpRequest) -> User:
    """The logged-in person, for views behind `login_required`."""
    return cast(User, request.user)


def site_seen(request: HttpRequest, site_id: uuid.UUID) -> Site:
    return get_object_or_404(Site.objects.seen_by(person(request)).select_related("workspace"), pk=site_id)


def site_written(request: HttpRequest, site_id: uuid.UUID) -> Site:
    """The site, for those who may change it or scan it; viewers get 404 like strangers."""
    site = site_seen(request, site_id)
    require_write(request.user, site.workspace)
    return site


def scan_seen(request: HttpRequest, scan_id: uuid.UUID) -> Scan:
    """With its site and workspace, in one query."""
    scans = Scan.objects.seen_by(person(request)).select_related("site__workspace", "paused_by")
    return get_object_or_404(scans, pk=scan_id)


def scan_written(request: HttpRequest, scan_id: uuid.UUID) -> Scan:
    scan = scan_seen(request, scan_id)
    require_write(request.user, scan.site.workspace)
    return scan


def rule_written(request: HttpRequest, rule_id: uuid.UUID) -> CustomRule:
    """A rule of the customer's own with its site and workspace, deleted ones too: they may be taken back."""
    mine = CustomRule.objects.filter(site__workspace__memberships__user=person(request))
    rule = get_object_or_404(mine.select_related("site__workspace"), pk=rule_id)
    require_write(request.user, rule.site.workspace)
    return rule
