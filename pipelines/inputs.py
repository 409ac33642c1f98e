"""Which files a survey reads, and what they hold: found by glob, known by content hash."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from coverage.errors import InputError
from pipelines.filesystem import RemotePath, RemoteStat, fixed_part
from pipelines.store import Store, content_hash, fingerprint_of, read_json, write_json

_IGNORED: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "README.md", "README.txt"})


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """One raw file.

    Attributes
    ----------
    path
        Where it lies.
    name
        Path below the raw folder, with slashes: what tables call it.
    hash
        Hash of its content.
    size
        [bytes]
    state
        Size and time of the file before its content was hashed, as every machine sees them.
    """

    path: Path | RemotePath
    name: str
    hash: str
    size: int
    state: str = ""

    @property
    def local(self) -> Path:
        """Where it lies on this machine, for libraries that insist on a path.

        Raises
        ------
        InputError
            Where it lies in a storage.
        """
        if not isinstance(self.path, Path):
            raise InputError(
                "Maps and layers cannot be read from a storage.", file=str(self.path),
                remedy="Keep them in a local or mounted folder.",
            )  # fmt: skip
        return self.path


def find(raw: Path | RemotePath, patterns: Sequence[str], store: Store) -> list[InputFile]:
    """Files under the raw folder that match any pattern, sorted by name.

    Hashes are remembered by the file's number, size and modification time, so that an unchanged
    file is not read again to know it; not by its name, in which apps put the number of the phone.
    Patterns remember only what matches them now: files that are gone or were replaced are
    forgotten, so that what is remembered does not grow from night to night.

    What is hidden, or lies in a hidden folder as trash does, is no input. All else that a pattern
    means and that cannot be read as a file is an error: a log that is missing in silence makes a
    ranking that looks right.

    Raises
    ------
    InputError
        Where the raw folder does not exist, a pattern leads out of it, a name is not text, a link
        leads to a folder or nowhere, or a pipe or device stands among the files.
    OSError
        Where a folder below it may not be read.
    """
    if not raw.is_dir():
        raise InputError(
            "No such folder of raw inputs.", file=str(raw), remedy="Create it or mend paths.raw."
        )
    paths = {
        path
        for pattern in patterns
        if pattern
        for path in _matches(raw, pattern)
        if not path.is_relative_to(store.root) and _is_input(path, _below(path, raw, pattern))
    }
    cache_path, section = store.root / "inputs.json", fingerprint_of(sorted(set(patterns)))
    remembered = {k: v for k, v in read_json(cache_path).items() if isinstance(v, dict)}
    known = {state: found for each in remembered.values() for state, found in each.items()}
    seen: dict[str, str] = {}
    files = [_input_file(path, raw, known, seen) for path in sorted(paths)]
    if seen != remembered.get(section, {}):
        write_json(cache_path, {**remembered, section: seen})
    return files


def one(raw: Path | RemotePath, name: str, store: Store) -> InputFile | None:
    """The single file of an optional setting, None where the setting is empty.

    Raises
    ------
    InputError
        Where it is named but not there.
    """
    if not name:
        return None
    found = find(raw, [name], store)
    if len(found) != 1:
        raise InputError(
            f"{len(found)} files match {name!r}. Must be one.", file=str(raw),
            remedy="Mend the path under [inputs].",
        )  # fmt: skip
    return found[0]


def refuse_changed(file: InputFile) -> None:
    """Refuse a local file that was written after it was hashed: its rows are not those of the hash.

    Raises
    ------
    InputError
        Where it is so.
    """
    if isinstance(file.path, Path) and _written(file.path.stat()) != file.state:
        raise InputError(
            "It was written while it was read.", file=file.name,
            remedy="Run again once it is whole.",
        )  # fmt: skip


def _matches(raw: Path | RemotePath, pattern: str) -> list[Path | RemotePath]:
    """Paths below the raw folder that match a pattern."""
    try:
        if ".." in PurePosixPath(pattern).parts:
            raise ValueError("it leads out of paths.raw")
        found: list[Path | RemotePath] = list(raw.glob(pattern))
    except (NotImplementedError, ValueError) as error:
        raise InputError(
            f"Invalid pattern {pattern!r} ({error}). Must be relative to paths.raw {raw}.",
            remedy="Mend it under [inputs].",
        ) from error
    if isinstance(raw, Path) and "**" in PurePosixPath(pattern).parts:
        _refuse_passed_over(raw / fixed_part(pattern))
    return found


def _refuse_passed_over(top: Path) -> None:
    """Refuse folders that a glob passes over in silence: links, and those it may not read."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise error

    for folder, below, _ in os.walk(top, onerror=refuse):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in below:
            if Path(folder, name).is_symlink():
                raise InputError(
                    "A link to a folder is not followed.", file=_printable(Path(folder, name)),
                    remedy="Put the folder itself there, or a link to each file.",
                )  # fmt: skip


def _is_input(path: Path | RemotePath, below: tuple[str, ...]) -> bool:
    """Whether a path, of these parts below what its pattern names, is a file meant as input.

    Raises
    ------
    InputError
        Where it is neither file nor folder.
    """
    if any(part.startswith(".") for part in below) or path.name in _IGNORED:
        return False
    if path.is_file():
        return True
    if isinstance(path, Path) and not path.is_dir():
        raise InputError(
            "Not a file: a link that leads nowhere, a pipe or a device.", file=_printable(path),
            remedy="Mend the link, or take it away.",
        )  # fmt: skip
    return False


def _name_of(path: Path | RemotePath, raw: Path | RemotePath) -> str:
    """Path below the raw folder, with slashes."""
    return path.key if isinstance(path, RemotePath) else path.relative_to(str(raw)).as_posix()


def _below(path: Path | RemotePath, raw: Path | RemotePath, pattern: str) -> tuple[str, ...]:
    """Parts of a path that its pattern does not name: they may be hidden."""
    return PurePosixPath(_name_of(path, raw)).relative_to(fixed_part(pattern)).parts


def _printable(path: Path) -> str:
    """A path as a message may hold it, whatever bytes its name is made of."""
    text = str(path)
    return text if text.isprintable() else ascii(text)


def _written(found: os.stat_result | RemoteStat) -> str:
    """What changes when a file is written.

    Numbers of devices and files are left out: a worker elsewhere has others for the same file.
    """
    return f"{found.st_size}-{found.st_mtime_ns}"


def _input_file(
    path: Path | RemotePath,
    raw: Path | RemotePath,
    known: dict[str, str],
    seen: dict[str, str],
) -> InputFile:
    """Describe one file, hashing it only where it is new or changed; notes its hash as seen.

    The state is taken before the content: what is written in between is found changed next time.
    """
    name = _name_of(path, raw)
    if not name.isprintable():
        raise InputError(
            f"Invalid file name {name!a}. Must be printable UTF-8.", file=str(raw),
            remedy="Rename it.",
        )  # fmt: skip
    found = path.stat()
    state = _written(found)
    key = f"{found.st_dev}-{found.st_ino}-{state}"
    seen[key] = known.get(key) or content_hash(path)
    return InputFile(path=path, name=name, hash=seen[key], size=found.st_size, state=state)
