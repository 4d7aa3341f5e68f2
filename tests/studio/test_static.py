"""The files of the page: whole, small, their own, and asking nobody else for anything."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import makebelieve.studio

STATIC = Path(makebelieve.studio.__file__).parent / "static"
VENDOR = STATIC / "vendor"
OWN = sorted(p for p in STATIC.rglob("*.js") if VENDOR not in p.parents)
STYLES = sorted(p for p in STATIC.rglob("*.css") if VENDOR not in p.parents)
MODULES = [p for p in OWN if p.name != "theme.js"]  # a classic script, so that nothing flashes
MOST = 500_000  # bytes of a page, without models

FROM = re.compile(
    r"^(?:import|export)\s*(\{[^}]*\}|\* as \w+|\w+)?\s*(?:from\s*)?\"([^\"]+)\";", re.M
)
LAZY = re.compile(r"\bimport\(\s*\"([^\"]+)\"\s*\)")
EXPORTED = re.compile(
    r"^export\s+(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+)|\bexport\s*\{([^}]*)\}", re.M
)
PAGES = re.compile(r"\[/.*?/, \"(\./[^\"]+)\", \"(\w+)\", \"(\w+)\"\]")


def label(path):
    return path.relative_to(STATIC).as_posix()


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=label)


def exports(path):
    names = set()
    for single, many in EXPORTED.findall(path.read_text()):
        names |= (
            {single}
            if single
            else {part.split(" as ")[-1].strip() for part in many.split(",") if part.strip()}
        )
    return names


def wanted(names):
    if not names or not names.startswith("{"):
        return set()
    return {part.split(" as ")[0].strip() for part in names[1:-1].split(",") if part.strip()}


def test_vendored_files_are_those_that_were_published():
    sums = dict(
        reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines() if line
    )
    found = {p.name for p in VENDOR.iterdir() if p.suffix in {".js", ".css"}}
    assert found <= sums.keys()
    for name, expected in sums.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected, name


@each(MODULES)
def test_every_import_is_there_and_ones_own(path):
    text = path.read_text()
    for names, there in FROM.findall(text):
        assert there.startswith(("./", "../")), f"{there} is not one of the studio's own files"
        target = (path.parent / there).resolve()
        assert target.is_file(), there
        missing = wanted(names) - exports(target)
        assert not missing, f"{there} does not export {missing}"
    for there in LAZY.findall(text):
        assert (path.parent / there).resolve().is_file(), there


def test_every_page_is_there():
    found = PAGES.findall((STATIC / "main.js").read_text())
    assert len(found) >= 5
    for module, name, style in found:
        assert name in exports(STATIC / module), module
        assert (STATIC / style / f"{style}.css").is_file(), style


@each(OWN + STYLES)
def test_no_file_names_another_host(path):
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(https?|wss?)://\w|url\(\s*[\"']?//", text)


@each(OWN + STYLES)
def test_every_file_says_first_what_it_is_for(path):
    first = path.read_text().splitlines()[0]
    assert re.match(r"// \w|/\*\*?", first), first


@each(OWN)
def test_nothing_is_evaluated_and_no_attribute_holds_a_style(path):
    text = path.read_text()
    assert not re.search(r"\beval\(|new Function\(|document\.write|javascript:", text)
    assert not re.search(r"\sstyle=\"", text), "the page's policy forbids style attributes"
    assert not re.search(r"\son\w+=\"", text), "the page's policy forbids handlers in attributes"


def test_the_first_page_holds_no_script_and_no_style_of_its_own():
    text = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)


def reached(path, known):
    """Every file that is loaded with one: what it imports, and whatever that imports."""
    if path in known:
        return known
    known.add(path)
    if VENDOR not in path.parents and path.suffix == ".js":
        text = path.read_text()
        there = [(path.parent / name).resolve() for _, name in FROM.findall(text)]
        there += [STATIC / name for name in re.findall(r"/static/(vendor/[\w.-]+)", text)]
        for name in [*there, *((path.parent / name).resolve() for name in LAZY.findall(text))]:
            reached(name, known)
    return known


def test_every_page_is_light():
    """What its first visit loads, uncompressed."""
    main = STATIC / "main.js"
    shell = {STATIC / "index.html", STATIC / "base.css", STATIC / "icon.svg"}
    for module, _, style in PAGES.findall(main.read_text()):
        files = reached(STATIC / module, reached(main, set(shell)))
        total = sum(p.stat().st_size for p in files | {STATIC / style / f"{style}.css"})
        assert total < MOST, f"{module}: {total:,} bytes"


READ = """
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";
for (const path of process.argv.slice(2)) {
  try { new SourceTextModule(readFileSync(path, "utf8")); } catch (e) { console.error(path, e); process.exitCode = 1; }
}
"""  # noqa: E501


def test_they_are_modules_that_can_be_read(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    (tmp_path / "read.mjs").write_text(READ)
    ran = subprocess.run(
        [node, "--experimental-vm-modules", "--no-warnings", tmp_path / "read.mjs", *MODULES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_the_types_of_logic_and_kit_hold(tmp_path):
    tsc = shutil.which("tsc")
    if tsc is None:
        pytest.skip("there is no TypeScript")
    logic = [str(p) for p in OWN if p.stem.endswith("-logic") or p.parent.name == "kit"]
    options = ["--noEmit", "--allowJs", "--checkJs", "--target", "es2023", "--module", "esnext"]
    ran = subprocess.run(
        [tsc, *options, "--skipLibCheck", *logic], capture_output=True, text=True, check=False
    )
    ours = [line for line in ran.stdout.splitlines() if "/vendor/" not in line]
    assert not ours, ran.stdout
