"""What is kept about people and workspaces; with allauth's and Django's rows about people, which are not ours but are
there."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Q

from accounts.models import (
    AuditEvent,
    DataExport,
    Erasure,
    Invitation,
    Membership,
    OAuthState,
    OutgoingMail,
    User,
    WebflowConnection,
    Workspace,
)
from accounts.privacy import Days, Holding, Until, WithParent, declare

ACCOUNT = Until("30 days after the person deletes the account")

declare(
    Holding(
        User,
        "people who log in",
        ACCOUNT,
        personal=("email", "name", "time_zone", "last_login", "date_joined"),
        person="pk",
        secret=("password",),
    ),
    Holding(EmailAddress, "their addresses", WithParent("user"), personal=("email",), person="user"),
    Holding(
        SocialAccount,
        "other services they log in with",
        WithParent("user"),
        personal=("uid", "extra_data"),
        person="user",
    ),
    Holding(
        Authenticator,
        "their second steps of log-in",
        WithParent("user"),
        personal=("data",),
        person="user",
        secret=("data",),
    ),
    Holding(
        UserSession,
        "where they are logged in",
        Days(90, "last_seen_at"),
        personal=("ip", "user_agent", "last_seen_at"),
        person="user",
        secret=("session_key", "data"),
    ),
    Holding(Session, "sessions of browsers", Days(0, "expire_date"), personal=("session_data",)),
    Holding(LogEntry, "what staff changed in the administration", WithParent("user"), personal=("object_repr",)),
    Holding(
        Workspace,
        "workspaces",
        Until("30 days after an owner deletes it"),
        personal=("name",),
        workspace="pk",
    ),
    Holding(
        Membership,
        "who works in which workspace",
        WithParent("workspace"),
        personal=("user", "role"),
        workspace="workspace",
        person="user",
        beside=("user__email", "user__name", "workspace__name"),
    ),
    Holding(
        Invitation,
        "people asked to join",
        Days(30, "expires_at"),
        personal=("email", "invited_by"),
        workspace="workspace",
        secret=("token_hash",),
    ),
    Holding(
        AuditEvent,
        "who did what in a workspace",
        Days(2 * 365, "created_at"),
        personal=("actor", "actor_label", "target", "facts", "ip"),
        workspace="workspace",
        person="actor",
    ),
    Holding(
        OutgoingMail,
        "mails: whom, the subject; the words until they are sent",
        Days(30, "created_at"),
        personal=("recipients", "subject", "text", "html"),
    ),
    Holding(
        WebflowConnection,
        "connections to Webflow",
        WithParent("workspace"),
        personal=("webflow_user_id", "webflow_email", "webflow_name", "created_by"),
        workspace="workspace",
        secret=("token_encrypted",),
    ),
    Holding(
        OAuthState,
        "people on the way to Webflow’s permission page",
        Days(0, "expires_at"),
        personal=("user",),
        secret=("state_hash", "session_hash"),
    ),
    Holding(
        DataExport,
        "copies that were asked for; the files 7 days",
        Days(90, "created_at", only=Q(is_cleared=True)),
        personal=("asked_by",),
        workspace="workspace",
        person="asked_by",
        secret=("file",),
    ),
    Holding(
        Erasure,
        "what was deleted: ids, and until it is done the addresses to be erased",
        Days(60, "done_at"),
        personal=("addresses", "people"),
    ),
)
