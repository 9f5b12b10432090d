"""What happened in a workspace, in sentences. An action without a sentence shows its id, so nothing is hidden."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page as ListPage
from django.core.paginator import Paginator
from django.db.models import Q

from accounts.models import AuditEvent, Workspace
from accounts.models.people import DELETED, NOWHERE

PER_PAGE = 50
SENTENCES = {
    "workspace.created": "created the workspace “{name}”",
    "workspace.renamed": "renamed the workspace from “{before}” to “{after}”",
    "workspace.handed_over": "handed the workspace over to {target}",
    "workspace.deleted": "deleted the workspace “{target}”",
    "workspace.taken_back": "took the deleted workspace back",
    "export.asked": "asked for a copy of all data",
    "export.downloaded": "downloaded the copy of all data",
    "member.invited": "invited {target} as {role}",
    "member.joined": "joined as {role}",
    "member.left": "left the workspace",
    "member.removed": "removed {target}, who was {role}",
    "member.role_changed": "made {target} {after} instead of {before}",
    "invitation.resent": "sent the invitation to {target} again",
    "invitation.revoked": "took back the invitation to {target}",
    "site.added": "added the site {target}",
    "site.deleted": "deleted the site {target}",
    "site.proven": "proved that {target} is theirs",
    "site.proof_missing": "did not find the proof that {target} is yours",
    "site.proof_lost": "no longer counts {target} as proven: the proof was not found again",
    "webflow.connected": "connected Webflow ({target})",
    "webflow.reconnected": "connected Webflow again ({target})",
    "webflow.disconnected": "disconnected Webflow ({target})",
    "webflow.broken": "was turned away by Webflow: the connection of {target} has to be made again",
    "fix.applied": "fixed {target}",
    "fix.undone": "took back the fix of {target}",
}


@dataclass(frozen=True, slots=True)
class Line:
    id: uuid.UUID
    who: str
    what: str
    when: datetime
    ip: str | None


def activity(workspace: Workspace, search: str = "", page: str | None = None) -> ListPage[Line]:
    """The newest first; `search` is looked for in who, whom and the id of what."""
    events = AuditEvent.objects.filter(workspace=workspace).select_related("actor").order_by("-id")
    if search:
        who = Q(actor_label__icontains=search) & ~Q(actor__email__endswith=f"@{NOWHERE}")
        words = who | Q(target__icontains=search) | Q(action__icontains=search)
        events = events.filter(words)
    listed: Any = Paginator(events, PER_PAGE).get_page(page)
    listed.object_list = [line(event) for event in listed.object_list]
    return listed  # type: ignore[no-any-return]


def line(event: AuditEvent) -> Line:
    """The label stands until the person's row goes; who deleted their account has no name before."""
    gone = event.actor is not None and event.actor.is_nobody
    who = DELETED if gone else event.actor_label or "QA Sentinel"
    return Line(event.pk, who, _sentence(event), event.created_at, None if gone else event.ip)


class _Known(dict[str, Any]):
    """A fact that an old event lacks leaves a gap, not an error."""

    def __missing__(self, key: str) -> str:
        return "…"


def _sentence(event: AuditEvent) -> str:
    facts: Mapping[str, Any] = event.facts
    pattern = SENTENCES.get(event.action)
    if pattern is None:
        return f"{event.action} {event.target}".strip()
    return pattern.format_map(_Known({**facts, "target": event.target}))
