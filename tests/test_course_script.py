"""course.py, the first command a newcomer types; small copies of the project are really set up."""

import ast
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import course
from tests.miniature import PROJECT, Miniature, pin
from tools import environment, setup_errors

SCRIPTS = ["course.py", "tools/__init__.py", "tools/environment.py", "tools/setup_errors.py"]
THIS_PYTHON = "{}.{}".format(*sys.version_info)
# What the installers really print. The wheel's name and the traceback around it do not matter.
REAL_OUTPUTS = {
    "disk": [
        "error: Failed to install: debugpy-1.8.22.whl (debugpy==1.8.22)\n"
        "  cause: failed to copy file: No space left on device (os error 28)",
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    ],
    "venv": [
        "The virtual environment was not created successfully because ensurepip is not\n"
        "available.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage",
        "/usr/bin/python3: No module named venv",
    ],
    "permission": [
        "Error: [Errno 13] Permission denied: '/course/.venv'",
        "Error: [WinError 5] Access is denied: '.venv\\\\Scripts\\\\python.exe'",
    ],
    "certificate": [
        "error: Request failed after 3 retries\n  cause: Failed to fetch: simple/isoduration/\n"
        "  cause: invalid peer certificate: UnknownIssuer",
    ],
    "network": [
        "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by "
        "'NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure "
        "in name resolution')': /simple/uv/\nERROR: No matching distribution found for uv==0.13.9",
        "error: Request failed after 3 retries in 4.8s\n  cause: Failed to fetch: isoduration/\n"
        "  cause: dns error",
    ],
    "checksum": [
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "error: Failed to download `torch==2.15.0`\n  cause: Hash mismatch for `torch==2.15.0`",
    ],
    "platform": [
        "error: No solution found when resolving dependencies\n  cause: Because torch==2.15.0 has "
        "no wheels with a matching platform tag (e.g., `macosx_13_0_x86_64`)",
        "ERROR: No matching distribution found for torch==2.15.0",
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _started_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the interpreter in the project's own .venv, which course.py would hand over from."""
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)


@pytest.fixture
def never_hands_over(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that course.py would have given its place to."""
    commands: list[list[str]] = []
    monkeypatch.setattr(course, "hand_over", lambda command, _: commands.append(command) or 0)
    return commands


def note(miniature: Miniature) -> dict[str, object]:
    started = miniature.root / "started.json"
    content = json.loads(started.read_text(encoding="utf-8"))
    started.unlink()
    return content


# -- for real, in a miniature of the project -------------------------------------------------------


def test_first_run_later_runs_and_hand_over_where_uv_does_not_start(tmp_path):
    mini = Miniature(tmp_path, uv_works=False)

    first = mini.run()
    assert first.returncode == 7, first.stderr  # the status of what it handed over to
    assert "uv, the fast installer, does not work here: this uv does not start" in first.stdout
    started = note(mini)
    assert started["folder"] == str(mini.root)
    assert Path(str(started["prefix"])) == mini.root / ".venv"
    assert started["arguments"] == [
        f"--ServerApp.root_dir={mini.root}",
        "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
    ]
    settings = mini.root / ".venv/share/jupyter/lab/settings/overrides.json"
    news = json.loads(settings.read_text())["@jupyterlab/apputils-extension:notification"]
    assert news["fetchNews"] == "false"

    # From now on nothing is installed: there is nothing left to install from.
    packages = mini.packages.rename(tmp_path / "gone")
    mini.packages.mkdir()
    again = mini.run("lab", "--no-browser", "--port", "9999")
    assert "nstalling" not in again.stdout
    assert note(mini)["arguments"][-3:] == ["--no-browser", "--port", "9999"]
    mini.packages.rmdir()
    packages.rename(mini.packages)

    # The tests need more; the lab afterwards does not take it away.
    tests = mini.run("test", "-k", "slope")
    assert "updating .venv" in tests.stdout
    assert tests.returncode == 7
    assert note(mini)["arguments"] == ["-k", "slope"]
    assert "nstalling" not in mini.run("lab").stdout
    assert json.loads(mini.stamp.read_text())["kind"] == "developer"

    # course_utils is installed in place, also for the interpreter of the environment itself.
    python = environment.python_of(mini.root)
    where = [str(python), "-c", "import course_utils; print(course_utils.__file__)"]
    found = subprocess.run(where, capture_output=True, encoding="utf-8", check=True, cwd=tmp_path)
    assert Path(found.stdout.strip()) == mini.root / "course_utils" / "__init__.py"


@pytest.mark.skipif(environment.WINDOWS, reason="sends the signal of Ctrl-C to a process group")
def test_interrupted_altered_and_offline_runs_are_told_in_a_sentence_and_mended(tmp_path):
    mini = Miniature(tmp_path, uv_works=False)
    with subprocess.Popen(
        mini.command("setup"),
        env=mini.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        assert "Making the course's own environment" in process.stdout.readline()
        while not (mini.root / ".venv").exists():
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output.strip() == "Stopped. Run the same command again: it mends what is unfinished."
    assert not mini.stamp.exists()

    mended = mini.run("setup")
    assert mended.returncode == 0, mended.stderr
    assert "was not finished" in mended.stdout
    assert mini.stamp.exists()

    good = pin(*mini.packages.glob("flit_core*"), mini.lab)
    altered = mini.lab.rename(mini.lab.with_name("jupyterlab-5-py3-none-any.whl"))
    mini.write("requirements.txt", good.replace("jupyterlab==4", "jupyterlab==5"))
    content = altered.read_bytes()
    altered.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    failed = mini.run("setup")
    assert failed.returncode == 1
    assert "its checksum differs" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
    assert not mini.stamp.exists()

    offline = mini.run(
        "setup", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="1",
        PIP_FIND_LINKS="",
    )  # fmt: skip
    assert offline.returncode == 1
    assert "the package index cannot be reached" in offline.stderr
    assert len(offline.stderr.splitlines()) == 1

    altered.unlink()
    mini.write("requirements.txt", pin(*mini.packages.glob("flit_core*")))
    assert mini.run("setup").returncode == 0


def test_with_the_real_uv(tmp_path):
    try:
        importlib.metadata.distribution("uv")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("uv is not installed in this environment")
    mini = Miniature(tmp_path, uv_works=True)
    done = mini.run("setup", "--dev", UV_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert "does not work here" not in done.stdout
    installed = (environment.folder_of(mini.root)).rglob("jupyterlab-4.dist-info/INSTALLER")
    assert [file.read_text() for file in installed] == ["uv"]
    assert mini.run("test", "-x").returncode == 7
    assert note(mini)["arguments"] == ["-x"]

    # Where uv finds no packages, pip may: only it knows of a mirror that is set for pip.
    mini.stamp.unlink()
    closed = {"UV_OFFLINE": "0", "UV_INDEX_URL": "http://127.0.0.1:9/", "UV_FIND_LINKS": ""}
    done = mini.run("setup", UV_CACHE_DIR=str(tmp_path / "empty"), UV_HTTP_RETRIES="0", **closed)
    assert "pip takes its place" in done.stdout
    assert done.returncode == 0, done.stderr


# -- which environment is kept ---------------------------------------------------------------------


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A project whose environment was finished, as far as the stamp and the interpreter tell."""
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    environment.python_of(tmp_path).parent.mkdir(parents=True)
    environment.python_of(tmp_path).touch()
    environment.write(
        environment.stamp_of(tmp_path), environment.wanted_stamp(tmp_path, environment.STUDENT)
    )
    return tmp_path


def commands_of(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, developer: bool = False
) -> list[str]:
    """What `prepare` would run, as text."""
    commands: list[str] = []
    monkeypatch.setattr(environment, "run", lambda command, _: commands.append(" ".join(command)))
    environment.prepare(root, developer=developer)
    return commands


def test_finished_environment_runs_nothing(finished, monkeypatch):
    assert commands_of(finished, monkeypatch) == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_changed_pins_and_version_update_in_place(name, finished, monkeypatch):
    file = finished / name
    file.write_text(file.read_text().replace('version = "0.', 'version = "9.') + "\n# changed\n")
    commands = commands_of(finished, monkeypatch)
    assert not any("-m venv" in command for command in commands)
    assert any("-r requirements.txt" in command for command in commands)
    assert commands_of(finished, monkeypatch) == []


def test_developers_packages_come_on_top_and_stay(finished, monkeypatch):
    commands = commands_of(finished, monkeypatch, developer=True)
    assert any("-r requirements-dev.txt" in command for command in commands)
    assert not any("-m venv" in command for command in commands)
    assert commands_of(finished, monkeypatch) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"python": "3.10"}, "belongs to Python 3.10"),
        ({"folder": "/elsewhere"}, "was moved or copied"),
        (None, "was not finished"),
    ],
)
def test_other_python_other_folder_or_no_stamp_start_afresh(
    change, words, finished, monkeypatch, capsys
):
    stamp = environment.stamp_of(finished)
    if change is None:
        stamp.write_text('{"kind": "stu')
    else:
        environment.write(stamp, {**environment.read_stamp(finished), **change})
    assert "-m venv --clear" in commands_of(finished, monkeypatch)[0]
    assert words in capsys.readouterr().out


