"""A process that trains what its standard input says, and tells on standard output how it goes.

Orders and news are JSON, one a line. The end of the input, however it comes about (Ctrl-C in the
parent, or its death), asks training to stop with a checkpoint: no signal is needed.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from makebelieve.errors import InputError, TrainingError
from makebelieve.runs import drive
from makebelieve.runs.progress import headline
from makebelieve.training.loop import Event, Finished, Stepped, Validated, progress

if TYPE_CHECKING:
    from typing import IO

    from makebelieve.data.spec import Dataset
    from makebelieve.training.state import State

__all__ = ["main"]

NEWS_EVERY = 0.25  # seconds


class Worker:
    """Carries out orders, one after the other.

    Args:
        news: where lines of JSON go.
    """

    def __init__(self, news: IO[str]) -> None:
        self.news = news
        self.orders: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.ended = threading.Event()
        self._data: Dataset | None = None
        self._model = ""
        self._told = 0.0

    def listen(self, lines: IO[str]) -> None:
        """Take orders until the input ends."""
        for line in lines:
            self.orders.put(json.loads(line))
        self.ended.set()
        self.orders.put(None)

    def work(self) -> None:
        """Train whatever is ordered; a failure ends one order, never the others."""
        for order in iter(self.orders.get, None):
            self._model = order["model"]
            self.tell(event="started")
            try:
                self.train(order)
            except (InputError, TrainingError) as error:
                mistake = isinstance(error, InputError)
                self.tell(event="failed", why=str(error), mistake=mistake)
            except Exception as error:  # noqa: BLE001 - the other models must go on
                traceback.print_exc()
                self.tell(event="failed", why=f"{type(error).__name__}: {error}")

    def train(self, order: dict[str, Any]) -> None:
        """Start a run, or go on with it."""
        if order["resume"]:
            drive.resume(order["out"], self._data, watch=self.watch, stop=self.ended.is_set)
            return
        source = order["source"] if self._data is None else self._data
        settings = order["settings"]
        plan = drive.plan(order["model"], source, settings)
        self._data = plan.data
        if order["minutes"] is not None:
            settings["training.minutes"] = order["minutes"]
            if order["within"]:
                # Minutes alone mean "as many examples as fit in"; here they are only a limit.
                settings["training.examples"] = plan.recipe.training.examples
            plan = drive.plan(order["model"], plan.data, settings)
        drive.start(plan, order["out"], watch=self.watch, stop=self.ended.is_set)

    def watch(self, event: Event, state: State) -> None:
        """Tell what a person would like to know."""
        if isinstance(event, Stepped) and time.monotonic() - self._told > NEWS_EVERY:
            self._told = time.monotonic()
            share = progress(state.recipe, event.seen, event.seconds)
            left = event.seconds * (1 - share) / share if share else None
            self.tell(event="step", share=share, left=left, seen=event.seen)
        elif isinstance(event, Validated):
            score = headline(event.validation or event.train, self._model)
            self.tell(event="score", score=score, seen=event.seen)
        elif isinstance(event, Finished):
            done = "interrupted" if event.reason == "interrupted" else "finished"
            self.tell(event=done, seen=event.seen)

    def tell(self, **news: Any) -> None:
        """Write one line of news; nobody may be listening any more."""
        try:
            print(json.dumps({"model": self._model, **news}), file=self.news, flush=True)
        except BrokenPipeError:
            self.ended.set()


def main() -> None:
    """Work until the input ends."""
    # Whatever a library prints must not be taken for news.
    news = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(news)
    threading.Thread(target=worker.listen, args=(sys.stdin,), daemon=True).start()
    worker.work()


if __name__ == "__main__":
    main()
