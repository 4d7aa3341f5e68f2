"""Questions to trained models over the socket, against the package's own answers."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import time

import numpy as np
import pytest
import torch
from PIL import Image
from websockets.exceptions import ConnectionClosed

import makebelieve as mb
from makebelieve.latent.space import decode, encode
from makebelieve.studio.asks import ASKS, Easel


@pytest.fixture(scope="module")
def run(home):
    return lambda name: mb.Run(home / "runs" / name)


def pictures(answer):
    return np.frombuffer(answer.payload, np.uint8).reshape(answer.shape)


def test_decode(page, painting, run):
    answer = page.paint(painting, "vae", "decode", z=[[0.5, -1.0], [0, 0]])
    assert answer.ok
    expected = decode(run("vae"), torch.tensor([[0.5, -1.0], [0, 0]]))
    assert (pictures(answer) == expected).all()


def test_sample_is_what_its_codes_make(page, painting, run):
    answer = page.paint(painting, "gan", "sample", n=3, seed=7)
    assert (pictures(answer) == run("gan").sample(3, seed=7)).all()
    again = page.paint(painting, "gan", "decode", z=answer.z)
    assert again.payload == answer.payload


def test_autoencoder_samples_around_its_own_codes(page, painting, run):
    answer = page.paint(painting, "ae", "sample", n=400, seed=0)
    model = run("ae").model
    assert np.allclose(
        np.mean(answer.z, 0), model.code_mean, atol=0.3 * float(model.code_std.max())
    )


def test_encode_and_reconstruct(page, painting, run):
    faces = mb.load("avatars").examples[[3, 5]]
    spelled = base64.b64encode(faces.tobytes()).decode()
    by_pixels = page.paint(painting, "vae", "encode", pixels=spelled)
    by_rows = page.paint(painting, "vae", "encode", rows=[3, 5])
    assert by_pixels.z == by_rows.z
    assert np.allclose(by_rows.z, encode(run("vae"), faces))
    rebuilt = page.paint(painting, "vae", "reconstruct", rows=[3, 5])
    assert rebuilt.originals == 2
    assert (pictures(rebuilt)[:2] == faces).all()
    assert (pictures(rebuilt)[2:] == run("vae").reconstruct(faces)).all()


def test_judge_of_rows_noise_and_of_what_a_maker_makes(page, painting, run):
    rows, noise, made = page.answers(
        painting,
        {"run": "judge", "ask": "judge", "rows": [1, 2]},
        {"run": "judge", "ask": "judge", "noise": 2, "seed": 4},
        {"run": "judge", "ask": "judge", "of": "gan", "n": 2, "seed": 4},
    )
    for answer in (rows, noise, made):
        for verdict, own in zip(answer.verdicts, run("judge").judge(pictures(answer)), strict=True):
            assert verdict["label"] == own.label
            assert verdict["confidence"] == pytest.approx(own.confidence, abs=1e-5)
    assert (pictures(made) == run("gan").sample(2, seed=4)).all()
    assert pictures(noise).std() > 60


def test_nearest_and_what_is_typical(page, painting):
    data = mb.load("avatars")
    row = int(data.rows("train")[10])
    answer = page.paint(painting, "vae", "nearest", rows=[row])
    assert answer.distances == [0.0]
    assert (pictures(answer)[0] == data.examples[row]).all()
    made = page.paint(painting, "gan", "nearest", seed=1, n=2)
    assert min(made.distances) > 0
    assert made.typical["low"] < made.typical["median"] < made.typical["high"]


def test_map_of_two_numbers_shows_the_codes_themselves(page, painting):
    answer = page.paint(painting, "vae", "map", n=50)
    assert len(answer.codes) == len(answer.rows) == len(answer.labels) == 50
    assert answer.classes == ["no", "yes"]
    (left, right), (low, high) = answer.extent
    assert (left, right, low, high) == (-3, 3, -3, 3)
    train = set(mb.load("avatars").rows("train").tolist())
    assert not train & set(answer.rows)


def test_map_of_a_longer_code_is_a_plane(page, painting):
    answer = page.paint(painting, "ae", "map", n=10)
    assert np.shape(answer.axes) == (2, 4)
    assert 0 < answer.variance_shown <= 1


def test_attributes_and_edit(page, painting):
    names = page.paint(painting, "vae", "attributes").attributes
    assert {"glasses", "hat", "hair=long"} <= set(names)
    answer = page.paint(painting, "vae", "edit", attribute="glasses", rows=[4], amount=[0, 2])
    rebuilt = page.paint(painting, "vae", "reconstruct", rows=[4])
    assert (pictures(answer)[0] == pictures(rebuilt)[1]).all()
    assert answer.payload[:768] != answer.payload[768:]


def test_data_by_label_and_seed(page, painting):
    wanted = {"ask": "data", "source": "avatars", "n": 5, "seed": 3, "where": {"glasses": "yes"}}
    answer = page.paint(painting, None, **wanted)
    assert answer.labels["glasses"] == ["yes"] * 5
    assert (pictures(answer) == mb.load("avatars").examples[answer.rows]).all()
    assert not set(answer.rows) & set(mb.load("avatars").rows("train").tolist())


def test_spectrum_spread_and_morph(page, painting):
    spectrum = page.paint(painting, None, "spectrum", of=["vae", "gan"])
    assert set(spectrum.curves) == {"real", "vae", "gan"}
    assert len(spectrum.frequencies) == len(spectrum.curves["real"]) == 8
    spread = page.paint(painting, "vae", "spread")
    assert len(spread.moves) == 2
    assert page.paint(painting, "vae", "morph", a=1, b=2, steps=5).shape == [5, 16, 16, 3]


def test_points_are_numbers(page, painting, run):
    answer = page.paint(painting, "points", "sample", n=3, seed=1)
    assert np.allclose(answer.points, run("points").sample(3, seed=1), atol=1e-4)
    assert not hasattr(answer, "shape")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        ({"run": "vae", "ask": "decod"}, "did you mean decode"),
        ({"run": "none", "ask": "decode", "z": [[0, 0]]}, "no run 'none'"),
        ({"run": None, "ask": "decode", "z": [[0, 0]]}, "which run"),
        ({"run": "../vae", "ask": "decode", "z": [[0, 0]]}, "no run"),
        ({"run": "vae", "ask": "decode"}, "list of codes"),
        ({"run": "vae", "ask": "decode", "z": [[0, 0, 0]]}, "codes of 2"),
        ({"run": "vae", "ask": "decode", "z": [[0, 1e999]]}, "finite"),
        ({"run": "vae", "ask": "decode", "z": [[0, 0]] * 2000}, "1 to 1,024"),
        ({"run": "vae", "ask": "sample", "n": 10**9}, "whole number from 1"),
        ({"run": "vae", "ask": "sample", "n": "4"}, "whole number"),
        ({"run": "vae", "ask": "judge", "noise": 1}, "cannot give a verdict"),
        ({"run": "judge", "ask": "sample"}, "cannot make anything new"),
        ({"run": "vae", "ask": "encode", "pixels": "AAAA"}, "3 bytes were given"),
        ({"run": "vae", "ask": "encode", "pixels": "%"}, "base64"),
        ({"run": "vae", "ask": "encode", "rows": [10**9]}, "has the rows 0 to"),
        ({"run": "vae", "ask": "encode", "rows": []}, "list of 1"),
        ({"run": "vae", "ask": "edit", "attribute": "wings", "rows": [1]}, "no label says"),
        ({"run": "vae", "ask": "edit", "attribute": "hat", "rows": [1], "amount": 1e9}, "amount"),
        ({"run": None, "ask": "data", "source": "avatars", "where": {"hat": "?"}}, "labelled hat"),
        ({"run": None, "ask": "data", "source": "/nowhere"}, "no data set, file or folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_sentence(page, painting, ask, says):
    (answer,) = page.answers(painting, ask)
    assert not answer.ok
    assert says.lower() in answer.error.lower()
    assert answer.error.endswith((".", "?"))
    assert page.paint(painting, "vae", "decode", z=[[0, 0]]).ok


def test_newest_of_one_key_wins(page, painting):
    asks = [
        {"run": "vae", "ask": "decode", "z": [[i / 100, 0]] * 200, "key": "map"} for i in range(60)
    ]
    answers = page.answers(painting, *asks)
    assert answers[-1].ok
    assert any(getattr(a, "stale", False) for a in answers)
    assert all(a.ok or a.stale for a in answers)


def test_keys_of_other_pages_and_without_a_key_do_not_compete(page):
    with page.socket("/api/paint") as one, page.socket("/api/paint") as other:
        for socket in (one, other):
            for number in range(20):
                socket.send(json.dumps({"id": number, "run": "vae", "ask": "sample"}))
        for socket in (one, other):
            for _ in range(20):
                assert b'"ok": true' in socket.recv(timeout=60)


@pytest.mark.parametrize("text", ["[]", "{", "1", '"x"'])
def test_no_question_closes_the_socket_and_nothing_else(page, text):
    with page.socket("/api/paint") as socket:
        socket.send(text)
        with pytest.raises(Exception, match="JSON object"):
            socket.recv(timeout=10)
    with page.socket("/api/paint") as socket:
        assert page.paint(socket, "vae", "sample").ok


def test_question_that_is_too_long_closes_the_socket(page):
    with page.socket("/api/paint") as socket, pytest.raises(ConnectionClosed):
        socket.send("x" * (5 << 20))
        socket.recv(timeout=10)
    with page.socket("/api/paint") as socket:
        assert page.paint(socket, "vae", "sample").ok


def brushes(server):
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(server.process.pid)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [int(line.split()[0]) for line in listed.splitlines() if "studio.brush" in line]


def test_killed_painter_is_said_and_started_again(page, painting, server):
    assert page.paint(painting, "vae", "sample").ok
    for number in brushes(server):
        os.kill(number, signal.SIGSTOP)
    painting.send(json.dumps({"id": "x", "run": "vae", "ask": "sample"}))
    time.sleep(0.3)
    for number in brushes(server):
        os.kill(number, signal.SIGKILL)
    lost = painting.recv(timeout=30)
    assert b"started again" in lost
    assert page.paint(painting, "vae", "sample").ok


def test_newer_checkpoint_is_taken_up(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path))
    easel, ask = Easel(), {"ask": "decode", "run": "early", "z": [[0, 0]]}
    run = mb.train(
        "vae", "avatars", out=tmp_path / "runs" / "early", quiet=True, latent_dim=2, examples=128
    )
    before = easel.answer(ask)[1]
    assert easel.answer(ask)[1] == before
    mb.resume(run, quiet=True, examples=2048)
    assert easel.answer(ask)[1] != before


def test_command_that_trains_again_says_what_was_chosen(page, painting):
    found = page.paint(painting, "points", "again")
    assert found.command == "makebelieve train gan ring --examples 512 --threads 1"
    assert found.chosen == ["training.examples", "training.threads"]


def test_every_ask_has_a_line():
    assert all(function.__doc__ for function in ASKS.values())


def test_pictures_can_be_had_as_an_animation(page, painting):
    made = page.paint(painting, "vae", "decode", z=[[0, 0], [1, 1], [2, 2]], **{"as": "webp"})
    with Image.open(io.BytesIO(made.payload)) as found:
        assert (found.format, found.n_frames) == ("WEBP", 4)  # there and back
    refused = page.paint(painting, "points", "sample", n=3, **{"as": "webp"})
    assert "no pictures" in refused.error