def test_vanished_interpreter_starts_afresh(finished, monkeypatch):
    environment.python_of(finished).unlink()
    assert "-m venv --clear" in commands_of(finished, monkeypatch)[0]


def test_failure_leaves_no_stamp(finished, monkeypatch):
    (finished / "requirements.txt").write_text("# changed")

    def full(command: list[str], root: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(environment, "run", full)
    with pytest.raises(setup_errors.SetUpError, match="the disk is full"):
        environment.prepare(finished)
    assert environment.read_stamp(finished) == {}


# -- words for what goes wrong ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "output"), [(cause, text) for cause, texts in REAL_OUTPUTS.items() for text in texts]
)
def test_real_failures_are_recognised(cause, output, tmp_path):
    assert setup_errors.cause_of(output, tmp_path) == cause
    sentence = setup_errors.explain(output, tmp_path)
    assert sentence.endswith("then run the same command again.")
    assert "\n" not in sentence


def test_every_cause_was_seen():
    assert REAL_OUTPUTS.keys() == setup_errors.CAUSES.keys()


def test_unknown_failure_shows_the_last_words(tmp_path):
    assert setup_errors.cause_of("it rained", tmp_path) is None
    assert setup_errors.explain("first\n" * 20 + "it rained", tmp_path).endswith("it rained")


