"""Copies the pinned third-party files from node_modules to static/vendor and writes down what they are.

    npm ci && python scripts/vendor_assets.py        update
    python scripts/vendor_assets.py --check          verify static/vendor against its manifest

The files are committed, so that a clone runs without Node and a changed byte is seen. The pointers to source maps are
taken out: the maps are not shipped, and the static files storage refuses a pointer that leads nowhere. The manifest's
hashes are of the files as kept here.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
FILES = {
    "axe-core": ("axe.min.js", "LICENSE", "LICENSE-3RD-PARTY.txt"),
    "bootstrap": ("dist/css/bootstrap.min.css", "dist/js/bootstrap.bundle.min.js", "LICENSE"),
    "web-vitals": ("dist/web-vitals.iife.js", "LICENSE"),
}
SOURCE_MAP = re.compile(rb"\s*(?:/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*\Z")


def sri(data: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def pins() -> dict[str, str]:
    versions: dict[str, str] = json.loads((ROOT / "package.json").read_text())["dependencies"]
    return versions


def vendor(modules: Path) -> None:
    packages = []
    for name, files in FILES.items():
        meta = json.loads((modules / name / "package.json").read_text())
        if meta["version"] != pins()[name]:
            sys.exit(f"{name} {meta['version']} is installed, package.json pins {pins()[name]}: run npm ci")
        kept = {f"{name}/{Path(file).name}": _copy(modules / name / file, VENDOR / name) for file in files}
        packages.append({"name": name, "version": meta["version"], "licence": meta["license"], "files": kept})
    MANIFEST.write_text(json.dumps({"packages": packages}, indent=2) + "\n")


def _copy(source: Path, folder: Path) -> str:
    data = SOURCE_MAP.sub(b"\n", source.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / source.name).write_bytes(data)
    return sri(data)


def wrong() -> list[str]:
    """What differs between the manifest, the pins and the files; empty when all is well."""
    packages = json.loads(MANIFEST.read_text())["packages"]
    faults = [f"{name}: pinned {version}, not vendored" for name, version in pins().items() if name not in FILES]
    faults += [f"{p['name']}: {p['version']} is vendored" for p in packages if p["version"] != pins().get(p["name"])]
    expected = {path: digest for package in packages for path, digest in package["files"].items()}
    present = {p.relative_to(VENDOR).as_posix() for p in VENDOR.rglob("*") if p.is_file() and p != MANIFEST}
    faults += [f"{path}: not in the manifest" for path in sorted(present - expected.keys())]
    faults += [f"{path}: missing" for path in sorted(expected.keys() - present)]
    return faults + [
        f"{path}: changed"
        for path in sorted(present & expected.keys())
        if sri((VENDOR / path).read_bytes()) != expected[path]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="verify, change nothing")
    parser.add_argument("--modules", type=Path, default=ROOT / "node_modules")
    options = parser.parse_args()
    if not options.check:
        vendor(options.modules)
    for fault in (faults := wrong()):
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
