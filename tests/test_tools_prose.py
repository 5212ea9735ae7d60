"""Reading Markdown: what is a heading, a link, bold, a table, and the text in between."""

from tools.prose import Heading, bold, headings, links, pictures_without_alt, prose, tables

PAGE = """# Slopes · `f'` and more

A **learning rate**, *A Title* and `code`; [a link](03_x.ipynb#A-b), <https://example.org>.
A formula $a_b = **c**$ and a picture ![a line](a.png), <a href="b.md">also</a>.

```python
# no heading, [no link](c.md)
```

| Say | Not |
|---|---|
| **slope** | [incline](d.md), rise |

<details><summary>A. yes</summary>

✔ because

</details>

## Two words, here
"""


def test_headings_have_the_anchors_of_jupyter_and_the_slugs_of_forges() -> None:
    first, second = headings(PAGE)
    assert first == Heading(1, "Slopes · f' and more")
    assert first.anchor == "Slopes-·-f'-and-more"
    assert second == Heading(2, "Two words, here")
    assert second.anchor == "Two-words,-here"
    assert second.slug == "two-words-here"


def test_links_are_found_in_text_tables_pictures_and_html() -> None:
    assert links(PAGE) == ["03_x.ipynb#A-b", "https://example.org", "a.png", "b.md", "d.md"]


def test_prose_has_no_code_formulas_addresses_or_tags() -> None:
    text = prose(PAGE)
    for there in ("learning rate", "A Title", "a link", "a line", "slope", "A. yes", "because"):
        assert there in text
    for absent in ("code", "a_b", "03_x", "no heading", "summary", "b.md"):
        assert absent not in text


def test_titles_can_be_left_out() -> None:
    text = prose('*A Title*, “another”, "a third" and ‘a fourth’ in our words.', titles=False)
    assert text.split() == [",", ",", "and", "in", "our", "words."]


def test_bold_stretches_and_tables() -> None:
    assert bold(PAGE) == ["learning rate", "slope"]
    ((head, row),) = tables(PAGE)
    assert [cell.text for cell in head] == ["Say", "Not"]
    assert [cell.text for cell in row] == ["slope", "incline, rise"]
    assert row[1].links == ("d.md",)


def test_pictures_without_a_description() -> None:
    assert pictures_without_alt("![](a.png) ![  ](b.png) ![a line](c.png)") == ["a.png", "b.png"]
