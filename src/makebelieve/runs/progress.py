"""Progress that a person can read: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from makebelieve.training.loop import Event, Finished, Logged, Stepped, Validated, progress

if TYPE_CHECKING:
    import types

    from makebelieve.runs.drive import Plan
    from makebelieve.training.state import State

__all__ = ["Progress", "headline"]

PLAIN_EVERY = 10.0  # seconds between plain lines

# What a person wants to see of each model, in this order; everything else is in the log.
SHOWN = {
    "judge": ("cross_entropy", "accuracy"),
    "autoencoder": ("reconstruction",),
    "vae": ("negative_elbo", "reconstruction", "kl"),
    "gan": ("discriminator", "generator", "ahead"),
}


def headline(values: dict[str, float], model: str) -> str:
    """Write the values that matter in a few words.

    Example:
        >>> headline({"kl": 12.34, "reconstruction": -1200.5, "x": 1.0}, "vae")
        'reconstruction -1200 · kl 12.3'
    """
    names = [n for n in SHOWN.get(model, tuple(values)) if n in values]
    return " · ".join(f"{name.replace('_', ' ')} {_short(values[name])}" for name in names)


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


class Progress:
    """Shows what happens on stderr, and turns Ctrl-C into a clean end.

    The first Ctrl-C asks training to stop after this step and a checkpoint; a second one is
    Python's own.

    Args:
        plan: what is being trained; None when it is not known yet.
        quiet: show nothing (Ctrl-C still ends cleanly).
    """

    def __init__(self, plan: Plan | None = None, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.title = _title(plan) if plan else ""
        self.asked = False
        self._bar: Any = None
        self._task: Any = None
        self._values = ""
        self._first: tuple[int, float] | None = None
        self._last_line = 0.0
        self._before: Any = None

    def __enter__(self) -> Progress:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        if self.title and not self.quiet:
            print(self.title, file=sys.stderr, flush=True)  # noqa: T201
        if not self.quiet and sys.stderr.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task("training", total=1000, values="", speed="", left="")
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self._bar is not None:
            self._bar.stop()

    def _interrupt(self, number: int, frame: types.FrameType | None) -> None:  # noqa: ARG002
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def stop(self) -> bool:
        """Say whether Ctrl-C was pressed."""
        return self.asked

    def watch(self, event: Event, state: State) -> None:
        """Show one event."""
        if self.quiet:
            return
        model = _model_name(state)
        if isinstance(event, Stepped):
            self._stepped(event, state)
        elif isinstance(event, Logged):
            self._values = headline(event.values, model)
        elif isinstance(event, Validated) and event.validation:
            held_out = headline(event.validation, model)
            self._print(f"{event.seen:>11,} examples  held out: {held_out}")
        elif isinstance(event, Finished):
            self._finished(event)

    def _stepped(self, event: Stepped, state: State) -> None:
        if self._first is None:
            self._first = (event.seen, event.seconds)
        share = progress(state.recipe, event.seen, event.seconds)
        seen, seconds = event.seen - self._first[0], event.seconds - self._first[1]
        speed = f"{seen / seconds:,.0f}/s" if seconds > 0 else ""
        left = event.seconds * (1 - share) / share if share > 0 else 0.0
        left_text = f"{_clock(left)} left"
        if self._bar is not None:
            self._bar.update(
                self._task, completed=1000 * share, values=self._values, speed=speed,
                left=left_text,
            )  # fmt: skip
        elif time.monotonic() - self._last_line > PLAIN_EVERY:
            self._last_line = time.monotonic()
            self._print(
                f"{event.seen:>11,} examples  {share:4.0%}  {speed}  {left_text}  {self._values}"
            )

    def say(self, line: str) -> None:
        """Show a sentence."""
        if not self.quiet:
            self._print(line)

    def _finished(self, event: Finished) -> None:
        if event.reason == "interrupted":
            self._print(f"stopped at {event.seen:,} examples; everything is kept")
        else:
            self._print(f"{event.seen:>11,} examples  done")

    def _print(self, line: str) -> None:
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    return Bar(
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[values]}", style="dim"),
        console=Console(stderr=True),
        refresh_per_second=4,
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _model_name(state: State) -> str:
    return type(state.model).__name__.lower()


def _title(plan: Plan) -> str:
    """Say in one line what is about to be trained."""
    t = plan.recipe.training
    spec = plan.data.spec
    what = f"{spec.size}×{spec.size} pictures" if spec.kind == "pictures" else "points"
    budget = f"{t.examples:,} examples" if t.examples else f"{t.minutes:g} minutes"
    extra = ""
    if plan.recipe.model == "vae":
        beta = plan.recipe.options.beta
        extra = f"; loss summed per picture, in nats: effective β {beta:g}"
    return (
        f"{plan.recipe.model} on {plan.data.name} ({len(plan.data.rows('train')):,} {what} "
        f"to train on), {budget}, batches of {t.batch}{extra}"
    )
