"""The repository as a whole: no machine's traces, the promised commands, interface and layers."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tools.public_api import LIST, public_api
from tools.storage import lesson_notebooks, read_notebook

PROJECT = Path(__file__).parent.parent
COMMANDS = ("python3 course.py", "python3 course.py test")


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


# -- traces of a machine ---------------------------------------------------------------------------

# In pieces, so that this file does not contain what it looks for.
HOSTS = ["pypi" + r"\.org", "pythonhosted" + r"\.org", r"download\.py" + r"torch\.org",
         "anaconda" + r"\.org", "prefix" + r"\.dev"]  # fmt: skip
FOLDERS = ["/wor" + "k/", "/r" + "oot/", "/tm" + "p/", "/hom" + r"e/\w", "/User" + r"s/\w",
           r"\b[A-Z]:\\+User" + "s"]  # fmt: skip
TRACES = re.compile(
    # A path starts after a space, a quote or the like; inside pictures' base64 letters are before.
    "|".join([rf"\b{host}" for host in HOSTS] + [rf"(?<![\w/+.}}-]){folder}" for folder in FOLDERS])
)
# Files that plant such a path on purpose, to see it found, and what they may contain.
MEANT = {"tests/planted_faults.py": {"C:\\User" + "s"}}
NOT_OURS = {".git", ".venv", "__pycache__", "build", "dist", "handouts", ".ipynb_checkpoints"}
NOT_OURS |= {f".{tool}_cache" for tool in ("import_linter", "mypy", "pytest", "ruff")}
NOT_OURS |= {".hypothesis"}


def committed_files(root: Path) -> list[Path]:
    """What git keeps or would keep; in a downloaded copy without git, whatever is there."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (root / ".git").exists() and shutil.which("git"):
        answer = subprocess.run(
            listing, cwd=root, capture_output=True, encoding="utf-8", check=True
        )
        files = [root / name for name in answer.stdout.split("\0") if name]
    else:
        files = [p for p in root.rglob("*") if not NOT_OURS & set(p.relative_to(root).parts)]
    return sorted(file for file in files if file.is_file())


def traces(files: list[Path], root: Path) -> list[str]:
    """Each package index and each folder of somebody's machine that a file names."""
    found = []
    for file in files:
        name = file.relative_to(root).as_posix()
        content = file.read_bytes()
        if b"\0" in content:  # a picture, a packed file
            continue
        hits = {hit[0] for hit in TRACES.finditer(content.decode("utf-8", errors="replace"))}
        found += [f"{name}: {hit}" for hit in sorted(hits - MEANT.get(name, set()))]
    return found


def test_files_name_no_index_and_no_machine():
    files = committed_files(PROJECT)
    assert {PROJECT / "README.md", PROJECT / ".ci/run", PROJECT / "course.py"} <= set(files)
    assert traces(files, PROJECT) == []


@pytest.mark.parametrize(
    "text",
    ["--index-url https://pypi" + ".org/simple", "https://files.pythonhosted" + ".org/packages/x",
     "https://download.py" + "torch.org/whl", "open('/tm" + "p/x')", "see /hom" + "e/ada/notes",
     '"/wor' + 'k/main"', "C:\\User" + "s\\ada", "C:\\\\User" + "s\\\\ada"],
)  # fmt: skip
def test_planted_trace_is_found(text, tmp_path):
    file = tmp_path / "notes.md"
    file.write_text(f"some words\n{text}\n")
    assert committed_files(tmp_path) == [file]
    assert len(traces([file], tmp_path)) == 1


def test_innocent_text_is_no_trace(tmp_path):
    file = tmp_path / "notes.md"
    file.write_text(
        "iVBOR/tm" + "p/Zz+/wor" + "k/4 notebooks/work/ ~/work a/tm" + "p/ pytorch.org/docs"
    )
    assert traces([file], tmp_path) == []


