"""Hostile XML and JSON."""

from collections.abc import Iterator
from typing import Final

from tests.hostile.case import (
    EXTERNAL,
    HARMLESS,
    LAUGHS,
    QUADRATIC,
    REFUSED,
    REJECTED,
    Case,
    case_of,
)

KML: Final = (
    '<?xml version="1.0"?>{doctype}<kml><Placemark><ExtendedData>'
    '<Data name="CGI"><value>{value}</value></Data>'
    '<Data name="TECHNOLOGY"><value>4G</value></Data><Data name="RSRP"><value>-104 dBm</value>'
    '</Data><Data name="RSRQ"><value>-9 dB</value></Data>'
    '<Data name="TIME"><value>2024.01.20_09.15.02</value></Data></ExtendedData>'
    "<Point><coordinates>106.1235,-6.4123,0</coordinates></Point></Placemark></kml>"
)


GEOSUBMIT: Final = (
    '{"items":[{"timestamp":1705716902123,"position":{"latitude":-6.4123,"longitude":106.1235},'
    '"cellTowers":[{"radioType":"lte","mobileCountryCode":510,"mobileNetworkCode":10,'
    '"locationAreaCode":1234,"cellId":27447041,"serving":1,"signalStrength":%s}]}]}'
)


def xml_and_json() -> Iterator[Case]:
    """Entities, depth, duplicate keys, and objects that never end."""
    for name, doctype, value in (
        ("external", EXTERNAL, "&x;"), ("laughs", LAUGHS, "&m;"),
        ("quadratic", QUADRATIC, "&a;" * 1000), ("dtd", "<!DOCTYPE kml>", "x"),
        ("parameter", '<!DOCTYPE k [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>', "x"),
    ):  # fmt: skip
        yield case_of(f"{name}.kml", "readings", KML.format(doctype=doctype, value=value), REFUSED)
    good = KML.format(doctype="", value="x")
    yield case_of("deep.kml", "readings", good.replace("<kml>", "<kml>" + "<Folder>" * 100_000))
    yield case_of("attributes.kml", "readings", good.replace("<kml>", "<kml " + " ".join(
        f'a{i}="1"' for i in range(20_000)) + ">"))  # fmt: skip
    yield case_of("unclosed.kml", "readings", good[:-20], REJECTED)
    yield case_of("nul.kml", "readings", good.replace("4G", "4\0G"), REFUSED)
    yield case_of("utf7.kml", "readings", good.replace('1.0"?', '1.0" encoding="utf-7"?'))
    yield case_of("unknown_entity.kml", "readings", good.replace("4G", "&nope;"), REFUSED)
    yield case_of("include.kml", "readings", good.replace("4G", '<xi:include href="/etc/passwd"/>'))
    for depth in (1_000, 100_000):
        nest = "[" * depth + "]" * depth
        yield case_of(f"deep_{depth}.json", "readings", GEOSUBMIT % nest, REFUSED)
        yield case_of(f"open_{depth}.json", "readings", GEOSUBMIT % ("[" * depth), REFUSED)
        objects = '{"a":' * depth
        yield case_of(f"objects_{depth}.json", "readings", GEOSUBMIT % objects, REFUSED)
    for name, value in (
        ("nan", "NaN"), ("infinity", "-Infinity"), ("huge", "1e999"), ("digits", "9" * 5_000),
        ("text", '"-104"'), ("true", "true"), ("null", "null"), ("list", "[-104]"),
        ("object", '{"a":1}'), ("negative_zero", "-0.0"), ("surrogate", '"\\ud800"'),
    ):  # fmt: skip
        yield case_of(f"level_{name}.json", "readings", GEOSUBMIT % value)
    known = GEOSUBMIT % "-104"
    for name, old, new in (
        ("stamp_text", "1705716902123", '"yesterday"'), ("stamp_huge", "1705716902123", "1e300"),
        ("stamp_negative", "1705716902123", "-1"), ("mcc_text", "510,", '"=1+1",'),
        ("mcc_float", "510,", "510.7,"), ("cell_huge", "27447041", "9" * 40),
        ("tower_number", '[{"radioType"', '[7,{"radioType"'), ("items_object", "[{", "{{"),
        ("position_list", '{"latitude":-6.4123,"longitude":106.1235}', "[-6.4,106.1]"),
        ("latitude_text", "-6.4123", '"-6,4123"'), ("key_twice", '"items"', '"items":[],"items"'),
        ("comma", "]}]}", "],}]}"), ("comment", "{", "/* */{"), ("nul", "lte", "l\0te"),
    ):  # fmt: skip
        yield case_of(f"{name}.json", "readings", known.replace(old, new, 1))
    yield case_of("cut.json", "readings", known[:-30], REJECTED)
    yield case_of("two_docs.json", "readings", known + known)
    yield case_of("bom.json", "readings", "\ufeff" + known, HARMLESS)
