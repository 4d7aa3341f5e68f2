"""Pack the pictures of the embedded data sets into the files that the package carries."""

from __future__ import annotations

import argparse
import gzip
import io
import json
import lzma
import sys
from pathlib import Path

import numpy as np

from makebelieve.data.splitting import content_hashes

__all__ = ["main", "pack_avatars", "pack_digits", "pack_fashion"]

GARMENTS = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
TRAIN_PER_CLASS, VALIDATION_PER_CLASS, TEST_PER_CLASS = 900, 100, 200
MOODS = ("frown", "neutral", "smile")
YES_NO = {"glasses": "glasses", "hat": "hat", "beard": "beard", "earrings": "accessories"}
STYLES = {
    "hair_style": "hair",
    "eyes_style": "eyes",
    "mouth_style": "mouth",
    "clothing_style": "clothing",
    "glasses_style": "glasses",
    "hat_style": "hat",
    "beard_style": "beard",
    "earrings_style": "accessories",
}
COLOURS = {
    "skin_colour": ("fair", "light", "tan", "brown", "dark"),
    "hair_colour": ("black", "brown", "blond", "grey", "red", "blue", "green"),
    "eyes_colour": ("brown", "blue", "green"),
    "mouth_colour": ("red", "pink", "plum"),
    "clothing_colour": ("navy", "blue", "mint", "green", "coral", "crimson", "cream", "yellow"),
    "glasses_colour": ("none", "black", "blue", "red"),
    "hat_colour": ("none", "black", "blue", "grey", "green", "pink", "purple", "red"),
    "earrings_colour": ("none", "gold", "silver", "red"),
}


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays as an .npz inside .xz: smaller than .npz, and no pickle."""
    plain = io.BytesIO()
    np.savez(plain, allow_pickle=False, **arrays)
    path.write_bytes(lzma.compress(plain.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{path.name}: {path.stat().st_size:,} bytes, {len(arrays['examples']):,} pictures")


def style_name(name: str) -> str:
    """Turn a name of the drawing style ("dark03") into one for people ("tinted 3")."""
    if name == "none":
        return name
    kind, number = name[:-2], int(name[-2:])
    kind = {"variant": "style", "light": "clear", "dark": "tinted"}.get(kind, kind)
    return f"{kind} {number}"


def styles(names: list[str]) -> tuple[list[str], list[str]]:
    """Return the values of one part's styles in order, and every picture's value."""
    values = sorted(set(names), key=lambda name: (name != "none", name))
    return [style_name(v) for v in values], [style_name(v) for v in names]


def mouth_names(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Name the mouths by the mood they show: "smile06", not the style's own "happy06"."""
    renamed: dict[str, str] = {}
    for mood in MOODS:
        used = sorted({row["mouth"] for row in rows if row["mood"] == mood})
        renamed |= {mouth: f"{mood}{number:02d}" for number, mouth in enumerate(used, 1)}
    return [{**row, "mouth": renamed[row["mouth"]]} for row in rows]


def avatar_columns(rows: list[dict[str, str]]) -> dict[str, tuple[list[str], list[str]]]:
    """Return every column of the faces: its values in order, and every picture's value."""
    columns: dict[str, tuple[list[str], list[str]]] = {}
    for name, part in YES_NO.items():
        columns[name] = ["no", "yes"], ["no" if r[part] == "none" else "yes" for r in rows]
    columns["hair"] = ["short", "long"], [r["hair"][:-2] for r in rows]
    columns["mouth"] = list(MOODS), [r["mood"] for r in rows]
    for name, part in STYLES.items():
        columns[name] = styles([r[part] for r in rows])
    for name, values in COLOURS.items():
        columns[name] = list(values), [r[name.replace("earrings", "accessories")] for r in rows]
    return columns


def pack_avatars(source: Path, target: Path) -> None:
    """Pack the faces that avatars.mjs drew."""
    rows = mouth_names(json.loads((source / "avatars.json").read_text()))
    pixels = np.frombuffer((source / "avatars.rgba").read_bytes(), np.uint8)
    pixels = pixels.reshape(len(rows), 16, 16, 4)
    if not (pixels[..., 3] == 255).all():
        raise SystemExit("a picture is transparent somewhere")
    arrays = {"examples": np.ascontiguousarray(pixels[..., :3])}
    for name, (values, chosen) in avatar_columns(rows).items():
        code = {value: number for number, value in enumerate(values)}
        arrays[f"codes:{name}"] = np.array([code[value] for value in chosen], np.uint8)
        arrays[f"values:{name}"] = np.array(values)
    write(target / "avatars.npz.xz", arrays)


def read_idx(path: Path, header: int) -> np.ndarray:
    """Read the bytes of a gzipped IDX file after its header."""
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


def choose(source: Path, part: str, per_class: int) -> tuple[np.ndarray, np.ndarray]:
    """Return per class the first pictures of one part in the order of their content hashes."""
    labels = read_idx(source / f"{part}-labels-idx1-ubyte.gz", 8)
    pictures = read_idx(source / f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)
    hashes = content_hashes(pictures)
    rows = np.stack(
        [
            found[np.argsort(hashes[found], kind="stable")][:per_class]
            for found in (np.flatnonzero(labels == code) for code in range(len(GARMENTS)))
        ],
        axis=1,
    ).ravel()
    return pictures[rows], labels[rows]


def pack_fashion(source: Path, target: Path) -> None:
    """Pack 1,000 pictures a class of Fashion-MNIST's train set and 200 of its test set."""
    fit = TRAIN_PER_CLASS + VALIDATION_PER_CLASS
    inside, labels = choose(source, "train", fit)
    outside, test_labels = choose(source, "t10k", TEST_PER_CLASS)
    # Rows go round the classes in the order of the hashes, so the last rows of the train
    # set's choice are the pictures of every class with the largest hashes.
    split = np.repeat(
        np.arange(3, dtype=np.uint8),
        np.array([TRAIN_PER_CLASS, VALIDATION_PER_CLASS, TEST_PER_CLASS]) * len(GARMENTS),
    )
    examples = np.concatenate([inside, outside])
    if len(np.unique(content_hashes(examples))) != len(examples):
        raise SystemExit("a picture repeats")
    arrays = {
        "examples": examples,
        "split": split,
        "codes:class": np.concatenate([labels, test_labels]),
        "values:class": np.array(GARMENTS),
    }
    write(target / "fashion.npz.xz", arrays)


def pack_digits(target: Path) -> None:
    """Pack the scans of scikit-learn's load_digits, 0 … 16 stretched to 0 … 255."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    scans = load_digits()
    arrays = {
        "examples": np.round(scans.images * 255 / 16).astype(np.uint8)[..., None],
        "codes:class": scans.target.astype(np.uint8),
        "values:class": np.array([str(digit) for digit in range(10)]),
    }
    write(target / "digits.npz.xz", arrays)


def main(arguments: list[str]) -> None:
    """Pack one data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["avatars", "fashion", "digits"])
    parser.add_argument("source", type=Path, nargs="?", help="the folder of avatars or fashion")
    parser.add_argument("--target", type=Path, help="default: the package's own assets")
    given = parser.parse_args(arguments)
    root = Path(__file__).resolve().parents[2]
    target = given.target or root / "src" / "makebelieve" / "data" / "assets"
    target.mkdir(parents=True, exist_ok=True)
    if given.name == "digits":
        pack_digits(target)
    elif given.source is None:
        parser.error(f"{given.name} needs its source folder")
    else:
        {"avatars": pack_avatars, "fashion": pack_fashion}[given.name](given.source, target)


if __name__ == "__main__":
    main(sys.argv[1:])