def test_environment_and_caches_are_left_out_without_git(tmp_path):
    for name in (".venv/lib/x.py", "tools/__pycache__/x.pyc", "kept.py", ".ci/run"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    kept = {file.relative_to(tmp_path).as_posix() for file in committed_files(tmp_path)}
    assert kept == {"kept.py", ".ci/run"}


# -- what the README promises ----------------------------------------------------------------------


def first_commands(readme: str) -> list[str]:
    """The commands of the README's first code block, without their comments."""
    block = re.search(r"```\w*\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    return [line.split("#")[0].strip() for line in block[1].splitlines()]


def test_readme_starts_with_the_two_commands():
    readme = read("README.md")
    assert tuple(first_commands(readme)) == COMMANDS
    windows = [command.replace("python3", "py") for command in COMMANDS]
    assert "\n".join(windows) in readme
    assert readme.index("```") < 400  # before anything else


def test_ci_ends_with_the_readmes_test_command():
    lines = read(".ci/run").splitlines()
    assert f'step "tests" {COMMANDS[1]}' in lines
    assert "set -euo pipefail" in lines
    setup = next(i for i, line in enumerate(lines) if "course.py setup --dev" in line)
    assert setup < lines.index(f'step "tests" {COMMANDS[1]}')


def test_readme_was_measured():
    unmeasured = [line for line in read("README.md").splitlines() if "MEA" + "SURE" in line]
    assert unmeasured == []


def test_readmes_table_has_every_lesson_with_its_title_and_minutes():
    rows = re.findall(r"^\| \[(.+?)\]\(notebooks/(.+?)\) \| (\d+) \|", read("README.md"), re.M)
    cards = []
    for path in lesson_notebooks():
        card = read_notebook(path).cells[0].source
        minutes = re.search(r"\*\*Time:\*\* (\d+) minutes", card)
        assert minutes is not None, path.name
        cards.append((card.splitlines()[0].removeprefix("# "), path.name, minutes[1]))
    assert len(cards) >= 4
    assert rows == cards


def test_licences_and_citation_exist_and_agree():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert project["license"] == "MIT"
    assert project["license-files"] == ["LICENSE", "LICENSE-prose"]
    assert read("LICENSE").startswith("MIT License")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in read("LICENSE-prose")
    assert (PROJECT / "data" / "README.md").is_file()
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["license"] == ["MIT", "CC-BY-4.0"]
    assert citation["authors"] == project["authors"]


# -- course_utils: public names, weight, layers ----------------------------------------------------


def test_public_names_are_those_that_were_promised():
    assert public_api(PROJECT / "course_utils") == LIST.read_text(encoding="utf-8"), (
        "names or signatures of course_utils changed: if that is meant, run "
        "python tools/public_api.py and tell of it in CHANGELOG.md."
    )


def test_list_of_public_names_sees_changes(tmp_path):
    package = tmp_path / "library"
    (package / "inner").mkdir(parents=True)
    (package / "inner" / "__init__.py").write_text(
        "from library.inner.deep import Pair, add\n__all__ = ['Pair', 'add']\n"
    )
    deep = (
        "class Pair:\n    left: int = 0\n    _hidden: int\n"
        "    @property\n    def sum(self) -> int: ...\n"
        "def add(a: int, /, *, b: int | None = None) -> int: ...\n"
        "def not_exported(): ...\n"
    )
    (package / "inner" / "deep.py").write_text(deep)
    (package / "plain.py").write_text(
        "import os\nLIMIT: int = 3\ndef _own(): ...\ndef run(): ...\n"
    )
    assert public_api(package).splitlines() == [
        "class library.inner.Pair()",
        "library.inner.Pair.left: int = 0",
        "@property library.inner.Pair.sum(self) -> int",
        "library.inner.add(a: int, /, *, b: int | None=None) -> int",
        "library.plain.LIMIT: int",
        "library.plain.run()",
    ]


HEAVY = {"IPython", "matplotlib", "pandas", "pooch", "sklearn", "torchvision"}


def what_importing_adds(module: str, folder: Path) -> tuple[float, set[str]]:
    """Seconds that `import module` takes after `import torch`, and the packages it brings along."""
    code = (
        "import sys, time, torch; before = set(sys.modules); began = time.perf_counter()\n"
        f"import {module}\n"
        "took = time.perf_counter() - began\n"
        "print(took, *{name.split('.')[0] for name in sys.modules} - before)"
    )
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True)
    seconds, *packages = answer.stdout.split()
    return float(seconds), set(packages)


@pytest.mark.parametrize("module", ["course_utils", "course_utils.datasets"])
def test_import_is_light(module):
    seconds, packages = what_importing_adds(module, PROJECT)
    assert "course_utils" in packages
    assert not packages & HEAVY
    assert seconds < 0.1


def test_heavy_import_is_found(tmp_path):
    (tmp_path / "planted.py").write_text("import matplotlib\nimport time\ntime.sleep(0.1)\n")
    seconds, packages = what_importing_adds("planted", tmp_path)
    assert packages & HEAVY
    assert seconds > 0.1


def layers_hold(folder: Path) -> bool:
    """Run import-linter on the course_utils in `folder` with the project's contract."""
    code = (
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    assert "Contracts:" in answer.stdout, answer.stdout + answer.stderr
    return answer.returncode == 0


def test_imports_point_one_way():
    assert layers_hold(PROJECT)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("runtime.py", "import course_utils.plotting"),  # upwards
        ("plotting.py", "from course_utils import datasets"),  # sideways
        ("datasets/images.py", "def late():\n    from course_utils import checks"),  # hidden
        ("novelty.py", ""),  # a module that has no place yet
    ],
)
def test_import_that_points_elsewhere_is_found(module, line, tmp_path):
    shutil.copytree(PROJECT / "course_utils", tmp_path / "course_utils")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    with (tmp_path / "course_utils" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert not layers_hold(tmp_path)
