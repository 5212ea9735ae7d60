"""The leaderboard: rows of this run and of the other notebooks' stored outputs."""

import json

import pytest

from course_utils.leaderboard import MIME_TYPE, Entry, leaderboard
from tools.storage import NOTEBOOKS, code_cells, lesson_notebooks, read_notebook

LINEAR = Entry("linear", 7850, 0.843, 2.5)
MLP = Entry("MLP <128>", 101770, 0.885, 2.0, "cuda")


def _store(folder, name, *entries, data=None):
    bundle = leaderboard(name[:2], *entries, folder=folder)._repr_mimebundle_()
    outputs = [{"output_type": "stream", "text": "x"}, {"data": data or bundle}]
    cells = [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": outputs}]
    (folder / name).write_text(json.dumps({"cells": cells}), encoding="utf-8")


def _lines(board):
    return [line.split("  ")[0] for line in str(board).splitlines()[1:]]


def test_the_best_comes_first_and_this_run_is_marked(tmp_path):
    _store(tmp_path, "06_softmax.ipynb", LINEAR)
    table = str(leaderboard("07", MLP, folder=tmp_path))
    assert [" ".join(line.split()) for line in table.splitlines()] == [
        "model notebook parameters test accuracy training on",
        "MLP <128> 07 101,770 88.5 % 2.0 s cuda ← this run",
        "linear 06 7,850 84.3 % 2.5 s cpu",
    ]


def test_rows_are_found_in_the_present_folder(tmp_path, monkeypatch):
    _store(tmp_path, "06_softmax.ipynb", LINEAR)
    monkeypatch.chdir(tmp_path)
    assert _lines(leaderboard("07", MLP)) == ["MLP <128>", "linear"]


def test_own_old_rows_and_those_of_later_notebooks_are_not_shown(tmp_path):
    _store(tmp_path, "07_mlp.ipynb", Entry("old", 1, 0.5, 1))
    _store(tmp_path, "14_lenet.ipynb", Entry("later", 1, 0.9, 1))
    assert _lines(leaderboard("07", MLP, folder=tmp_path)) == ["MLP <128>"]


def test_other_data_are_another_table(tmp_path):
    _store(tmp_path, "06_softmax.ipynb", LINEAR)
    cifar = Entry("linear", 30730, 0.39, 9, data="CIFAR-10")
    assert len(_lines(leaderboard("07", cifar, folder=tmp_path))) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({"cells": [{"outputs": [{"data": {MIME_TYPE: {}}}]}]}),
        json.dumps({"cells": [{"outputs": [{"data": {MIME_TYPE: {"entries": [{"x": 1}]}}}]}]}),
    ],
)
def test_a_damaged_neighbour_costs_its_rows_only(tmp_path, damage):
    _store(tmp_path, "05_softmax.ipynb", LINEAR)
    (tmp_path / "06_damaged.ipynb").write_text(damage, encoding="utf-8")
    assert _lines(leaderboard("07", MLP, folder=tmp_path)) == ["MLP <128>", "linear"]


def test_html_marks_this_run_and_escapes_names(tmp_path):
    _store(tmp_path, "06_softmax.ipynb", LINEAR)
    page = leaderboard("07", MLP, folder=tmp_path)._repr_mimebundle_()["text/html"]
    assert "<b>MLP &lt;128&gt;</b>" in page
    assert "<td>linear</td>" in page


def test_nonsense_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"fraction from 0 to 1, got 84\.3"):
        Entry("linear", 7850, 84.3, 2.5)
    with pytest.raises(ValueError, match="should be 0 or more"):
        Entry("linear", 7850, 0.8, float("inf"))
    with pytest.raises(ValueError, match="one Entry or more"):
        leaderboard("06", folder=tmp_path)


def test_every_stored_table_shows_what_the_other_notebooks_store_now():
    tables = 0
    for path in lesson_notebooks():
        for cell in code_cells(read_notebook(path)):
            for output in cell.outputs:
                if MIME_TYPE in output.get("data", {}):
                    stored = output.data[MIME_TYPE]
                    assert stored["notebook"] == path.name[:2]
                    entries = [Entry(**entry) for entry in stored["entries"]]
                    board = leaderboard(stored["notebook"], *entries, folder=NOTEBOOKS)
                    assert output.data["text/plain"] == str(board), (
                        f"{path.name} shows old rows: run tools/execute.py --renew on it"
                    )
                    tables += 1
    assert tables >= 2
