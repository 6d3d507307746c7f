"""Text out of the bytes of a file that does not say how they are to be read."""

import codecs

_MARKS = (  # the longer first: that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_LOOKED_AT = 4096  # bytes


def decode(content: bytes) -> str:
    """Return the text in UTF-8, UTF-16 (with or without a byte order mark), UTF-32 or Latin-1.

    Names and numbers are ASCII, so a few odd bytes elsewhere do no harm: they become question
    marks, or letters of Latin-1 where the whole is no UTF-8.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if encoding := _wide(content[:_LOOKED_AT]):
        return _decoded(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _decoded(content: bytes, encoding: str) -> str:
    """The text in whole letters; of a file that is cut, a part of one may be left."""
    width = {"utf-32": 4, "utf-8-sig": 1}.get(encoding, 2)
    return content[: len(content) - len(content) % width].decode(encoding, errors="replace")


def _wide(head: bytes) -> str:
    """Name the UTF-16 that ASCII stands in, by its zeros at every other byte; else nothing."""
    half = len(head) // 2
    at_even, at_odd = head[::2].count(0), head[1::2].count(0)
    if at_odd > 0.7 * half and at_even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if at_even > 0.7 * half and at_odd < 0.1 * half else ""
