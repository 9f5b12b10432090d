import asyncio
import io

import pytest
from aiohttp import web
from PIL import Image

from scans.fetch import targets
from scans.fetch.client import Client
from scans.fetch.guard import Policy
from scans.fetch.targets import TargetChecker, image_size
from scans.snapshot import FetchError, Response, TargetState

from .server import html, serving, visiting

OK, BROKEN = TargetState.OK, TargetState.BROKEN
UNVERIFIABLE, NOT_CHECKED = TargetState.UNVERIFIABLE, TargetState.NOT_CHECKED


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(targets, "PAUSE_S", 0.01)


def check(handler, *paths, own=False):
    async def run():
        async with visiting(handler) as (served, client):
            checker = TargetChecker(client, {served.host} if own else set())
            return served, await asyncio.gather(*(checker.check(served.url(path)) for path in paths))

    return asyncio.run(run())


async def statuses(request):
    return html("x", int(request.path.strip("/")))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, OK),
        (204, OK),
        (404, BROKEN),
        (410, BROKEN),
        (500, BROKEN),
        (503, BROKEN),
        (401, UNVERIFIABLE),
        (403, UNVERIFIABLE),
        (405, UNVERIFIABLE),
        (406, UNVERIFIABLE),
        (429, UNVERIFIABLE),
        (451, UNVERIFIABLE),
        (999, UNVERIFIABLE),
        (418, UNVERIFIABLE),
    ],
)
def test_states_by_status(status, state):
    _, [target] = check(statuses, f"/{status}")
    assert (target.state, target.status) == (state, status)
    assert (target.detail == "") is (state is OK)


def test_details_are_for_people():
    _, [gone, odd] = check(statuses, "/404", "/999")
    assert gone.detail == "404 Not Found" and odd.detail == "999 refuses automatic visitors"


def test_each_url_is_asked_once_whatever_its_fragment():
    served, found = check(statuses, "/200", "/200#a", "/200#b", "/200")
    assert served.asked == [("HEAD", "/200")]
    assert {target.url for target in found} == {served.url("/200")}


def test_a_host_that_refuses_head_is_asked_with_get():
    async def handler(request):
        return html("x", 405 if request.method == "HEAD" else 200)

    served, [target] = check(handler, "/")
    assert target.state is OK and [method for method, _ in served.asked] == ["HEAD", "GET"]


def test_one_bad_moment_is_not_broken():
    answers = iter([200, 500, 200])

    async def handler(request):
        return html("x", 405 if request.method == "HEAD" else next(answers))

    next(answers)
    served, [target] = check(handler, "/")
    assert target.state is OK and [method for method, _ in served.asked] == ["HEAD", "GET", "GET"]


def test_broken_is_confirmed_and_then_final():
    served, [target] = check(statuses, "/500", own=True)
    assert target.state is BROKEN and [method for method, _ in served.asked] == ["HEAD", "GET"]


def test_a_bot_wall_is_not_broken():
    async def handler(request):
        if request.path == "/header":
            return html("x", 503, **{"cf-mitigated": "challenge"})
        return html("<title>Just a moment...</title>", 503)

    _, found = check(handler, "/header", "/body")
    assert {target.state for target in found} == {UNVERIFIABLE}
    assert "wall" in found[0].detail


async def silent(request):
    await asyncio.sleep(30)
    return html("x")


def test_silence_is_broken_only_on_the_own_site(monkeypatch):
    monkeypatch.setattr(targets, "TIMEOUT_S", 0.3)
    assert check(silent, "/", own=True)[1][0].state is BROKEN
    _, [foreign] = check(silent, "/")
    assert foreign.state is UNVERIFIABLE and foreign.error is FetchError.TIMEOUT


def test_a_silent_host_costs_two_targets_and_not_all(monkeypatch):
    monkeypatch.setattr(targets, "TIMEOUT_S", 0.2)

    async def run():
        async with visiting(silent) as (served, client):
            checker = TargetChecker(client, set(), per_host=1)
            found = [await checker.check(served.url(f"/{n}")) for n in range(10)]
            return served, found

    served, found = asyncio.run(run())
    assert {target.state for target in found} == {UNVERIFIABLE}
    assert len(served.asked) == 4


