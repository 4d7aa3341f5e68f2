"""An exported folder may come from anybody: whatever is wrong with it, one sentence names it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import makebelieve as mb
from makebelieve.data.spec import Spec
from makebelieve.errors import InputError
from makebelieve.runs import opening, store
from makebelieve.runs.export import export

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = Spec.pictures(8, 1, ("no", "yes"))


@pytest.fixture(scope="module")
def made(kit, tmp_path_factory) -> dict[str, Path]:
    """Exports by model, made once."""
    folder = tmp_path_factory.mktemp("made")
    found = {}
    for name, given_ in (("vae", {}), ("judge", {}), ("conditional", {"conditional": True})):
        model = "vae" if name == "conditional" else name
        run = mb.train(model, kit.dataset(SPEC), out=folder / f"{name}-run", quiet=True,
                       examples=64, **given_)  # fmt: skip
        found[name] = export(run, folder / name)
    return found


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def folder(made, home) -> Path:
    """A copy of a vae's export, to be spoiled."""
    return Path(shutil.copytree(made["vae"], home / "faces"))


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return found


def write(folder: Path, card: Any) -> None:
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")


def seal(folder: Path, name: str) -> None:
    """Make the card agree with a file, as an attacker would."""
    content = (folder / name).read_bytes()
    card = read(folder)
    card["files"][name] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    write(folder, card)


def refuses(folder: Path, said: str) -> None:
    """The import fails in one sentence and keeps nothing."""
    with pytest.raises(InputError, match=said) as caught:
        mb.import_run(folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 600
    kept = store.store()
    assert not kept.exists() or not list(kept.iterdir())


# What is sound


def test_an_import_is_a_run(folder):
    run = mb.import_run(folder, "mine")
    assert run.name == "mine"
    assert run.status["state"] == "finished"
    assert run.about["imported"]["name"].startswith("vae")
    assert run.log == []
    assert "mine" in repr(run)
    assert store.names() == ["mine"]
    store.delete("mine")


def test_names_are_given_once(folder):
    first, second = mb.import_run(folder), mb.import_run(folder)
    assert first.name == "vae-run"
    assert second.name == "vae-run-1"
    with pytest.raises(InputError, match="already a run 'vae-run'"):
        mb.import_run(folder, "vae-run")
    for name in ("../out", ".hidden", "", "a/b", "x" * 101):
        with pytest.raises(InputError, match="cannot name a run"):
            mb.import_run(folder, name)
    assert sorted(store.names()) == ["vae-run", "vae-run-1"]


def test_a_hostile_name_of_a_run_stays_in_the_store(folder):
    card = read(folder)
    card["name"] = "../../evil"
    write(folder, card)
    run = mb.import_run(folder)
    assert run.path.parent == store.store()
    assert "/" not in run.name


def test_an_import_is_exported_again_to_the_same_weights(folder, home):
    again = export(mb.import_run(folder), home / "again")
    for name in ("model.safetensors", "check.safetensors"):
        before, after = (safetensors.torch.load_file(f / name) for f in (folder, again))
        assert before.keys() == after.keys()
        assert all(torch.equal(t, after[n]) for n, t in before.items())
    assert read(again)["data"] == read(folder)["data"]


def test_an_import_cannot_be_resumed_and_says_why(folder, kit):
    run = mb.import_run(folder)
    with pytest.raises(InputError, match="what the optimiser remembers"):
        mb.resume(run, kit.dataset(SPEC), quiet=True, examples=128)


@pytest.mark.parametrize("name", ["judge", "conditional"])
def test_other_models_are_imported(made, home, name):
    assert mb.import_run(made[name]).model.spec == SPEC


def test_an_import_that_was_cut_short_is_no_run(folder):
    run = mb.import_run(folder)
    shutil.copytree(run.path, run.path.with_name(".faces.part"))
    assert store.names() == [run.name]
    assert mb.import_run(folder, "faces").name == "faces"
    assert not run.path.with_name(".faces.part").exists()


# What is damaged


def test_a_folder_that_is_none(home):
    refuses(home / "nothing", "there is no folder")
    refuses(home, "has no card.json")


@pytest.mark.parametrize("file", ["model.safetensors", "check.safetensors", "README.md",
                                  "encoder.onnx", "decoder.onnx"])  # fmt: skip
def test_a_changed_or_missing_file_is_named(folder, file):
    content = bytearray((folder / file).read_bytes())
    content[-1] ^= 1
    (folder / file).write_bytes(content)
    refuses(folder, rf"{file} is not the file that was exported")
    (folder / file).write_bytes(content[:-1])
    refuses(folder, rf"{file} is not the file that was exported")
    (folder / file).write_bytes(content + b"x")
    refuses(folder, rf"{file} has [\d,]+ bytes, more than")
    (folder / file).unlink()
    refuses(folder, rf"{file} is missing")


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b'"text"', b"\xff\xfe", b"NaN"])
def test_a_card_that_is_no_card(folder, content):
    (folder / "card.json").write_bytes(content)
    refuses(folder, "card.json")


