"""Every route × every kind of person, from one table. A route that is not in the table fails: whoever adds one says who
may use it. What a person may not see does not exist for them, and nobody gets anything but the way to the log-in."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone

from accounts import access
from accounts.models import DataExport, Invitation, Membership, Role, User, WebflowConnection, Workspace
from accounts.models.invitations import digest
from scans.models import Baseline, CustomRule, Finding, Fix, Shot, SyncedSite
from tests.cast import a_person, joins, logged_in
from tests.scans.looks import changed_site


class Least(IntEnum):
    """Who it takes at least. PERSON is anybody with an account: the route shows them only what is theirs."""

    PUBLIC = 0
    PERSON = 1
    CLIENT = 2
    VIEWER = 3
    MEMBER = 4
    ADMIN = 5
    OWNER = 6
    STAFF = 7


P, A, C, V, M, D, O = (  # noqa: E741
    Least.PUBLIC,
    Least.PERSON,
    Least.CLIENT,
    Least.VIEWER,
    Least.MEMBER,
    Least.ADMIN,
    Least.OWNER,
)
TABLE: dict[str, Least] = {
    **dict.fromkeys(["landing", "healthz", "readyz", "robots", "security", "favicon.ico"], P),
    "metrics": P,  # guarded by a token of its own, which no person has: tests/sentinel/test_metrics.py
    **dict.fromkeys(["invitation", "invitation_open"], P),
    **dict.fromkeys(["overview", "workspace_add"], A),
    # sites
    "site_add": M,
    **dict.fromkeys(["site", "scan_history", "rules", "fixes"], C),
    **dict.fromkeys(["fix", "fix_apply", "fix_publish", "fix_undo", "site_publish", "site_publish_now"], M),
    **dict.fromkeys(["site_settings", "site_looks", "site_delete", "scan_start"], M),
    **dict.fromkeys(["rule_choose", "rule_add", "rule_edit", "rule_switch", "rule_delete", "rule_restore"], M),
    **dict.fromkeys(["site_ownership", "site_ownership_check"], M),
    # Webflow
    "webflow_hook": P,  # who is not Webflow is told so: tests/scans/webflow/test_hooks.py
    "webflow_answer": P,  # a state that works once for one person: tests/accounts/test_webflow_connect.py
    **dict.fromkeys(["webflow_home", "webflow_sites", "webflow_refresh"], A),  # of the workspace one is in
    **dict.fromkeys(["webflow", "webflow_connect", "webflow_disconnect"], D),
    "webflow_watch": M,
    "publishes": C,
    # scans and what they found
    **dict.fromkeys(["scan", "scan_progress", "issue", "scan_pages", "page", "scan_score", "scan_skipped"], C),
    **dict.fromkeys(["scan_cancel", "scan_pause", "scan_resume", "page_recheck", "issue_ignore", "issue_reopen"], M),
    **dict.fromkeys(["looks_approve", "looks_undo", "look_approve", "look_undo"], M),
    **dict.fromkeys(["baseline_picture", "shot", "finding_picture"], C),
    # workspaces
    **dict.fromkeys(["workspace_switch", "workspace_leave"], C),
    "members": V,
    **dict.fromkeys(["workspace_settings", "activity", "invite"], D),
    **dict.fromkeys(["member_role", "member_remove", "invitation_resend", "invitation_revoke"], D),
    **dict.fromkeys(["workspace_delete", "workspace_hand_over"], O),
    # whom a copy or a deleted workspace is not for gets 404: tests/accounts/test_exports.py, test_erasure.py
    **dict.fromkeys(["workspace_privacy", "workspace_export", "export_download"], O),
    **dict.fromkeys(["account_privacy", "account_export", "account_delete", "workspace_take_back"], A),
    # one's own account
    **dict.fromkeys(["account_login", "account_signup", "account_logout", "account_inactive"], P),
    **dict.fromkeys(["account_confirm_email", "account_email_verification_sent", "account_confirm_login_code"], P),
    **dict.fromkeys(["account_reset_password", "account_reset_password_done"], P),
    **dict.fromkeys(["account_reset_password_from_key", "account_reset_password_from_key_done"], P),
    **dict.fromkeys(["mfa_authenticate", "mfa_login_webauthn"], P),
    **dict.fromkeys(["socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup"], P),
    **dict.fromkeys([f"accounts/social/{each}/" for each in ("login/cancelled", "login/error", "signup")], P),
    "accounts/social/connections/": P,
    **dict.fromkeys(
        [f"{name}_{step}" for name in ("webflow", "github", "google") for step in ("login", "callback")], P
    ),
    "google_login_by_token": P,
    **dict.fromkeys(["account_reauthenticate", "account_email", "account_change_password", "account_set_password"], A),
    **dict.fromkeys(["mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp"], A),
    **dict.fromkeys(["mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"], A),
    **dict.fromkeys(["mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn"], A),
    **dict.fromkeys(["mfa_remove_webauthn", "mfa_edit_webauthn"], A),
    **dict.fromkeys(["socialaccount_connections", "usersessions_list"], A),
}
CAST = {
    "anonymous": Least.PUBLIC,
    "stranger": Least.PERSON,
    "client": Least.CLIENT,
    "viewer": Least.VIEWER,
    "member": Least.MEMBER,
    "admin": Least.ADMIN,
}
# a stranger adds a site to a workspace of their own; the doors of the administration lead to the one log-in and out
OWN = {("stranger", "site_add")}
DOORS = ("admin/login/", "admin/logout/")
ROLES = {"client": Role.CLIENT, "viewer": Role.VIEWER, "member": Role.MEMBER, "admin": Role.ADMIN}


@dataclass(frozen=True)
class Route:
    path: str
    name: str
    least: Least | None


def walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield path, each.name or path
        else:
            yield from walk(each, path)


def routes() -> list[Route]:
    """`admin/…` is one rule for all: staff only."""
    return [
        Route(path, name, Least.STAFF if path.startswith("admin/") else TABLE.get(name))
        for path, name in walk(get_resolver())
    ]


def values(workspace: Workspace, owner: User) -> dict[str, str]:
    """For each placeholder of a path an object of the workspace, so that a 404 can only mean “not for you”."""
    found = changed_site(workspace)
    rule = CustomRule.objects.create(site=found.site, kind="forbidden-text", name="Acme", terms="Acme")
    now = timezone.now()
    invitation = Invitation.objects.create(
        workspace=workspace,
        email="kim@example.com",
        token_hash=digest("token"),
        sent_at=now - timedelta(hours=1),
        expires_at=now + timedelta(days=1),
    )
    membership = Membership.objects.get(user=owner)
    connection = WebflowConnection.objects.create(
        workspace=workspace, authorization_id="a" * 24, listed_at=now, token_encrypted="no key reads this"
    )
    synced = SyncedSite.objects.create(
        workspace=workspace, connection=connection, site=found.site, webflow_id="b" * 24, name="Bakery"
    )
    fix = Fix.objects.create(
        site=found.site, issue=found.issue, url=found.site.url, kind="page", object_id="c" * 24, field="title"
    )
    rows = {
        "synced_id": synced,
        "connection_id": connection,
        "fix_id": fix,
        "site_id": found.site,
        "scan_id": found.scan,
        "page_id": found.page,
        "issue_id": found.issue,
        "rule_id": rule,
        "change_id": found.changes["desktop"],
        "baseline_id": Baseline.objects.filter(is_current=True).first(),
        "shot_id": Shot.objects.filter(page=found.page).first(),
        "finding_id": Finding.objects.filter(box__isnull=False).first(),
        "workspace_id": workspace,
        "membership_id": membership,
        "invitation_id": invitation,
        "export_id": DataExport.objects.create(workspace=workspace, asked_by=owner),
    }
    plain = {"kind": "forbidden-text", "token": "token", "key": "x", "uidb36": "1", "pk": "1"}
    return {name: str(row.pk) for name, row in rows.items() if row is not None} | plain


def filled(path: str, known: dict[str, str]) -> str:
    """Under admin/ stand Django's and RQ's own placeholders: whatever is filled in, nobody gets in."""
    lookup = defaultdict(lambda: "1") if path.startswith("admin/") else known
    path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda found: lookup[found[1]], path)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: lookup[found[1]], path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\", "")


def denied(response: HttpResponse) -> bool:
    if response.status_code in (301, 302):
        return response["Location"].startswith((str(reverse("account_login")), reverse("admin:login")))
    return response.status_code in (401, 403, 404)


def ask(client: Client, method: str, path: str) -> HttpResponse:
    """Asks, and takes back whatever the answer changed."""
    cache.clear()
    with transaction.atomic():
        response: HttpResponse = getattr(client, method)(path)
        transaction.set_rollback(True)
    return response


@pytest.fixture
def cast(workspace: Workspace, owner: User, stranger: User) -> dict[str, Client]:
    people = {name: joins(a_person(name), workspace, role) for name, role in ROLES.items()}
    people["stranger"] = stranger
    return {"anonymous": Client()} | {name: logged_in(user) for name, user in people.items()}


def test_every_route_is_in_the_table_and_nothing_else_is() -> None:
    named = {route.name for route in routes() if not route.path.startswith("admin/")}
    assert not [route.path for route in routes() if route.least is None], "say in TABLE who may use these"
    assert not set(TABLE) - named, "these are no routes any more"


def test_nobody_gets_more_than_their_role(cast: dict[str, Client], workspace: Workspace, owner: User) -> None:
    known = values(workspace, owner)
    wrong = []
    for who, has in CAST.items():
        for route in routes():
            if route.least is None or route.least <= has or (who, route.name) in OWN or route.path in DOORS:
                continue
            path = filled(route.path, known)
            answers = {method: ask(cast[who], method, path) for method in ("get", "post")}
            # a method that a route does not have tells nothing, but one of the two it has
            open_to = [m for m, a in answers.items() if not denied(a) and a.status_code != 405]
            if open_to or all(answer.status_code == 405 for answer in answers.values()):
                wrong.append((who, route.name, [(m, a.status_code) for m, a in answers.items()]))
    assert not wrong


def test_everybody_gets_what_their_role_gives(cast: dict[str, Client], workspace: Workspace, owner: User) -> None:
    """The other half: a table that only denies would pass with every door shut."""
    known = values(workspace, owner)
    wrong = []
    for who, has in CAST.items():
        for route in routes():
            if route.least is None or not Least.CLIENT <= route.least <= has:
                continue
            answers = [ask(cast[who], method, filled(route.path, known)) for method in ("get", "post")]
            if all(denied(answer) or answer.status_code in (405, 500) for answer in answers):
                wrong.append((who, route.name, [answer.status_code for answer in answers]))
    assert not wrong


def test_an_unlisted_object_is_not_found_for_the_owner_either(owner: User) -> None:
    client, nothing = logged_in(owner), str(uuid.uuid4())
    paths = [r for r in routes() if r.least is not None and r.least >= Least.CLIENT and "<uuid" in r.path]
    for route in (each for each in paths if not each.path.startswith("admin/")):
        path = "/" + re.sub(r"<uuid:\w+>", nothing, route.path).replace("<slug:kind>", "forbidden-text")
        assert {ask(client, method, path).status_code for method in ("get", "post")} <= {404, 405}, path


@pytest.mark.parametrize(
    ("role", "answers"),
    [
        (Role.OWNER, (True, True, True)),
        (Role.ADMIN, (True, True, False)),
        (Role.MEMBER, (True, False, False)),
        (Role.VIEWER, (False, False, False)),
        (Role.CLIENT, (False, False, False)),
    ],
)
def test_the_questions_of_access(role: Role, answers: tuple[bool, bool, bool], workspace: Workspace) -> None:
    user = joins(a_person("x"), workspace, role)
    asked = (access.may_write, access.may_manage, access.may_own)
    assert tuple(question(user, workspace) for question in asked) == answers
    assert not any(question(AnonymousUser(), workspace) for question in asked)
