"""Writes down who did what. Call it in the transaction of the change, so that there is never one without the other."""

from __future__ import annotations

import json
from typing import Any

from accounts.models import AuditEvent, User, Workspace

LABEL = 254  # of actor_label and target


def record(
    workspace: Workspace,
    action: str,
    *,
    actor: User | None,
    target: str = "",
    ip: str | None = None,
    **facts: Any,
) -> AuditEvent:
    """One event. `action` is a dotted id ("member.invited"); `actor` is None when the product did it itself; `facts`
    are small JSON values. Nothing secret belongs in them: owners read them."""
    json.dumps(facts)  # a value that is no JSON fails here and names itself, not in the database
    return AuditEvent.objects.create(
        workspace=workspace,
        action=action,
        actor=actor,
        actor_label=actor.email if actor else "",
        target=target[:LABEL],
        facts=facts,
        ip=ip,
    )
