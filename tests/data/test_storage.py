"""What does not fit into memory is mapped from a file, written once, in one step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from makebelieve.data import load, storage
from makebelieve.data.storage import OnDisk, memory_budget, parse_bytes
from makebelieve.errors import InputError


def cache_entries(home):
    folder = home / "cache"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def same(a, b):
    return (
        np.array_equal(a.examples, b.examples)
        and np.array_equal(a.split, b.split)
        and list(a.names or ()) == list(b.names or ())
        and np.array_equal(a.labels, b.labels)
        and a.skipped == b.skipped
        and a.spec == b.spec
        and np.array_equal(a.originals, b.originals)
    )


@pytest.fixture
def tight(monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_MEMORY", "1k")


def test_mapped_equals_in_memory(pictures, own_home, monkeypatch):
    folder = pictures(cat=20, dog=20)
    (folder / "cat" / "bad.png").write_bytes(b"")
    plain = load(folder, skip_bad=True)
    assert not isinstance(plain.examples, np.memmap)
    assert not cache_entries(own_home)
    monkeypatch.setenv("MAKEBELIEVE_MEMORY", "1k")
    mapped = load(folder, skip_bad=True)
    assert isinstance(mapped.examples, np.memmap)
    assert not mapped.examples.flags.writeable
    assert same(plain, mapped)


def test_the_cache_is_used_again(pictures, own_home, tight, monkeypatch):
    folder = pictures(20)
    first = load(folder)
    assert len(cache_entries(own_home)) == 1

    def never(*args):
        raise AssertionError("decoded again")

    monkeypatch.setattr("makebelieve.data.assemble.fill", never)
    assert same(load(folder), first)


def test_a_changed_file_is_decoded_again(pictures, own_home, tight, draw):
    folder = pictures(20)
    before = load(folder)
    draw(999).save(folder / "003.png")
    after = load(folder)
    assert not np.array_equal(before.examples[3], after.examples[3])
    assert len(cache_entries(own_home)) == 2


def test_other_options_have_other_entries(pictures, own_home, tight):
    folder = pictures(20)
    load(folder)
    load(folder, size=8)
    load(folder, size=8, channels=1)
    load(folder, size=8, fit="pad")
    assert len(cache_entries(own_home)) == 4
    load(folder, size=8, fit="pad")
    assert len(cache_entries(own_home)) == 4


def test_labels_are_not_part_of_the_entry(pictures, own_home, tight):
    folder = pictures(**{"cat/red": 9, "dog/red": 9})
    load(folder, labels="subfolder")
    load(folder, labels="none")
    assert len(cache_entries(own_home)) == 1


def test_a_failed_load_leaves_nothing(pictures, own_home, tight):
    folder = pictures(20)
    (folder / "bad.png").write_bytes(b"")
    with pytest.raises(InputError):
        load(folder)
    assert not cache_entries(own_home)


@pytest.mark.parametrize("name", ["pictures.npy", "words.json", "arrays.npz"])
def test_a_damaged_entry_is_made_again(pictures, own_home, tight, name):
    folder = pictures(20)
    first = load(folder)
    content = np.array(first.examples)
    del first
    (cache_entries(own_home)[0] / name).write_bytes(b"broken")
    assert np.array_equal(load(folder).examples, content)
    assert len(cache_entries(own_home)) == 1


def test_leftovers_of_a_killed_process_are_swept(pictures, own_home, tight):
    left = own_home / "cache" / ".abc.123"
    left.mkdir(parents=True)
    load(pictures(20))
    assert left.exists()
    os.utime(left, (0, 0))
    load(pictures(20), size=8)
    assert not left.exists()


def test_no_room_on_the_disk(pictures, tight, monkeypatch):
    usage = type("Usage", (), {"free": 5})
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(InputError, match="set MAKEBELIEVE_HOME to a folder with more room"):
        load(pictures(20))


def test_a_home_that_cannot_be_made(pictures, tight, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError, match="cannot be written"):
        load(pictures(20))


def test_resized_embedded_data_can_be_mapped(tight):
    data = load("digits", size=16)
    assert isinstance(data.examples, np.memmap)
    assert data.examples.shape == (1797, 16, 16, 1)


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("10", 10), ("2k", 2048), ("1.5M", 1572864), ("4GB", 4 << 30)]
)
def test_amounts_of_memory(text, value):
    assert parse_bytes(text) == value


@pytest.mark.parametrize("text", ["lots", "-1", "4X", "1..2G"])
def test_amounts_that_are_none(text, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_MEMORY", text)
    with pytest.raises(InputError, match="write it like 500M or 4G"):
        memory_budget()


def test_the_budget_is_part_of_what_is_there(monkeypatch):
    assert 0 < memory_budget() < 2**50


def test_limits_of_the_process_count():
    code = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "from makebelieve.data.storage import memory_budget\n"
        "print(memory_budget())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 3 << 29


def test_a_growing_file_has_its_header_at_the_end(tmp_path):
    store = OnDisk(tmp_path / "a.npy", (2, 2, 1))
    blocks = [np.full((n, 2, 2, 1), n, np.uint8) for n in (1, 0, 3)]
    for block in blocks:
        store.append(block)
    assert np.array_equal(store.finish(), np.concatenate(blocks))
    assert np.array_equal(np.load(tmp_path / "a.npy"), np.concatenate(blocks))


MEASURE = """
import json, os, re, sys
def grown(kind):
    return int(re.search(kind + r":\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
import threading, time
import numpy as np
from makebelieve.data import load
before, worst, running = grown("RssAnon"), 0, True
def watch():
    global worst
    while running:
        worst = max(worst, grown("RssAnon"))
        time.sleep(.002)
thread = threading.Thread(target=watch, daemon=True); thread.start()
data = load(sys.argv[1], size=int(sys.argv[2]))
total = 0
for start in range(0, len(data), 4096):
    total += int(data.examples[start : start + 4096, 0, 0, 0].sum())
running = False; thread.join()
print(json.dumps({"anonymous": worst, "before": before, "total": total,
    "mapped": isinstance(data.examples, np.memmap), "shape": data.examples.shape}))
"""


def measured(path, size, home, budget):
    env = {**os.environ, "MAKEBELIEVE_HOME": str(home), "MAKEBELIEVE_MEMORY": budget}
    command = [sys.executable, "-c", MEASURE, str(path), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def write_big(path, rows, size, packed):
    """Write an archive piece by piece, without ever holding it; return the sum of its corners."""
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    rng, total = np.random.default_rng(0), 0
    with (
        zipfile.ZipFile(path, "w", kind, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as file,
    ):
        head = {"descr": "|u1", "fortran_order": False, "shape": (rows, size, size, 3)}
        np.lib.format.write_array_header_1_0(file, head)
        for start in range(0, rows, 1000):
            block = np.repeat(rng.integers(0, 256, (1000, 1, size, 3), np.uint8), size, axis=1)
            block = block[: rows - start]
            total += int(block[:, 0, 0, 0].sum())
            file.write(block.tobytes())
    return total


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is anonymous")
@pytest.mark.parametrize(
    ("rows", "packed", "allowed"),
    [
        (6_000, False, 60),
        (6_000, True, 60),
        pytest.param(50_000, False, 100, marks=pytest.mark.slow),
        pytest.param(50_000, True, 100, marks=pytest.mark.slow),
    ],
)
def test_a_set_larger_than_the_budget_stays_out_of_memory(tmp_path, rows, packed, allowed):
    """6,000 pictures are 74 MB, 50,000 are 614 MB; what the process itself holds hardly grows."""
    path = tmp_path / "big.npz"
    total = write_big(path, rows, 64, packed)
    got = measured(path, 64, tmp_path / "home", "10M")
    assert got["mapped"]
    assert got["shape"] == [rows, 64, 64, 3]
    assert got["total"] == total
    assert got["anonymous"] - got["before"] < allowed


@pytest.mark.slow
def test_a_set_larger_than_the_address_space_allows_in_memory(tmp_path):
    """Half a gigabyte of pictures under a limit of 400 MB on the process's data."""
    path = tmp_path / "big.npz"
    write_big(path, 45_000, 64, False)
    code = (
        "import resource, sys\n"
        "from makebelieve.data import load\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (400 << 20, 400 << 20))\n"
        "print(type(load(sys.argv[1], size=64).examples).__name__)"
    )
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.stdout.strip() == "memmap", done.stderr
