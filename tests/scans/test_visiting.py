from scans.visiting import VisitQueue
from tests.scans.checks.build import page


def pages(*templates: str) -> list:
    return [page(f"https://acme.example/{n}", template=template) for n, template in enumerate(templates)]


def test_new_templates_are_opened_first() -> None:
    queue = VisitQueue(3)
    for found in pages("post", "post", "post", "about", "home"):
        queue.add(found)
    opened = [queue.next() for _ in range(3)]
    assert [found.template for found in opened if found] == ["post", "about", "home"]
    assert queue.next() is None
    assert (queue.total, queue.left_out, queue.exhausted) == (3, 2, True)


def test_what_an_earlier_attempt_opened_is_not_opened_again() -> None:
    found = pages("a", "a")
    queue = VisitQueue(10, frozenset({found[0].url}))
    for each in found:
        queue.add(each)
    assert queue.next() == found[1]
    assert queue.next() is None
    assert queue.total == 2


def test_without_a_browser_nothing_waits() -> None:
    queue = VisitQueue(10)
    queue.add(pages("a")[0])
    queue.close()
    assert queue.next() is None
    assert queue.exhausted
