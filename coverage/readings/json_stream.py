"""Objects of a JSON file one after the other, in bounded memory, however the file is broken up.

Two shapes are read: one object whose array holds the items (``{"items": [...]}``, often one line of
any length), and items that follow each other, one a line or not. The text is taken in pieces and
one item at a time is decoded.
"""

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, Final

from coverage.errors import InputError

Item = dict[str, Any]

MAX_ITEM_CHARACTERS: Final = 8 * 2**20
"""An item with a thousand radio cells and networks has about 0.3 million."""
_READ_BYTES: Final = 2**20
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_LINE_OBJECT: Final = re.compile(r"\n[ \t\r]*(?=\{)")
_LEADING: Final = (
    r'\{\s*(?:"[^"\\]{0,99}"\s*:\s*'
    r'(?:"(?:[^"\\]|\\.){0,299}"|[-+.\deE]{1,30}|true|false|null)\s*,\s*){0,20}"'
)
"""An object up to a key that follows none but short and simple values."""
_LOOK_AHEAD: Final = 16_384
_NEAR_END: Final = 16
"""A decoder that fails this close to the end of the text may only lack the rest. [characters]"""


class _CutError(ValueError):
    """The file ends inside a value."""


def items(stream: BinaryIO, key: str, name: str) -> Iterator[Item | None]:
    """Items of a file in its order.

    Parameters
    ----------
    stream
        UTF-8 text; a byte-order mark is skipped, bytes that are no UTF-8 are replaced.
    key
        Name of the array in the outer object.
    name
        Name of the file, for messages.

    Yields
    ------
    dict or None
        None for what is no object: an item that the end of the file cuts off, a damaged line, a
        number among the items.

    Raises
    ------
    InputError
        Where the file is no JSON, an item is too large or too deeply nested to be decoded, or an
        item inside the array is damaged: nothing tells where the next one begins.
    """
    reader = _Reader(stream, key, name)
    n_items = 0
    while reader.skip_blank():
        found = (
            _array(reader) if reader.opens_array() else _outer(reader, key, is_first=not n_items)
        )
        for item in found:
            n_items += 1
            yield item


def _array(reader: "_Reader") -> Iterator[Item | None]:
    """Items of an array that has been opened, and nothing of what follows it in its object."""
    while reader.skip_blank() and not reader.takes("]"):
        try:
            value = reader.value()
        except _CutError:
            yield None
            return
        yield value if isinstance(value, dict) else None
        reader.skip_blank()
        reader.takes(",")
    reader.close_object()


def _outer(reader: "_Reader", key: str, *, is_first: bool) -> Iterator[Item | None]:
    """One object outside any array, or the items of the array in it."""
    try:
        value = reader.value()
    except _CutError:
        yield None
        return
    except InputError:
        if is_first:
            raise
        reader.skip_line()
        yield None
        return
    inner = value.get(key) if isinstance(value, dict) else None
    for item in inner if isinstance(inner, list) else [value]:
        yield item if isinstance(item, dict) else None


class _Reader:
    """A window of text over the stream, and the place in it."""

    def __init__(self, stream: BinaryIO, key: str, name: str) -> None:
        self._stream = stream
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._json = json.JSONDecoder()
        self._opening = re.compile(_LEADING + re.escape(key) + r'"\s*:\s*\[')
        self._text = ""
        self._at = 0
        self._is_end = False

    def _more(self) -> bool:
        """Take in some more text; false at the end of the file."""
        if self._is_end:
            return False
        data = self._stream.read(_READ_BYTES)
        self._is_end = not data
        self._text = self._text[self._at :] + self._decoder.decode(data, final=self._is_end)
        self._at = 0
        return True

    def skip_blank(self) -> bool:
        """Go to the next character that is not blank; false where there is none."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def takes(self, character: str) -> bool:
        """Whether the next character is this one; it is then taken."""
        is_next = self._text.startswith(character, self._at)
        self._at += is_next
        return is_next

    def opens_array(self) -> bool:
        """Whether an object begins here with the array, or simple values before it; then go in."""
        while len(self._text) - self._at < _LOOK_AHEAD and self._more():
            pass
        found = self._opening.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found is not None

    def close_object(self) -> None:
        """Take what follows the array up to the end of its object."""
        while self.skip_blank() and not self.takes("}"):
            if self.takes(",") or self.takes(":"):
                continue
            with suppress(_CutError):
                self.value()

    def value(self) -> Any:
        """The value that begins here.

        Raises
        ------
        _CutError
            Where the file ends in it; nothing is left then.
        InputError
            Where it is no JSON, too long or too deep.
        """
        while True:
            try:
                value, self._at = self._json.raw_decode(self._text, self._at)
            except ValueError as error:
                self._wait_for_rest(error)
            except RecursionError as error:
                raise InputError("Invalid JSON: nested too deeply.", file=self._name) from error
            else:
                return value

    def _wait_for_rest(self, error: ValueError) -> None:
        """Take in more text where the value may go on in it, else say what is wrong."""
        place = error.pos if isinstance(error, json.JSONDecodeError) else 0
        is_string = str(error).startswith("Unterminated string")
        if not is_string and place < len(self._text) - _NEAR_END:
            raise InputError(f"Invalid JSON: {error}.", file=self._name) from error
        if len(self._text) - self._at > MAX_ITEM_CHARACTERS:
            raise InputError(
                f"Invalid JSON: an item of more than {MAX_ITEM_CHARACTERS} characters.",
                file=self._name,
            ) from error
        if not self._more():
            self._at = len(self._text)
            raise _CutError(str(error)) from error

    def skip_line(self) -> None:
        """Go to the next line that begins an object, or to the end."""
        found = _LINE_OBJECT.search(self._text, self._at)
        while not found and self._more():
            found = _LINE_OBJECT.search(self._text, self._at)
            self._at = len(self._text) - 1 if not found else self._at
        self._at = found.end() if found else len(self._text)
