"""One thread, a home of its own for every test, a browser, and what many tests share."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makebelieve import models, recipe
from makebelieve.data.loading import Batch, Loader
from makebelieve.data.spec import Dataset, Spec
from makebelieve.nets.blocks import Activation
from makebelieve.nets.probe import probe
from makebelieve.training.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep runs and caches away from the person who runs the tests, sub-processes included."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MAKEBELIEVE_HOME", str(tmp_path_factory.mktemp("home")))
    patch.delenv("MAKEBELIEVE_MEMORY", raising=False)
    yield
    patch.undo()


def build(name: str, spec: Spec, seed: int = 0, **options: Any) -> Any:
    """Build an untrained model from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kind = models.find(name)
        return kind(spec, kind.Options(**options)).to(memory_format=torch.channels_last)


def random_batch(spec: Spec, n: int, seed: int = 0) -> Batch:
    """Draw a batch that holds every class; pictures have all 256 values."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % len(spec.classes) if spec.classes else None
    if spec.kind == "points":
        return Batch(torch.randn(n, *spec.shape, generator=generator), y)
    x = torch.randint(256, (n, *spec.shape), generator=generator).float() / 255
    return Batch(x.contiguous(memory_format=torch.channels_last), y)


def blobs(spec: Spec, n: int = 96, seed: int = 0) -> Dataset:
    """Draw a data set that can be learned: each class is a bright square in its own corner."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % max(1, len(spec.classes))).astype(np.int64)
    if spec.kind == "points":
        angles = 2 * np.pi * labels / max(1, len(spec.classes))
        around = np.stack([np.cos(angles), np.sin(angles)], 1)
        examples = (around + 0.05 * rng.standard_normal((n, 2))).astype(np.float32)
    else:
        channels, size, _ = spec.shape
        examples = rng.integers(0, 80, (n, size, size, channels), np.uint8)
        half = size // 2
        for picture, label in zip(examples, labels, strict=True):
            row, column = divmod(int(label) % 4, 2)
            picture[row * half : (row + 1) * half, column * half : (column + 1) * half] += 150
    split = np.zeros(n, np.uint8)
    split[n * 3 // 4 :], split[n * 7 // 8 :] = 1, 2
    return Dataset("blobs", spec, examples, labels if spec.classes else None, split)


def new_state(
    name: str, spec: Spec, options: dict[str, Any] | None = None, **training: Any
) -> State:
    """Build a model and its optimisers; what the keys leave open is short and small."""
    chosen: dict[str, Any] = {
        "examples": 160, "batch": 16, "learning_rate": 1e-3, "beta1": 0.9, "schedule": "linear",
        "warmup": 32, "ema": 64, "checkpoint": 64, "validate": 64, "log": 32, "device": "cpu",
        "kernels": probe(),
    } | training  # fmt: skip
    model = build(name, spec, **(options or {}))
    return State(model, dataclasses.replace(recipe.TrainingRecipe(), **chosen))


class Kit:
    """What the tests of nets, models and training share."""

    build = staticmethod(build)
    batch = staticmethod(random_batch)
    dataset = staticmethod(blobs)
    state = staticmethod(new_state)

    @staticmethod
    def loaders(dataset: Dataset, **options: Any) -> dict[str, Loader]:
        """Give loaders of the training and the validation split."""
        return {s: Loader(dataset, s, **options) for s in ("train", "validation")}


@pytest.fixture(scope="session")
def kit() -> Kit:
    """Give the helpers."""
    return Kit()


@pytest.fixture
def smooth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the kink out of the activation.

    A kernel may add up another batch in another order; a unit that sits on the kink then falls to
    its other side, and its gradient jumps although nothing is wrong.
    """
    monkeypatch.setattr(Activation, "forward", staticmethod(F.silu))


FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
LONG = 120_000  # milliseconds, on a busy machine
AXE = Path(__file__).parent / "studio" / "browser" / "axe.min.js"
# Counts in the page what it asked of a studio that has not been answered yet.
ASKED = """{
  const open = window.unanswered = new Set();
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    if (this.url.endsWith("/api/paint")) {
      if (!this.heard) this.addEventListener("message", ({ data }) => {
        const size = new DataView(data).getUint32(0, true);
        open.delete(JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, size))).id);
      });
      this.heard = true;
      open.add(JSON.parse(text).id);
    }
    return send.call(this, text);
  };
  const fetched = window.fetch;
  window.fetch = async (...request) => {
    const ask = {};
    open.add(ask);
    try { return await fetched(...request); } finally { open.delete(ask); }
  };
}"""
CALM = 10  # frames without a question, after which a page rests
INK = "c => c.toDataURL()"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Visit:
    """Somebody at a page in a browser; what should not happen there is noted."""

    def __init__(self, context: Any, url: str, bears: tuple[str, ...] = ()) -> None:
        self.context, self.bears = context, bears
        self.origin = url.split("/?", maxsplit=1)[0] if url.startswith("http") else "file:"
        self.told: list[str] = []
        self.elsewhere: list[str] = []
        context.add_init_script(ASKED)
        self.page = context.new_page()
        self.page.set_default_timeout(LONG)
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", self._see)
        self.page.on("websocket", self._see)
        self._open(url)

    def _open(self, url: str) -> None:
        self.page.goto(url)
        self.page.wait_for_selector("h1, .note.failure")
        undrawn = self.page.get_by_text("This page could not be drawn.").count()
        assert not undrawn, self.page.inner_text("main")

    def _hear(self, message: Any) -> None:
        # The tests read canvases back, not the page; and it is the tests that end a server.
        borne = ("willReadFrequently", "net::ERR_CONNECTION", *self.bears)
        if message.type != "log" and not any(words in message.text for words in borne):
            self.told.append(f"{message.text} [{message.location['url']}]")

    def _see(self, request: Any) -> None:
        ours = (self.origin, self.origin.replace("http:", "ws:"), "data:", "blob:")
        if not request.url.startswith(ours):
            self.elsewhere.append(request.url)

    def go(self, path: str) -> Any:
        """Open an address of the studio, and wait until its page is there."""
        self._open(self.origin + path)
        return self.page

    def settled(self) -> None:
        """Wait until everything that the page asked is answered, and drawn."""
        self.page.evaluate("window.calm = 0")
        self.page.wait_for_function(
            "frames => (window.calm = unanswered.size ? 0 : window.calm + 1) > frames", arg=CALM
        )

    def ink(self, canvas: Any) -> str:
        """What a canvas shows once nothing more is on its way to it."""
        canvas.wait_for()
        self.settled()
        shown: str = canvas.evaluate(INK)
        return shown

    def shows(self, canvas: Any, ink: str, so: bool = True) -> None:
        """Wait until a canvas shows this, or (`so=False`) anything else."""
        self.page.wait_for_function(
            f"([c, ink, so]) => (({INK})(c) === ink) === so",
            arg=[canvas.element_handle(), ink, so],
        )

    def button(self, name: str, exact: bool = False) -> Any:
        return self.page.get_by_role("button", name=name, exact=exact)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self) -> str:
        """What the thing that has the focus is called."""
        words: str = self.page.evaluate(
            """() => { const e = document.activeElement;
                return [e.getAttribute('aria-label'), e.labels?.[0]?.textContent, e.textContent]
                  .filter(Boolean).join(' ') }"""
        )
        return " ".join(words.split())

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is there."""
        matches = "s => document.activeElement?.matches(s) ?? false"
        self._tab(lambda: self.page.evaluate(matches, selector), selector)

    def tab_to_words(self, pattern: str) -> None:
        """Press Tab until what has the focus is called so."""
        self._tab(lambda: re.search(pattern, self.focused()), pattern)

    def _tab(self, arrived: Callable[[], Any], name: str, most: int = 400) -> None:
        passed = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if arrived():
                return
            passed.append(self.focused())
        raise AssertionError(f"Tab does not lead to {name}, but to {passed}")

    def heard(self, text: str) -> None:
        """Wait for what a screen reader is told."""
        self.page.wait_for_function(
            "t => document.getElementById('polite').textContent.includes(t)", arg=text
        )

    def barriers(self) -> list[Any]:
        """What axe-core finds in anybody's way (WCAG 2.2 AA), and what sticks out."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[Any] = self.page.evaluate(
            """async ([rules, width]) => {
                const found = await axe.run(document, {runOnly: rules});
                const wide = document.documentElement.scrollWidth;
                return [...found.violations.map(v =>
                  [v.id, ...v.nodes.map(n => n.html.slice(0, 120) + n.failureSummary)]),
                  ...(wide > width ? [['sticks out', wide]] : [])] }""",
            [RULES, self.page.viewport_size["width"]],
        )
        return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start a browser."""
    from playwright.sync_api import expect, sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium")
    expect.set_options(timeout=LONG)
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def browse(chromium: Any) -> Iterator[Callable[..., Visit]]:
    """Open an address as somebody new; at the end, no page may have complained.

    What a test provokes on purpose, it `bears`: the words of such complaints.
    """
    visits = []

    def opened(
        url: str, width: int = 1280, scheme: str = "light", bears: tuple[str, ...] = (), **more: Any
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **more
        )
        visits.append(Visit(context, url, bears))
        return visits[-1]

    yield opened
    for visit in visits:
        visit.context.close()
    assert [(v.told, v.elsewhere) for v in visits if v.told or v.elsewhere] == []
