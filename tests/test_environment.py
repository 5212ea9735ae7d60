"""Every way to set the course up gives the same packages: pyproject, the pins and conda agree."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import course_utils

PROJECT = Path(__file__).parent.parent
FILES = (
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-bootstrap.txt",
    "environment.yml",
)
TORCH_TRAP = "2.13"  # may come as a CPU-only build whose torchvision cannot be imported
COMPUTERS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.{patch}",
        "sys_platform": platform,
        "platform_machine": machine,
        "platform_system": system,
        "os_name": "nt" if platform == "win32" else "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    for (python, patch), (platform, machine, system) in product(
        [("3.11", 0), ("3.11", 9), ("3.12", 0), ("3.13", 0), ("3.13", 9)],
        [
            ("linux", "x86_64", "Linux"),
            ("linux", "aarch64", "Linux"),
            ("darwin", "arm64", "Darwin"),
            ("win32", "AMD64", "Windows"),
        ],
    )
]


@cache
def parse_pins(text: str) -> list[tuple[Requirement, list[str]]]:
    joined = text.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if not re.match(r"\s*(#|$)", line)]
    split = [re.split(r"\s+--hash=", line) for line in lines]
    return [(Requirement(requirement), hashes) for requirement, *hashes in split]


@dataclass
class Texts:
    """What the five files say; a test that plants a fault changes one of them."""

    files: dict[str, str] = field(
        default_factory=lambda: {n: (PROJECT / n).read_text(encoding="utf-8") for n in FILES}
    )

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a regular expression's first match, which must exist."""
        self.files[name], count = re.subn(old, new, self.files[name], count=1, flags=re.MULTILINE)
        assert count == 1, f"nothing to change: {old} is not in {name}"

    @property
    def project(self) -> dict:
        return tomllib.loads(self.files["pyproject.toml"])

    def pins(self, name: str) -> list[tuple[Requirement, list[str]]]:
        """Each requirement of a pinned file with its checksums."""
        return parse_pins(self.files[name])

    def installed(self, name: str, computer: dict[str, str]) -> list[tuple[Requirement, list[str]]]:
        """The pins of a file that count on one computer."""
        return [
            (pin, hashes)
            for pin, hashes in self.pins(name)
            if pin.marker is None or pin.marker.evaluate(computer)
        ]

    def group(self, name: str) -> list[Requirement]:
        """A dependency group with the groups it includes."""
        entries = self.project["dependency-groups"][name]
        own = [Requirement(entry) for entry in entries if isinstance(entry, str)]
        included = [e["include-group"] for e in entries if isinstance(e, dict)]
        return own + [requirement for group in included for requirement in self.group(group)]

    @property
    def pip_section(self) -> list[str]:
        """The lines that conda hands to pip."""
        dependencies = yaml.safe_load(self.files["environment.yml"])["dependencies"]
        return next((entry["pip"] for entry in dependencies if isinstance(entry, dict)), [])


def unpinned(texts: Texts) -> list[str]:
    """Direct dependencies without exactly one pin that their bound admits, on some computer."""
    student = [Requirement(text) for text in texts.project["project"]["dependencies"]]
    wanted = {
        "requirements.txt": student + texts.group("build"),
        "requirements-dev.txt": student + texts.group("dev"),
    }
    problems = []
    for (name, requirements), computer in product(wanted.items(), COMPUTERS):
        pins = texts.installed(name, computer)
        where = f"{computer['python_full_version']} {computer['sys_platform']}"
        for requirement in requirements:
            versions = [
                next(iter(pin.specifier)).version
                for pin, _ in pins
                if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
            ]
            if len(versions) != 1 or versions[0] not in requirement.specifier:
                problems.append(f"{name}: {requirement} is pinned to {versions} on {where}")
    return problems


def loose(texts: Texts) -> list[str]:
    """Pins that are no exact version, or have no checksum, or stand twice for one computer."""
    problems = []
    for name in (n for n in FILES if n.startswith("requirements")):
        pins = texts.pins(name)
        for pin, hashes in pins:
            if [specifier.operator for specifier in pin.specifier] != ["=="] or pin.url:
                problems.append(f"{name}: {pin} is not pinned to one version")
            if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes):
                problems.append(f"{name}: {pin.name} has no proper checksum")
        for computer in COMPUTERS:
            names = [pin.name for pin, _ in texts.installed(name, computer)]
            twice = {n for n in names if names.count(n) > 1}
            problems += [f"{name}: {n} is pinned twice on one computer" for n in sorted(twice)]
    return problems


def not_in_developers_pins(texts: Texts) -> list[str]:
    """What a student gets on some computer and a developer gets differently or not at all."""
    problems = set()
    for computer in COMPUTERS:
        student, developer = (
            {
                (pin.name, str(pin.specifier), *hashes)
                for pin, hashes in texts.installed(name, computer)
            }
            for name in ("requirements.txt", "requirements-dev.txt")
        )
        problems |= {f"{name}{version}" for name, version, *_ in student - developer}
    return sorted(problems)


def trapped_torch(texts: Texts) -> list[str]:
    """Places where the build of torch that must not be used is pinned or admitted."""
    problems = [
        f"{name}: {pin}"
        for name in ("requirements.txt", "requirements-dev.txt")
        for pin, _ in texts.pins(name)
        if pin.name == "torch" and next(iter(pin.specifier)).version.startswith(TORCH_TRAP)
    ]
    bounds = [Requirement(text) for text in texts.project["project"]["dependencies"]]
    torch = next(bound for bound in bounds if bound.name == "torch")
    return problems + [f"bound: {torch}"] * (f"{TORCH_TRAP}.0" in torch.specifier)


