"""The workspace a page is shown in: `{% home as workspace %}`."""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.access import WRITERS
from accounts.models import Membership, User

register = template.Library()


@register.simple_tag
def home(user: User | AnonymousUser) -> dict[str, object]:
    """`{name, role, writes}` of the workspace the person works in, in one query; empty for visitors."""
    if not isinstance(user, User):
        return {}
    first = Membership.objects.filter(user=user).select_related("workspace").order_by("workspace__created_at").first()
    if first is None:
        return {}
    return {"name": first.workspace.name, "role": first.get_role_display(), "writes": first.role in WRITERS}
