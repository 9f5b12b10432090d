"""The little HTML that the stand-in's own pages need."""

from __future__ import annotations

from html import escape

from aiohttp import web

__all__ = ["choice", "document", "escape"]

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1f23}"
    "label{display:block;margin:.4rem 0}input[type=text]{width:100%;padding:.4rem;box-sizing:border-box}"
    "button{font:inherit;padding:.4rem 1rem;cursor:pointer}"
    "fieldset{margin:1rem 0;border:1px solid #d0d7de;border-radius:6px}"
    "summary{cursor:pointer;font-weight:600}details{margin:.5rem 0}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src *; frame-ancestors 'none'; base-uri 'none'"


def choice(kind: str, name: str, value: str, checked: bool = False) -> str:
    return f'<input type="{kind}" name="{escape(name)}" value="{escape(value)}"{" checked" if checked else ""}>'


def document(title: str, body: str, status: int = 200) -> web.Response:
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers={"Content-Security-Policy": POLICY})
