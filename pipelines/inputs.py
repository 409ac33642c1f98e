"""Which files a survey reads, and what they hold: found by glob, known by content hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from coverage.errors import InputError
from pipelines.filesystem import RemotePath
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
    """

    path: Path | RemotePath
    name: str
    hash: str
    size: int

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

    Raises
    ------
    InputError
        Where the raw folder does not exist, a pattern leads out of it, or a name is not text.
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
        if _is_input(path) and not path.is_relative_to(store.root)
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


def _matches(raw: Path | RemotePath, pattern: str) -> list[Path | RemotePath]:
    """Paths below the raw folder that match a pattern."""
    try:
        if ".." in PurePosixPath(pattern).parts:
            raise ValueError("it leads out of paths.raw")
        return list(raw.glob(pattern))
    except (NotImplementedError, ValueError) as error:
        raise InputError(
            f"Invalid pattern {pattern!r} ({error}). Must be relative to paths.raw {raw}.",
            remedy="Mend it under [inputs].",
        ) from error


def _is_input(path: Path | RemotePath) -> bool:
    """Whether a path is a file that a user would mean as input."""
    return path.is_file() and not path.name.startswith(".") and path.name not in _IGNORED


def _input_file(
    path: Path | RemotePath,
    raw: Path | RemotePath,
    known: dict[str, str],
    seen: dict[str, str],
) -> InputFile:
    """Describe one file, hashing it only where it is new or changed; notes its hash as seen.

    The state is taken before the content: what is written in between is found changed next time.
    """
    name = path.key if isinstance(path, RemotePath) else path.relative_to(str(raw)).as_posix()
    if not name.isprintable():
        raise InputError(
            f"Invalid file name {name!a}. Must be printable UTF-8.", file=str(raw),
            remedy="Rename it.",
        )  # fmt: skip
    state = path.stat()
    key = f"{state.st_dev}-{state.st_ino}-{state.st_size}-{state.st_mtime_ns}"
    seen[key] = known.get(key) or content_hash(path)
    return InputFile(path=path, name=name, hash=seen[key], size=state.st_size)
