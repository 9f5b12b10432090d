"""Connecting Webflow: a person is sent to Webflow's permission page with a state that works once, and comes back with
a code. What goes wrong on the way is a sentence for that person."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import SCOPES, OAuthState, User, WebflowConnection, Workspace
from accounts.webflow import connections, tokens
from accounts.webflow.errors import BadAnswer, MissingScopes, WebflowError
from accounts.webflow.shapes import Person

logger = logging.getLogger(__name__)

CODE_LENGTH = STATE_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no connection, and what to do."""

    title: str
    message: str
    workspace: Workspace | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back in the address; all of it is what a stranger may have typed."""

    state: str
    code: str
    error: str


FOREIGN = Trouble(
    "This answer was not asked for here",
    "Connecting was begun in another browser or by another person. Log in as the person who began, or begin again.",
)
USED = Trouble(
    "This answer from Webflow no longer works",
    "It was used already, is older than ten minutes or is not complete. Begin connecting again.",
)


def is_configured() -> bool:
    return bool(settings.WEBFLOW_CLIENT_ID and settings.WEBFLOW_CLIENT_SECRETS)


def redirect_uri() -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse('webflow_answer')}"


def begin(workspace: Workspace, user: User, session_key: str, tier: str) -> str:
    """Where to send the person."""
    return tokens.authorize_url(
        settings.WEBFLOW_AUTHORIZE_URL,
        client_id=settings.WEBFLOW_CLIENT_ID,
        redirect_uri=redirect_uri(),
        scopes=SCOPES[tier],
        state=OAuthState.objects.begin(workspace, user, session_key, tier),
    )


def way_back(user: User, session_key: str, state: str) -> OAuthState | Trouble:
    """The row of the state, which is used up by being asked for: also by the wrong person."""
    row = OAuthState.objects.consume(state) if 0 < len(state) <= STATE_LENGTH else None
    if row is None or row.expires_at <= timezone.now():
        return USED
    return row if row.belongs_to(user, session_key) else FOREIGN


def finish(workspace: Workspace, user: User, answer: Answer) -> WebflowConnection | Trouble:
    """The connection, for a state that was checked before."""
    if answer.error == "access_denied":
        return Trouble("Webflow is not connected", "You did not allow it in Webflow. Nothing was changed.", workspace)
    if answer.error or not 0 < len(answer.code) <= CODE_LENGTH:
        return Trouble(
            "Webflow is not connected",
            "Webflow sent you back without a permission. Begin again; if it stays so, tell us.",
            workspace,
        )
    try:
        return connections.keep(workspace, user, _granted(_exchanged(answer.code)))
    except RedisError:
        logger.warning("connecting webflow failed: no Redis")
        return Trouble("Webflow is not connected", "Something of ours is down. Try again in a few minutes.", workspace)
    except WebflowError as error:
        logger.warning("connecting webflow failed: %s %s", type(error).__name__, error.status)
        return Trouble("Webflow is not connected", str(error), workspace)


def _exchanged(code: str) -> str:
    """The token; the earlier secret is tried when Webflow does not take the current one."""
    refused: WebflowError = tokens.AppRefused()
    for secret in settings.WEBFLOW_CLIENT_SECRETS:
        try:
            return tokens.exchange(
                settings.WEBFLOW_TOKEN_URL,
                client_id=settings.WEBFLOW_CLIENT_ID,
                client_secret=secret,
                code=code,
                redirect_uri=redirect_uri(),
            )
        except tokens.AppRefused as error:
            refused = error
    raise refused


def _granted(token: str) -> connections.Granted:
    """A token nobody can say anything about is given back: it would lie in Webflow for ever."""
    try:
        with connections.client_of(token) as webflow:
            authorization, sites = webflow.introspect(), webflow.sites()
            try:
                person = webflow.authorized_by()
            except MissingScopes:
                person = Person(next(iter(authorization.user_ids), ""), "", "", "")
        if not authorization.id:
            raise BadAnswer(said="an authorization without an id")
    except (WebflowError, RedisError):
        connections.revoked(token)
        raise
    return connections.Granted(token, authorization, person, sites)
