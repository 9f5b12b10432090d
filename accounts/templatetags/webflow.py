"""What every page says when Webflow has refused a connection: `{% webflow_broken as broken %}`."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.access import MANAGERS
from accounts.models import ConnectionStatus, User, WebflowConnection, Workspace

register = template.Library()


@register.simple_tag(takes_context=True)
def webflow_broken(context: dict[str, Any]) -> Workspace | None:
    """The workspace with a broken connection, for one of those who can mend it."""
    user = getattr(context.get("request"), "user", None)
    if not isinstance(user, User):
        return None
    broken = WebflowConnection.objects.filter(
        status=ConnectionStatus.NEEDS_RECONNECT,
        workspace__memberships__user=user,
        workspace__memberships__role__in=MANAGERS,
    )
    first = broken.select_related("workspace").order_by("created_at").first()
    return first.workspace if first else None
