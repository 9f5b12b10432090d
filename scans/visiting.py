"""Which page the browser opens next, and what it is to find there: pure. New templates first, so that a small budget
still sees every kind of page."""

from __future__ import annotations

from collections import Counter

from scans.snapshot import PageFacts

LOCATE_LIMIT = 500  # elements of a page whose place on the picture is looked up
FIELD_LIMIT = 100  # of these, fields of forms


class VisitQueue:
    """Pages wait here after their fetch. `total` is how many will be opened in the end, as far as is known now."""

    def __init__(self, budget: int, done: frozenset[str] = frozenset()) -> None:
        self._budget = budget
        self._done = done
        self._waiting: dict[str, PageFacts] = {}
        self._per_template: Counter[str] = Counter()
        self.started = len(done)

    def add(self, page: PageFacts) -> None:
        if page.url in self._done:
            self._per_template[page.template] += 1
        else:
            self._waiting[page.url] = page

    def carry(self, page: PageFacts) -> None:
        """The page need not be opened: it is known from the scan before."""
        self._per_template[page.template] += 1

    def next(self) -> PageFacts | None:
        """The page whose template was opened least, first come first served; None when nothing waits or may be
        opened."""
        if not self._waiting or self.started >= self._budget:
            return None
        page = min(self._waiting.values(), key=lambda waiting: self._per_template[waiting.template])
        del self._waiting[page.url]
        self._per_template[page.template] += 1
        self.started += 1
        return page

    def close(self) -> None:
        """No browser: nothing will be opened."""
        self._budget = 0

    @property
    def total(self) -> int:
        return min(self._budget, self.started + len(self._waiting))

    @property
    def left_out(self) -> int:
        """Pages that wait and will not be opened: the budget is spent."""
        return len(self._waiting) if self.started >= self._budget else 0

    @property
    def templates(self) -> int:
        return len(self._per_template)

    @property
    def exhausted(self) -> bool:
        return not self._waiting or self.started >= self._budget


def places(page: PageFacts) -> tuple[str, ...]:
    """Selectors of what checks may point at: what the customer's own rules ask for, forms with their fields, links,
    pictures, headings, texts."""
    elements = [element for found in page.selected.values() for element in found.elements]
    elements += [form.element for form in page.forms]
    elements += [field.element for form in page.forms for field in form.fields if field.shown][:FIELD_LIMIT]
    elements += [link.element for link in page.links] + [image.element for image in page.images]
    elements += [heading.element for heading in page.headings]
    elements += [text.element for text in page.texts]
    return tuple(dict.fromkeys(element.selector for element in elements))[:LOCATE_LIMIT]
