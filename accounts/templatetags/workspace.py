"""The workspace a page is shown in: `{% home as workspace %}`."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.access import CHOSEN, MANAGERS, WRITERS
from accounts.models import Membership, Role, User

register = template.Library()


@register.simple_tag(takes_context=True)
def home(context: dict[str, Any]) -> dict[str, object]:
    """`{id, name, role, writes, manages, sees_people, others}` of the workspace the person works in, in one query;
    `others` are the workspaces one can switch to. Empty for visitors."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or not isinstance(user, User):
        return {}
    rows = Membership.objects.filter(user=user).select_related("workspace").order_by("workspace__created_at")
    all_of_them = list(rows)
    if not all_of_them:
        return {}
    wanted = str(request.session.get(CHOSEN, ""))
    here = next((each for each in all_of_them if str(each.workspace_id) == wanted), all_of_them[0])
    return {
        "id": here.workspace_id,
        "name": here.workspace.name,
        "role": here.get_role_display(),
        "writes": here.role in WRITERS,
        "manages": here.role in MANAGERS,
        "sees_people": here.role != Role.CLIENT,
        "others": [each.workspace for each in all_of_them if each is not here],
    }
