"""Placemarks of a KML file one after the other, in bounded memory and without DTD or entities."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from coverage.errors import InputError

Fields = dict[str, str]

COORDINATES: Final = "coordinates"
"""Name under which the text of ``<coordinates>`` is handed over."""
_PIECE_BYTES: Final = 2**16
_MAX_SILENT_BYTES: Final = 2**23
"""A file that gives no element for so long is no log but one endless tag. [byte]"""
_MAX_TEXT: Final = 256
_MAX_FIELDS: Final = 200


def placemarks(stream: BinaryIO, name: str) -> Iterator[Fields | None]:
    """Fields of each placemark that has any: ``<Data name>`` to its ``<value>``, and coordinates.

    Yields
    ------
    dict or None
        None for a placemark that the end of the file cuts off. One without data is styling and is
        left out.

    Raises
    ------
    InputError
        Where the file is no XML, or declares a document type or entities.
    """
    target = _Placemarks()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.listen_to(parser.parser)
    silent_bytes, n_elements = 0, 0
    try:
        while piece := stream.read(_PIECE_BYTES):
            parser.feed(piece)
            silent_bytes = silent_bytes + len(piece) if target.n_elements == n_elements else 0
            n_elements = target.n_elements
            if silent_bytes > _MAX_SILENT_BYTES:
                raise InputError(
                    f"Invalid XML: no element in {_MAX_SILENT_BYTES} bytes.", file=name
                )
            yield from target.take()
    except DefusedXmlException as error:
        raise InputError(
            "Invalid XML: it declares a document type or entities. Must be plain KML.", file=name
        ) from error
    except InputError:
        raise
    except (ParseError, LookupError, ValueError) as error:  # ValueError: an encoding not known
        raise InputError(f"Invalid XML: {error}.", file=name) from error
    try:
        parser.close()
    except ParseError:
        yield None  # the file ends too early
    yield from target.take()


class _LocalNames(dict[str, str]):
    """Name of each element without its namespace, so many of them remembered."""

    def __missing__(self, tag: str) -> str:
        local = tag.rpartition("}")[2]
        if len(self) < _MAX_FIELDS:
            self[tag] = local
        return local


class _Placemarks:
    """What the parser calls: collects the fields of the placemark it is in."""

    def __init__(self) -> None:
        self.n_elements = 0
        self._done: list[Fields | None] = []
        self._fields: Fields | None = None
        self._has_data = False
        self._field = ""
        self._text: list[str] | None = None
        self._local = _LocalNames()

    def listen_to(self, expat: Any) -> None:
        """Be called by the parser itself; what it was told to refuse stays refused.

        The way over ElementTree's own handlers costs as much as all the rest.
        """
        expat.ordered_attributes = False
        expat.buffer_text = True
        expat.StartElementHandler = self.start
        expat.EndElementHandler = self.end
        expat.CharacterDataHandler = self.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.n_elements += 1
        local = self._local[tag]
        if local == "Placemark":
            self._fields, self._has_data = {}, False
        elif self._fields is None:
            return
        elif local == "value" or local == COORDINATES:  # noqa: PLR1714 - called for every element
            self._text = []
        elif local == "Data":
            self._field = attributes.get("name", "")[:_MAX_TEXT]
            self._has_data = True

    def data(self, text: str) -> None:
        """Text, of which the beginning is kept."""
        if self._text is not None and len(self._text) < _MAX_TEXT:
            self._text.append(text[:_MAX_TEXT])

    def end(self, tag: str) -> None:
        """An element ends."""
        local = self._local[tag]
        if local == "Placemark":
            if self._fields is not None and self._has_data:
                self._done.append(self._fields)
            self._fields = None
        elif self._text is not None and (local == "value" or local == COORDINATES):  # noqa: PLR1714
            fields = self._fields
            if fields is not None and len(fields) < _MAX_FIELDS:
                key = self._field if local == "value" else COORDINATES
                fields[key] = "".join(self._text)[:_MAX_TEXT].strip()
            self._text = None

    def close(self) -> Any:
        """The end of the document."""
        return None

    def take(self) -> list[Fields | None]:
        """The placemarks that have ended since the last time."""
        done, self._done = self._done, []
        return done
