"""What is exported computes what the run computes: in PyTorch, in ONNX, and after an import."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import makebelieve as mb
from makebelieve import models, recipe
from makebelieve.data.loading import to_tensor
from makebelieve.data.spec import Dataset, Spec
from makebelieve.errors import InputError
from makebelieve.models.model import Encodes, Generates, Judges
from makebelieve.runs import export as exporting
from makebelieve.runs.card import public
from makebelieve.runs.export import BATCHES, LIMIT, difference, export
from makebelieve.runs.parts import PARTS, parts_of, trial

TWO = ("no", "yes")
SPECS = {
    "grey8": Spec.pictures(8, 1, TWO),
    "grey28": Spec.pictures(28, 1, TWO),
    "colour32": Spec.pictures(32, 3, TWO),
    "odd30": Spec.pictures(30, 3, TWO),
    "points": Spec.points(TWO),
}


def cases() -> list[Any]:
    """Every model on every kind of data, with every net, and told the class where it can be."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    for name in models.MODELS:
        options = {k.name: k for k in recipe.keys(models.find(name).Options, "model")}
        found += [(name, spec, {}) for spec in SPECS if spec != "odd30" or name == "gan"]
        if "conditional" in options:
            found += [(name, spec, {"conditional": True}) for spec in ("grey8", "points")]
        if "net" in options:
            default = models.find(name).defaults(SPECS["grey28"], 0)["net"]
            others = [net for net in options["net"].choices if net != default]
            found += [(name, "grey28", {"net": net}) for net in others]
    return [
        pytest.param(*case, id="-".join([*case[:2], *map(str, case[2].values())])) for case in found
    ]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def train(kit, home):
    def trained(name: str = "vae", spec: str = "grey8", **settings: Any) -> mb.Run:
        data: Dataset = kit.dataset(SPECS[spec])
        return mb.train(name, data, quiet=True, **({"examples": 64, "batch": 32} | settings))

    return trained


def asked(run: mb.Run, data: Dataset) -> list[np.ndarray]:
    """Return all that a run answers."""
    labels = data.labels[:5] if getattr(run.model, "classes", 0) else None
    found = []
    if isinstance(run.model, Generates):
        found.append(run.sample(20, seed=3))
    if isinstance(run.model, Encodes):
        found.append(run.reconstruct(data.examples[:5], labels))
    if isinstance(run.model, Judges):
        found.append(run.probabilities(data.examples[:20]))
    return found


def blocks(folder: Path) -> list[str]:
    text = (folder / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(("name", "spec", "settings"), cases())
def test_round_trip(kit, train, home, monkeypatch, name, spec, settings):
    run = train(name, spec, **settings)
    folder = export(run, home / "out")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    parts = parts_of(run.model)
    files = {f"{part}.onnx" for part in parts}
    assert {p.name for p in folder.iterdir()} == files | {
        "README.md", "card.json", "check.safetensors", "model.safetensors",
        *(["samples.png"] if isinstance(run.model, Generates) else []),
    }  # fmt: skip
    for part in parts.values():
        _graph_agrees(part, folder, card["parts"][part.name])
    _readme_runs(folder, parts, monkeypatch)
    again = mb.import_run(folder)
    data = kit.dataset(SPECS[spec])
    expected, found = asked(run, data), asked(again, data)
    assert expected
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))
    assert again.result == run.result
    assert again.spec == run.spec


def _graph_agrees(part: Any, folder: Path, facts: dict[str, Any]) -> None:
    """A graph names what goes in and out, takes any batch, and computes the same."""
    graph = session(folder / facts["file"])
    for ports, ends in ((part.inputs, graph.get_inputs()), (part.outputs, graph.get_outputs())):
        assert [(e.name, e.shape) for e in ends] == [(p.name, ["n", *p.shape]) for p in ports]
    for n in (1, 5, 13):
        inputs = trial(part, n, seed=9)
        fed = {p.name: t.numpy() for p, t in zip(part.inputs, inputs, strict=True)}
        for expected, found in zip(part(*inputs), graph.run(None, fed), strict=True):
            assert difference(expected, torch.from_numpy(found)) <= LIMIT
    assert facts["parity"]["batches"] == list(BATCHES)
    assert all(0 <= d <= LIMIT for d in facts["parity"]["difference"].values())
    classes = json.loads(graph.get_modelmeta().custom_metadata_map["classes"])
    assert classes == list(TWO)


