"""Step 7 for the site as a whole: what only all pages together show, said twice: when everything is fetched, so that
dead links are told while the browser still works, and after the last visit. The second time only what is new is said,
and what was said too early is withdrawn."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from scans import checks
from scans.crawl import Crawl
from scans.events import Judged, Order
from scans.findings import occurrence_key
from scans.snapshot import Problem


class Judge:
    def __init__(self, order: Order, crawl: Crawl) -> None:
        self._order = order
        self._crawl = crawl
        self._told: dict[str, Problem] = {}
        self._pages = 0
        self.begun = False

    async def round(self, *, final: bool) -> Judged | None:
        """None when there is no page to judge. Checks run off the loop: a dictionary or a language model may be loaded
        for seconds."""
        self.begun = True
        if not self._crawl.pages:
            return None
        site = await self._crawl.site()
        if final and self._pages == len(self._crawl.pages):
            problems = list(self._told.values())
        else:
            self._pages = len(self._crawl.pages)
            problems = self._placed(await asyncio.to_thread(checks.check_crawl, site, self._order.only))
        told, self._told = self._told, {self._key(problem): problem for problem in problems}
        fresh = [problem for key, problem in self._told.items() if key not in told]
        withdrawn = tuple(problem for key, problem in told.items() if key not in self._told)
        if final and not self._order.single:
            fresh += self._placed(await asyncio.to_thread(checks.check_site, site, self._order.only))
            if self._order.webflow is not None:
                fresh += self._placed(
                    await asyncio.to_thread(checks.check_api, site, self._order.webflow, self._order.only)
                )
        return Judged(tuple(fresh), withdrawn)

    def _key(self, problem: Problem) -> str:
        return occurrence_key(problem, self._crawl.pages.get(problem.url))

    def _placed(self, problems: list[Problem]) -> list[Problem]:
        """With the element's place on the picture, where the page was opened."""
        return [self._with_box(problem) for problem in problems]

    def _with_box(self, problem: Problem) -> Problem:
        visit = self._crawl.visits.get(problem.url)
        if visit is None or problem.element is None or problem.element.box is not None:
            return problem
        box = visit.boxes.get(problem.element.selector)
        return replace(problem, element=replace(problem.element, box=box)) if box else problem
