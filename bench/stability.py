"""Scans of a site that nobody touched, and what differs between them: a finding that comes and goes is worth less than
none.

    python -m bench.stability FOLDER [--sites NAME …] [--json]

FOLDER holds `sites/NAME/` (HTML as exported), or is one site itself. Each is scanned three times by the path every scan
takes: first, `again` as a person would (what has not changed is not opened), and `anew` with every page opened. Issues
are told apart by their fingerprints; "pages" are issues that both scans have, on other pages. Exits 1 when an issue,
the score or a picture differs again; anew, a lab figure close to its threshold may fall on either side."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import inplace
from bench.serve import served
from scans.models import Issue, Scan, VisualChange

Row = dict[str, Any]
Places = dict[str, dict[str, set[str]]]  # fingerprint → page → selectors


def measure(name: str, folder: Path) -> Row:
    with served(folder, sitemap=True) as url, inplace.scanner() as scanner:
        site = inplace.site(url)
        first, _ = inplace.scan(site, scanner)
        again, _ = inplace.scan(site, scanner)
        anew, _ = inplace.scan(site, scanner, full=True)
        return {
            "site": name,
            "pages": first.pages.count(),
            "issues": first.findings.values("issue").distinct().count(),
            "again": _compare(first, again),
            "anew": _compare(first, anew),
        }


def _compare(before: Scan, after: Scan) -> Row:
    was, now = _places(before), _places(after)
    unsteady = sorted(was.keys() ^ now.keys())
    names = dict(Issue.objects.filter(site=after.site_id).values_list("fingerprint", "rule"))
    return {
        "issues_differ": len(unsteady),
        "pictures_differ": VisualChange.objects.filter(page__scan=after).count(),
        "score": [before.overall, after.overall],
        "categories_differ": sum(
            before.score["categories"][name] != score for name, score in after.score["categories"].items()
        ),
        "which": [
            {"rule": names[key], "in": [key in was, key in now], "where": _named(was.get(key) or now[key])}
            for key in unsteady
        ],
        "pages": [
            {"rule": names[key], "gone": _named(was[key], now[key]), "new": _named(now[key], was[key])}
            for key in sorted(was.keys() & now.keys())
            if was[key].keys() != now[key].keys()
        ],
    }


def _places(scan: Scan) -> Places:
    found: Places = {}
    for fingerprint, url, selector in scan.findings.values_list("issue__fingerprint", "url", "selector"):
        found.setdefault(fingerprint, {}).setdefault(urlsplit(url).path, set()).add(selector)
    return found


def _named(pages: dict[str, set[str]], without: dict[str, set[str]] | None = None) -> list[str]:
    left = [path for path in sorted(pages) if path not in (without or {})]
    return [f"{path} {min(pages[path])}" for path in left[:5]]


def is_steady(row: Row) -> bool:
    again = row["again"]
    return not (again["issues_differ"] or again["pictures_differ"]) and again["score"][0] == again["score"][1]


def _folders(folder: Path, wanted: list[str]) -> list[Path]:
    if not (folder / "sites").is_dir():
        return [folder]
    return [site for site in sorted((folder / "sites").iterdir()) if not wanted or site.name in wanted]


def _print(row: Row) -> None:
    print(f"{row['site']:16}{row['pages']:>5} pages{row['issues']:>5} issues", flush=True)
    for name in ("again", "anew"):
        seen = row[name]
        was, now = seen["score"]
        print(
            f"  {name:6} {seen['issues_differ']} issues differ, {seen['pictures_differ']} pictures, "
            f"score {was} / {now}, {seen['categories_differ']} categories"
        )
        for issue in seen["which"]:
            print(f"    {issue['rule']} {issue['in']} {'; '.join(issue['where'])}", flush=True)
        for issue in seen["pages"]:
            print(f"    {issue['rule']} on other pages: -{issue['gone']} +{issue['new']}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--sites", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    rows = []
    with inplace.installed():
        for folder in _folders(options.folder, options.sites):
            rows.append(measure(folder.name, folder))
            if not options.json:
                _print(rows[-1])
    print(json.dumps({"sites": rows, "steady": all(map(is_steady, rows))}))
    return int(not all(map(is_steady, rows)))


if __name__ == "__main__":
    sys.exit(main())
