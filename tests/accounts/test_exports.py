"""Copies of one's data: what is in them, what never is, who gets them, and what a crash leaves."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import django_rq
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from redis import Redis

from accounts import archive, exports
from accounts.acting import Acting, Refused
from accounts.models import AuditEvent, DataExport, ExportState, Membership, OutgoingMail, Role, User, Workspace
from accounts.privacy import HOLDINGS, declared
from scans.models import Issue, Shot
from tests.build import a_page, a_scan, a_site
from tests.cast import a_person, joins
from tests.everything import SECRET, populated


def ordered(by: User, workspace: Workspace | None = None) -> DataExport:
    export = exports.ask(Acting(by), workspace)
    assert isinstance(export, DataExport)
    return export


def made(by: User, workspace: Workspace | None = None) -> DataExport:
    export = ordered(by, workspace)
    assert exports.build(str(export.pk))
    export.refresh_from_db()
    return export


def content(export: DataExport) -> dict[str, bytes]:
    with default_storage.open(export.file) as file, ZipFile(file) as archived:
        assert archived.testzip() is None
        return {name: archived.read(name) for name in archived.namelist()}


def tables(files: dict[str, bytes]) -> dict[str, Any]:
    return {name.removesuffix(".json"): json.loads(data) for name, data in files.items() if name.endswith(".json")}


@pytest.fixture
def both(workspace: Workspace, owner: User, stranger: User) -> Workspace:
    """Two workspaces full of rows; the other one's."""
    other = Workspace.objects.of(stranger).get()
    populated(workspace, owner, "mine-7c1")
    populated(other, stranger, "theirs-9f2")
    return other


def test_the_copy_of_a_workspace_has_all_of_it_and_nothing_of_another(
    workspace: Workspace, owner: User, both: Workspace
) -> None:
    files = content(made(owner, workspace))
    said = tables(files)
    about = said.pop("about")
    assert set(said) == {holding.name for holding in declared() if holding.workspace}
    assert not [name for name, rows in said.items() if not rows], "every model has a row of this workspace"
    assert about["rows"] == {name: len(rows) for name, rows in said.items()}
    assert about["pictures"] == {"kept": 6, "missing": 0, "left_out": 0}
    text = b"".join(data for name, data in files.items() if name.endswith(".json"))
    assert b"mine-7c1" in text
    for foreign in ("theirs-9f2", str(both.pk), "stranger@example.com"):
        assert foreign.encode() not in text
    assert said["accounts.Membership"][0]["user__email"] == owner.email
    shots = set(Shot.objects.filter(page__scan__site__workspace=workspace).values_list("file", flat=True))
    assert {name.removeprefix("pictures/") for name in files if name.startswith("pictures/")} == shots
    some = next(iter(shots))
    with default_storage.open(some) as picture:
        assert files[f"pictures/{some}"] == picture.read()


def test_nothing_secret_is_in_a_copy(workspace: Workspace, owner: User, both: Workspace) -> None:
    owner.set_password("correct-horse-battery")
    owner.save()
    stored = workspace.webflow_connections.get()
    assert stored.token() == SECRET
    for export in (made(owner, workspace), made(owner)):
        text = b"".join(content(export).values())
        for secret in (SECRET, stored.token_encrypted, owner.password, "token_encrypted", "token_hash", "password"):
            assert secret.encode() not in text, secret


def test_the_copy_of_a_person_is_about_that_person(workspace: Workspace, owner: User, both: Workspace) -> None:
    joins(a_person("colleague"), workspace, Role.MEMBER)
    files = content(made(owner))
    said = tables(files)
    assert [row["email"] for row in said["accounts.User"]] == [owner.email]
    assert [row["workspace__name"] for row in said["accounts.Membership"]] == [workspace.name]
    assert {row["actor_id"] for row in said["accounts.AuditEvent"]} == {str(owner.pk)}
    assert not [name for name in files if name.startswith("pictures/")]
    text = b"".join(files.values())
    assert b"colleague" not in text and b"theirs-9f2" not in text and b"stranger" not in text