def test_a_card_that_is_too_large(folder):
    (folder / "card.json").write_bytes(b" " * (opening.CARD_BYTES + 1))
    refuses(folder, r"card.json has [\d,]+ bytes")


@pytest.mark.parametrize("file", ["model.safetensors", "README.md", "card.json"])
@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_only_plain_files_are_read(folder, file, kind):
    path = folder / file
    kept = path.rename(folder.parent / "kept")
    {"link": lambda: path.symlink_to(kept), "folder": path.mkdir,
     "pipe": lambda: os.mkfifo(path)}[kind]()  # fmt: skip
    refuses(folder, "is a link" if kind == "link" else "is not a plain file")


# What is hostile: a card that agrees with its files, and is wrong all the same

NESTED: Any = "deep"
for _ in range(200):
    NESTED = [NESTED]


def changed(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set one value of a card by its path; `...` takes it away."""

    def change(card: dict[str, Any]) -> None:
        *way, last = path.split(".")
        place = card
        for step in way:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value

    return change


WRONG: dict[str, tuple[Any, str]] = {
    "format": (changed("format", "other"), "does not say that its format"),
    "version": (changed("version", 2), "has version '2'"),
    "version-true": (changed("version", [1]), r"has version '\[1\]'"),
    "files-list": (changed("files", ["model.safetensors"]), "has no files of type dict"),
    "files-none": (changed("files", {}), "does not name model.safetensors"),
    "files-path": (changed("files.../../etc/passwd", {"bytes": 1, "sha256": "0"}), "no export has"),
    "files-size": (changed("files.README", {"bytes": -1, "sha256": "0"}), "no export has"),
    "spec-kind": (changed("spec.kind", "films"), "neither square pictures nor points"),
    "spec-shape": (changed("spec.shape", [1, 8, 9]), "neither square pictures nor points"),
    "spec-huge": (changed("spec.shape", [3, 10**9, 10**9]), "neither square pictures nor points"),
    "spec-float": (changed("spec.shape", [1, 8.0, 8.0]), "neither square pictures nor points"),
    "spec-true": (changed("spec.shape", [True, 8, 8]), "neither square pictures nor points"),
    "spec-channels": (changed("spec.shape", [2, 8, 8]), "neither square pictures nor points"),
    "spec-large": (changed("spec.shape", [3, 1024, 1024]), "not of this model"),
    "classes-text": (changed("spec.classes", "no,yes"), "no list of classes"),
    "classes-many": (changed("spec.classes", ["x"] * 10_001), "no list of classes"),
    "classes-twice": (changed("spec.classes", ["x", "x"]), "names a class twice"),
    "classes-escape": (changed("spec.classes", ["\x1b[2J", "y"]), "not a short text"),
    "classes-long": (changed("spec.classes", ["x" * 501, "y"]), "not a short text"),
    "model-unknown": (changed("recipe.model.name", "os.system"), "there is no model"),
    "model-list": (changed("recipe.model.name", ["vae"]), "no recipe with a model"),
    "model-two": (changed("model", "gan"), "two different models"),
    "recipe-key": (changed("recipe.model.evil", 1), "not a setting of vae"),
    "recipe-value": (changed("recipe.model.latent_dim", 10**12), "latent_dim takes"),
    "recipe-inf": (changed("recipe.training.learning_rate", "inf"), "learning_rate takes"),
    "recipe-large": (changed("recipe.model.latent_dim", 4096), "not of this model"),
    "recipe-path": (changed("recipe.data.source", "/etc/passwd"), "names data by a path"),
    "recipe-up": (changed("recipe.data.source", "../../x"), "names data by a path"),
    "recipe-home": (changed("recipe.data.source", "~/x"), "names data by a path"),
    "recipe-control": (changed("recipe.data.labels", "a\u202eb"), "not a short text"),
    "name-list": (changed("name", ["x"]), "not a short text"),
    "name-control": (changed("name", "x\x07"), "not a short text"),
    "data-missing": (changed("data", ...), "has no data of type dict"),
    "data-about": (changed("data.about", {"x": 1}), "not a short text"),
    "data-count": (changed("data.train", "many"), "no number for train"),
    "training-seen": (changed("training.seen", 1e300), "no number for seen"),
    "training-missing": (changed("training.torch", ...), "not a short text"),
    "result-text": (changed("result", {"kl": "low"}), "no number for kl"),
    "result-true": (changed("result", {"kl": True}), "no number for kl"),
    "parameters": (changed("parameters", [1]), "has no parameters of type dict"),
    "deep": (changed("spec", NESTED), "has no spec of type dict"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_hostile_card_is_refused(folder, case):
    change, said = WRONG[case]
    card = read(folder)
    if case == "files-path":
        card["files"]["../../etc/passwd"] = {"bytes": 1, "sha256": "0"}
    else:
        change(card)
    write(folder, card)
    refuses(folder, said)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_are_none(folder, number):
    text = (folder / "card.json").read_text(encoding="utf-8")
    seen = f'"seen": {read(folder)["training"]["seen"]}'
    (folder / "card.json").write_text(text.replace(seen, f'"seen": {number}'), encoding="utf-8")
    refuses(folder, "card.json")


def resaved(folder: Path, name: str, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    tensors = safetensors.torch.load_file(folder / name)
    change(tensors)
    safetensors.torch.save_file(tensors, folder / name)
    seal(folder, name)


WEIGHTS: dict[str, tuple[Any, str]] = {
    "nan": (lambda t: t["encoder.layers.0.weight"].view(-1)[:1].fill_(torch.nan), "not finite"),
    "inf": (lambda t: t["scale"].fill_(torch.inf), "scale has numbers that are not finite"),
    "shape": (
        lambda t: t.update({"decoder.layers.0.bias": t["decoder.layers.0.bias"].view(1, -1)}),
        r"decoder.layers.0.bias is \(1, 256\)",
    ),
    "type": (
        lambda t: t.update({"decoder.layers.0.bias": t["decoder.layers.0.bias"].int()}),
        "torch.int32",
    ),
    "missing": (lambda t: t.pop("decoder.layers.0.bias"), "'decoder.layers.0.bias' is missing"),
    "extra": (lambda t: t.update(evil=torch.zeros(3)), "'evil' belongs to no part"),
    "bomb": (lambda t: t.update(evil=torch.zeros(600_000)), "weights are not of this model"),
    "other": (lambda t: t["decoder.layers.0.weight"].mul_(2), "decoder gives other numbers here"),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_hostile_weights_are_refused(folder, case):
    change, said = WEIGHTS[case]
    resaved(folder, "model.safetensors", change)
    refuses(folder, said)


def test_weights_that_are_a_pickle_are_refused(folder):
    path = folder / "model.safetensors"
    size = path.stat().st_size
    torch.save({"x": torch.zeros(8)}, path)
    path.write_bytes(path.read_bytes().ljust(size, b"\0"))
    seal(folder, "model.safetensors")
    refuses(folder, "no safetensors file")


CHECKS: dict[str, tuple[Any, str]] = {
    "missing": (lambda t: t.pop("decoder/in/code"), "does not fit the decoder"),
    "shape": (lambda t: t.update({"decoder/in/code": torch.zeros(2, 17)}), "does not fit"),
    "type": (lambda t: t.update({"decoder/in/code": torch.zeros(2, 16).double()}), "does not fit"),
    "large": (lambda t: t.update(evil=torch.zeros(300_000)), "larger than any check"),
    "nan": (lambda t: t["decoder/in/code"].fill_(torch.nan), "other numbers"),
    "wrong": (lambda t: t["decoder/out/picture"].add_(1e-3), "other numbers here .*0.001"),
}


@pytest.mark.parametrize("case", CHECKS)
def test_hostile_checks_are_refused(folder, case):
    change, said = CHECKS[case]
    resaved(folder, "check.safetensors", change)
    refuses(folder, said)


def test_a_class_that_is_not_there_is_refused(made, home):
    folder = Path(shutil.copytree(made["conditional"], home / "faces"))
    resaved(folder, "check.safetensors", lambda t: t["decoder/in/label"].fill_(2))
    refuses(folder, "names a class that is not there")


def test_files_that_the_card_does_not_name_are_left_alone(folder):
    (folder / "evil.py").write_text("raise SystemExit")
    (folder / "link").symlink_to("/etc/passwd")
    run = mb.import_run(folder)
    assert {p.name for p in run.path.rglob("*")}.isdisjoint({"evil.py", "link"})


def test_nothing_is_unpickled(folder, monkeypatch):
    import pickle

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(pickle, "Unpickler", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(torch, "load", refuse)
    mb.import_run(folder).sample(1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), value=JSON)
def test_no_card_ends_in_a_traceback(made, home, data, value):
    """Any value at any place of the card is either taken or refused in one sentence."""
    folder = home / "faces"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made["vae"], folder)
    card = read(folder)
    place: Any = card
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[key], dict) and place[key] and data.draw(st.booleans()):
            place = place[key]
        else:
            place[key] = value
            break
    write(folder, card)
    try:
        mb.import_run(folder).sample(1)
    except InputError as error:
        assert "\n" not in str(error)
