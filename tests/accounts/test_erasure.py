"""Accounts and workspaces end: at once for everybody who looks, in thirty days in the database, and once more after a
restore."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import activity, erasure, invitations, ledger
from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.models import (
    AuditEvent,
    DataExport,
    Erasure,
    Invitation,
    Membership,
    OutgoingMail,
    Role,
    User,
    WebflowConnection,
    Workspace,
)
from accounts.models.people import DELETED
from scans import erasing, launch
from scans.models import Scan, ScanState, Site
from scans.retention import remove_site
from tests.build import a_scan, a_site
from tests.cast import a_person, joins, logged_in
from tests.everything import populated, rows_of

PASSWORD = "correct-horse-battery"
LATER = timedelta(days=31)


@pytest.fixture(autouse=True)
def empty_ledger(db: None) -> Iterator[None]:
    path = Path(default_storage.path(ledger.FILE))
    path.unlink(missing_ok=True)
    cache.clear()
    yield
    path.unlink(missing_ok=True)


@pytest.fixture
def mara(workspace: Workspace, owner: User) -> User:
    """A member with a password, beside the owner."""
    person = User.objects.create_user("mara@studio-north.example", PASSWORD, name="Mara Lind")
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    EmailAddress.objects.create(user=person, email="mara@home.example", verified=True)
    return joins(person, workspace, Role.MEMBER)


def sign_in(person: User) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.get(reverse("overview"))
    return client


def everything_but(*tables: str) -> str:
    """All rows of all tables as text: what a dump would say."""
    said = io.StringIO()
    with connection.cursor() as cursor:
        for name in sorted(set(connection.introspection.table_names(cursor)) - set(tables)):
            cursor.execute(f'SELECT t::text FROM "{name}" t')
            said.writelines(f"{name}: {row}\n" for (row,) in cursor.fetchall())
    return said.getvalue()


# ── an account ──


def test_an_account_is_deleted_by_its_person(mara: User, workspace: Workspace) -> None:
    client, elsewhere = sign_in(mara), sign_in(mara)
    url = reverse("account_delete")
    assert "There is no way back" in client.get(url).content.decode()
    asked = client.post(url, {"email": mara.email})
    assert asked.status_code == 302 and asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert "This is not the address of your account" in client.post(url, {"email": "kim@example.com"}).content.decode()
    assert User.objects.get(pk=mara.pk).is_active
    done = client.post(url, {"email": mara.email.upper()}, follow=True)
    assert "Your account is deleted." in done.content.decode()
    for old in (client, elsewhere):
        assert old.get(reverse("overview")).status_code == 302
    assert not UserSession.objects.exists()
    assert sign_in(mara).get(reverse("overview")).status_code == 302
    mail = OutgoingMail.objects.latest("created_at")
    assert mail.recipients == ["mara@studio-north.example"] and mail.subject == "Your account is deleted"


def test_nobody_sees_a_deleted_person(mara: User, workspace: Workspace, owner: User, owner_client: Client) -> None:
    record(workspace, "site.added", actor=mara, target="https://a.example/", ip="192.0.2.7")
    record(workspace, "member.removed", actor=owner, target=mara.email, role="viewer")
    scan = a_scan(a_site(workspace), requested_by=mara)
    assert erasure.erase(mara, Acting(mara)) is None
    pages = [
        reverse("members", args=[workspace.pk]),
        reverse("activity", args=[workspace.pk]),
        reverse("scan_history", args=[scan.site_id]),
        reverse("site", args=[scan.site_id]),
    ]
    shown = "".join(owner_client.get(page).content.decode() for page in pages)
    assert DELETED in shown
    for word in ("mara", "Mara", "Lind", "192.0.2.7"):
        assert word not in shown
    assert not activity.activity(workspace, "mara@").object_list, "nor finds one"
    assert str(User.objects.get(pk=mara.pk)) == DELETED


def test_the_address_is_free_again_at_once(mara: User) -> None:
    erasure.erase(mara, Acting(mara))
    again = User.objects.create_user("mara@studio-north.example")
    with time_machine.travel(timezone.now() + LATER):
        erasing.carry_out()
    assert User.objects.get(email="mara@studio-north.example") == again


def test_after_thirty_days_nothing_of_the_person_is_left(
    mara: User, workspace: Workspace, owner: User, stranger: User
) -> None:
    elsewhere = Workspace.objects.of(stranger).get()
    populated(workspace, mara, "mark-1")
    invitations.invite(elsewhere, "mara@home.example", Role.VIEWER, Acting(stranger))
    WebflowConnection.objects.update(webflow_email="mara@home.example", webflow_name="Mara Lind")
    erasure.erase(mara, Acting(mara, "192.0.2.7"))
    assert erasing.carry_out() == 0 and User.objects.filter(pk=mara.pk).exists()
    OutgoingMail.objects.all().delete()  # of thirty days ago: accounts.privacy
    with time_machine.travel(timezone.now() + LATER):
        assert erasing.carry_out() == 1
    left = everything_but("accounts_erasure", "django_session")
    for trace in ("mara@", "Mara", str(mara.pk), mara.pk.hex, "192.0.2.7"):
        assert trace not in left.replace("mark-1", ""), [line for line in left.splitlines() if trace in line]
    assert Scan.objects.filter(site__workspace=workspace, requested_by=None).exists(), "the work stays"
    assert AuditEvent.objects.filter(workspace=workspace, actor_label=DELETED).exists()
    row = Erasure.objects.get()
    assert row.done_at and not row.addresses
    assert erasing.carry_out() == 0


def test_who_alone_owns_a_workspace_with_others_hands_it_over_first(
    workspace: Workspace, owner: User, mara: User
) -> None:
    owner.set_password(PASSWORD)
    owner.save()
    client = sign_in(owner)
    assert "Hand them over or delete them first" in client.get(reverse("account_delete")).content.decode()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    response = client.post(reverse("account_delete"), {"email": owner.email})
    assert response.status_code == 422
    refused = erasure.erase(owner, Acting(owner))
    assert isinstance(refused, Refused) and "Studio North" in refused.message
    assert not Erasure.objects.exists() and User.objects.get(pk=owner.pk).is_active
    Membership.objects.filter(user=mara).update(role=Role.OWNER)
    assert erasure.erase(owner, Acting(owner)) is None
    assert workspace.memberships.get().user == mara
    assert Workspace.objects.get().closed_at is None


def test_workspaces_of_ones_own_go_too(workspace: Workspace, owner: User) -> None:
    owner.set_password(PASSWORD)
    owner.save()
    assert "Studio North" in sign_in(owner).get(reverse("account_delete")).content.decode()
    assert erasure.erase(owner, Acting(owner)) is None
    assert set(Erasure.objects.values_list("kind", flat=True)) == {"person", "workspace"}
    with time_machine.travel(timezone.now() + LATER):
        assert erasing.carry_out() == 2
    assert not Workspace.objects.exists() and not User.objects.exists()


@pytest.mark.parametrize(("minutes", "status"), [(9, 302), (11, 422)])
def test_who_has_no_password_logs_in_anew_first(minutes: int, status: int, workspace: Workspace, mara: User) -> None:
    """Known by another service alone: there is nothing else to ask for."""
    mara.set_unusable_password()
    mara.save()
    client = logged_in(mara)
    User.objects.filter(pk=mara.pk).update(last_login=timezone.now() - timedelta(minutes=minutes))
    response = client.post(reverse("account_delete"), {"email": mara.email})
    assert response.status_code == status
    assert User.objects.get(pk=mara.pk).is_active == (status == 422)


def test_copies_of_a_deleted_person_go(mara: User) -> None:
    file = default_storage.save("exports/x/1.zip", ContentFile(b"x"))
    export = DataExport.objects.create(
        asked_by=mara, state="ready", file=file, expires_at=timezone.now() + timedelta(days=3)
    )
    erasure.erase(mara, Acting(mara))
    export.refresh_from_db()
    assert export.state == "expired" and not export.is_ready


# ── a workspace ──


def test_a_deleted_workspace_does_nothing_any_more(workspace: Workspace, owner: User, member_client: Client) -> None:
    site = a_site(workspace, proven_at=timezone.now())
    scan = a_scan(site, ScanState.PENDING)
    invitations.invite(workspace, "kim@example.com", Role.VIEWER, Acting(owner))
    connection = WebflowConnection(workspace=workspace, authorization_id="a")
    connection.keep_token("sesame-open")
    connection.save()
    erasure.close(workspace, Acting(owner))
    erasing.carry_out()
    scan.refresh_from_db()
    connection.refresh_from_db()
    assert scan.state == ScanState.CANCELLED
    assert (connection.status, connection.token_encrypted) == ("revoked", "")
    assert not Invitation.objects.open().exists()
    refused = launch.request_scan(Site.objects.get(pk=site.pk))
    assert isinstance(refused, launch.Refusal) and refused.message == launch.CLOSED
    for name in ("workspace_settings", "members", "workspace_privacy"):
        assert member_client.get(reverse(name, args=[workspace.pk])).status_code == 404


def test_an_owner_takes_a_workspace_back_with_everybody_in_it(
    workspace: Workspace, owner: User, owner_client: Client, member: User, member_client: Client, mara: User
) -> None:
    erasure.close(workspace, Acting(owner))
    erasure.forget(mara)
    url = reverse("workspace_take_back", args=[workspace.pk])
    assert "Take back" not in member_client.get(reverse("account_privacy")).content.decode()
    assert member_client.post(url).status_code == 404
    assert "Studio North" in owner_client.get(reverse("account_privacy")).content.decode()
    assert "Studio North is back" in owner_client.post(url, follow=True).content.decode()
    people = {each.user: each.role for each in workspace.memberships.select_related("user")}
    assert people == {owner: Role.OWNER, member: Role.MEMBER}
    assert owner_client.post(url).status_code == 404, "once"
    assert not erasure.take_back(workspace, Acting(owner))
    with time_machine.travel(timezone.now() + LATER):
        erasing.carry_out()
    assert Workspace.objects.filter(pk=workspace.pk).exists()


def test_after_thirty_days_rows_and_files_of_a_workspace_are_gone(
    workspace: Workspace,
    owner: User,
    stranger: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    other = Workspace.objects.of(stranger).get()
    found, kept = populated(workspace, owner, "mine-7c1"), populated(other, stranger, "theirs-9f2")
    export = DataExport.objects.create(workspace=workspace, asked_by=owner)
    copy = default_storage.save(f"{export.folder}/1.zip", ContentFile(b"x"))
    files = [
        str(shot.file.name) for scan in found.site.scans.all() for page in scan.pages.all() for shot in page.shots.all()
    ]
    erasure.close(workspace, Acting(owner))
    before = rows_of(other.pk)
    with (
        django_capture_on_commit_callbacks(execute=True),
        time_machine.travel(timezone.now() + LATER),
    ):
        assert erasing.carry_out() == 1
    assert rows_of(workspace.pk) == 0 and rows_of(other.pk) == before
    assert not [name for name in [*files, copy] if default_storage.exists(name)]
    assert all(default_storage.exists(str(shot.file.name)) for shot in kept.page.shots.all())
    assert "mine-7c1@" not in everything_but("accounts_outgoingmail")


def test_a_large_workspace_goes_in_several_rounds(
    workspace: Workspace, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = a_site(workspace)
    for _ in range(3):
        a_scan(site)
    monkeypatch.setattr("scans.retention.BATCH", 2)
    erasure.close(workspace, Acting(owner))
    with time_machine.travel(timezone.now() + LATER):
        assert [erasing.carry_out() for _ in range(3)] == [0, 1, 0]


# ── the ledger, and after a restore ──


def lines() -> list[dict[str, Any]]:
    text = Path(default_storage.path(ledger.FILE)).read_text()
    return [json.loads(line) for line in text.splitlines() if line]


def test_the_ledger_says_what_and_when_and_nothing_about_people(
    workspace: Workspace,
    owner: User,
    mara: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    site = a_site(workspace)
    ids = {str(mara.pk), str(site.pk), str(workspace.pk)}
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase(mara, Acting(mara))
        remove_site(site)
        erasure.close(workspace, Acting(owner))
    with django_capture_on_commit_callbacks(execute=True):
        erasure.take_back(workspace, Acting(owner))
    assert [(line["kind"], line["what"]) for line in lines()] == [
        ("person", "erased"),
        ("site", "erased"),
        ("workspace", "erased"),
        ("workspace", "taken-back"),
    ]
    assert {line["id"] for line in lines()} == ids
    assert all(set(line) == {"kind", "id", "what", "at"} for line in lines())
    assert Path(default_storage.path(ledger.FILE)).stat().st_mode & 0o077 == 0


def test_a_crash_before_the_ledger_is_made_up_for(workspace: Workspace, mara: User) -> None:
    erasure.erase(mara, Acting(mara))  # within the test's transaction: nothing is committed, nothing is told
    assert not Path(default_storage.path(ledger.FILE)).exists()
    erasing.carry_out()
    assert len(lines()) == 1
    erasing.carry_out()
    assert len(lines()) == 1


def test_a_line_cut_short_spoils_no_other(workspace: Workspace, mara: User) -> None:
    path = Path(default_storage.path(ledger.FILE))
    path.write_text('{"kind": "person", "id": "0192')
    erasure.erase(mara, Acting(mara))
    erasure.write_down()
    assert [entry.id for entry in ledger.entries()] == [mara.pk]


def replayed() -> str:
    out = io.StringIO()
    call_command("replay_erasures", stdout=out)
    return out.getvalue().strip()


def test_a_restored_database_forgets_again(
    workspace: Workspace, owner: User, mara: User, stranger: User, member: User
) -> None:
    """The backup is from before all of it; the ledger is not."""
    elsewhere = Workspace.objects.of(stranger).get()
    site, kept = a_site(elsewhere), a_site(elsewhere, "kept.example")
    then = timezone.now() - timedelta(days=2)
    for kind, pk in (("person", mara.pk), ("workspace", workspace.pk), ("site", site.pk)):
        ledger.add(ledger.Entry(kind, pk, ledger.ERASED, then))
    ledger.add(ledger.Entry("workspace", elsewhere.pk, ledger.ERASED, then))
    ledger.add(ledger.Entry("workspace", elsewhere.pk, ledger.TAKEN_BACK, then + timedelta(hours=1)))
    assert replayed().startswith("erased again: 1 people, 1 workspaces, 1 sites; taken back again: 0 workspaces")
    assert User.objects.get(pk=mara.pk).is_nobody
    assert not workspace.memberships.exists()
    assert list(Site.objects.filter(workspace=elsewhere)) == [kept]
    assert Erasure.objects.get(object_id=mara.pk).due_at == then + erasure.LATER, "counted from when it was asked"
    assert replayed().startswith("erased again: 0 people, 0 workspaces, 0 sites; taken back again: 0 workspaces")
    assert len(lines()) == 5, "what the ledger knows is not told again"


def test_what_is_past_its_days_is_gone_for_good_at_once(workspace: Workspace, owner: User, mara: User) -> None:
    for kind, pk in (("person", mara.pk), ("workspace", workspace.pk)):
        ledger.add(ledger.Entry(kind, pk, ledger.ERASED, timezone.now() - LATER))
    assert "gone for good: 2;" in replayed()
    assert not User.objects.filter(pk=mara.pk).exists() and not Workspace.objects.exists()


def test_what_was_taken_back_since_the_backup_is_back(workspace: Workspace, owner: User) -> None:
    erasure.close(workspace, Acting(owner))
    erasure.write_down()
    ledger.add(ledger.Entry("workspace", workspace.pk, ledger.TAKEN_BACK, timezone.now() + timedelta(minutes=1)))
    assert "taken back again: 1 workspaces" in replayed()
    assert workspace.memberships.get().user == owner
    assert "taken back again: 0 workspaces" in replayed()


def test_a_workspace_that_loses_its_owner_is_named(workspace: Workspace, owner: User, member: User) -> None:
    ledger.add(ledger.Entry("person", owner.pk, ledger.ERASED, timezone.now()))
    assert replayed().endswith("workspaces without an owner: 1")


def test_the_ledger_is_only_added_to(workspace: Workspace, mara: User) -> None:
    path = Path(default_storage.path(ledger.FILE))
    ledger.add(ledger.Entry("site", mara.pk, ledger.ERASED, timezone.now()))
    before, inode = path.read_bytes(), path.stat().st_ino
    ledger.add(ledger.Entry("site", workspace.pk, ledger.ERASED, timezone.now()))
    assert path.read_bytes().startswith(before) and path.stat().st_ino == inode


def test_one_that_cannot_be_erased_holds_up_nobody(
    workspace: Workspace, owner: User, mara: User, stranger: User
) -> None:
    """A row that the database will not give up: the others go, and it stays due."""
    a_person("x")
    erasure.forget(mara, asked_at=timezone.now() - LATER)
    erasure.forget(stranger, asked_at=timezone.now() - LATER + timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE holds (person uuid REFERENCES accounts_user (id))")
        cursor.execute("INSERT INTO holds VALUES (%s)", [mara.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert erasing.carry_out() == 1
    assert User.objects.filter(pk=mara.pk).exists() and not User.objects.filter(pk=stranger.pk).exists()
    assert Erasure.objects.due().get().object_id == mara.pk


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_the_same_moment_do_not_leave_the_others_alone(
    workspace: Workspace, owner: User, member: User
) -> None:
    second = joins(a_person("second"), workspace, Role.OWNER)
    together = Barrier(2)

    def leave(person: User) -> Refused | None:
        together.wait(5)
        try:
            return erasure.erase(person, Acting(person))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(leave, (owner, second)))
    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert workspace.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_workspace_is_taken_back_once(workspace: Workspace, owner: User) -> None:
    erasure.close(workspace, Acting(owner))

    def back(_: int) -> bool:
        try:
            return erasure.take_back(workspace, Acting(owner))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(back, range(4))) == 1
    assert workspace.memberships.count() == 1
