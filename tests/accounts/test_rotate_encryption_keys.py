"""A new key reaches every row, and a change made meanwhile stays."""

from __future__ import annotations

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts import encrypted
from accounts.adapter import SecondFactorAdapter
from accounts.mail import put
from accounts.models import OutgoingMail, User, WebflowConnection, Workspace
from sentinel import crypto


def kept(workspace: Workspace, name: str) -> WebflowConnection:
    connection = WebflowConnection(workspace=workspace, authorization_id=name)
    connection.keep_token(f"token of {name}")
    connection.save()
    return connection


def rotated() -> str:
    out = StringIO()
    call_command("rotate_encryption_keys", stdout=out)
    return out.getvalue()


def test_everything_moves_to_the_first_key(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypted, "BATCH", 2)
    settings.ENCRYPTION_KEYS = [old := crypto.new_key("old")]
    rows = [kept(workspace, str(n)) for n in range(5)]
    WebflowConnection.objects.create(workspace=workspace, authorization_id="erased")
    settings.ENCRYPTION_KEYS = [crypto.new_key("new"), old]
    assert "5 of 5" in rotated()
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    for row in rows:
        row.refresh_from_db()
        assert row.token() == f"token of {row.authorization_id}"
    assert "0 to do" in rotated()


def test_a_missing_key_is_named_and_the_rest_can_go_on_later(workspace: Workspace, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [lost := crypto.new_key("lost")]
    row = kept(workspace, "a")
    settings.ENCRYPTION_KEYS = [fresh := crypto.new_key("new")]
    with pytest.raises(CommandError, match="no key lost") as caught:
        rotated()
    assert caught.value.returncode == 2
    settings.ENCRYPTION_KEYS = [fresh, lost]
    rotated()
    row.refresh_from_db()
    assert row.token_encrypted.startswith("v1:new:")


def test_a_wrong_key_of_the_same_id_changes_nothing(workspace: Workspace, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [crypto.new_key("old")]
    row = kept(workspace, "a")
    settings.ENCRYPTION_KEYS = [crypto.new_key("new"), crypto.new_key("old")]
    with pytest.raises(CommandError, match="key old") as caught:
        rotated()
    assert caught.value.returncode == 2
    before = row.token_encrypted
    row.refresh_from_db()
    assert row.token_encrypted == before


def test_without_keys_it_says_so(workspace: Workspace, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS is empty"):
        rotated()


def test_a_change_made_meanwhile_is_kept(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENCRYPTION_KEYS = [old := crypto.new_key("old")]
    row = kept(workspace, "a")
    settings.ENCRYPTION_KEYS = [crypto.new_key("new"), old]
    changed = crypto.encrypt("a newer token", bound_to=row.bound_to)

    def bound_to(each: WebflowConnection) -> str:
        WebflowConnection.objects.filter(pk=each.pk).update(token_encrypted=changed)
        return each.bound_to

    column = encrypted.Column(WebflowConnection, "token_encrypted", bound_to)
    assert encrypted.rotate_batch(column) == (0, row.pk)
    row.refresh_from_db()
    assert row.token() == "a newer token"


def test_waiting_mails_and_second_factors_move_too(owner: User, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [old := crypto.new_key("old")]
    put(["ada@example.com"], "Hello", "a link that opens a door", "<p>a link</p>")
    data = {"secret": SecondFactorAdapter().encrypt("totp secret"), "other": 1}
    factor = Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data=data)
    settings.ENCRYPTION_KEYS = [crypto.new_key("new"), old]
    assert "Authenticator.data.secret: 1 of 1" in rotated()
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    factor.refresh_from_db()
    assert SecondFactorAdapter().decrypt(factor.data["secret"]) == "totp secret"
    assert factor.data["other"] == 1
    mail = OutgoingMail.objects.get()
    assert "door" not in mail.text
    assert mail.words() == ("a link that opens a door", "<p>a link</p>")