def test_redirects_are_kept():
    async def handler(request):
        if request.path == "/old":
            return web.Response(status=301, headers={"Location": "/new"})
        if request.path == "/loop":
            return web.Response(status=302, headers={"Location": "/loop"})
        return html("x")

    served, [moved, loop] = check(handler, "/old", "/loop")
    assert moved.state is OK and moved.final_url == served.url("/new") and len(moved.chain) == 1
    assert loop.state is BROKEN and loop.error is FetchError.REDIRECT_LOOP


def test_addresses_that_we_do_not_ask_are_not_checked():
    async def run():
        async with Client(Policy()) as client:
            checker = TargetChecker(client, set())
            urls = ("http://10.0.0.1/", "http://intranet/", "http://www.example.com:22/", "not a url")
            return [await checker.check(url) for url in urls]

    for target in asyncio.run(run()):
        assert target.state is NOT_CHECKED and target.detail


def test_without_any_name_resolved_nothing_is_said_of_external_hosts():
    async def run():
        async with visiting(statuses) as (served, client):
            checker = TargetChecker(client, {served.host})
            dead = await checker.check("http://shop.invalid/")
            await checker.check(served.url("/404"))
            offline = checker.finish()
            client.resolver.online = True
            checker = TargetChecker(client, {served.host})
            await checker.check("http://shop.invalid/")
            return served, dead, offline, checker.finish()

    served, dead, offline, online = asyncio.run(run())
    assert dead.state is BROKEN
    assert offline["http://shop.invalid/"].state is NOT_CHECKED
    assert "no external name could be resolved" in offline["http://shop.invalid/"].detail
    assert offline[served.url("/404")].state is BROKEN
    assert online["http://shop.invalid/"].state is BROKEN


def test_what_the_crawl_fetched_is_not_asked_again():
    async def run():
        async with visiting(statuses) as (served, client):
            checker = TargetChecker(client, {served.host})
            url, moved = served.url("/200"), served.url("/moved")
            checker.know(Response(moved, url, 200, {"content-type": "text/html"}, b"x"))
            checker.know(Response(served.url("/404"), served.url("/404"), 404, {}, b"x"))
            found = [await checker.check(target) for target in (url, moved, served.url("/404"))]
            return served, found

    served, [page, moved, gone] = asyncio.run(run())
    assert page.state is OK and page.content_type == "text/html" and moved.final_url == page.url
    assert gone.state is BROKEN
    assert served.asked == [("GET", "/404")], "a bad answer of the crawl is confirmed by one more"


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((1200, 630), 90).convert("RGB").save(file, kind)
    return file.getvalue()


def test_picture_sizes_are_read_from_the_first_bytes():
    png = picture("PNG")
    assert len(png) > targets.IMAGE_PEEK

    async def handler(request):
        if request.path == "/og.png":
            return web.Response(body=png, content_type="image/png")
        return html("<p>no picture")

    async def run():
        async with visiting(handler) as (served, client):
            checker = TargetChecker(client, set())
            sizes = [(await checker.check_image(served.url(path))).image_size for path in ("/og.png", "/og.html")]
            return sizes, checker.finish()[served.url("/og.png")].image_size

    assert asyncio.run(run()) == ([(1200, 630), None], (1200, 630))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_picture_formats(kind):
    assert image_size(picture(kind)) == (1200, 630)


def test_a_picture_bomb_is_no_picture():
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x06\x00\x00\x00"
    assert image_size(header) is None
    assert image_size(b"") is None


def test_concurrency_is_bounded_for_each_host_and_overall():
    running = most = 0

    async def handler(request):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        return html("x")

    async def run(**limits):
        async with serving(handler) as served, Client(served.policy) as client:
            checker = TargetChecker(client, set(), **limits)
            await asyncio.gather(*(checker.check(served.url(f"/{n}")) for n in range(12)))

    asyncio.run(run(per_host=3))
    assert most == 3
    most = 0
    asyncio.run(run(overall=2))
    assert most == 2
