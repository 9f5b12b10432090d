"""The script that looks at pages: our probes, web-vitals and axe-core as one function.

It is registered once per tab and lives in a world of its own, where a page can neither see nor change it. In each new
document it is only a function that nobody has called: parsing 700 kB costs next to nothing, sending it again for each
page would cost more than all probes together (measured: 5 ms against 70 to 125 ms).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

WORLD = "sentinel"
AXE_VERSION = "4.14.1"
_PROBES = Path(__file__).resolve().parent / "probes"
_VENDOR = Path(__file__).resolve().parent.parent.parent / "static" / "vendor"
_ORDER = ("element", "pushes", "vitals", "layout", "texts", "settle", "still", "forms", "page", "axe", "menu")


@cache
def source() -> str:
    """Defines `sentinel()`, which gives the same object of probes each time it is called in one document."""
    vitals = (_VENDOR / "web-vitals" / "web-vitals.iife.js").read_text()
    axe = (_VENDOR / "axe-core" / "axe.min.js").read_text()
    probes = "\n".join(f"(() => {{ {(_PROBES / f'{name}.js').read_text()} }})();" for name in _ORDER)
    return f"""
    globalThis.sentinel = () => {{
      const S = {{}};
      globalThis.sentinel = () => S;
      S.webVitals = (() => {{ {vitals}; return webVitals; }})();
      S.loadAxe = () => {{ if (!globalThis.axe) {{ {axe} }} return globalThis.axe; }};
      {probes}
      return S;
    }};
    """
