"""The project around the package: what it imports and when, its import rules, and its scripts."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import makebelieve

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "makebelieve"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCRIPTS = ["start", "install", "check", "fix", "test", "bench"]

# Where a package's import name is not its name for pip.
PIP_NAMES = {"PIL": "pillow", "markdown_it": "markdown-it-py"}


def python(code: str) -> str:
    """Run a line in a fresh interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def normal(requirement: str) -> str:
    """Return the bare name of a requirement."""
    return re.split(r"[<>=\[ ]", requirement)[0].lower().replace("_", "-")


# What is imported, and when


def test_versions_agree() -> None:
    assert PROJECT["project"]["version"] == makebelieve.__version__
    assert f"## {makebelieve.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_public_names_are_pinned() -> None:
    assert sorted(makebelieve.__all__) == makebelieve.__all__ == sorted(makebelieve._PUBLIC)
    assert set(makebelieve.__all__) <= set(dir(makebelieve))
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        makebelieve.lode  # noqa: B018


def test_imports_are_declared() -> None:
    groups = [
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
    ]
    declared = {normal(requirement) for group in groups for requirement in group}
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).partition(".")[0])
    foreign = found - set(sys.stdlib_module_names) - {"makebelieve"}
    assert {normal(PIP_NAMES.get(name, name)) for name in foreign} <= declared
    core = {normal(requirement) for requirement in PROJECT["project"]["dependencies"]}
    assert core <= {normal(PIP_NAMES.get(name, name)) for name in foreign}, "unused"


@pytest.mark.parametrize("module", ["makebelieve", "makebelieve.cli", "makebelieve.recipe"])
def test_start_is_light(module: str) -> None:
    heavy = {"torch", "numpy", "PIL", "rich", "lightning_fabric"}
    loaded = python(f"import sys, {module}; print(*sys.modules)").split()
    assert not heavy & set(loaded)


def test_help_needs_no_pytorch() -> None:
    code = (
        "import sys; from makebelieve.cli import COMMANDS, main\n"
        "assert all(main([name, '--help']) == 0 for name in COMMANDS)\n"
        "print('torch' in sys.modules)"
    )
    assert python(code).splitlines()[-1] == "False"


def test_data_need_no_pytorch() -> None:
    names = [path.stem for path in (PACKAGE / "data").glob("*.py") if path.stem != "loading"]
    imports = "; ".join(f"import makebelieve.data.{name}" for name in names if name != "__init__")
    assert python(f"{imports}; import sys; print('torch' in sys.modules)") == "False"


def test_one_process_needs_neither_fabric_nor_the_compiler() -> None:
    code = (
        "import sys, tempfile, makebelieve as mb\n"
        "mb.train('gan', 'ring', out=tempfile.mkdtemp(), quiet=True, examples=64)\n"
        "print([m for m in ('lightning_fabric', 'torch._dynamo') if m in sys.modules])"
    )
    assert python(code) == "[]"


# Import rules

BREAKS = {
    "layers": ("nets/mlp.py", "import makebelieve.training.flat"),
    "models": ("models/gan.py", "from makebelieve.models.vae import VAE"),
    "rules": ("diagnosis/rules/blur.py", "from makebelieve.diagnosis.rules import overfit"),
    "nets": ("nets/mlp.py", "from makebelieve.data.spec import Spec"),
    "fabric": ("runs/drive.py", "import lightning_fabric"),
    "hub": ("data/folder.py", "def late():\n    import datasets"),
    "onnx": ("runs/card.py", "def late():\n    import onnxruntime"),
    "web": ("cli/sample.py", "def late():\n    import starlette"),
    "server": ("studio/runs.py", "from makebelieve.runs import run"),
    "light": ("cli/sample.py", "def late():\n    import torch"),
    "data-light": ("data/spec.py", "import torch"),
}


def lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """Check the import rules on a copy of the package."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=source, env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def copy_package(to: Path) -> None:
    """Copy the package's code, without its data."""
    shutil.copytree(
        PACKAGE, to / "makebelieve", ignore=shutil.ignore_patterns("assets", "__pycache__")
    )


def test_import_rules_hold_and_each_is_tested(tmp_path: Path) -> None:
    copy_package(tmp_path)
    done = lint_imports(tmp_path)
    assert done.returncode == 0, done.stdout
    assert {rule["id"] for rule in PROJECT["tool"]["importlinter"]["contracts"]} == set(BREAKS)


