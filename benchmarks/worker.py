"""One contestant in a process of its own: it trains when it is told to, and waits otherwise.

Started by `measure.Worker` as `python -m benchmarks.worker TARGET ARGUMENTS`. It reads one line of
JSON for each turn and answers with one. A peer's process imports nothing of makebelieve, which
would set how long its threads wait for each other.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
import time

from benchmarks.usage import anonymous_bytes, cpu_seconds, peak_bytes, resident_bytes

__all__ = ["Tick", "end_with_parent", "main"]

STARTED = "BENCHMARK_STARTED"  # when the coordinator started this process, seconds since 1970


class Tick:
    """What a contestant calls after every optimiser step; it returns when training may go on.

    Args:
        ask: waits for the next request and returns it; None when there is none any more.
        answer: sends a dictionary.
    """

    def __init__(self, ask, answer):
        self.ask, self.answer = ask, answer
        self.resident = None
        self.waits = True  # nothing is timed before the first step is done
        self.counter = None
        self.examples, self.until, self.began = 0, 0.0, (0.0, 0.0)

    def begins(self, model):
        """Be told what is trained, right before its first step."""
        self.model = model
        self.resident = resident_bytes()

    def __call__(self, examples):
        """Note that a step with so many examples is over."""
        now = time.perf_counter()
        if self.waits:
            self.waits = False
            first = time.time() - float(os.environ[STARTED])
            self.answer({"first_step_s": first, "resident": self.resident})
            return self._wait()
        self.examples += examples
        if self.counter is not None:
            return self._count()
        if now < self.until:
            return None
        wall, cpu = now - self.began[0], cpu_seconds() - self.began[1]
        memory = {"peak": peak_bytes(), "anonymous": anonymous_bytes()}
        self.answer({"examples": self.examples, "wall_s": wall, "cpu_s": cpu} | memory)
        return self._wait()

    def _wait(self):
        request = self.ask()
        if request is None:
            os._exit(0)  # nobody listens: leave without the farewells of loaders and pools
        self.examples = 0
        if "steps" in request:
            # They need PyTorch, which not every worker has loaded.
            from benchmarks.flops import Flops
            from benchmarks.kinds import Kinds

            self.left = request["steps"]
            self.counter = Kinds() if request.get("kinds") else Flops()
            self.counter.__enter__()
            return
        self.began = time.perf_counter(), cpu_seconds()
        self.until = self.began[0] + request["seconds"]

    def _count(self):
        """Count the arithmetic of a few steps, or the time of their operations."""
        self.left -= 1
        if self.left:
            return
        self.counter.__exit__(None, None, None)
        weights = self.model.parameters() if hasattr(self.model, "parameters") else ()
        parameters = sum(w.numel() for w in weights if w.requires_grad)
        counted = self.counter.found() | {"examples": self.examples}
        self.answer(counted | {"parameters": parameters})
        self.counter = None
        self._wait()


def main():
    """Answer over what was standard output; what the contestant prints goes to standard error."""
    end_with_parent()
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def ask():
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    module, function = sys.argv[1].split(":")
    train = getattr(importlib.import_module(module), function)
    tick = Tick(ask, lambda found: print(json.dumps(found), file=channel))
    train(tick, **json.loads(sys.argv[2]))
    raise SystemExit("training came to an end")


def end_with_parent():
    """Have Linux end this process when the coordinator is gone, even in the middle of a turn."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG


if __name__ == "__main__":
    main()
