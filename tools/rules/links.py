"""Rules about links: those inside the course lead somewhere, those outside are https."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from tools.prose import Heading, headings, links
from tools.rules.lesson import Lesson, Problem
from tools.storage import NotebookError, read_notebook


def resolve(lesson: Lesson) -> Iterator[Problem]:
    """Each link of the lesson leads somewhere."""
    own = [heading for _, cell in lesson.numbered("markdown") for heading in headings(cell.source)]
    for number, cell in lesson.numbered("markdown"):
        for address in links(cell.source):
            fault = link_fault(address, page=lesson.path, own=own)
            if fault is not None:
                yield lesson.problem("link", number, fault)


def link_fault(address: str, *, page: Path, own: list[Heading]) -> str | None:
    """What is wrong with a link, in one sentence; None for a good one.

    Args:
        address: as written, with or without `#anchor`.
        page: the file in which it stands.
        own: the headings of that file.
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        if parts.scheme == "https":
            return None
        return f"the link {address} must start with https:// or be relative to this file."
    target = page if not parts.path else page.parent / unquote(parts.path)
    if parts.path.startswith("/") or not _exists(page.parent, unquote(parts.path)):
        return (
            f"the link {address} leads nowhere: expected a file relative to {page.parent.name}/ "
            "(capitals count)."
        )
    if not parts.fragment:
        return None
    there = own if target == page else _headings_of(target)
    known = {heading.anchor for heading in there}
    if target.suffix == ".md":
        known |= {heading.slug for heading in there}
    if unquote(parts.fragment) in known:
        return None
    return (
        f"the link {address} names no heading of {target.name}: write the heading with hyphens for "
        "spaces."
    )


def _exists(folder: Path, address: str) -> bool:
    """Whether a relative address names a file or folder, with the same capitals on any system."""
    here = folder
    for part in PurePosixPath(address).parts:
        if part != ".." and (
            not here.is_dir() or part not in {entry.name for entry in here.iterdir()}
        ):
            return False
        here = here / part
    return True


def _headings_of(path: Path) -> list[Heading]:
    """The headings of a notebook or a Markdown file; none of any other file."""
    if path.suffix == ".md":
        return headings(path.read_text(encoding="utf-8"))
    if path.suffix != ".ipynb":
        return []
    try:
        notebook = read_notebook(path)
    except NotebookError:
        return []  # the notebook itself is reported where it is looked at
    return [
        heading
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for heading in headings(cell.source)
    ]