def test_full_disk_is_recognised_from_the_disk(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(setup_errors.shutil, "disk_usage", lambda _: usage)
    assert (
        setup_errors.cause_of("Error: ensurepip returned non-zero exit status", tmp_path) == "disk"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["open"], "open is no command"), (["setup", "--now"], "setup takes only the option --dev")],
)
def test_wrong_arguments(arguments, words, capsys):
    assert course.main(arguments) == 1
    assert words in capsys.readouterr().err


def test_folder_that_may_not_be_written(monkeypatch, capsys):
    def refused(root: Path, *, developer: bool = False) -> Path:
        raise PermissionError(13, "Permission denied", str(root / ".venv"))

    monkeypatch.setattr(environment, "prepare", refused)
    assert course.main(["setup"]) == 1
    assert "a file may not be written" in capsys.readouterr().err


# -- which Python ----------------------------------------------------------------------------------


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_stay_readable_for_python_3_8(script):
    source = (PROJECT / script).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).split(".")[0])
    assert imported <= sys.stdlib_module_names | {"tools"}
    with pytest.raises(SyntaxError):
        ast.parse(source + "\nmatch 1:\n    case _: pass\n", feature_version=(3, 8))


def test_supported_versions_are_those_of_the_project():
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    admitted = SpecifierSet(tomllib.loads(text)["project"]["requires-python"])
    assert [v for v in ("3.14", "3.13", "3.12", "3.11", "3.10") if v in admitted] == [
        *course.SUPPORTED
    ]