@pytest.mark.parametrize(
    "hostile",
    [
        '"}], "x": [{"',
        "</script><script>alert(1)</script>",
        "=cmd|'/c calc'!A1",
        "../../etc/passwd",
        "\u2028\u202e\x7f\\",
    ],
)
def test_hostile_text_is_json_and_nothing_else(hostile: str, workspace: Workspace, owner: User) -> None:
    page = a_page(a_scan(a_site(workspace, name=hostile)), title=hostile)
    owner.name = hostile
    owner.save()
    files = content(made(owner, workspace))
    said = tables(files)
    assert said["scans.Page"][0] | {"title": hostile, "id": str(page.pk)} == said["scans.Page"][0]
    assert said["accounts.Membership"][0]["user__name"] == hostile
    assert set(files) == {f"{name}.json" for name in said}
    assert all(data.isascii() for data in files.values())


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "/etc/passwd", "a/..//../b.jpg", "..\\..\\x.jpg", "shots/\u202egpj.exe"]
)
def test_a_picture_never_leads_out_of_the_archive(name: str) -> None:
    entry = archive.entry_name(name)
    assert entry.startswith("pictures/") and ".." not in entry.split("/") and "\\" not in entry and "//" not in entry


def test_lost_and_too_many_pictures_are_counted(
    workspace: Workspace, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    populated(workspace, owner, "x")
    newest = Shot.objects.order_by("-pk").first()
    assert newest is not None
    default_storage.delete(str(newest.file.name))
    monkeypatch.setattr(archive, "PICTURES", 4)
    about = tables(content(made(owner, workspace)))["about"]
    assert about["pictures"] == {"kept": 4, "missing": 1, "left_out": 1}


def test_more_rows_are_no_more_queries(workspace: Workspace, owner: User) -> None:
    site = a_site(workspace)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            archive.write(io.BytesIO(), workspace, lambda progress: None)
        return len(captured)

    before = queries()
    scan = a_scan(site)
    for number in range(20):
        a_page(scan, f"/{number}")
    assert queries() == before


def test_progress_is_told_and_the_lease_kept(
    workspace: Workspace, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CHUNK", 2)
    scan = a_scan(a_site(workspace))
    for number in range(5):
        a_page(scan, f"/{number}")
    heard: list[dict[str, Any]] = []
    archive.write(io.BytesIO(), workspace, heard.append)
    assert [each["rows"] for each in heard if each["part"] == "pages of a scan"] == [2, 4, 5]


# ── who asks, who gets it ──


def test_an_owner_orders_a_copy_and_is_told_when_it_is_ready(
    workspace: Workspace,
    owner: User,
    owner_client: Client,
    live_redis: Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    page = reverse("workspace_privacy", args=[workspace.pk])
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner_client.post(reverse("workspace_export", args=[workspace.pk]), follow=True).content.decode()
    assert "You get a mail when it is ready." in answer
    export = DataExport.objects.get()
    (job,) = django_rq.get_queue("default").jobs
    assert (job.func_name, job.args) == ("accounts.exports.build", [str(export.pk)])
    assert exports.build(str(export.pk)) and not exports.build(str(export.pk))
    export.refresh_from_db()
    assert export.state == ExportState.READY and export.size == default_storage.size(export.file)
    mail = OutgoingMail.objects.get()
    assert mail.recipients == [owner.email] and f"http://testserver{page}" in mail.words()[0]
    assert str(export.pk) not in "".join(mail.words()), "the mail opens nothing by itself"
    shown = owner_client.get(page).content.decode()
    link = reverse("export_download", args=[export.pk])
    assert link in shown and "30 days" in shown
    response = owner_client.get(link)
    assert response["Content-Disposition"].startswith("attachment") and response["Cache-Control"] == "private, no-store"
    assert ZipFile(io.BytesIO(b"".join(response.streaming_content))).testzip() is None  # type: ignore[attr-defined]
    actions = list(AuditEvent.objects.filter(workspace=workspace).order_by("id").values_list("action", flat=True))
    assert actions == ["export.asked", "export.downloaded"]


def test_only_owners_get_the_copy_and_only_while_they_are(
    workspace: Workspace, owner: User, owner_client: Client, member_client: Client, stranger_client: Client
) -> None:
    second = joins(a_person("second"), workspace, Role.OWNER)
    link = reverse("export_download", args=[made(owner, workspace).pk])
    for client in (member_client, stranger_client):
        assert client.get(link).status_code == 404
    assert Client().get(link).status_code == 302
    assert owner_client.get(link).status_code == 200
    Membership.objects.filter(user=owner).update(role=Role.ADMIN)
    assert owner_client.get(link).status_code == 404
    assert exports.may_download(second, DataExport.objects.get())


def test_ones_own_copy_is_ones_own(workspace: Workspace, owner: User, owner_client: Client, member: User) -> None:
    """Not even the owner of the workspace gets a member's."""
    link = reverse("export_download", args=[made(member).pk])
    assert owner_client.get(link).status_code == 404
    assert owner_client.get(reverse("account_privacy")).status_code == 200
    assert not AuditEvent.objects.exists()


def test_copies_are_made_one_at_a_time_and_a_few_a_day(workspace: Workspace, owner: User) -> None:
    for _ in range(exports.A_DAY):
        export = ordered(owner, workspace)
        assert isinstance(exports.ask(Acting(owner), workspace), Refused)
        assert exports.build(str(export.pk))
    refused = exports.ask(Acting(owner), workspace)
    assert isinstance(refused, Refused) and "tomorrow" in refused.message
    assert isinstance(exports.ask(Acting(owner)), DataExport), "one's own is another"


# ── crashes, and the end ──


@pytest.fixture
def pending(workspace: Workspace, owner: User) -> Iterator[DataExport]:
    yield ordered(owner, workspace)


def test_a_file_without_its_row_is_nobodys(
    pending: DataExport, owner_client: Client, stranger_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies after the file and before the row: nothing to download; the next attempt starts clean."""
    monkeypatch.setattr(exports, "_finish", died)
    with pytest.raises(KeyboardInterrupt):
        exports.build(str(pending.pk))
    monkeypatch.undo()
    _, left = default_storage.listdir(pending.folder)
    assert left == ["1.zip"]
    link = reverse("export_download", args=[pending.pk])
    assert [client.get(link).status_code for client in (owner_client, stranger_client)] == [404, 404]
    assert not exports.build(str(pending.pk)), "its lease still runs"
    DataExport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert exports.build(str(pending.pk))
    assert default_storage.listdir(pending.folder)[1] == ["2.zip"]


def died(*args: Any) -> bool:
    raise KeyboardInterrupt


def test_a_worker_that_was_overtaken_leaves_nothing(pending: DataExport, monkeypatch: pytest.MonkeyPatch) -> None:
    first = DataExport.objects.claim(pending.pk)
    assert first is not None and DataExport.objects.claim(pending.pk) is None
    DataExport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = DataExport.objects.claim(pending.pk)
    assert second is not None and (first.attempts, second.attempts) == (1, 2)
    with pytest.raises(exports.Superseded):
        exports._note(first, {})
    contents: dict[str, Any] = {"rows": {}, "pictures": {}}
    assert not exports._finish(first, "exports/old.zip", 1, contents)
    assert DataExport.objects.get().file == ""


def test_what_fails_three_times_is_given_up(pending: DataExport, live_redis: Redis, owner_client: Client) -> None:
    DataExport.objects.update(state=ExportState.RUNNING, attempts=3, lease_until=timezone.now() - timedelta(seconds=1))
    default_storage.save(f"{pending.folder}/3.zip", ContentFile(b"half"))
    assert exports.sweep() == 1
    pending.refresh_from_db()
    assert (pending.state, pending.error, pending.is_cleared) == (ExportState.FAILED, exports.FAILED, True)
    assert not default_storage.exists(f"{pending.folder}/3.zip")
    shown = owner_client.get(reverse("workspace_privacy", args=[pending.workspace_id])).content.decode()
    assert exports.FAILED in shown
    assert exports.sweep() == 0 and not django_rq.get_queue("default").jobs


def test_an_order_that_the_queue_lost_is_found(pending: DataExport, live_redis: Redis) -> None:
    assert not django_rq.get_queue("default").jobs
    exports.sweep()
    assert [job.args for job in django_rq.get_queue("default").jobs] == [[str(pending.pk)]]


def test_a_copy_goes_after_seven_days(
    workspace: Workspace, owner: User, owner_client: Client, live_redis: Redis
) -> None:
    export = made(owner, workspace)
    link = reverse("export_download", args=[export.pk])
    DataExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert owner_client.get(link).status_code == 404, "before the sweep already"
    assert exports.sweep() == 1
    assert not default_storage.exists(export.file)
    assert owner_client.get(link).status_code == 404
    assert "Expired" in owner_client.get(reverse("workspace_privacy", args=[workspace.pk])).content.decode()


def test_a_copy_lies_where_no_address_leads(workspace: Workspace, owner: User, owner_client: Client) -> None:
    file = made(owner, workspace).file
    for path in (f"/{file}", f"/media/{file}", f"/static/{file}", f"/static/../media/{file}"):
        assert owner_client.get(path).status_code == 404
    assert os.path.commonpath([default_storage.path(file), default_storage.path("")]) == default_storage.path(
        ""
    ).rstrip("/")


def test_every_model_of_a_workspace_is_in_its_copy_or_says_why_not() -> None:
    """Rows that a workspace key leads from belong in its copy: only what is short-lived or secret does not."""
    left_out = {
        holding.name
        for holding in HOLDINGS.values()
        if not holding.workspace and any(key.related_model is Workspace for key in holding.model._meta.concrete_fields)
    }
    assert left_out == {"accounts.OAuthState"}
    assert Issue in HOLDINGS
