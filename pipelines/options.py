"""What the commands can be told: every argument and option with its help, each written once.

Help is English here and Indonesian in the catalogue; ``pipelines/spoken_help.py`` shows either.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

LANGUAGE_OPTION: Final = "--lang"
Language = Annotated[
    str | None,
    typer.Option(
        LANGUAGE_OPTION, help="id or en: what is said; default: BLANKSPOT_LANG or locale."
    ),
]

# of most commands
ConfigPath = Annotated[Path, typer.Argument(help="The survey's TOML file, as configs/banten.toml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]
LogJson = Annotated[
    Path | None, typer.Option("--log-json", help="File to append a JSON line to for each event.")
]
EngineKind = Annotated[
    str | None,
    typer.Option("--engine", help="local, processes or dask, whatever the config says."),
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", help="Dask scheduler to use, as tcp://host:8786.")
]

# of the commands to begin with
DemoFolder = Annotated[
    Path | None,
    typer.Argument(help="Where to build it; default: data/raw/demo and data/processed/demo."),
]
SurveyFolder = Annotated[Path, typer.Argument(help="Folder of the new survey; made if missing.")]
Province = Annotated[
    str | None, typer.Option(help="Its name; Banten's box is known, others need --sites or --box.")
]
ElectionDate = Annotated[str | None, typer.Option(help="Polling day, as 2029-02-14.")]
SiteList = Annotated[
    Path | None, typer.Option(help="TPS list to take over; the box is drawn around it.")
]
Box = Annotated[
    str | None, typer.Option(help="south,west,north,east in degrees; nothing outside is taken.")
]
Operators = Annotated[
    list[str] | None,
    typer.Option(help="As 608-01=Orange, repeated; default: Indonesia's operators."),
]
SurveyLanguage = Annotated[str, typer.Option(help="Of officials' texts: id or en.")]
Timezone = Annotated[str, typer.Option(help="Of logs without zone.")]
AnyFile = Annotated[Path, typer.Argument(help="Any log, list or archive.")]
SurveyOfFile = Annotated[
    Path | None, typer.Option(help="Survey whose operators, zone and column maps to use.")
]
ShownRows = Annotated[int, typer.Option(min=0, help="How many readings and rejects to show.")]
ProposeColumns = Annotated[
    bool,
    typer.Option("--columns", help="Propose a column map for an unknown CSV, XLSX or Parquet."),
]
TpsCode = Annotated[str, typer.Argument(help="Its 13-digit code.")]
ExplainLanguage = Annotated[
    str | None, typer.Option(help="id or en; default: that of --lang, else of the survey.")
]

# of the daily work, and of what is looked up
OlderSurvey = Annotated[
    Path, typer.Argument(help="Config or processed folder of the older survey.")
]
NewerSurvey = Annotated[Path, typer.Argument(help="Config or processed folder of the newer one.")]
CompareFolder = Annotated[
    Path | None, typer.Option(help="Folder to write to; default: below the newer survey's.")
]
Device = Annotated[
    str, typer.Argument(help="Its hash as in device_id, its name in the logs, or group:FOLDER.")
]
AsHtml = Annotated[bool, typer.Option("--html", help="HTML instead of Markdown.")]
