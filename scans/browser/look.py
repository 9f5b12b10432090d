"""One look at one page, from the load to the last picture, and what came of it as a `Visit`.

The page is scrolled through and comes to rest at the desktop width, is probed, tested by axe-core and photographed
there, and is then made narrower twice, for layout and pictures. Last of all, when nothing more is looked at, the menu
button is pressed: that is the only thing we ever do to a page. What was seen is kept step by step in `Seen`, so a page
that crashes in the middle has said half.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scans.browser import libraries, reading
from scans.browser.tab import MAX_SHOT_HEIGHT, Moved, ProbeFailed, Tab, VisitFailed
from scans.snapshot import (
    DESKTOP,
    MOBILE,
    TEXT_LIMIT,
    AxeResult,
    Cookie,
    Element,
    Library,
    Menu,
    Shot,
    Viewport,
    ViewportSeen,
    Visit,
    VisitError,
    Vitals,
)

MOST_LOCATED = 500
RESTARTS = 2


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds, the last two milliseconds. `load_s` is when a page that still loads is looked at as it is."""

    page_s: float = 30.0
    load_s: float = 15.0
    close_s: float = 3.0
    settle_ms: int = 1000
    resize_ms: int = 300


@dataclass(slots=True)
class Seen:
    """What a visit has gathered so far."""

    url: str
    status: int | None = None
    page: dict[str, Any] = field(default_factory=dict)
    vitals: Vitals = field(default_factory=Vitals)
    viewports: dict[str, ViewportSeen] = field(default_factory=dict)
    axe: tuple[AxeResult, ...] = ()
    shots: list[Shot] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    libraries: tuple[Library, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    menu: Menu | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a page is asked for. `locate` are selectors whose desktop boxes are wanted, `ignore` those that are not
    to be compared on pictures."""

    viewports: Sequence[Viewport]
    locate: Sequence[str] = ()
    ignore: Sequence[str] = ()
    axe: bool = True


async def look(tab: Tab, seen: Seen, deadlines: Deadlines, wanted: Wanted) -> None:
    await tab.go(seen.url, deadlines.load_s)
    for attempt in range(RESTARTS + 1):
        try:
            return await _probe(tab, seen, deadlines, wanted)
        except Moved:
            # Once the page has arrived where it went, it is looked at from the start.
            if attempt == RESTARTS:
                raise VisitFailed(VisitError.LIMIT, "the page navigates without end") from None
            await tab.arrived()
            seen.shots.clear()


async def _probe(tab: Tab, seen: Seen, deadlines: Deadlines, wanted: Wanted) -> None:
    places = json.dumps(list(wanted.locate)[:MOST_LOCATED])
    probe = f"S.page('{DESKTOP.name}', {places}, {json.dumps(tab.cpu_ms)})"
    seen.page = await tab.ask(f"S.settle({deadlines.settle_ms}).then(() => {probe})")
    seen.vitals = reading.vitals(seen.page["vitals"], DESKTOP.name)
    seen.viewports[DESKTOP.name] = reading.layout(seen.page["layout"], DESKTOP)
    if wanted.axe:
        await _test(tab, seen)
    await _picture(tab, seen, DESKTOP, wanted.ignore)
    if wanted.axe:
        await _drop_passing(tab, seen)
    for viewport in wanted.viewports:
        if viewport != DESKTOP:
            await tab.resize(viewport)
            said = await tab.ask(f"S.layout('{viewport.name}', {deadlines.resize_ms})")
            seen.viewports[viewport.name] = reading.layout(said, viewport)
            await _picture(tab, seen, viewport, wanted.ignore)
    await _drop_shown(tab, seen)
    seen.libraries = reading.libraries(libraries.NAMES, await tab.libraries())
    seen.cookies = reading.cookies(await tab.cookies(seen.page["final_url"]))
    if wanted.viewports and wanted.viewports[-1] == MOBILE:
        await _press_menu(tab, seen)


async def _press_menu(tab: Tab, seen: Seen) -> None:
    """At phone width, after its picture. What follows from the press is ours, not the page's."""
    tab.traffic.closed = True
    with contextlib.suppress(ProbeFailed, Moved):
        seen.menu = reading.menu(await tab.ask("S.menu()"), MOBILE.name)


async def _test(tab: Tab, seen: Seen) -> None:
    try:
        said = await tab.ask("S.axe()")
    except ProbeFailed as error:
        seen.limits.append(f"accessibility was not tested: {first_line(error)}")
        return
    seen.axe = reading.axe(said, DESKTOP.name)
    seen.limits += [f"{rule['rule']}: {rule['more']} more elements" for rule in said if rule["more"]]


async def _drop_passing(tab: Tab, seen: Seen) -> None:
    """The picture took a moment: what was fading or moving meanwhile is tested again."""
    with contextlib.suppress(ProbeFailed):
        passing = {(str(rule), str(selector)) for rule, selector in await tab.ask("S.axePassesNow()")}
        seen.axe = tuple(kept for rule in seen.axe if (kept := _without(rule, passing)).nodes)


def _without(rule: AxeResult, passing: set[tuple[str, str]]) -> AxeResult:
    if rule.incomplete or not passing:
        return rule
    return replace(rule, nodes=tuple(node for node in rule.nodes if (rule.rule, node.element.selector) not in passing))


async def _picture(tab: Tab, seen: Seen, viewport: Viewport, ignore: Sequence[str]) -> None:
    height = max(seen.viewports[viewport.name].scroll_height, viewport.height)
    if height > MAX_SHOT_HEIGHT:
        seen.limits.append(f"{viewport.name} picture: only the first {MAX_SHOT_HEIGHT} of {height} pixels")
    said = await tab.ask(f"S.still({json.dumps(list(ignore))})")
    shot = await tab.shot(viewport, min(height, MAX_SHOT_HEIGHT))
    seen.shots.append(replace(shot, ignored=tuple(tuple(box) for box in said["ignored"]), ready=said["ready"]))


async def _drop_shown(tab: Tab, seen: Seen) -> None:
    """What was still hidden when we looked but is visible by now was only late."""
    if not any(view.hidden for view in seen.viewports.values()):
        return
    shown: dict[str, list[int]] = await tab.ask("S.shownLate()")
    for name, positions in shown.items():
        view = seen.viewports[name]
        hidden = tuple(element for i, element in enumerate(view.hidden) if i not in positions)
        seen.viewports[name] = replace(view, hidden=hidden)


def as_visit(seen: Seen, tab: Tab, failure: VisitFailed | None, wall_ms: float) -> Visit:
    page, traffic = seen.page, tab.traffic
    images = tuple(reading.image(one, DESKTOP.name) for one in page.get("images", ()))
    lists = reading.elements(page.get("visible_empty_lists", ()), DESKTOP.name)
    unbound = reading.elements(page.get("visible_unbound", ()), DESKTOP.name)
    reported = [*lists, *unbound, *(image.element for image in images), *_reported(seen)]
    boxes = {one.selector: one.box for one in reported if one.box and one.box.viewport == DESKTOP.name}
    boxes |= {selector: reading.box(numbers, DESKTOP.name) for selector, numbers in page.get("boxes", {}).items()}
    return Visit(
        url=seen.url,
        final_url=page.get("final_url", ""),
        status=traffic.main_status,
        title=page.get("title", ""),
        error=failure.error if failure else None,
        error_detail=failure.detail[:TEXT_LIMIT] if failure else "",
        viewports=tuple(seen.viewports.values()),
        axe=seen.axe,
        console=tuple(traffic.console),
        errors=tuple(traffic.errors),
        requests=traffic.requests(),
        vitals=seen.vitals,
        images=images,
        dom_elements=page.get("dom_elements", 0),
        ids=frozenset(page.get("ids", ())),
        links=tuple(page.get("links", ())),
        visible_empty_lists=lists,
        visible_unbound=unbound,
        render_blocking=tuple(page.get("render_blocking", ())),
        emails=tuple(reading.email(one, DESKTOP.name) for one in page.get("emails", ())),
        menu=seen.menu,
        dialog=traffic.dialog,
        libraries=seen.libraries,
        cookies=seen.cookies,
        boxes=boxes,
        shots=tuple(seen.shots),
        limits=tuple(traffic.limits + seen.limits),
        wall_ms=round(wall_ms, 1),
    )


def _reported(seen: Seen) -> list[Element]:
    found = [node.element for rule in seen.axe for node in rule.nodes]
    for view in seen.viewports.values():
        found += [*view.overflowing, *view.hidden]
    return [*found, *seen.vitals.shifted, *([seen.vitals.lcp_element] if seen.vitals.lcp_element else [])]


def first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:TEXT_LIMIT] or type(error).__name__
