"""Tables of paths and attributes."""

from __future__ import annotations

import pytest

from makebelieve.data import load
from makebelieve.errors import InputError


@pytest.fixture
def table(pictures):
    """Give a function that writes a table beside a folder of 20 pictures."""
    folder = pictures(20)

    def write(text, name="table.csv", encoding="utf-8"):
        (folder / name).write_text(text, encoding=encoding)
        return folder / name

    return write


def rows(*cells, count=20, joint=","):
    return "\n".join(joint.join(each(i) for each in cells) for i in range(count))


def file(i):
    return f"{i:03}.png"


def test_every_other_column_is_a_property(table):
    text = "path,hat,age\n" + rows(file, lambda i: "yes" if i % 2 else "", lambda i: str(i + 5))
    data = load(table(text))
    assert set(data.columns) == {"hat", "age"}
    assert data.labels is None
    hats = data.columns["hat"]
    assert hats.values == ("yes",)
    assert hats.codes[:4].tolist() == [-1, 0, -1, 0]
    assert data.columns["age"].values[:6] == ("5", "6", "7", "8", "9", "10")
    assert load(data, labels="hat").spec.classes == ("yes",)


@pytest.mark.parametrize("column", ["label", "Class", "target"])
def test_a_column_named_label_is_the_labels(table, column):
    text = f"file,size,{column}\n" + rows(file, str, lambda i: "ab"[i % 2])
    data = load(table(text))
    assert data.label_column == column
    assert data.spec.classes == ("a", "b")


def test_the_only_column_is_the_labels(table):
    assert load(table("image,kind\n" + rows(file, lambda i: "ab"[i % 2]))).label_column == "kind"


def test_split_is_honoured(table):
    words = ["train"] * 14 + ["val"] * 3 + ["Test"] * 3
    data = load(table("path,split\n" + rows(file, words.__getitem__)))
    assert [len(data.rows(s)) for s in ("train", "validation", "test")] == [14, 3, 3]


@pytest.mark.parametrize(
    ("name", "joint", "encoding"),
    [("t.tsv", "\t", "utf-8"), ("t.csv", ";", "utf-8"), ("t.csv", ",", "utf-8-sig")],
)
def test_other_ways_to_write_a_table(table, name, joint, encoding):
    text = joint.join(["path", "name"]) + "\r\n" + rows(file, lambda i: "猫ü"[i % 2], joint=joint)
    assert load(table(text, name, encoding)).spec.classes == ("ü", "猫")


def test_quotes_empty_lines_and_spaces(table):
    text = ' path , what \n\n000.png,"a, or b"\n\n 001.png ,c\n'
    assert load(table(text)).spec.classes == ("a, or b", "c")


def test_paths_are_found_by_their_endings(table):
    assert len(load(table("who,where\n" + rows(str, file)))) == 20


def test_absolute_paths(table, tmp_path):
    text = "path\n" + rows(lambda i: str(tmp_path / "pictures" / file(i)))
    assert len(load(table(text))) == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; write one header row"),
        ("path,label\n", "is a header without rows"),
        ("path,label\n000.png,a,b\n", "row 2 has 3 cells, but the header has 2"),
        ("path,label\n000.png,a\n,b\n", "row 3 has no path in the column 'path'"),
        ("path,path\n000.png,a\n", "two columns named 'path'"),
        ("path,\n000.png,a\n", "column 2 has no name"),
        ("who,what\na,b\n", "has no column of picture paths (it has who, what)"),
        ("000.png,cat\n001.png,dog\n", "begins with a picture instead of a header"),
        ("path,split\n000.png,tset\n", "row 2, gives the split 'tset'; did you mean test?"),
        ("path,label\nnowhere.png,a\n", "nowhere.png cannot be used because there is no such file"),
    ],
)
def test_mistakes_name_the_place(table, text, words):
    with pytest.raises(InputError) as caught:
        load(table(text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_not_utf8_and_not_text(table):
    path = table("x")
    path.write_bytes(b"path,label\n000.png,caf\xe9\n")
    with pytest.raises(InputError, match="line 2 is not UTF-8 text"):
        load(path)
    path.write_bytes(b"path,label\n000.png,\x00\n")
    with pytest.raises(InputError):
        load(path, labels="nothing")


def test_a_null_character_in_a_path(table, monkeypatch):
    path = table("path,label\n000.png,a\n001\0.png,b\n")
    with pytest.raises(InputError, match=r"001\\x00.png .* null character"):
        load(path)
    monkeypatch.setenv("MAKEBELIEVE_MEMORY", "1")
    assert len(load(path, skip_bad=True)) == 1


def test_missing_files_can_be_skipped(table):
    data = load(table("path,label\n" + rows(file, lambda i: "ab"[i % 2], count=25)), skip_bad=True)
    assert len(data) == 20
    assert len(data.skipped) == 5
    assert len(data.columns["label"].codes) == 20
