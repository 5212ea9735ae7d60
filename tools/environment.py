"""The course's own environment in `.venv`: made, mended and kept in step with the pins.

`prepare` is the one function that others call. It writes a stamp last of all, so a set-up that was
interrupted has none, and the next run starts afresh; packages that were already downloaded are
still in the installer's cache.

Only the standard library, and only syntax of Python 3.8: `course.py` imports this module before
anything is installed, on whatever Python the learner has.
"""

from __future__ import annotations

import collections
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tools.setup_errors import DISK, NETWORK, SetUpError, cause_of, explain

WINDOWS = os.name == "nt"
STUDENT, DEVELOPER = "student", "developer"
PINS = {STUDENT: "requirements.txt", DEVELOPER: "requirements-dev.txt"}

# Measured with empty caches on Linux (x86-64); elsewhere the sum of the packages' sizes.
DOWNLOAD = (
    "about 3.2 GB, 6 GB on disk; on Linux PyTorch always brings its CUDA libraries"
    if sys.platform == "linux"
    else "about 0.3 GB"
)

# No news and no update notes in front of a beginner, in this environment only.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}

# Lines of pip and uv that show a learner that something moves.
PROGRESS = ("Download", "Installing collected", "Installed")


class CommandError(RuntimeError):
    """A command ended badly; the message is the end of what it printed."""


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


def folder_of(root: Path) -> Path:
    """Where the environment of the course in `root` lies."""
    return root / ".venv"


def python_of(root: Path) -> Path:
    """The environment's interpreter (it need not exist yet)."""
    return folder_of(root) / ("Scripts/python.exe" if WINDOWS else "bin/python")


def variables_of(root: Path) -> dict[str, str]:
    """The shell's variables as an activated environment has them.

    Whatever would lead Python or pip to packages outside the environment is left out.
    """
    outside = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    variables = {name: value for name, value in os.environ.items() if name not in outside}
    variables["VIRTUAL_ENV"] = str(folder_of(root))
    variables["PATH"] = os.pathsep.join([str(python_of(root).parent), variables.get("PATH", "")])
    return variables


def run(command: list[str], root: Path) -> None:
    """Run a command in `root`, show its signs of progress; `CommandError` if it fails."""
    tail: collections.deque[str] = collections.deque(maxlen=200)
    with subprocess.Popen(
        command,
        cwd=root,
        env=variables_of(root),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                tail.append(line)
                if line.lstrip().startswith(PROGRESS):
                    say(f"  {line.strip():.100}")
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise CommandError("".join(tail))


def wanted_stamp(root: Path, kind: str) -> dict[str, str]:
    """What the stamp of a finished and current environment says."""
    import tomllib  # from Python 3.11 on, so not at the top

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "kind": kind,
        "python": "{}.{}".format(*sys.version_info),
        "folder": str(root),
        "version": project["version"],
        "pins": hashlib.sha256((root / PINS[kind]).read_bytes()).hexdigest(),
    }


def read_stamp(root: Path) -> dict[str, str]:
    """What was installed, {} if no set-up was ever finished."""
    try:
        stamp = json.loads(stamp_of(root).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def stamp_of(root: Path) -> Path:
    """The file that is written when a set-up is finished."""
    return folder_of(root) / "course-stamp.json"


def write(path: Path, content: object) -> None:
    """Write JSON under a temporary name, then rename: a half file never has the real name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def reason_to_rebuild(root: Path, stamp: dict[str, str], wanted: dict[str, str]) -> str | None:
    """Why the environment must be made from nothing, or None if it can be kept."""
    if not folder_of(root).exists():
        return "Making the course's own environment in the folder .venv."
    if not stamp or not python_of(root).exists():
        return "The last set-up was not finished, or .venv is damaged: making .venv anew."
    if stamp.get("python") != wanted["python"]:
        return (
            f"The folder .venv belongs to Python {stamp.get('python')} and this is Python "
            f"{wanted['python']}: making .venv anew."
        )
    if stamp.get("folder") != wanted["folder"]:
        return "The course's folder was moved or copied: making .venv anew."
    return None


def install(root: Path, pins: str) -> None:
    """Install the pinned packages and course_utils: with uv, or with pip where uv does not work."""
    python = str(python_of(root))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    uv = [python, "-m", "uv", "pip", "install", "--python", python]
    packages = ["--require-hashes", "-r", pins]
    course_in_place = ["--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
    uv_is_here = False
    try:
        run([*pip, "--require-hashes", "-r", "requirements-bootstrap.txt"], root)
        uv_is_here = True
        run([*uv, "--compile-bytecode", *packages], root)
        run([*uv, *course_in_place], root)
    except CommandError as error:
        # Without room or a network pip could do no better. But where pip got uv, a network that
        # uv finds closed may be open to pip: uv does not know the mirror that is set for pip.
        hopeless = {DISK} if uv_is_here else {DISK, NETWORK}
        if cause_of(str(error), root) in hopeless:
            raise
        last_words = str(error).strip().splitlines()[-1:]
        say(f"uv, the fast installer, does not work here: {' '.join(last_words)}")
        say("pip takes its place; that lasts some minutes longer.")
        run([*pip, "--progress-bar", "off", *packages], root)
        run([*pip, *course_in_place], root)


def prepare(root: Path, *, developer: bool = False) -> Path:
    """Bring the environment in `root` up to date and return its interpreter.

    With a current stamp nothing is run and nothing is fetched. An environment that has the
    developers' packages keeps them, also when only the student's are asked for.

    Raises:
        SetUpError: with one sentence for the learner.
    """
    stamp = read_stamp(root)
    kind = DEVELOPER if developer or stamp.get("kind") == DEVELOPER else STUDENT
    wanted = wanted_stamp(root, kind)
    python = python_of(root)
    if stamp == wanted and python.exists():
        return python

    rebuild = reason_to_rebuild(root, stamp, wanted)
    try:
        stamp_of(root).unlink(missing_ok=True)
        say(rebuild or "The course's packages changed, or more of them are needed: updating .venv.")
        if rebuild:
            run([sys.executable, "-m", "venv", "--clear", str(folder_of(root))], root)
        say(f"Installing the packages (download, the first time: {DOWNLOAD}).")
        install(root, PINS[kind])
        write(folder_of(root) / "share/jupyter/lab/settings/overrides.json", LAB_SETTINGS)
        write(stamp_of(root), wanted)
    except (CommandError, OSError) as error:
        raise SetUpError(explain(str(error), root)) from error
    say("The set-up is finished; from now on the course starts at once, also without a network.")
    return python
