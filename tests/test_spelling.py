"""Spelling: of everything that somebody wrote, never of what a program printed."""

import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.spelling import american, readable, sources, written
from tools.storage import ROOT, serialise

# Words that codespell takes for slips, one a line, with the reason.
RIGHT_WORDS = (
    "nstalling",  # the end of both Installing and installing
)

# Digital object identifiers are spelled as they are.
IDENTIFIER = r"10\.\d{4,}/\S+"

# Planted by the tests below; in pieces, so that this file itself passes.
SLIP = "recie" + "ve"


def misspellings(paths: list[Path], *, root: Path, scratch: Path) -> list[str]:
    """What codespell finds in the text of these files, as "file:line: slip ==> word"."""
    for path in paths:
        copy = scratch / f"{path.relative_to(root)}.txt"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(written(path), encoding="utf-8")
    options = ["--ignore-words-list", ",".join(RIGHT_WORDS), "--ignore-regex", IDENTIFIER]
    result = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *options, "."],
        cwd=scratch,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    found = result.stdout.splitlines()
    assert (result.returncode == 0) == (not found), result.stderr
    return found


def test_the_course_is_spelled_right(tmp_path: Path) -> None:
    assert misspellings(sources(), root=ROOT, scratch=tmp_path) == []


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if path.suffix != ".py"],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_prose_is_british(path: Path) -> None:
    assert american(readable(path)) == []


def test_the_files_of_the_course_are_looked_at() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in sources()}
    assert {
        "README.md",
        "course.py",
        "data/README.md",
        "notebooks/03_gradient_descent.ipynb",
        "notebooks/glossary.md",
        "tests/test_spelling.py",
        "tools/spelling.py",
    } <= names


@pytest.mark.parametrize("name", ["a.md", "tools/b.py"])
def test_a_slip_in_a_file_is_noticed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "root" / name
    path.parent.mkdir(parents=True)
    path.write_text(f"# We {SLIP} it.\n", encoding="utf-8")
    assert sources(tmp_path / "root") == [path]
    found = misspellings([path], root=tmp_path / "root", scratch=tmp_path / "scratch")
    assert [line.split(" ==> ")[1] for line in found] == ["receive"]


def notebook(path: Path, *, text: str = "Fine.", code: str = "1", printed: str = "1") -> Path:
    cell = new_code_cell(code, outputs=[new_output("stream", text=printed)])
    path.write_bytes(serialise(new_notebook(cells=[new_markdown_cell(text), cell])))
    return path


def test_a_slip_in_a_notebook_is_noticed_but_not_in_its_outputs(tmp_path: Path) -> None:
    paths = [
        notebook(tmp_path / "text.ipynb", text=f"We {SLIP} it."),
        notebook(tmp_path / "code.ipynb", code=f"# we {SLIP} it"),
        notebook(tmp_path / "printed.ipynb", printed=f"we {SLIP} it"),
    ]
    found = misspellings(paths, root=tmp_path, scratch=tmp_path / "scratch")
    assert sorted(Path(line.split(":")[0]).name for line in found) == [
        "code.ipynb.txt",
        "text.ipynb.txt",
    ]


def test_translations_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "glossary.md"
    row = "| English | Czech | Polish | Meaning | Introduced in |\n|---|---|---|---|---|\n"
    path.write_text(f"{row}| a | {SLIP} | {SLIP} | good | [03](x) |\n", encoding="utf-8")
    assert misspellings([path], root=tmp_path, scratch=tmp_path / "scratch") == []
    path.write_text(f"{row}| a | b | c | {SLIP} | [03](x) |\n", encoding="utf-8")
    assert len(misspellings([path], root=tmp_path, scratch=tmp_path / "scratch")) == 1


def test_identifiers_are_left_out_but_not_the_words_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"doi:10.1000/{SLIP}.1\n\nWe {SLIP} doi:10.1000/1.\n", encoding="utf-8")
    found = misspellings([path], root=tmp_path, scratch=tmp_path / "scratch")
    assert [line.split(":")[1] for line in found] == ["3"]


def test_american_spellings_are_noticed() -> None:
    assert american("The color of optimization, Neighbors.") == [
        "color (colour)",
        "optimization (optimise)",
        "Neighbors (neighbour)",
    ]


def test_terms_and_british_spellings_pass() -> None:
    assert american("An optimizer for colours; the centre, the size, a coloured horizon.") == []


def test_american_spellings_are_allowed_in_code_titles_and_references(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "x.ipynb",
        text="Write `color`, see *Optimization Methods*, “Color” and the Climatic Data Center.",
        code="color = 1",
    )
    assert american(readable(path)) == []
    text = "## Further reading\n\nA. Author, Optimization, 2018."
    assert american(readable(notebook(path, text=text))) == []
    assert american(readable(notebook(path, text=text.replace("Further reading", "More")))) != []