def test_old_python_alone_gets_one_sentence(monkeypatch, capsys, never_hands_over):
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    monkeypatch.setenv("PATH", "")
    assert course.main(["test"]) == 1
    error = capsys.readouterr().err
    assert "needs Python 3.11, 3.12 or 3.13 and this is Python 3.8" in error
    assert len(error.splitlines()) == 1
    assert never_hands_over == []


@pytest.mark.skipif(environment.WINDOWS, reason="the stand-ins for other Pythons are shell scripts")
def test_old_python_goes_on_with_one_that_really_is_what_it_is_called(
    tmp_path, monkeypatch, never_hands_over
):
    others = [version for version in course.SUPPORTED if version != THIS_PYTHON]
    programs = {
        others[0]: "exit 127",  # as a version manager's name for a version that is switched off
        others[1]: f'exec "{sys.executable}" "$@"',  # not what its name says
        THIS_PYTHON: f'exec "{sys.executable}" "$@"',
    }
    for version, line in programs.items():
        program = tmp_path / f"python{version}"
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    assert course.main(["lab", "--no-browser"]) == 0
    assert never_hands_over == [[sys.executable, str(PROJECT / "course.py"), "lab", "--no-browser"]]


def test_own_environments_interpreter_gives_the_work_to_its_base(monkeypatch, never_hands_over):
    monkeypatch.setattr(sys, "prefix", str(PROJECT / ".venv"))
    monkeypatch.setattr(sys, "_base_executable", "/base/python")
    assert course.main(["setup"]) == 0
    assert never_hands_over == [["/base/python", str(PROJECT / "course.py"), "setup"]]


@pytest.mark.parametrize(
    ("cores", "options", "expected"),
    [
        (2, [], ["--numprocesses=2", "--dist=loadfile"]),
        (64, [], ["--numprocesses=2", "--dist=loadfile"]),
        (1, [], []),
        (2, ["-k", "slope"], ["-k", "slope"]),
    ],
)
def test_only_all_tests_run_two_at_a_time(cores, options, expected, monkeypatch):
    asked = []
    monkeypatch.chdir(PROJECT)
    monkeypatch.delenv("COURSE_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(environment, "prepare", lambda *_, **__: Path("python"))
    monkeypatch.setattr(course, "hand_over", lambda *handed: asked.append(handed) or 0)
    assert course.main(["test", *options]) == 0
    ((command, variables),) = asked
    assert command == ["python", "-m", "pytest", *expected]
    assert variables.get("COURSE_THREADS") == ("1" if expected and not options else None)


# -- Windows, as far as it can be seen from elsewhere ----------------------------------------------


def test_windows_layout(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "WINDOWS", True)
    assert environment.python_of(tmp_path) == tmp_path / ".venv" / "Scripts" / "python.exe"
    assert environment.variables_of(tmp_path)["PATH"].startswith(
        str(tmp_path / ".venv" / "Scripts")
    )


def test_windows_hand_over_waits_and_passes_the_status_on(monkeypatch):
    monkeypatch.setattr(environment, "WINDOWS", True)
    before = signal.getsignal(signal.SIGINT)
    try:
        assert course.hand_over([sys.executable, "-c", "exit(5)"], dict(os.environ)) == 5
    finally:
        signal.signal(signal.SIGINT, before)


def test_variables_keep_strangers_out(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("COURSE_THREADS", "1")
    variables = environment.variables_of(tmp_path)
    assert "PYTHONPATH" not in variables
    assert variables["COURSE_THREADS"] == "1"
    assert variables["VIRTUAL_ENV"] == str(tmp_path / ".venv")
