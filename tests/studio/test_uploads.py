"""Pictures that are dropped in: taken within limits, or not at all."""

from __future__ import annotations

import http.client
import io
import stat
import time
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import makebelieve as mb
from makebelieve.studio import looking, uploads
from makebelieve.studio.forms import Data, End, Form, Part
from makebelieve.studio.messages import Refused

MARK = "----boundary7"
KIND = f"multipart/form-data; boundary={MARK}"


def picture(seed, size=20, kind="PNG"):
    noise = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, kind)
    return data.getvalue()


def form(files, name="faces"):
    parts = [f'--{MARK}\r\nContent-Disposition: form-data; name="name"\r\n\r\n{name}\r\n'.encode()]
    for path, data in files:
        head = f'--{MARK}\r\nContent-Disposition: form-data; name="files"; filename="{path}"\r\n'
        parts += [head.encode() + b"Content-Type: image/png\r\n\r\n", data, b"\r\n"]
    return b"".join([*parts, f"--{MARK}--\r\n".encode()])


def packed(files, links=()):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            archive.writestr(path, content)
        for path in links:
            info = zipfile.ZipInfo(path)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return data.getvalue()


def send(page, files, name="faces"):
    return page.post("/api/uploads", form(files, name), Content_Type=KIND)


@pytest.fixture
def kept(home):
    """The uploads, and a check that a refused one leaves nothing behind."""
    place = home / "uploads"
    before = set(place.iterdir()) if place.is_dir() else set()
    return lambda: sorted(p.name for p in set(place.iterdir()) - before)


FACES = [(f"faces/{label}/{i}.png", picture(10 * i + n)) for n, label in enumerate("ab")
         for i in range(14)]  # fmt: skip


def test_folder_becomes_a_source_that_can_be_trained_on(page, home, kept):
    answer = send(page, FACES, "my faces")
    assert answer.status == 200, answer.value
    assert answer.value["description"]["count"] == 28
    assert answer.value["source"].endswith("/uploads/my-faces")
    assert kept() == [".source-my-faces", "my-faces"]
    assert mb.load(answer.value["source"]).spec.classes == ("a", "b")
    found = {each["source"]: each for each in page.get("/api/data").value}
    own = found[answer.value["source"]]
    assert (own["title"], own["n"], own["classes"]) == ("my-faces", 28, ["a", "b"])
    assert page.get(own["preview"]).headers["content-type"] == "image/png"
    assert found["avatars"]["shape"] == [3, 16, 16]
    again = send(page, FACES, "my faces")
    assert again.value["source"].endswith("/uploads/my-faces-2")


def test_zip_is_unpacked(page):
    answer = send(page, [("pets.zip", packed([(p, d) for p, d in FACES]))], "pets")
    assert answer.status == 200, answer.value
    assert answer.value["description"]["count"] == 28
    assert set(answer.value["description"]["columns"]["folder"]["counts"]) == {"a", "b"}


def test_array_is_a_source_by_itself(page):
    data = io.BytesIO()
    np.savez(data, x=np.random.default_rng(0).integers(0, 256, (12, 8, 8, 1), np.uint8))
    answer = send(page, [("x.npz", data.getvalue())], "arrays")
    assert answer.value["source"].endswith("/arrays/x.npz")


def test_bad_pictures_are_listed_and_left_out_of_training(page):
    files = [
        *FACES,
        ("faces/a/broken.png", b"\x89PNG\r\n\x1a\n broken"),
        ("faces/a/no.jpg", b"<html>"),
    ]
    answer = send(page, files, "mixed")
    assert len(answer.value["description"]["skipped"]) == 2
    job = page.post(
        "/api/jobs",
        {"model": "vae", "source": answer.value["source"], "settings": {"examples": 64}},
    ).value
    assert "--skip-bad" in job["command"]
    done = page.until(
        "/api/studio",
        lambda s: (
            next(j for j in s["jobs"] if j["id"] == job["id"])["state"] not in ("queued", "running")
        ),
    )
    assert next(j for j in done["jobs"] if j["id"] == job["id"])["state"] == "finished"


def bomb():
    return packed([("zeros.png", b"\0" * (40 << 20))])


def many():
    return packed([(f"{i}.png", b"") for i in range(300)])


