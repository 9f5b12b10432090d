"""Scans folders of real sites whose faults are known and says what was found of them, and what was said beside the
truth.

    python -m bench.corpus FOLDER [SITE ...] [--no-browser] [--json]

FOLDER holds `sites/NAME/` (HTML as exported) and `truth/NAME.json`: `broken` (page, path, cls, reachable),
`broken_fragments` (page, fragment, reachable) and `scripts_left_out`. Recall is over what a crawl from the start page
can reach; anything called broken that the truth does not hold is false."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bench.serve import served

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {
    "links.broken-internal",
    "images.broken",
    "resources.broken",
    "resources.third-party-broken",
    "links.broken-external",
}
JUDGED = {"link", "resource", "srcset", "cssfile"}  # a form's address is only known by sending the form


def report(folder: Path, left_out: list[str], *, browser: bool) -> dict[str, Any]:
    """The JSON report of one scan, by the command a person would use."""
    with tempfile.TemporaryDirectory() as scratch, served(folder) as url:
        output = Path(scratch) / "report.json"
        command = [sys.executable, str(ROOT / "manage.py"), "scan", url, "--format", "json", "--output", str(output)]
        environment = {**os.environ, "SCAN_ALLOWED_HOSTS": urlsplit(url).netloc}
        subprocess.run([*command, *([] if browser else ["--no-browser"])], env=environment, check=True)
        said: dict[str, Any] = json.loads(output.read_text())
        return said


def judge(name: str, truth: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Truth against report; paths of scripts that were left out of the folder are no fault of the site."""
    excused = {f"/{path}" for path in truth["scripts_left_out"]}
    known = {entry["path"] for entry in truth["broken"]}
    wanted = {entry["path"] for entry in truth["broken"] if entry["reachable"] and entry["cls"] in JUDGED}
    told = {_path(o) for issue in said["issues"] if issue["rule"] in TARGETS for o in issue["occurrences"]} - excused
    jumps = {entry["fragment"] for entry in truth["broken_fragments"] if entry["reachable"]}
    told_jumps = {
        urlsplit(o["evidence"].get("target", "")).fragment
        for issue in said["issues"]
        if issue["rule"] == "links.broken-fragment"
        for o in issue["occurrences"]
    }
    return {
        "site": name,
        "status": said["status"],
        "pages": said["coverage"]["fetched"],
        "reachable": truth["reachable_pages"],
        "seconds": said["duration_s"],
        "broken": len(wanted),
        "missed": sorted(wanted - told),
        "false": sorted(told - known),
        "fragments": len(jumps),
        "missed_fragments": sorted(jumps - told_jumps),
        "false_fragments": sorted(told_jumps - jumps),
    }


def _path(occurrence: dict[str, Any]) -> str:
    return unquote(urlsplit(occurrence["evidence"].get("target", "")).path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("sites", nargs="*", metavar="SITE")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    rows = []
    for file in sorted((options.folder / "truth").glob("*.json")):
        if options.sites and file.stem not in options.sites:
            continue
        truth = json.loads(file.read_text())
        said = report(options.folder / "sites" / file.stem, truth["scripts_left_out"], browser=not options.no_browser)
        rows.append(judge(file.stem, truth, said))
        if not options.json:
            print(rows[-1], flush=True)
    good = all(row["status"] == "complete" and not row["missed"] and not row["false"] for row in rows)
    print(json.dumps({"sites": rows, "recall": _share(rows, "broken", "missed"), "complete_and_exact": good}))


def _share(rows: list[dict[str, Any]], wanted: str, missed: str) -> float:
    total = sum(row[wanted] for row in rows)
    return 1.0 if not total else 1 - sum(len(row[missed]) for row in rows) / total


if __name__ == "__main__":
    main()
