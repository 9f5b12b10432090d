"""Proofs of ownership, against a real name server and a real web server on this machine."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import AuditEvent, OutgoingMail, User, Workspace
from scans import ownership
from scans.models import Proof, Site

TXT: dict[str, list[str]] = {}
FILES: dict[str, tuple[int, str, str]] = {}  # path → status, text, location


class _Names(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        raw, sock = self.request
        asked = dns.message.from_wire(raw)
        reply = dns.message.make_response(asked)
        name = asked.question[0].name.to_text(omit_final_dot=True)
        if texts := TXT.get(name):
            reply.answer.append(
                dns.rrset.from_text(asked.question[0].name, 60, "IN", "TXT", *(f'"{text}"' for text in texts))
            )
        else:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(reply.to_wire(), self.client_address)


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, text, location = FILES.get(self.path, (404, "nothing here", ""))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if self.path.endswith(".txt") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[int, int]]:
    with (
        socketserver.UDPServer(("127.0.0.1", 0), _Names) as names,
        ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as pages,
    ):
        for each in (names, pages):
            threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield names.server_address[1], pages.server_address[1]
        names.shutdown()
        pages.shutdown()


@pytest.fixture
def site(workspace: Workspace, servers: tuple[int, int], settings: Settings, live_redis: Redis) -> Site:
    TXT.clear()
    FILES.clear()
    settings.OWNERSHIP_DNS = [f"127.0.0.1:{servers[0]}"]
    settings.SCAN_ALLOWED_HOSTS = [f"localhost:{servers[1]}"]
    return Site.objects.create(workspace=workspace, name="Ours", url=f"http://localhost:{servers[1]}/shop/")


def planted(site: Site, proof: Proof, token: str = "") -> None:
    token = token or ownership.token_of(site)
    if proof is Proof.DNS:
        TXT["_qa-sentinel.localhost"] = ["v=spf1 -all", f"qa-sentinel={token}"]
    elif proof is Proof.FILE:
        FILES[ownership.FILE] = (200, f"{token}\n", "")
    else:
        FILES["/"] = (200, f'<!doctype html><title>a</title><meta name="QA-Sentinel" content="{token}">', "")


EACH = pytest.mark.parametrize("proof", list(ownership.LOOKS))


@EACH
def test_a_proof_opens_the_site(site: Site, owner: User, proof: Proof) -> None:
    planted(site, proof)
    assert ownership.prove(site, proof, owner).is_there
    site.refresh_from_db()
    assert (site.proof_method, site.proven_at is not None) == (proof, True)
    assert AuditEvent.objects.get().action == "site.proven"


@EACH
def test_the_token_of_another_site_proves_nothing(site: Site, owner: User, proof: Proof) -> None:
    planted(site, proof, "somebody-elses")
    looked = ownership.prove(site, proof, owner)
    assert not looked.is_there
    assert "somebody-elses" in looked.said and site.proof_token in looked.said
    site.refresh_from_db()
    assert site.proven_at is None


@EACH
def test_nothing_there_is_said_plainly(site: Site, proof: Proof) -> None:
    said = ownership.look(site, proof).said
    assert {"dns": "has no TXT record", "file": "answers with 404", "meta": "answers with 404"}[proof] in said


def test_the_record_may_stand_at_the_domain(site: Site) -> None:
    TXT["localhost"] = [f"qa-sentinel={ownership.token_of(site)}"]
    assert ownership.look(site, Proof.DNS).is_there


def test_a_page_without_the_tag(site: Site) -> None:
    FILES["/"] = (200, "<!doctype html><title>a</title>", "")
    assert "no meta tag" in ownership.look(site, Proof.META).said


def test_a_tag_in_a_folder_does_not_prove_the_host(site: Site) -> None:
    planted(site, Proof.META)
    FILES["/shop/"] = FILES.pop("/")
    assert not ownership.look(site, Proof.META).is_there


def test_a_redirect_to_another_domain_does_not_count(site: Site, servers: tuple[int, int], settings: Settings) -> None:
    settings.SCAN_ALLOWED_HOSTS = [f"localhost:{servers[1]}", f"127.0.0.1:{servers[1]}"]
    FILES["/else.txt"] = (200, ownership.token_of(site), "")
    FILES[ownership.FILE] = (302, "", f"http://127.0.0.1:{servers[1]}/else.txt")
    assert "another domain" in ownership.look(site, Proof.FILE).said


def test_private_addresses_are_not_fetched(site: Site, settings: Settings) -> None:
    planted(site, Proof.FILE)
    settings.SCAN_ALLOWED_HOSTS = []
    assert "cannot be fetched" in ownership.look(site, Proof.FILE).said


def test_tokens_differ_and_stay(site: Site, workspace: Workspace) -> None:
    other = Site.objects.create(workspace=workspace, name="b", url="https://b.example.com/")
    assert ownership.token_of(site) == ownership.token_of(Site.objects.get(pk=site.pk)) != ownership.token_of(other)


def proven(site: Site, owner: User) -> Site:
    planted(site, Proof.FILE)
    ownership.prove(site, Proof.FILE, owner)
    return later(site, ownership.MONTH)


def later(site: Site, time: timedelta) -> Site:
    """As if `time` had gone by."""
    site.refresh_from_db()
    for field in ("proven_at", "proof_checked_at", "proof_lost_at"):
        if moment := getattr(site, field):
            setattr(site, field, moment - time - timedelta(minutes=1))
    site.save()
    return site


def test_a_lost_proof_has_seven_days(site: Site, owner: User) -> None:
    proven(site, owner)
    FILES.clear()
    assert ownership.recheck_due() == 1
    site.refresh_from_db()
    assert site.proven_at is not None and site.proof_lost_at is not None
    assert "is gone" in OutgoingMail.objects.get().subject
    later(site, timedelta(days=3))
    assert ownership.recheck_due() == 1
    assert OutgoingMail.objects.count() == 1
    later(site, timedelta(days=4))
    ownership.recheck_due()
    site.refresh_from_db()
    assert not (site.proven_at or site.proof_lost_at or site.proof_method)
    assert OutgoingMail.objects.count() == 2
    assert ownership.recheck_due() == 0


def test_a_failed_look_at_a_proven_site_does_not_put_the_next_one_off(site: Site, owner: User) -> None:
    proven(site, owner)
    cache.clear()
    assert not ownership.prove(site, Proof.DNS, owner).is_there
    FILES.clear()
    assert ownership.recheck_due() == 1


def test_a_proof_that_comes_back(site: Site, owner: User) -> None:
    proven(site, owner)
    FILES.clear()
    ownership.recheck_due()
    planted(later(site, timedelta(days=2)), Proof.FILE)
    assert ownership.recheck_due() == 0
    site.refresh_from_db()
    assert site.proof_lost_at is None and site.proven_at is not None


def test_what_was_confirmed_by_hand_is_not_looked_for(site: Site) -> None:
    long_ago = timezone.now() - timedelta(days=99)
    Site.objects.filter(pk=site.pk).update(proven_at=long_ago, proof_checked_at=long_ago)
    assert ownership.recheck_due() == 0
    site.refresh_from_db()
    assert site.proven_at == long_ago


def test_the_page_says_what_to_put_where(site: Site, owner_client: Client) -> None:
    page = owner_client.get(f"/sites/{site.pk}/ownership/").content.decode()
    site.refresh_from_db()
    assert page.count(site.proof_token) == 3
    assert "_qa-sentinel.localhost" in page
    assert f"/sites/{site.pk}/ownership/" in owner_client.get(f"/sites/{site.pk}/settings/").content.decode()


def test_the_button(site: Site, owner_client: Client) -> None:
    path = f"/sites/{site.pk}/ownership/check/"
    assert "answers with 404" in owner_client.post(path, {"proof": "file"}, follow=True).content.decode()
    assert "a moment ago" in owner_client.post(path, {"proof": "file"}, follow=True).content.decode()
    cache.clear()
    planted(site, Proof.FILE)
    assert "proven to be yours" in owner_client.post(path, {"proof": "file"}, follow=True).content.decode()
    assert "Choose where" in owner_client.post(path, {"proof": "magic"}, follow=True).content.decode()


def test_viewers_and_strangers_prove_nothing(site: Site, viewer_client: Client, stranger_client: Client) -> None:
    for client in (viewer_client, stranger_client):
        assert client.get(f"/sites/{site.pk}/ownership/").status_code == 404
        assert client.post(f"/sites/{site.pk}/ownership/check/", {"proof": "dns"}).status_code == 404