@pytest.mark.parametrize("rule", BREAKS)
def test_breaking_an_import_rule_is_noticed(rule: str, tmp_path: Path) -> None:
    copy_package(tmp_path)
    file, line = BREAKS[rule]
    path = tmp_path / "makebelieve" / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{line}\n", encoding="utf-8")
    done = lint_imports(tmp_path)
    (name,) = (c["name"] for c in PROJECT["tool"]["importlinter"]["contracts"] if c["id"] == rule)
    assert done.returncode == 1
    assert f"{name} BROKEN" in re.sub(r"\s+", " ", done.stdout)


# Files and scripts


def test_what_a_package_needs_is_there() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert all(asset.name in notice for asset in (PACKAGE / "data" / "assets").iterdir())
    assert (PACKAGE / "py.typed").exists()
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", [*(f"scripts/{name}" for name in SCRIPTS), ".ci/run"])
def test_script_is_one_that_runs(script: str) -> None:
    path = ROOT / script
    body = path.read_text(encoding="utf-8")
    assert os.access(path, os.X_OK)
    assert body.startswith("#!/usr/bin/env bash\n# ")
    assert "\nset -euo pipefail\n" in body
    subprocess.run(["bash", "-n", str(path)], check=True)
    assert script.removeprefix("scripts/") in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


TOOLS = ["awk", "bash", "cat", "cksum", "df", "dirname", "env", "id", "rm"]
# A Python that is new enough; what else it can do, each test adds.
PYTHON = '#!/usr/bin/env bash\ncase "$*" in *version_info*) exit 0 ;; esac\n'


def install(tmp_path: Path, **tools: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/install in a folder with a space, where only these tools are found."""
    checkout, bin_folder = tmp_path / "a clone", tmp_path / "bin"
    for folder in (checkout / "scripts", bin_folder):
        folder.mkdir(parents=True)
    for name in ("scripts/install", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, checkout / name)
    for name in TOOLS:
        (bin_folder / name).symlink_to(str(shutil.which(name)))
    for name, body in tools.items():
        path = bin_folder / name
        path.unlink(missing_ok=True)
        path.write_text(body, encoding="utf-8")
        path.chmod(0o755)
    return subprocess.run(
        [checkout / "scripts" / "install"], cwd=tmp_path, env={"PATH": str(bin_folder)},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_install_says_that_python_is_missing(tmp_path: Path) -> None:
    done = install(tmp_path, python3="#!/usr/bin/env bash\nexit 1\n")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed and none was found" in done.stderr


def test_install_says_that_venv_is_missing(tmp_path: Path) -> None:
    done = install(tmp_path, python3=PYTHON + "exit 1\n")
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr


def test_install_says_that_the_disk_is_full(tmp_path: Path) -> None:
    full = "#!/usr/bin/env bash\necho head\necho /dev/disk 100 99 1024 99% /\n"
    done = install(tmp_path, python3=PYTHON, df=full)
    assert done.returncode == 1
    assert "has 1 MB of free space and the environment needs 2,500 MB" in done.stderr


def test_install_says_that_pip_failed(tmp_path: Path) -> None:
    fails = r"printf '#!/usr/bin/env bash\nexit 1\n' >.venv/bin/python; chmod +x .venv/bin/python"
    make = f'if [ "$*" = "-m venv .venv" ]; then mkdir -p .venv/bin; {fails}; fi\n'
    enough = "#!/usr/bin/env bash\necho head\necho /dev/disk 9 9 99999999 9% /\n"
    tools = {
        name: f'#!/usr/bin/env bash\nexec {shutil.which(name)} "$@"\n'
        for name in ("mkdir", "chmod")
    }
    done = install(tmp_path, python3=PYTHON + make, df=enough, **tools)
    assert done.returncode == 1
    assert "is the network reachable" in done.stderr
    assert not (tmp_path / "a clone" / ".venv" / "stamp").exists()


def test_no_file_names_a_place_of_one_machine() -> None:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, done.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".npz", ".png", ".webp", ".xz"} or not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not re.search(r"(?<![\w.])/(work|root|home/\w+)/", line), f"{name}: {line}"
