import shutil
from pathlib import Path

import pytest

from scripts import vendor_assets


def test_vendored_files_are_what_the_manifest_says() -> None:
    assert vendor_assets.wrong() == []


def test_changed_missing_and_unknown_files_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = tmp_path / "vendor"
    shutil.copytree(vendor_assets.VENDOR, vendor)
    monkeypatch.setattr(vendor_assets, "VENDOR", vendor)
    monkeypatch.setattr(vendor_assets, "MANIFEST", vendor / "manifest.json")
    (vendor / "axe-core" / "axe.min.js").write_text("alert(1)")
    (vendor / "bootstrap" / "LICENSE").unlink()
    (vendor / "extra.js").write_text("")
    assert vendor_assets.wrong() == [
        "extra.js: not in the manifest",
        "bootstrap/LICENSE: missing",
        "axe-core/axe.min.js: changed",
    ]


def test_nothing_points_to_a_source_map() -> None:
    for file in vendor_assets.VENDOR.rglob("*.*"):
        assert b"sourceMappingURL=" not in file.read_bytes()[-200:], file