def _readme_runs(folder: Path, parts: dict[str, Any], monkeypatch: Any) -> None:
    """The code for onnxruntime alone and for PyTorch alone runs, and the latter agrees."""
    monkeypatch.chdir(folder)
    with_onnx, with_torch = blocks(folder)
    assert "makebelieve" not in with_onnx + with_torch
    names: dict[str, Any] = {}
    exec(with_onnx, names)
    exec(with_torch, names)
    part = list(parts.values())[-1]
    check = load_file("check.safetensors")
    inputs = [check[f"{part.name}/in/{port.name}"] for port in part.inputs]
    found = names[part.name](*inputs)
    assert torch.allclose(found, check[f"{part.name}/out/{part.outputs[0].name}"], atol=1e-5)
    assert names[part.outputs[0].name].shape == (4, *part.outputs[0].shape)


@pytest.mark.parametrize("name", models.MODELS)
def test_every_part_of_every_model_is_plain_pytorch(kit, name):
    from makebelieve.runs.plain import source_of

    for spec in SPECS.values():
        for part in parts_of(kit.build(name, spec)).values():
            names: dict[str, Any] = {}
            source = source_of(part)
            assert source is not None
            body = source[source.index("def ") :]
            exec(f"import torch, torch.nn.functional as F\n{body}", names)
            names["w"] = part.model.state_dict()
            inputs = trial(part, 5)
            with torch.no_grad():
                found, expected = names[part.name](*inputs), part(*inputs)
            found = found if isinstance(found, tuple) else (found,)
            for a, b in zip(found, expected, strict=True):
                assert difference(b, a) < 1e-5


def test_averaged_weights_are_what_is_exported(train, home):
    run = train("gan", ema=1_000)
    export(run, home / "out", onnx=False)
    found = load_file(home / "out" / "model.safetensors")
    state = load_file(run.states[-1])
    name = next(n for n in found if n.startswith("generator."))
    leaf = name.removeprefix("generator.")
    assert torch.equal(found[name], state[f"generator/average/{leaf}"])
    assert not torch.equal(found[name], state[f"model/{name}"])


def test_a_judge_in_onnx_is_calibrated(kit, train, home):
    run = train("judge")
    run.model.temperature.fill_(3.0)
    export(run, home / "out")
    x = to_tensor(kit.dataset(SPECS["grey8"]).examples[:7])
    (found,) = session(home / "out" / "judge.onnx").run(None, {"picture": x.numpy()})
    expected = torch.softmax(run.model(x) / 3, 1)
    assert difference(expected, torch.from_numpy(found)) < 1e-6
    assert difference(torch.softmax(run.model(x), 1), torch.from_numpy(found)) > 1e-4


# What must fail, fails


def test_a_graph_of_other_weights_is_refused(kit, train, home, monkeypatch):
    run, other = train("vae"), kit.build("vae", SPECS["grey8"], seed=7)
    honest = exporting.graph_of

    def broken(part: Any, model: Any) -> bytes:
        return honest(parts_of(other)["decoder"] if part.name == "decoder" else part, model)

    monkeypatch.setattr(exporting, "graph_of", broken)
    with pytest.raises(InputError, match=r"ONNX decoder of .* other numbers .*by [\d.e-]+, more"):
        export(run, home / "out")
    assert sorted(p.name for p in home.iterdir()) == ["home"]
    export(run, home / "out", parts=["encoder"])


@pytest.mark.parametrize("wrong", ["nan", "shape", "little"])
def test_a_part_that_errs_is_refused(train, home, monkeypatch, wrong):
    run = train("gan")
    honest = exporting.graph_of

    def broken(part: Any, model: Any) -> bytes:
        compute = part.compute
        odd = {"nan": lambda z: compute(z) * torch.nan, "little": lambda z: compute(z) + 2e-4,
               "shape": lambda z: compute(z)[:1]}[wrong]  # fmt: skip
        part.compute = odd
        try:
            return honest(part, model)
        finally:
            part.compute = compute

    monkeypatch.setattr(exporting, "graph_of", broken)
    with pytest.raises(InputError, match="other numbers than PyTorch"):
        export(run, home / "out")
    assert not (home / "out").exists()


