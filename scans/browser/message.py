"""The head of an HTTP/1.1 message, as far as a proxy has to understand it: where it goes and how long its body is."""

from __future__ import annotations

from dataclasses import dataclass

_HOP_BY_HOP = (b"proxy-connection:", b"proxy-authorization:", b"connection:", b"keep-alive:")


@dataclass(slots=True)
class Head:
    """Start line and headers of a message, with what decides how long its body is."""

    start: bytes
    lines: list[bytes]
    length: int | None
    chunked: bool
    closes: bool
    upgrade: bool

    @property
    def words(self) -> list[str]:
        return self.start.decode("latin-1").split(" ", 2)

    def raw(self, start: bytes | None = None) -> bytes:
        return b"\r\n".join((start or self.start, *self.lines, b"", b""))


def parse_head(raw: bytes) -> Head:
    """ValueError when the head is none. Hop-by-hop headers are left out, except those of an upgrade."""
    start, *lines = raw[:-4].split(b"\r\n")
    if b" " not in start:
        raise ValueError("not a start line")
    names = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise ValueError("a header line without a colon")
        names[name.strip().lower()] = value.strip().lower()
    upgrade = b"upgrade" in names.get(b"connection", b"")
    chunked = b"chunked" in names.get(b"transfer-encoding", b"")
    length = names.get(b"content-length")
    if not upgrade:
        lines = [line for line in lines if not line.lower().startswith(_HOP_BY_HOP)]
    closes = b"close" in names.get(b"connection", b"") or (start.startswith(b"HTTP/1.0 "))
    return Head(start, lines, None if chunked or length is None else int(length), chunked, closes, upgrade)
