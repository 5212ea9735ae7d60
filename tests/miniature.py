"""A miniature of the project that course.py can set up without a network, in seconds.

Real are Python's venv, pip, uv, the build backend, the checksums and the editable install. Only
the big packages are stood in for: JupyterLab and pytest by packages of a few lines that write down
how they were started.
"""

import hashlib
import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

PROJECT = Path(__file__).parent.parent
STAND_IN = """\
import json, os, pathlib, sys
note = {"arguments": sys.argv[1:], "folder": os.getcwd(), "prefix": sys.prefix}
pathlib.Path("started.json").write_text(json.dumps(note), encoding="utf-8")
sys.exit(7)
"""


def make_wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    """Write a wheel of `files`; returns its path."""
    information = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    form = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        **files,
        f"{information}/METADATA": metadata.encode(),
        f"{information}/WHEEL": form.encode(),
    }
    record = f"{information}/RECORD"
    files[record] = "".join(f"{path},,\n" for path in [*files, record]).encode()
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            mode = stat.S_IFREG | (0o755 if "/scripts/" in path else 0o644)  # programs may run
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return wheel


def repack(folder: Path, name: str) -> Path:
    """Make a wheel again of a package that is installed here."""
    distribution = importlib.metadata.distribution(name)
    name = name.replace("-", "_")
    files = {}
    for file in distribution.files or []:
        path = file.as_posix()
        if path.startswith("../"):  # a program, installed beside the interpreter
            path = f"{name}-{distribution.version}.data/scripts/{file.name}"
        if ".dist-info/" not in path and "__pycache__" not in path:
            files[path] = Path(str(file.locate())).read_bytes()
    return make_wheel(folder, name, distribution.version, files)


def pin(*wheels: Path) -> str:
    """The lines of a requirements file that demand exactly these wheels."""
    lines = []
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n")
    return "".join(lines)


class Miniature:
    """A small copy of the project in `folder`, with the only packages it can get beside it."""

    def __init__(self, folder: Path, *, uv_works: bool) -> None:
        self.root = folder / "course ž"
        self.packages = folder / "packages"
        self.packages.mkdir(parents=True)
        for name in ("course_utils/__init__.py", "tools/__init__.py", "tools/environment.py",
                     "tools/setup_errors.py", "course.py", "pyproject.toml", "README.md",
                     "LICENSE", "LICENSE-prose"):  # fmt: skip
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, self.root / name)

        main = STAND_IN.encode()
        self.lab = make_wheel(self.packages, "jupyterlab", "4", {"jupyterlab/__main__.py": main})
        pytest = make_wheel(self.packages, "pytest", "9", {"pytest/__main__.py": main})
        broken = {"uv/__main__.py": b"raise SystemExit('this uv does not start')"}
        uv = (
            repack(self.packages, "uv")
            if uv_works
            else make_wheel(self.packages, "uv", "0", broken)
        )
        flit = repack(self.packages, "flit-core")
        self.write("requirements-bootstrap.txt", pin(uv))
        self.write("requirements.txt", pin(flit, self.lab))
        self.write("requirements-dev.txt", pin(flit, self.lab, pytest))

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "course-stamp.json"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "course.py"), *arguments]

    def variables(self, **more: str) -> dict[str, str]:
        """Installers find the packages in the folder beside, and nothing else anywhere."""
        mine = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "UV_"))
        }
        sources = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.packages.as_uri(),
                   "UV_OFFLINE": "1", "UV_FIND_LINKS": self.packages.as_uri(),
                   "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(PROJECT / "nowhere")}  # fmt: skip
        return {**mine, **sources, **more}

    def run(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run course.py as a learner does, from another folder."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.packages,
            env=self.variables(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
