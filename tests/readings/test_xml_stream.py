"""Placemarks, whatever pieces the file comes in."""

from io import BytesIO

import pytest

from coverage.errors import InputError
from coverage.readings import xml_stream
from coverage.readings.xml_stream import Fields, placemarks

POINT = (
    '<Placemark><ExtendedData><Data name="A"><value> 1 &lt; 2 </value></Data></ExtendedData>'
    "<Point><coordinates>106,-6,0</coordinates></Point></Placemark>"
)
FOUND = {"A": "1 < 2", "coordinates": "106,-6,0"}


def read(text: str | bytes) -> list[Fields | None]:
    content = text if isinstance(text, bytes) else text.encode()
    return list(placemarks(BytesIO(content), "x.kml"))


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_pieces_change_nothing(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "_PIECE_BYTES", piece)
    assert read(f"<kml><Document>{POINT}{POINT}</Document></kml>") == [FOUND, FOUND]


def test_namespaces_comments_and_cdata() -> None:
    text = POINT.replace("106,-6,0", "<!-- x --><![CDATA[106,-6,0]]>")
    assert read(f'<kml xmlns="http://www.opengis.net/kml/2.2">{text}</kml>') == [FOUND]


def test_values_outside_a_placemark_are_left_out() -> None:
    assert read('<kml><Data name="A"><value>1</value></Data></kml>') == []


def test_utf16_is_read() -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?><kml>{POINT}</kml>'
    assert read(text.encode("utf-16")) == [FOUND]


def test_text_and_fields_are_bounded() -> None:
    many = "".join(f'<Data name="{i}"><value>{"x" * 1000}</value></Data>' for i in range(1000))
    (found,) = read(f"<kml><Placemark>{many}</Placemark></kml>")
    assert found is not None
    assert len(found) == 200
    assert max(map(len, found.values())) == 256


def test_file_that_ends_too_early_says_so() -> None:
    assert read(f"<kml>{POINT}<Placemark><Da") == [FOUND, None]


@pytest.mark.parametrize(
    "text", ["<kml><a></b></kml>", "<kml>&unknown;</kml>", "<kml>\0</kml>", "<kml/><kml/>"]
)
def test_what_is_no_xml_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="Invalid XML"):
        read(text)


def test_deep_nesting_is_survived() -> None:
    deep = "<a>" * 200_000 + "</a>" * 200_000
    assert read(f"<kml>{deep}{POINT}</kml>") == [FOUND]


@pytest.mark.parametrize("encoding", ["utf-7", "klingon", "shift_jis"])
def test_an_encoding_that_the_parser_does_not_know_is_named(encoding: str) -> None:
    with pytest.raises(InputError, match=r"x\.kml: Invalid XML: "):
        read(f'<?xml version="1.0" encoding="{encoding}"?><kml>{POINT}</kml>')