def conda_differs(texts: Texts) -> list[str]:
    """Where environment.yml could give another Python or other packages than the pins."""
    environment = yaml.safe_load(texts.files["environment.yml"])
    problems = []
    python = [e for e in environment["dependencies"] if str(e).split(" ")[0] == "python"]
    wanted = SpecifierSet(texts.project["project"]["requires-python"])
    if len(python) != 1 or SpecifierSet(python[0].removeprefix("python").strip()) != wanted:
        problems.append(f"python is {python}, the project wants {wanted}")
    others = [e for e in environment["dependencies"] if isinstance(e, str) and e not in python]
    if others != ["pip"]:
        problems.append(f"conda itself may bring only Python and pip, not {others}")
    if texts.pip_section != ["--require-hashes", "--requirement requirements.txt"]:
        problems.append(f"pip may be given only the pinned file, not {texts.pip_section}")
    return problems


def hosts(texts: Texts) -> list[str]:
    """Addresses in the files: which index is used is the user's choice."""
    pattern = re.compile(r"\w+://\S+|--(?:extra-)?index-url|--find-links|\[\[?tool\.uv", re.I)
    return [f"{name}: {hit}" for name, text in texts.files.items() for hit in pattern.findall(text)]


CHECKS = (unpinned, loose, not_in_developers_pins, trapped_torch, conda_differs, hosts)


@pytest.mark.parametrize("check", CHECKS)
def test_files_agree(check):
    assert check(Texts()) == []


def test_there_is_something_to_agree_on():
    texts = Texts()
    assert len(texts.pins("requirements.txt")) > 100
    assert len(texts.pins("requirements-dev.txt")) > len(texts.pins("requirements.txt"))
    assert [pin.name for pin, _ in texts.pins("requirements-bootstrap.txt")] == ["uv"]
    assert {r.name for r in texts.group("dev")} >= {"pytest", "ruff", "flit-core"}


STUDENT, DEVELOPER, CONDA = "requirements.txt", "requirements-dev.txt", "environment.yml"


@pytest.mark.parametrize(
    ("check", "name", "old", "new"),
    [
        (unpinned, "pyproject.toml", r'"tqdm~=4\.\d+"', '"tqdm~=5.0"'),
        (unpinned, "pyproject.toml", r'^dependencies = \[', 'dependencies = ["lightning~=2.5",'),
        (unpinned, "pyproject.toml", r'"hypothesis~=[\d.]+"', '"hypothesis~=99.0"'),
        (unpinned, STUDENT, r"^tqdm==\S+", "tqdm==3.0"),
        (unpinned, STUDENT, r"^torch==(\S+)", r"torch==\1 ; sys_platform == 'linux'"),
        (unpinned, STUDENT, r"^numpy==(\S+) ; python_full_version < '3.12'",
         r"numpy==\1 ; python_full_version < '3.11.5'"),
        (unpinned, STUDENT, r"^flit-core==", "flit-gore=="),
        (unpinned, DEVELOPER, r"^ruff==\S+", "ruff==1.0"),
        (loose, STUDENT, r"^tqdm==", "tqdm>="),
        (loose, STUDENT, r"^(tqdm==\S+) \\\n(?: +--hash=\S+(?: \\)?\n)+", r"\1\n"),
        (loose, DEVELOPER, r"--hash=sha256:\w", "--hash=sha256:"),
        (loose, DEVELOPER, r"--hash=sha256:", "--hash=md5:"),
        (loose, STUDENT, r"^numpy==(\S+) ; python_full_version < '3.12'", r"numpy==\1"),
        (loose, "requirements-bootstrap.txt", r"^uv==", "uv>="),
        (not_in_developers_pins, DEVELOPER, r"^tornado==\S+", "tornado==1.0"),
        (not_in_developers_pins, DEVELOPER, r"^tornado==", "tornator=="),
        (not_in_developers_pins, STUDENT, r"(^tornado==.*\n.*sha256:)....", r"\g<1>0000"),
        (trapped_torch, DEVELOPER, r"^torch==\S+", "torch==2.13.0"),
        (trapped_torch, "pyproject.toml", r'"torch~=2\.\d+"', '"torch~=2.12"'),
        (conda_differs, CONDA, r">=3\.11", ">=3.10"),
        (conda_differs, CONDA, r"^  - python .*\n", ""),
        (conda_differs, CONDA, r"^  - pip$", "  - pip\n  - numpy"),
        (conda_differs, CONDA, r"requirements\.txt$", "requirements-dev.txt"),
        (conda_differs, CONDA, r"^      - --require-hashes\n", ""),
        (conda_differs, CONDA, r"^(      - --requirement.*)", r"\1\n      - tqdm"),
        (conda_differs, "pyproject.toml", r'">=3\.11,<3\.14"', '">=3.11,<3.15"'),
        (hosts, STUDENT, r"^tqdm==", "--index-url https://packages.example/simple\ntqdm=="),
        (hosts, CONDA, r"conda-forge", "https://conda.example/forge"),
        (hosts, "pyproject.toml", r"^\[tool\.ruff\]", '[[tool.uv.index]]\nname = "x"\n[tool.ruff]'),
    ],
)  # fmt: skip
def test_planted_fault_is_found(check, name, old, new):
    texts = Texts()
    texts.change(name, old, new)
    assert check(texts) != []


def test_version_is_the_same_everywhere():
    version = Texts().project["project"]["version"]
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d\S*)\] - (\S+)$", changelog, re.MULTILINE)
    assert newest is not None
    assert course_utils.__version__ == citation["version"] == newest[1] == version
    assert str(citation["date-released"]) == newest[2]
