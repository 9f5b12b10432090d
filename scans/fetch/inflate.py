"""Content-Encoding undone piece by piece, never more at once than was asked for: a bomb costs its limit and no more."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
ACCEPT = "gzip, deflate"
_PIECE = 65_536
_GZIP_OR_ZLIB = 47
_RAW = -15


class Inflater:
    """`feed` gives the plain bytes of a chunk in pieces. Raises zlib.error on broken data."""

    def __init__(self, encoding: str) -> None:
        self._plain = encoding in ("", "identity")
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._started = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        if self._plain:
            yield chunk
            return
        while chunk:
            piece = self._step(chunk)
            if piece:
                yield piece
            chunk = self._stream.unconsumed_tail
            if self._stream.eof and (chunk := self._stream.unused_data.lstrip(b"\0")):
                self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)  # gzip files may be several, one after the other

    def _step(self, chunk: bytes) -> bytes:
        try:
            return self._stream.decompress(chunk, _PIECE)
        except zlib.error:
            if self._started:
                raise
            self._stream = zlib.decompressobj(_RAW)  # some servers call raw deflate "deflate"
            return self._stream.decompress(chunk, _PIECE)
        finally:
            self._started = True
