"""Read Markdown: headings, links, tables, and the text that a reader sees."""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

_PARSER = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_HTML_LINK = re.compile(r"""<[^>]*\b(?:href|src)\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """A heading: its level from 1, and its text without markup."""

    level: int
    text: str

    @property
    def anchor(self) -> str:
        """What JupyterLab answers to behind `#`: the text with hyphens for spaces."""
        return self.text.replace(" ", "-")

    @property
    def slug(self) -> str:
        """What a forge answers to for a Markdown file: small letters, no punctuation."""
        kept = [
            letter
            for letter in self.text.lower()
            if letter in " -_" or unicodedata.category(letter)[0] in "LNM"
        ]
        return "".join(kept).replace(" ", "-")


@dataclass(frozen=True)
class Cell:
    """A cell of a Markdown table: its visible text and the addresses it links to."""

    text: str
    links: tuple[str, ...]


def headings(markdown: str) -> list[Heading]:
    """All headings, in order; lines of code that start with # are none."""
    tokens = _PARSER.parse(markdown)
    return [
        Heading(int(opening.tag[1]), _visible(content.children or []).strip())
        for opening, content in itertools.pairwise(tokens)
        if opening.type == "heading_open"
    ]


def links(markdown: str) -> list[str]:
    """The addresses of all links and pictures, also those in HTML."""
    found: list[str] = []
    for token in _walk(_PARSER.parse(markdown)):
        if token.type == "link_open":
            found.append(str(token.attrGet("href") or ""))
        elif token.type == "image":
            found.append(str(token.attrGet("src") or ""))
        elif token.type in ("html_block", "html_inline"):
            found += _HTML_LINK.findall(token.content)
    return found


def pictures_without_alt(markdown: str) -> list[str]:
    """The addresses of Markdown pictures whose square brackets are empty."""
    return [
        str(token.attrGet("src"))
        for token in _walk(_PARSER.parse(markdown))
        if token.type == "image" and not token.content.strip()
    ]


def prose(markdown: str, *, titles: bool = True) -> str:
    """The text a reader sees, a paragraph a line, without code, formulas, addresses and tags.

    Args:
        markdown: the source.
        titles: keep what stands in *emphasis* or quotation marks, as titles of books do.
    """
    paragraphs = []
    for token in _PARSER.parse(markdown):
        if token.type == "inline":
            paragraphs.append(_visible(token.children or [], code=False, emphasis=titles))
        elif token.type == "html_block":
            paragraphs.append(" ".join(_TAG.sub(" ", token.content).split()))
    text = "\n".join(paragraphs)
    return text if titles else re.sub(r'“[^”]*”|"[^"\n]*"|‘[^’]*’(?!\w)', " ", text)


def bold(markdown: str) -> list[str]:
    """Each stretch of **bold** text."""
    found: list[str] = []
    for token in _PARSER.parse(markdown):
        depth = 0
        for child in token.children or []:
            if child.type == "strong_open":
                depth += 1
                found.append("")
            elif child.type == "strong_close":
                depth -= 1
            elif depth:
                found[-1] += _visible([child])
    return found


def tables(markdown: str) -> list[list[list[Cell]]]:
    """All tables as rows of cells; the first row is the head."""
    found: list[list[list[Cell]]] = []
    tokens = _PARSER.parse(markdown)
    for opening, content in itertools.pairwise(tokens):
        if opening.type == "table_open":
            found.append([])
        elif opening.type == "tr_open":
            found[-1].append([])
        elif opening.type in ("th_open", "td_open"):
            children = content.children or []
            addresses = [str(c.attrGet("href")) for c in children if c.type == "link_open"]
            found[-1][-1].append(Cell(_visible(children).strip(), tuple(addresses)))
    return found


def _walk(tokens: Iterable[Token]) -> Iterator[Token]:
    """All tokens with the ones inside them."""
    for token in tokens:
        yield token
        yield from _walk(token.children or [])


def _visible(tokens: Iterable[Token], *, code: bool = True, emphasis: bool = True) -> str:
    """The text of inline tokens; code spans and emphasis as asked."""
    text, depth = "", 0
    for token in tokens:
        if token.type == "em_open":
            depth += 1
        elif token.type == "em_close":
            depth -= 1
        elif depth and not emphasis:
            continue
        elif token.type == "text" or (code and token.type in ("code_inline", "math_inline")):
            text += token.content
        elif token.type in ("softbreak", "hardbreak", "code_inline", "math_inline"):
            text += " "
        elif token.type == "image":
            text += token.content
    return text
