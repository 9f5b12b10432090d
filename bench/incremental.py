"""What the second scan of a site costs when nothing, or one page, was changed since the first.

    python -m bench.incremental SITE_DIR [--pages 30] [--json]

Three scans by the path every scan takes (request, claim, keep), on a database and a copy of the site of its own, with a
warm browser. `ratio` is the second scan's wall time over the first's, `changed_ratio` the third's. `visited` are pages
that this scan opened in the browser, `carried` those whose results it took over from the one before."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bench import inplace
from bench.serve import served
from scans.models import Page, Site
from scans.scanner import Scanner

Row = dict[str, Any]


def measure(folder: Path, pages: int) -> Row:
    copy = inplace.FOLDER / "site"
    shutil.copytree(folder, copy)
    with served(copy) as url, inplace.scanner() as scanner:
        site = inplace.site(url)
        first = _scan(site, scanner, pages)
        second = _scan(site, scanner, pages)
        changed = _change(copy, first["visited"])
        third = _scan(site, scanner, pages)
    return {
        "first": first,
        "second": second,
        "third": third,
        "changed": changed,
        "ratio": round(second["wall_s"] / first["wall_s"], 3),
        "changed_ratio": round(third["wall_s"] / first["wall_s"], 3),
    }


def _scan(site: Site, scanner: Scanner, pages: int) -> Row:
    scan, wall = inplace.scan(site, scanner, pages=pages)
    kept = list(scan.pages.all())
    return {
        "state": scan.state,
        "wall_s": round(wall, 2),
        "pages": len(kept),
        "visited": [page.url for page in kept if page.visited_at and not _is_carried(page)],
        "carried": sum(map(_is_carried, kept)),
    }


def _is_carried(page: Page) -> bool:
    return page.carried_from_id is not None


def _change(site: Path, urls: list[str]) -> str:
    """Adds a sentence to the last page that was opened and is not the start page; returns its URL."""
    url = [url for url in urls if urlsplit(url).path != "/"][-1]
    path = site / unquote(urlsplit(url).path).strip("/")
    candidates = (path, path.with_name(f"{path.name}.html"), path / "index.html")
    file = next(candidate for candidate in candidates if candidate.is_file())
    file.write_text(file.read_text().replace("</body>", "<p>This sentence is new.</p></body>", 1))
    return url


def _print(result: Row) -> None:
    for name, what in (("first", "first scan"), ("second", "unchanged"), ("third", "one page changed")):
        row = result[name]
        counts = f"{row['pages']:>4} pages {len(row['visited']):>4} visited {row['carried']:>4} carried"
        print(f"{what:18}{row['wall_s']:>8} s {counts}  {row['state']}")
    print(f"changed: {result['changed']}; visited then: {', '.join(result['third']['visited'])}")
    print(f"ratio {result['ratio']}, with one page changed {result['changed_ratio']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="SITE_DIR")
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    with inplace.installed():
        result = measure(options.folder, options.pages)
    if not options.json:
        _print(result)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
