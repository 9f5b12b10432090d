import pytest

from scans.browser.sizing import MB, Limits, affordable_size, surplus, target_size

LIMITS = Limits(min_size=2, max_size=10)


@pytest.mark.parametrize(
    ("leased", "due", "affordable", "target"),
    [
        (0, 0, 100, 2),  # nothing to do: the minimum waits, warm
        (1, 0, 100, 2),
        (3, 0, 100, 3),  # nothing waits: no more than is leased
        (3, 1, 100, 5),  # one waits: that one, and one warm above
        (3, 50, 100, 10),  # never past the maximum
        (0, 50, 4, 4),  # never past the memory
        (6, 50, 4, 6),  # what is leased ends by itself
        (0, 0, 0, 1),  # a machine that is full still scans, one by one
    ],
)
def test_target_size(leased: int, due: int, affordable: int, target: int) -> None:
    assert target_size(LIMITS, leased=leased, due=due, affordable=affordable) == target


def test_affordable_size_leaves_a_fifth_of_the_memory() -> None:
    assert affordable_size(LIMITS, memory_total=10 * 512 * MB, used_by_others=0) == 8
    assert affordable_size(LIMITS, memory_total=10 * 512 * MB, used_by_others=3 * 512 * MB) == 5
    assert affordable_size(LIMITS, memory_total=1024 * MB, used_by_others=2048 * MB) == 0


def test_surplus_is_idle_long_enough_and_above_the_target() -> None:
    assert surplus(LIMITS, target=2, size=5, idle_seconds=[400, 301, 10]) == 2
    assert surplus(LIMITS, target=4, size=5, idle_seconds=[400, 400, 400]) == 1
    assert surplus(LIMITS, target=5, size=5, idle_seconds=[400]) == 0