def test_a_graph_whose_batch_is_fixed_is_refused(train, home, monkeypatch):
    run = train("vae")
    honest = exporting.graph_of

    def broken(part: Any, model: Any) -> bytes:
        graph = onnx.load_from_string(honest(part, model))
        for end in (*graph.graph.input, *graph.graph.output):
            end.type.tensor_type.shape.dim[0].dim_value = 3
        return bytes(graph.SerializeToString())

    monkeypatch.setattr(exporting, "graph_of", broken)
    with pytest.raises(InputError, match="onnxruntime cannot run the encoder") as caught:
        export(run, home / "out")
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(exporting, "graph_of", lambda *_: b"no graph")
    with pytest.raises(InputError, match="onnxruntime cannot run the encoder"):
        export(run, home / "out")
    assert not (home / "out").exists()


def test_weights_that_are_not_finite_are_not_exported(train, home):
    run = train("vae")
    next(run.model.parameters()).view(-1)[0] = torch.nan
    with pytest.raises(InputError, match="not finite"):
        export(run, home / "out", onnx=False)


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_without_onnx_one_sentence_says_what_to_do(train, home, monkeypatch, missing):
    run = train("vae")
    monkeypatch.setattr(
        exporting.importlib.util, "find_spec", lambda name: None if name == missing else name
    )
    with pytest.raises(
        InputError, match=rf"package {missing}: pip install 'makebelieve\[export\]'"
    ):
        export(run, home / "out")
    export(run, home / "out", onnx=False)
    assert not list((home / "out").glob("*.onnx"))
    assert mb.import_run(home / "out").sample(2).shape == (2, 8, 8, 1)


def test_a_taken_place_is_refused_and_kept(train, home):
    run = train("vae")
    (home / "out").mkdir()
    (home / "out" / "mine.txt").write_text("mine")
    (home / "file").write_text("mine")
    for place, said in (("out", "is not empty"), ("file", "is not a folder")):
        with pytest.raises(InputError, match=said):
            export(run, home / place)
    assert [p.name for p in (home / "out").iterdir()] == ["mine.txt"]
    (home / "empty").mkdir()
    assert export(run, home / "empty", onnx=False) == home / "empty"
    assert (home / "empty" / "card.json").exists()


def test_an_unknown_part_names_its_nearest(train, home):
    with pytest.raises(InputError, match="no part 'decodr'; did you mean decoder"):
        export(train("vae"), home / "out", parts=["decodr"])


# The cards


def test_the_cards_say_what_was_found_and_nothing_of_the_machine(kit, home):
    source = home / "secret place" / "cats.npz"
    source.parent.mkdir()
    data = kit.dataset(SPECS["grey8"])
    np.savez(source, x=data.examples, y=data.labels)
    run = mb.train("vae", source, quiet=True, examples=64)
    findings = [
        {"code": "T1", "name": "not finite", "verdict": "fine", "sentence": "all | is\nwell",
         "measured": {"a": float("nan")}, "evidence": ["diagnosis/secret.png"]}
    ]  # fmt: skip
    scores = {"fd-pixels": {"value": 1.25, "spread": 0.1, "null": None, "n": 16}}
    folder = export(run, home / "out", findings=findings, scores=scores, onnx=False)
    text = (folder / "card.json").read_text(encoding="utf-8")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "secret" not in text + readme
    assert str(home) not in text + readme
    card = json.loads(text)
    assert card["recipe"]["data"]["source"] == "./cats.npz"
    assert card["findings"][0]["measured"] == {"a": None}
    assert "| fine | not finite (T1) | all \\| is well |" in readme
    assert "| `fd-pixels` | 1.25 | 0.1 |  | 16 |" in readme
    assert "licence" in readme


