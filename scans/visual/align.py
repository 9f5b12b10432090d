"""Which rows of two pictures of one page belong together.

A row is described by the brightness of CELLS stretches. Rows described alike that occur once in either picture are
anchors; where several agree, the pictures run in step, and what lies between is a gap. The work grows with the rows,
never with their product."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CELLS = 24  # stretches of a row
COARSE = 5  # bits of brightness that an anchor leaves out: the grain of JPEG must not hide it
ROW_TOLERANCE = 12  # of 255, between the cells of two rows in step
SURE = 4  # anchors with one offset, one after the other; fewer are chance
WOBBLE = 8  # rows: in a gradient an anchor may lie beside its row, and more of them lie right


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of both pictures that belong together: in step when there are as many of each."""

    old: int
    new: int
    gone: int
    come: int


def parts(old: Sequence[bytes], new: Sequence[bytes]) -> list[Part]:
    """Both pictures from top to bottom, in step as far as that goes."""
    top = _run(old, new, 0, 0, 1, min(len(old), len(new)))
    end = _run(old, new, len(old) - 1, len(new) - 1, -1, min(len(old), len(new)) - top)
    bottom = Part(len(old) - end, len(new) - end, end, end)
    found = [Part(0, 0, top, top)]
    for at_old, at_new, rows in _runs(old, new, top, bottom.old, bottom.new):
        _join(found, old, new, Part(at_old, at_new, rows, rows), bottom)
    _join(found, old, new, bottom, bottom)
    return [part for part in found if part.gone or part.come]


def _join(found: list[Part], old: Sequence[bytes], new: Sequence[bytes], step: Part, bottom: Part) -> None:
    """The step before goes on as long as it holds; this one begins as early as it can after that. What stays between
    them is a gap."""
    last = found[-1]
    at_old, at_new = last.old + last.gone, last.new + last.come
    down = _run(old, new, at_old, at_new, 1, min(bottom.old - at_old, bottom.new - at_new))
    at_old, at_new = at_old + down, at_new + down
    found[-1] = Part(last.old, last.new, last.gone + down, last.come + down)
    late = max(0, at_old - step.old, at_new - step.new)
    if late >= step.gone and step is not bottom:
        return
    step = Part(step.old + late, step.new + late, step.gone - late, step.come - late)
    up = _run(old, new, step.old - 1, step.new - 1, -1, min(step.old - at_old, step.new - at_new))
    found.append(Part(at_old, at_new, step.old - up - at_old, step.new - up - at_new))
    found.append(Part(step.old - up, step.new - up, step.gone + up, step.come + up))


def _run(old: Sequence[bytes], new: Sequence[bytes], at_old: int, at_new: int, way: int, most: int) -> int:
    """How many rows from there on are alike."""
    for count in range(most):
        one, other = old[at_old + way * count], new[at_new + way * count]
        if one != other and any(abs(a - b) > ROW_TOLERANCE for a, b in zip(one, other, strict=True)):
            return count
    return max(0, most)


def _runs(
    old: Sequence[bytes], new: Sequence[bytes], top: int, end_old: int, end_new: int
) -> Iterator[tuple[int, int, int]]:
    """Stretches in step between those rows: (row before, row after, rows)."""
    run: list[tuple[int, int]] = []
    for pair in [*_rising(_anchors(old[top:end_old], new[top:end_new])), None]:
        if pair is not None and (not run or pair[0] - pair[1] == run[-1][0] - run[-1][1]):
            run.append(pair)
            continue
        if len(run) >= SURE:
            yield run[0][0] + top, run[0][1] + top, run[-1][0] - run[0][0] + 1
        run = [pair] if pair is not None else []


def _anchors(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Rows that are described alike and only once in either picture, by their place before."""
    keys_old, keys_new = _keys(old), _keys(new)
    there = {key: row for row, key in enumerate(keys_new)}
    once_old, once_new = Counter(keys_old), Counter(keys_new)
    pairs = [(row, there[key]) for row, key in enumerate(keys_old) if once_old[key] == once_new[key] == 1]
    votes = Counter(row - other for row, other in pairs)
    beaten = {
        offset
        for offset, count in votes.items()
        if any(votes[offset + by] > 3 * count for by in range(-WOBBLE, WOBBLE + 1))
    }
    return [(row, other) for row, other in pairs if row - other not in beaten]


_COARSELY = bytes(min(255, value + (1 << COARSE >> 1)) >> COARSE for value in range(256))


def _keys(rows: Sequence[bytes]) -> list[bytes]:
    """A row with the two after it: text is told from text by more than one row of pixels."""
    coarse = [row.translate(_COARSELY) for row in rows]
    return [b"".join(coarse[i : i + 3]) for i in range(len(coarse))]


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest selection in which the second numbers rise too."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, (_, row) in enumerate(pairs):
        at = bisect_left(ends, row)
        before.append(places[at - 1] if at else -1)
        ends[at : at + 1], places[at : at + 1] = [row], [place]
    chosen = []
    place = places[-1] if places else -1
    while place >= 0:
        chosen.append(pairs[place])
        place = before[place]
    return chosen[::-1]
