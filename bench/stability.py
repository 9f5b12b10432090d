"""Two scans of a site that nobody touched, and what differs between them: a finding that comes and goes is worth less
than none.

    python -m bench.stability FOLDER [--sites NAME …] [--scans 2] [--json]

FOLDER holds `sites/NAME/` (HTML as exported), or is one site itself. Both scans open every page, by the command a
person would use. Issues are told apart by their fingerprints; "pages" are issues that both scans have, on other pages.
Exits 1 when any issue differs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.serve import served

ROOT = Path(__file__).resolve().parent.parent
Issues = dict[str, dict[str, Any]]


def scan(url: str) -> Issues:
    """The issues of one scan, by fingerprint."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "report.json"
        command = [sys.executable, str(ROOT / "manage.py"), "scan", url, "--format", "json", "--output", str(output)]
        environment = {**os.environ, "SCAN_ALLOWED_HOSTS": urlsplit(url).netloc}
        subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
        return {issue["fingerprint"]: issue for issue in json.loads(output.read_text())["issues"]}


def compare(name: str, folder: Path, scans: int) -> dict[str, Any]:
    with served(folder, sitemap=True) as url:
        seen = [scan(url) for _ in range(scans)]
    every = {key: issue for issues in seen for key, issue in issues.items()}
    unsteady = [key for key in every if not all(key in issues for issues in seen)]
    return {
        "site": name,
        "issues": [len(issues) for issues in seen],
        "differ": len(unsteady),
        "which": [_row(every[key], [key in issues for issues in seen]) for key in unsteady],
        "pages": [row for before, after in pairwise(seen) for row in _moved(before, after)],
    }


def _row(issue: dict[str, Any], met: list[bool]) -> dict[str, Any]:
    first = issue["occurrences"][0]
    places = [f"{urlsplit(one['url']).path} {one['selector']}" for one in issue["occurrences"][:5]]
    return {"rule": issue["rule"], "in": met, "message": first["message"][:160], "where": places}


def _moved(before: Issues, after: Issues) -> list[dict[str, Any]]:
    rows = []
    for key in before.keys() & after.keys():
        was, now = ({urlsplit(one["url"]).path for one in issues[key]["occurrences"]} for issues in (before, after))
        if was != now:
            gone, new = _places(before[key], was - now), _places(after[key], now - was)
            rows.append({"rule": before[key]["rule"], "gone": gone, "new": new})
    return rows


def _places(issue: dict[str, Any], paths: set[str]) -> list[str]:
    return [
        f"{urlsplit(one['url']).path} {one['selector']}"
        for one in issue["occurrences"]
        if urlsplit(one["url"]).path in paths
    ][:5]


def _folders(folder: Path, wanted: list[str]) -> list[Path]:
    if not (folder / "sites").is_dir():
        return [folder]
    return [site for site in sorted((folder / "sites").iterdir()) if not wanted or site.name in wanted]


def _print(row: dict[str, Any]) -> None:
    print(f"{row['site']:20} {' / '.join(map(str, row['issues']))} issues, {row['differ']} differ", flush=True)
    for issue in row["which"]:
        print(f"  {issue['rule']} {issue['in']} {issue['message']}\n    {'; '.join(issue['where'])}", flush=True)
    for issue in row["pages"]:
        print(f"  {issue['rule']} on other pages: -{issue['gone']} +{issue['new']}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--sites", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--scans", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    rows = []
    for folder in _folders(options.folder, options.sites):
        rows.append(compare(folder.name, folder, options.scans))
        if not options.json:
            _print(rows[-1])
    print(json.dumps({"sites": rows}) if options.json else f"{sum(row['differ'] for row in rows)} issues differ")
    return int(any(row["differ"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