def test_a_reader_sees_samples_verdicts_and_curves(train, home):
    run = train("vae")
    findings = [
        {"code": "S4", "name": "blur", "verdict": verdict, "sentence": f"detail {verdict}"}
        for verdict in ("warning", "cannot-tell", "fine")
    ]
    scores = {"kl": {"value": 2, "about": "what the code says", "good": "> .5"}}
    folder = export(run, home / "out", findings=findings, scores=scores, onnx=False)
    with Image.open(folder / "samples.png") as image:
        assert image.width >= 8 * run.spec.size
    text = (folder / "README.md").read_text(encoding="utf-8")
    wrong, _, rest = text.partition("<details><summary>1 of 3 rules found it fine</summary>")
    assert "](samples.png)" in wrong and "detail warning" in wrong
    assert "detail fine" in rest and "detail cannot-tell" in rest
    assert r"what the code says: \> .5" in rest
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert card["curves"] == run.curves
    for name, values in run.curves.items():
        split, _, score = name.partition("/")
        if split == "validation" and len(values) > 1:
            ends = f"| {values[0][1]:.4g} |", f"| {values[-1][1]:.4g} |"
            assert all(end in text for end in ends), score
    none = export(train("judge"), home / "judge", findings=findings[2:], onnx=False)
    assert "Nothing was found to be wrong" in (none / "README.md").read_text(encoding="utf-8")


def test_a_long_curve_is_thinned(train, home):
    run = train("vae")
    lines = [{"step": i, "seen": i, "scores": {"train": {"kl": i / 7}, "validation": {"kl": 1.0}}}
             for i in range(1, 300)]  # fmt: skip
    (run.path / "log.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    folder = export(run, home / "out", onnx=False)
    curves = json.loads((folder / "card.json").read_text(encoding="utf-8"))["curves"]
    assert curves["train/kl"][0] == [1, 1 / 7] and curves["train/kl"][-1] == [299, 299 / 7]
    assert len(curves["train/kl"]) == len(curves["validation/kl"]) == 64
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert f"| `kl` | `{'▁' * 24}` | 1 | 1 | 1 | 1 | 42.71 |" in text


def test_graphs_say_nothing_of_the_machine(train, home):
    folder = export(train("gan"), home / "out")
    content = (folder / "generator.onnx").read_bytes()
    for word in (str(Path(mb.__file__).parent), str(home), "stack_trace"):
        assert word.encode() not in content


def test_public_sources():
    assert public("hub:owner/name") == "hub:owner/name"
    assert public("memory:/secret/cats") == "memory:cats"
    assert public("/gone/avatars") == "./avatars"
    assert public("./avatars") == "./avatars"


def test_the_parts_are_known(kit):
    found = {part for name in models.MODELS for part in parts_of(kit.build(name, SPECS["points"]))}
    assert found == set(PARTS)


# Kills


def test_a_killed_export_leaves_no_folder_and_the_next_one_tidies_up(train, home):
    run = train("vae", "colour32")
    code = (
        "import sys, time; from makebelieve.runs import whole\n"
        "whole.os.fsync = lambda handle: (print('writing', flush=True), time.sleep(60))\n"
        "from makebelieve.runs.export import export\n"
        "export(sys.argv[1], sys.argv[2], onnx=False)"
    )
    target = home / "out"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run.path), str(target)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        with pytest.raises(InputError, match="being written by another process"):
            export(run, target, onnx=False)
        process.send_signal(signal.SIGKILL)
    assert not target.exists()
    export(run, target, onnx=False)
    assert sorted(p.name for p in home.iterdir()) == ["home", "out"]


def test_an_interrupted_export_leaves_nothing(train, home, monkeypatch):
    run = train("vae")

    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            export(run, home / "out", onnx=False)
    assert sorted(p.name for p in home.iterdir()) == ["home"]


def test_data_in_memory_are_no_hindrance(train, home):
    folder = mb.export(train("vae"), home / "out", onnx=False)
    findings = json.loads((folder / "card.json").read_text(encoding="utf-8"))["findings"]
    assert {f["verdict"] for f in findings} >= {"cannot-tell"}
    assert "cannot-tell" in (folder / "README.md").read_text(encoding="utf-8")


def test_mistakes_are_told_before_the_diagnosis(train, home, monkeypatch):
    run = train("vae")
    monkeypatch.setattr("makebelieve.api.diagnose", None)
    with pytest.raises(InputError, match="has no part"):
        mb.export(run, home / "out", parts=["judge"])
    with pytest.raises(InputError, match="is not empty"):
        mb.export(run, run.path)
