"""Open the course, test it, or only set it up. Needs nothing but Python.

python course.py                   open the course in JupyterLab (the same as "lab")
python course.py lab [OPTIONS]     the same; OPTIONS go to JupyterLab (--no-browser, --port 9999 …)
python course.py test              run all tests, two at a time
python course.py test OPTIONS      one after the other; OPTIONS go to pytest (-x, -k NAME …)
python course.py setup [--dev]     only set up; --dev with all that the tests need

Each command first sets up what it needs in the folder .venv, once. To choose the Python, start
course.py with it (3.11, 3.12 or 3.13). This file and tools/environment.py stay readable for
Python 3.8, so that an old Python can say in words what it lacks.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tools import environment
from tools.environment import say
from tools.setup_errors import SetUpError, explain

ROOT = Path(__file__).resolve().parent
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"
SUPPORTED = ("3.13", "3.12", "3.11")
MOST_PROCESSES = 2  # each test process, with its notebook, takes up to 3 GB of memory


def hand_over(command: list[str], variables: dict[str, str]) -> int:
    """Let `command` take this program's place; its exit status is ours."""
    sys.stdout.flush()
    if not environment.WINDOWS:
        os.execve(command[0], command, variables)
    # Windows' exec returns to the prompt while the program still runs, so wait for it instead;
    # Ctrl-C is then the program's business alone.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.run(command, env=variables, check=False).returncode


def find_python() -> str | None:
    """A supported Python on this computer: the one that made .venv, else the newest, else None."""
    made_by = environment.read_stamp(ROOT).get("python")
    for version in sorted(SUPPORTED, key=lambda version: version != made_by):
        for command in ([f"python{version}"], ["py", f"-{version}"]):
            program = shutil.which(command[0])
            if program is None:
                continue
            # Only a Python that really starts counts: version managers leave names that do not.
            question = "import sys; print('{}.{}'.format(*sys.version_info), sys.executable)"
            answer = subprocess.run(
                [program, *command[1:], "-c", question],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                check=False,
            )
            found, _, path = answer.stdout.strip().partition(" ")
            if found == version:
                return path
    return None


def use_supported_python(arguments: list[str]) -> int:
    """Start again with a Python that the course supports."""
    this = "{}.{}".format(*sys.version_info)
    other = find_python()
    if other is None:
        raise SetUpError(
            f"The course needs Python 3.11, 3.12 or 3.13 and this is Python {this}: "
            "install one of them from https://www.python.org/downloads/ and run this again with it."
        )
    say(f"This is Python {this}, which the course does not support; going on with {other}.")
    return hand_over([other, str(Path(__file__).resolve()), *arguments], dict(os.environ))


def lab(options: list[str]) -> int:
    """Open the course in JupyterLab; a notebook named in the options is opened instead of 00."""
    python = environment.prepare(ROOT)
    os.chdir(ROOT)
    say("Opening the course in JupyterLab; to end it, press Ctrl-C here.")
    # A page to start with, not a file to open: so the address that JupyterLab prints leads there
    # too, and a notebook among the learner's options is opened instead.
    command = [str(python), "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    command += [f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}", *options]
    return hand_over(command, environment.variables_of(ROOT))


def test(options: list[str]) -> int:
    """Run all tests with pytest; without options two at a time, each on a core of its own."""
    python = environment.prepare(ROOT, developer=True)
    os.chdir(ROOT)
    variables = environment.variables_of(ROOT)
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if not options and processes > 1:
        # Whole files, because the cells of a notebook share a kernel.
        options = [f"--numprocesses={processes}", "--dist=loadfile"]
        variables.setdefault("COURSE_THREADS", "1")
    return hand_over([str(python), "-m", "pytest", *options], variables)


def setup(options: list[str]) -> int:
    """Only make the environment, or bring it up to date."""
    if options not in ([], ["--dev"]):
        raise SetUpError(f"setup takes only the option --dev, not {' '.join(options)}.")
    environment.prepare(ROOT, developer=bool(options))
    say("The course is set up: python course.py opens it.")
    return 0


COMMANDS = {"lab": lab, "test": test, "setup": setup}


def start(arguments: list[str]) -> int:
    """Run the command that `arguments` name."""
    name, options = (arguments[0], arguments[1:]) if arguments else ("lab", [])
    if name in {"-h", "--help", "help"}:
        say(str(__doc__))
        return 0
    if name not in COMMANDS:
        raise SetUpError(f"{name} is no command of course.py: use lab, test, setup or --help.")
    if "{}.{}".format(*sys.version_info) not in SUPPORTED:
        return use_supported_python(arguments)
    # An interpreter cannot throw away the environment it runs from, so its base does the work.
    base = str(getattr(sys, "_base_executable", sys.executable))
    inside = Path(sys.prefix).resolve() == environment.folder_of(ROOT).resolve()
    if inside and base != sys.executable:
        return hand_over([base, str(Path(__file__).resolve()), *arguments], dict(os.environ))
    return COMMANDS[name](options)


def main(arguments: list[str]) -> int:
    """Run a command and return the exit status; what goes wrong is told in a sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter the console lacks must not stop us
    try:
        return start(arguments)
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it mends what is unfinished.")
        return 130
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(explain(str(error), ROOT), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
