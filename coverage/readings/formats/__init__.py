"""One module a file format; each declares how it is recognised and how it is read.

Adding a format is one file here, one fixture in ``tests/data/readings/`` and one test file; no
list anywhere names the formats. Modules are found by ``pkgutil``. A module declares:

``NAME``
    Stands in the ``format`` column: lower case, digits, underscores.
``SOURCE``
    "drive_test" or "crowdsourced": the default of the ``source`` column.
``SHOWS_NO_SERVICE``
    True, False, or None where it is not known (FORMATS 18).
``sniff(head: Head) -> str | None``
    The rule that matched, one phrase for the user ("header begins mcc,mnc,lac"), or None. It
    sees nothing but the head and must never match another format's files: two matches are an error.
``read(stream: BinaryIO, context: Context) -> Iterator[Draft]``
    Blocks of rows in the file's order; see :class:`coverage.readings.draft.Draft`.

or, for a file that is known but holds no readings (side files, cell lists, area tables):

``SKIP``
    Why nothing is read, one sentence for the user. Then there is no ``read``.

or, for a format that needs a column map:

``sniff_map(head: Head, column_map: ColumnMap) -> str | None``
    In place of ``sniff``; the matching map arrives in ``context.column_map``.

What ``read`` owes: canonical names and units, times in UTC (``coverage.readings.times``), texts
that mean "missing" as NaN or NA, the format's own sentinels (a level nulled with
``dq_level_invalid``), ``rat`` from the file's RAT words, and one row for every data row: a row that
cannot be used is handed over with ``reason`` set, never left out. What it does not do: ranges,
box, frozen positions, duplicates, weights, operators, hashing, route values; these are the same
for all formats and happen in ``coverage/readings/read.py``. Personal columns (IMEI, IMSI,
ICCID, phone number, address) are never put into a Draft, and blanked by its ``redact`` (a
:class:`~coverage.readings.delimited.Layout` that names them in ``personal`` does it).

Helpers: ``coverage.readings.delimited`` (blocks of a CSV-like file as Arrow columns, line numbers
and raw lines), ``times`` (stamps to UTC), ``values`` (numbers with units), ``words`` (RAT
words, PLMN, service states), ``codes.Codes`` (text columns).

A minimal format::

    NAME = "example_csv"
    SOURCE = "crowdsourced"
    SHOWS_NO_SERVICE = False

    def sniff(head: Head) -> str | None:
        return "header begins a,b,c" if head.first_line.startswith("a,b,c") else None

    def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
        for block in delimited.blocks(stream, LAYOUT, context.name):
            yield Draft(
                source_row=block.source_row, raw=block.raw,
                time_us=times.of_epoch(block.number("c")),
                numbers={"latitude_deg": block.number("a"), "signal_dbm": block.number("b")},
                texts={"rat": "LTE", "reason": block.reason},
            )
"""
