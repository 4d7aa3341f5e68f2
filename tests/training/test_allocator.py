"""Big buffers are served again from memory that is already there."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, torch
from makebelieve.training.allocator import keep_buffers
torch.set_num_threads(1)
if {kept}:
    assert keep_buffers()
for _ in range(20):  # until the heap has found its shape
    torch.ones(40 * 2**20, dtype=torch.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(40 * 2**20, dtype=torch.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(kept: bool) -> int:
    code = FAULTS.format(kept=kept)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another malloc")
def test_a_buffer_is_mapped_once():
    assert page_faults(kept=True) < page_faults(kept=False) / 4
