"""Training on more data than memory may hold: the pictures stay on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = """
import json, sys
import torch
import makebelieve as mb
import makebelieve.models.vae
from makebelieve.runs import drive

def anonymous():
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) // 1024

torch.set_num_threads(1)
before = anonymous()
data = mb.load(sys.argv[1])
loaded = anonymous()
peak = loaded
def watch(event, state):
    global peak
    peak = max(peak, anonymous())
settings = {"examples": 4_000, "size": "small", "threads": 1, "keep": 1}
run = drive.start(drive.plan("vae", data, settings), sys.argv[2], watch=watch)
print(json.dumps({"mapped": type(data.examples).__name__, "seen": run.status["seen"],
                  "load": loaded - before, "train": peak - before}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own account")
def test_training_holds_a_batch_and_not_the_pictures(tmp_path: Path) -> None:
    source = tmp_path / "many.npy"
    shape = (60_000, 32, 32, 3)  # 184 MB
    stored = np.lib.format.open_memmap(source, "w+", np.uint8, shape)
    rng = np.random.default_rng(0)
    for start in range(0, len(stored), 3_000):
        stored[start : start + 3_000] = rng.integers(0, 256, (3_000, 32, 32, 3), np.uint8)
    stored.flush()
    del stored
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(source), str(tmp_path / "run")],
        capture_output=True,
        text=True,
        env={**os.environ, "MAKEBELIEVE_MEMORY": "30M", "OMP_NUM_THREADS": "1"},
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["mapped"] == "memmap"
    assert found["seen"] >= 4_000
    # Measured: 19 and 84 MB. The pictures themselves are 184 MB.
    assert found["load"] < 60, found
    assert found["train"] < 150, found
