"""What several commands can be told: arguments and options, each written once."""

from pathlib import Path
from typing import Annotated

import typer

ConfigPath = Annotated[Path, typer.Argument(help="The survey's TOML file, as configs/banten.toml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]
EngineKind = Annotated[
    str | None,
    typer.Option("--engine", help="local, processes or dask, whatever the config says."),
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", help="Dask scheduler to use, as tcp://host:8786.")
]
LogJson = Annotated[
    Path | None, typer.Option("--log-json", help="File to append a JSON line to for each event.")
]
Language = Annotated[
    str | None,
    typer.Option("--lang", help="id or en: what is said; default: BLANKSPOT_LANG or locale."),
]