REFUSED = {
    "zip bomb": ([("a.zip", bomb())], "unfolds to more than"),
    "traversal in a zip": ([("a.zip", packed([("../../out.png", b"x")]))], "outside"),
    "absolute in a zip": ([("a.zip", packed([("/tmp/out.png", b"x")]))], "outside"),
    "drive in a zip": ([("a.zip", packed([("C:\\out.png", b"x")]))], "outside"),
    "link in a zip": ([("a.zip", packed([], links=["link.png"]))], "a link"),
    "damaged zip": ([("a.zip", b"PK\x03\x04 no")], "damaged"),
    "traversal": ([("../../out.png", b"x")], "outside"),
    "absolute": ([("/etc/out.png", b"x")], "outside"),
    "backslashes": ([("..\\out.png", b"x")], "outside"),
    "the same name twice": ([("a.png", b"x"), ("a.png", b"y")], "two files"),
    "a file as a folder": ([("a", b"x"), ("a/b.png", b"y")], "two files"),
    "no pictures": ([("notes.txt", b"hello")], "holds no pictures"),
    "not a picture": ([("a.png", b"hello")], "cannot be used"),
    "nothing": ([], "no files"),
    "only hidden": ([(".DS_Store", b"x")], "empty folder"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_dangerous_or_useless_is_refused_and_leaves_nothing(page, home, kept, case):
    files, says = REFUSED[case]
    answer = send(page, files)
    assert 400 <= answer.status < 500, answer.value
    assert says.lower() in answer.value["error"].lower()
    assert kept() == []
    assert not list(home.parent.glob("**/out.png"))


def test_huge_picture_is_said_and_not_opened(page, kept):
    # A small file that says it is 30,000 pixels wide and high.
    data = bytearray(picture(1))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    answer = send(page, [("huge.png", bytes(data)), *FACES])
    assert answer.status == 200
    assert "pixels" in answer.value["description"]["skipped"][0]["reason"]


def test_too_much_is_refused_while_it_comes(trained, tmp_path, begin):
    with begin(tmp_path, "--no-train", MAKEBELIEVE_UPLOAD_BYTES="5000") as server:
        answer = send(server.page, FACES)
        assert answer.status == 413
        assert "by its path" in answer.value["error"]
        assert list((tmp_path / "uploads").iterdir()) == []


def test_page_that_goes_away_leaves_nothing(page, home, kept):
    whole = form(FACES)
    line = http.client.HTTPConnection(page.host)
    line.putrequest("POST", "/api/uploads", skip_host=False)
    for name, value in {
        "Cookie": page.cookie, "Origin": f"http://{page.host}", "X-Studio": "1",
        "Content-Type": KIND, "Content-Length": str(len(whole)),
    }.items():  # fmt: skip
        line.putheader(name, value)
    line.endheaders(whole[: len(whole) // 2])
    time.sleep(0.3)
    assert any(name.startswith(".new-") for name in kept())
    line.close()
    end = time.monotonic() + 20
    while kept() and time.monotonic() < end:
        time.sleep(0.1)
    assert kept() == []


def test_what_a_kill_left_behind_is_swept(tmp_path):
    place = tmp_path / "uploads"
    for name in (".new-1a2b", "half", "whole"):
        (place / name).mkdir(parents=True)
    (place / ".new-half").touch()
    uploads.sweep(tmp_path)
    assert sorted(p.name for p in place.iterdir()) == ["whole"]
    uploads.sweep(tmp_path / "none")


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 71, ""]
)
def test_what_is_no_form_is_refused(page, kept, kind):
    assert page.post("/api/uploads", b"hello", Content_Type=kind).status == 400
    assert kept() == []


@pytest.mark.parametrize("cut", [3, 10, 60, 200])
def test_form_that_ends_early_is_refused(page, kept, cut):
    whole = form(FACES[:1])
    assert page.post("/api/uploads", whole[:-cut], Content_Type=KIND).status == 400
    assert kept() == []


def test_other_fields_are_refused(page):
    body = form(FACES[:1]).replace(b'name="files"', b'name="other"')
    assert page.post("/api/uploads", body, Content_Type=KIND).status == 400


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 97))
def test_form_is_read_alike_however_it_is_cut(contents, size):
    contents = [c for c in contents if f"\r\n--{MARK}".encode() not in b"\r\n" + c]
    files = [(f"{i}.png", content) for i, content in enumerate(contents)]
    whole, reader, found = form(files, "ä"), Form(KIND), []
    for start in range(0, len(whole), size):
        found += reader.feed(whole[start : start + size])
    assert reader.over
    pieces, parts = [], []
    for event in found:
        match event:
            case Part():
                parts.append(event)
                pieces.append(b"")
            case Data(piece):
                pieces[-1] += piece
            case End():
                pass
    assert pieces == ["ä".encode(), *contents]
    assert parts == [Part("name", None), *(Part("files", path) for path, _ in files)]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reader(data):
    reader = Form(KIND)
    try:
        list(reader.feed(f"--{MARK}\r\n".encode() + data))
    except Refused as refused:
        assert refused.status == 400


def test_archive_with_too_many_files_is_refused(tmp_path, capsys):
    (tmp_path / "a.zip").write_bytes(many())
    with pytest.raises(Exception, match="more files than"):
        looking.unpack(tmp_path, 1 << 20, 100)


def test_description_of_any_source(page):
    found = page.get("/api/data/describe?source=digits").value
    assert found["count"] == 1797
    assert found["advice"] is not None
    missing = page.get("/api/data/describe?source=nowhere")
    assert missing.status == 400
    assert "no data set" in missing.value["error"]
    assert page.get("/api/data/describe").status == 400
    assert page.get("/api/data/preview?source=/etc/passwd").status == 404
