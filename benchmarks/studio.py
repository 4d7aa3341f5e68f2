"""Part "studio": how soon its figures live, how soon it draws, and how smoothly, alone and busy."""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.machine import ROOT, line
from benchmarks.targets import FRAME_MS, HOVER_MS, LIVE_MINUTES, PAGE_SECONDS
from makebelieve.errors import InputError

__all__ = ["measure", "section"]

MAP = "/lesson/imagine?map=codes#s3-the-smooth-map"
POLL = 0.25  # seconds
SETTLED = 3_500  # milliseconds after which the lesson no longer holds its reader at a section
COUNT = """() => {
    performance.clearMeasures();
    window.frames = [];
    let last = 0;
    const frame = (now) => {
        if (last) frames.push(now - last);
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""


def measure(options):
    """Return seconds until each model of the lesson is there, and what a browser measures then."""
    with tempfile.TemporaryDirectory() as home, _browser() as browser:
        if options.quick:
            _little(Path(home))
        with _studio(home, "--no-train" if options.quick else "") as ask:
            found = {"ready": {} if options.quick else _ready(ask)}
            seconds = 1 if options.quick else 8
            with _page(browser, ask.url) as page:
                found["page"] = _first(page, ask)
                found["alone"] = _watched(page, ask, seconds)
                with _training(ask):
                    found["busy"] = _watched(page, ask, seconds)
    return found


class _Ask:
    """One studio: its address, and questions to it as a browser asks them."""

    def __init__(self, url):
        found = urlsplit(url)
        self.url, self.origin = url, f"http://{found.netloc}"
        self.headers = {
            "Cookie": f"makebelieve-{found.port}={found.query.removeprefix('token=')}",
            "Origin": self.origin, "X-Studio": "1", "Content-Type": "application/json",
        }  # fmt: skip

    def __call__(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data, self.headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@contextlib.contextmanager
def _studio(home, *arguments):
    command = [sys.executable, "-m", "makebelieve", "studio", "--no-open", "--port", "0"]
    process = subprocess.Popen(
        [*command, *filter(None, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        env=os.environ | {"MAKEBELIEVE_HOME": str(home)},
    )  # fmt: skip
    try:
        yield _Ask(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(timeout=30)


def _little(home):
    """Train in moments what the map needs."""
    import makebelieve as mb

    for name, model in (("vae-2", "vae"), ("hourglass-2", "autoencoder")):
        out = home / "runs" / f"lesson-{name}"
        mb.train(model, "avatars", out=out, quiet=True, latent_dim=2, examples=1_024)


def _ready(ask):
    """Return after how many seconds each model of the lesson was trained."""
    began, found = time.perf_counter(), {}
    while True:
        training = ask("/api/studio")["training"]
        if bad := [name for name, each in training.items() if each["state"] == "failed"]:
            raise InputError(f"the lesson's {bad[0]} failed: {training[bad[0]]['why']}")
        for name, each in training.items():
            if each["state"] == "finished":
                found.setdefault(name, time.perf_counter() - began)
        if len(found) == len(training):
            return found
        time.sleep(POLL)


@contextlib.contextmanager
def _browser():
    program = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        raise InputError("the part studio needs Chromium and the Python package playwright")
    with sync_playwright() as driver:
        yield driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )


@contextlib.contextmanager
def _page(browser, url):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    yield page
    context.close()


def _first(page, ask):
    """Return seconds until the front page can be used, the median of five visits."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        page.goto(ask.origin + "/")
        page.get_by_role("link", name="Start reading").wait_for()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _watched(page, ask, seconds):
    """Move over the latent map for some seconds: pointer to picture, and frame to frame."""
    page.goto(ask.origin + MAP)
    field = page.locator(".latent .field").first
    field.wait_for()
    page.wait_for_timeout(SETTLED)
    field.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.evaluate(COUNT)
    box, end, i = field.bounding_box(), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        page.mouse.move(box["x"] + 10 + 1.2 * (i % 150), box["y"] + 100 + 6 * (i % 7))
        page.wait_for_timeout(8)
        i += 1
    hovers = page.evaluate("performance.getEntriesByName('latent-hover').map(e => e.duration)")
    frames = page.evaluate("window.frames")
    return {"hover": _middle_and_late(hovers), "frame": _middle_and_late(frames)}


def _middle_and_late(times):
    """Return the median, the 95th percentile and how many there were."""
    times = sorted(times)
    return [times[int(share * (len(times) - 1))] for share in (0.5, 0.95)] + [len(times)]


@contextlib.contextmanager
def _training(ask):
    """Train a GAN beside it, of which there is no end in sight."""
    order = {"kind": "train", "model": "gan", "source": "avatars", "settings": {"examples": 10**7}}
    job = ask("/api/jobs", order)
    while not any(run["name"] == job["run"] and run["seen"] for run in ask("/api/studio")["runs"]):
        time.sleep(POLL)
    yield
    ask(f"/api/jobs/{job['id']}/stop", {})


# The page


def section(runs):
    """Return the part of the page."""
    found = runs[-1]["found"]
    rows = [
        _row("front page usable, s", found["page"], PAGE_SECONDS, "{:.2f}"),
        *(_row(f"{name}, ms ({where})", found[where][key][1], target, "{:.1f}")
          for key, name, target in (("hover", "pointer to picture, 95 %", HOVER_MS),
                                    ("frame", "frame to frame, 95 %", FRAME_MS))
          for where in ("alone", "busy")),
    ]  # fmt: skip
    if found["ready"]:
        rows.append(_row("all figures live, minutes", max(found["ready"].values()) / 60,
                         LIVE_MINUTES, "{:.1f}"))  # fmt: skip
    table = "\n".join(rows)
    each = ", ".join(
        f"{name} {seconds:.0f} s"
        for name, seconds in sorted(found["ready"].items(), key=lambda pair: pair[1])
    )
    when = f"\nFrom an empty home, counted from the start of the studio: {each}.\n" if each else ""
    return f"""\
## The studio

Chromium, 1280 × 900, without a GPU. *Alone*: nothing else is at work. *Busy*: a GAN is trained
beside it. The pointer moves over the lesson's latent map about a hundred times a second.

| | measured | must | met |
|---|---:|---:|---:|
{table}
{when}
{line(runs[-1])}
"""


def _row(name, value, target, form):
    met = "yes" if target.met(value) != "no" else "no"
    return f"| {name} | {form.format(value)} | {target.must:g} | {met} |"
