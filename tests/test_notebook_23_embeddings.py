"""Notebook 23: reading a corpus, pairs, losses and counts, against slow and obvious versions."""

import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from matplotlib.figure import Figure

from tests.lesson import definitions

NAMES = (
    *("sources", "texts", "paragraphs", "SKIPPED", "QUOTED", "CODE", "MARKS", "LIBRARIES"),
    *("pairs", "sigmoid", "pair_loss", "pair_gradients", "SkipGram", "D", "K", "F"),
    *("unit_rows", "unit_sparse", "neighbours", "judged", "meetings", "pmi", "percent_right"),
    *("AROUND", "PLACES", "label_points", "overlaps", "draw_neighbours", "draw_neighbourhood"),
)
LOG2 = math.log(2)


@pytest.fixture(scope="module")
def lesson():
    return definitions("23_word_embeddings", *NAMES)


@pytest.fixture
def words(lesson):
    """The lesson's functions in a small world: ten words, in random directions."""
    space = lesson.neighbours.__globals__
    names = [f"word{i}" for i in range(10)]
    world = {"vocabulary": names, "number_of": {w: i for i, w in enumerate(names)}, "N": 10}
    world["space"] = lesson.unit_rows(np.random.default_rng(0).normal(size=(10, 4)))
    world["counts"] = np.arange(10, 20)
    space.update(world)
    yield SimpleNamespace(**world)
    for name in world:
        del space[name]


def test_sources_are_read_in_order_without_tests_and_whatever_their_bytes(
    lesson, tmp_path, monkeypatch
):
    package = tmp_path / "small_library"
    for folder in (package, package / "tests", package / "b"):
        folder.mkdir()
    (package / "__init__.py").write_text('"""Zero of the library."""\n', encoding="utf-8")
    (package / "z.py").write_bytes(b"\"\"\"Two: \xe9.\"\"\"\nx = '''also\nthis'''\n")
    (package / "b" / "one.py").write_text("def f():\n    '''Three.'''\n", encoding="utf-8")
    (package / "tests" / "test_z.py").write_text('"""Not this."""', encoding="utf-8")
    (package / "notes.txt").write_text('"""Nor this."""', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = lesson.texts("small_library")
    assert found == ["Zero of the library.", "Two: \ufffd.\n\nalso\nthis", "Three."]


def test_what_cannot_be_read_is_left_out(lesson, tmp_path, monkeypatch):
    package = tmp_path / "damaged_library"
    package.mkdir()
    (package / "__init__.py").write_text('"""All that is left."""', encoding="utf-8")
    try:
        (package / "gone.py").symlink_to(tmp_path / "nowhere.py")
    except OSError:
        pytest.skip("this system makes no links")
    monkeypatch.syspath_prepend(tmp_path)
    assert lesson.texts("damaged_library") == ["All that is left."]
    assert lesson.texts("library_that_is_not_installed") == []


def test_python_itself_comes_with_its_language_reference(lesson):
    found = " ".join(lesson.texts("python"))
    assert "The `if` statement" in found or 'The "if" statement' in found
    assert len(found) > 1_000_000


def test_paragraphs_are_words_without_code_and_marks(lesson):
    text = """First one: n_samples of :class:`~a.Bcd` as int64.

    >>> these words are code, and not read
    ... neither is this line of it
    out of it comes a result

    too short

    second one has FIVE words
    """
    assert list(lesson.paragraphs(text)) == [
        tuple("first one samples of bcd as int".split()),  # noqa: SIM905
        tuple("out of it comes result".split()),  # noqa: SIM905
        tuple("second one has five words".split()),  # noqa: SIM905
    ]


@pytest.mark.parametrize("seed", range(4))
def test_pairs_are_those_of_the_slow_loop(lesson, seed):
    chance = np.random.default_rng(seed)
    tokens, place = chance.integers(0, 9, 60), np.sort(chance.integers(0, 9, 60))
    radii = chance.integers(1, 6, 60)
    slow = Counter(
        (tokens[i], tokens[j])
        for i in range(60)
        for j in range(60)
        if i != j and place[i] == place[j] and abs(i - j) <= radii[i]
    )
    assert Counter(zip(*lesson.pairs(tokens, place, radii), strict=True)) == slow


@pytest.mark.parametrize("k", [1, 2, 7])
def test_gradient_is_that_of_autograd(lesson, k):
    torch.manual_seed(k)
    leaves = [torch.randn(*shape, dtype=torch.double) for shape in ((3,), (3,), (k, 3))]
    ours = lesson.pair_gradients(*(leaf.numpy() for leaf in leaves))

    def loss(u, v, n):
        return -torch.sigmoid(u @ v).log() - torch.sigmoid(-(n @ u)).log().sum()

    assert lesson.pair_loss(*(leaf.numpy() for leaf in leaves)) == pytest.approx(loss(*leaves))
    slopes = torch.autograd.functional.jacobian(loss, tuple(leaves))
    for mine, theirs in zip(ours, slopes, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), atol=1e-12)


def test_a_fresh_model_knows_nothing(lesson):
    model = lesson.SkipGram(7, 4)
    loss = model(torch.tensor([0, 1]), torch.tensor([2, 3]), torch.tensor([[4, 5, 6]]))
    assert loss.item() == pytest.approx((1 + lesson.K) * LOG2)


