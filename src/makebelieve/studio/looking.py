"""A guarded process that opens strangers' files: `python -m makebelieve.studio.looking`.

Whatever a file does to a decoder happens here, under limits of memory, time and file size.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import stat
import sys
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from makebelieve import models
from makebelieve.data.assemble import check_enough
from makebelieve.data.describe import describe
from makebelieve.data.load import load
from makebelieve.data.pictures import contact_sheet, png_bytes, show
from makebelieve.errors import InputError
from makebelieve.lessons import path_of
from makebelieve.recipe import build
from makebelieve.runs.folder import write_json

__all__ = ["limit", "main", "unpack"]

MEMORY = 4 << 30  # bytes
SECONDS = 600  # of a processor
RATIO = 200  # by which an archive may unfold, once it is larger than SMALL
SMALL = 16 << 20
PIECE = 1 << 20


def limit() -> None:
    """Let this process have so much and no more."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        _, hard = resource.getrlimit(what)
        own = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (own, hard))


def cards(words: list[str]) -> None:
    """Write a card and a picture of each source: source, card, source, card, ..."""
    for source, card in zip(words[::2], words[1::2], strict=True):
        data = load(source, skip_bad=not source.isalpha())
        points = data.spec.kind == "points"
        sheet = show(data.examples[:2_000], data.spec) if points else contact_sheet(data, 6, 4)
        path = Path(card)
        path.with_suffix(".png").write_bytes(png_bytes(sheet))
        write_json(
            path,
            {
                "n": len(data), "kind": data.spec.kind, "shape": list(data.spec.shape),
                "classes": list(data.spec.classes), "columns": list(data.columns),
                "licence": data.about,
            },
        )  # fmt: skip


def unpack(folder: Path, most: int, files: int) -> None:
    """Unpack every archive in a folder beside itself, and remove it.

    Args:
        folder: where to look; archives in archives stay as they are.
        most: bytes that all of it may have.
        files: how many files there may be.

    Raises:
        InputError: an archive is damaged, unfolds without measure, or reaches out of its folder.
    """
    there = [path for path in folder.rglob("*") if path.is_file()]
    room = [most - sum(path.stat().st_size for path in there), files - len(there)]
    for archive in [path for path in there if path.suffix.lower() == ".zip"]:
        target = archive.with_suffix("")
        while target.exists():
            target = target.with_name(f"{target.name}-files")
        try:
            _unpack(archive, target, room)
        except InputError:
            raise
        except (
            zipfile.BadZipFile,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            why = "locked with a password" if "password" in str(error) else "damaged, or cut short"
            raise InputError(
                f"{archive.name} is {why}: pack it again, without a password"
            ) from None
        archive.unlink()


def _unpack(archive: Path, target: Path, room: list[int]) -> None:
    allowed = max(SMALL, RATIO * archive.stat().st_size)
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            if info.is_dir():
                continue
            path = _inside(archive, info)
            room[1] -= 1
            if room[1] < 0:
                raise InputError(f"{archive.name} holds more files than the studio takes")
            if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
                continue
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(info) as source, place.open("xb") as file:
                # Counted as it comes: what the archive says of itself may be a lie.
                while piece := source.read(PIECE):
                    allowed, room[0] = allowed - len(piece), room[0] - len(piece)
                    if allowed < 0:
                        raise InputError(
                            f"{archive.name} unfolds to more than {RATIO} times its size, which no "
                            "pictures do: it was not taken"
                        )
                    if room[0] < 0:
                        raise InputError(f"{archive.name} unfolds to more than the studio takes")
                    file.write(piece)


def _inside(archive: Path, info: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    outside = not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]
    if outside or any(len(part) > 200 for part in path.parts) or len(path.parts) > 32:
        raise InputError(
            f"{archive.name} holds {info.filename[:80]!r}, which would lie outside its folder: it "
            "was not taken"
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InputError(f"{archive.name} holds a link ({info.filename[:80]!r}): it was not taken")
    return path


def source_of(folder: Path) -> Path:
    """Return what of an upload is the source: an array, a table, or the folder itself."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for suffixes in ((".npz", ".npy"), (".csv", ".tsv", ".tab")):
        fitting = [path for path in files if path.suffix.lower() in suffixes]
        if len(fitting) == 1 and (suffixes[0] == ".csv" or len(files) == 1):
            return fitting[0]
    return folder


def said(source: str) -> dict[str, object]:
    """Return the description of a source; files that cannot be used are listed in it."""
    kept = {} if source.isalpha() or source.startswith("hub:") else {"skip_bad": True}
    return describe(load(source, **kept)).to_dict()  # type: ignore[arg-type]


def check(source: str, model: str, settings: dict[str, Any]) -> None:
    """Load data as a recipe wants them, and build its model for them."""
    settings = settings | {"data.source": path_of(source)}
    recipe = build(model, models.find(model).Options, settings)
    data = load(**dataclasses.asdict(recipe.data))
    check_enough(data)
    models.build(recipe, data.spec)


def main(words: list[str]) -> int:
    """Do what the words say."""
    limit()
    try:
        match words:
            case ["cards", *pairs]:
                cards(pairs)
            case ["describe", source]:
                print(json.dumps(said(source)))  # noqa: T201
            case ["check", source, model, settings]:
                check(source, model, json.loads(settings))
            case ["unpack", folder, most, files]:
                unpack(Path(folder), int(most), int(files))
            case ["take", folder]:
                source = str(source_of(Path(folder)))
                print(json.dumps({"source": source, "description": said(source)}))  # noqa: T201
            case _:
                raise InputError(f"unknown order {words[:1]}")
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except MemoryError:
        print("error: these files need more memory than the studio gives them", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    # Decoders of damaged files may end the process: nothing is lost with it.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