def test_shared_negatives_weigh_as_much_as_own_ones(lesson):
    """Groups of three pairs with four negatives: each pair has its group's, weighed K / 4."""
    torch.manual_seed(0)
    model = lesson.SkipGram(9, 4).double()
    torch.nn.init.normal_(model.context.weight)
    torch.nn.init.normal_(model.centre.weight)
    a, b, n = (torch.randint(9, shape) for shape in ((6,), (6,), (2, 4)))
    u, v = (layer.weight.detach().numpy() for layer in (model.centre, model.context))
    expected = 0.0
    for pair in range(6):
        one, others = u[a[pair]], v[n[pair // 3]]
        expected -= np.log(lesson.sigmoid(one @ v[b[pair]])) / 6
        expected -= lesson.K / 4 * np.log(lesson.sigmoid(-others @ one)).sum() / 6
    assert model(a, b, n).item() == pytest.approx(expected)


def test_neighbours_are_sorted_and_without_the_word(lesson, words):
    found = lesson.neighbours(words.space, "word3", 9)
    assert {name for name, _ in found} == set(words.vocabulary) - {"word3"}
    cosines = [cosine for _, cosine in found]
    assert cosines == sorted(cosines, reverse=True)
    assert cosines[0] == pytest.approx(np.sort(words.space @ words.space[3])[-2])


def test_judged_tells_perfect_from_opposite(lesson, words):
    """Pairs (0, 1), (2, 3), (4, 5) of equal vectors are perfect; turned round, hopeless."""
    space = lesson.judged.__globals__
    space["first"], space["second"] = np.array([0, 2, 4]), np.array([1, 3, 5])
    twins = np.eye(10)
    twins[[1, 3, 5]] = twins[[0, 2, 4]]
    assert lesson.judged(twins)[:2] == (1, 1)
    twins[[1, 3, 5]] *= -1
    area, rank = lesson.judged(twins)[:2]
    assert area == 0
    assert rank == 9
    space["first"], space["second"] = np.array([0, 2]), np.array([3, 1])
    assert words.space.shape == (10, 4)
    assert lesson.judged(np.abs(np.eye(10)[[0, 0, 1, 1, *range(2, 8)]]))[0] == 0


def test_meetings_are_those_of_the_slow_loop(lesson, words):
    space, chance = lesson.meetings.__globals__, np.random.default_rng(0)
    tokens, place = chance.integers(0, words.N, 80), np.sort(chance.integers(0, 6, 80))
    space.update(tokens=tokens, place=place, RADIUS=5)
    slow = np.zeros((10, 10))
    for i in range(80):
        for j in range(80):
            if i != j and place[i] == place[j] and abs(i - j) <= 5:
                slow[tokens[i], tokens[j]] += (6 - abs(i - j)) / 5
    np.testing.assert_allclose(lesson.meetings().toarray(), slow)


def test_pmi_of_independent_words_is_zero(lesson):
    share = np.array([0.5, 0.3, 0.2])
    independent = sp.csr_matrix(np.outer(share, share))
    assert np.abs(lesson.pmi(independent, power=1).toarray()).max() < 1e-12
    four_times = sp.csr_matrix([[4.0, 6, 0], [6, 0, 84], [0, 84, 816]])
    expected = math.log(4 * 1000 / 100)  # words 0: 10 of 1,000 each way, met 4 times
    assert lesson.pmi(four_times, power=1)[0, 0] == pytest.approx(expected)


def test_analogies_of_a_planted_step(lesson):
    """Small: 4 and 5 are 0 and 1 plus one and the same step; words 2 and 3 lie elsewhere."""
    space = np.eye(8)[:6]
    space[4], space[5] = space[0] + space[3], space[1] + space[3]
    asked = np.array([[0, 4, 1, 5], [1, 5, 0, 4]])
    assert lesson.percent_right(lesson.unit_rows(space), asked)[2] == 100
    wrong = asked[:, [0, 1, 2, 0]]
    assert lesson.percent_right(lesson.unit_rows(space), wrong)[2] == 0


def test_sparse_rows_get_length_one(lesson):
    rows = sp.csr_matrix([[3.0, 0, 4], [0, 2, 0]])
    np.testing.assert_allclose(lesson.unit_sparse(rows).toarray(), [[0.6, 0, 0.8], [0, 1, 0]])


def test_labels_keep_off_each_other(lesson):
    figure = Figure(figsize=(6, 4))
    ax = figure.subplots()
    ax.set(xlim=(-2, 2), ylim=(-2, 2))
    points = np.array([[0, 0], [0.15, 0.05], [-0.15, 0.1], [0.05, -0.2], [0.25, 0.2]])
    lesson.label_points(ax, points, ["alpha", "beta", "gamma", "delta", "eta"], ["black"] * 5)
    figure.canvas.draw()
    for text in ax.texts:
        text.arrowprops = text.arrow_patch = None  # the line to its point does not count
    boxes = [text.get_window_extent() for text in ax.texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


@pytest.mark.parametrize("how_many", [3, 6, 9])
@pytest.mark.parametrize("name", ["draw_neighbours", "draw_neighbourhood"])
def test_widgets_name_every_neighbour(lesson, words, name, how_many):
    figure = Figure(figsize=(8, 4.6))
    if name == "draw_neighbours":
        lesson.draw_neighbours(figure, how_many=how_many, word="word2")
    else:
        lesson.draw_neighbourhood(figure, words_shown=how_many, around="word2")
    written = " ".join(text.get_text() for text in figure.axes[0].texts).split()
    near = [word for word, _ in lesson.neighbours(words.space, "word2", how_many)]
    assert set(near) <= set(written)
    assert sum(word in words.vocabulary for word in written) == how_many + ("hood" in name)
