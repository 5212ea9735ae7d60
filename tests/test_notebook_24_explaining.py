"""Notebook 24: importance, curves, contributions, LIME, against slow versions and known truth."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from sklearn.linear_model import Ridge

from tests.lesson import definitions

NAMES = (
    *("squared_error", "permutation_importance", "draw_orders", "what_if", "product"),
    *("mean_if_known", "break_down", "shapley_values", "nearness", "surrogate", "lime_table"),
    *(
        "forward_selection",
        "cat_score",
        "WIDTH",
        "SIDE",
        "chelsea",
        "photo",
        "BROWN",
        "lime_masks",
        "NAMES",
        "UNITS",
    ),
    *("draw_what_if", "fit_network", "F", "masked", "one_at_a_time", "drawable", "answer_switches"),
)


@pytest.fixture(scope="module")
def lesson():
    return definitions("24_explaining_decisions", *NAMES)


@pytest.fixture
def world(lesson):
    """Names of the lesson that come from its data, to be set; afterwards all is as before."""
    space = lesson.what_if.__globals__
    given = dict(space)
    yield space
    space.clear()
    space.update(given)


@pytest.fixture
def table():
    return np.random.default_rng(0).normal(size=(30, 4))


def bent(X):
    return X[:, 0] * X[:, 1] + np.sin(X[:, 2])


def test_importance_is_that_of_the_slow_loop(lesson, table):
    y = np.random.default_rng(1).normal(size=30)
    orders = lesson.draw_orders(30, 3, seed=5)
    assert [sorted(order) for order in orders.tolist()] == [list(range(30))] * 3
    found = lesson.permutation_importance(bent, table, y, orders)
    before = sum((a - b) ** 2 for a, b in zip(bent(table), y, strict=True)) / 30
    for j in range(4):
        for r in range(3):
            rows = table.copy()
            for i in range(30):
                rows[i, j] = table[orders[r][i], j]
            after = sum((a - b) ** 2 for a, b in zip(bent(rows), y, strict=True)) / 30
            assert found[j, r] == pytest.approx(after - before)
    assert not found[3].any()


def test_importance_leaves_the_table_alone(lesson, table):
    same = table.copy()
    lesson.permutation_importance(bent, table, bent(table), lesson.draw_orders(30, 2))
    lesson.what_if(bent, table, 1, [0.0, 1.0])
    lesson.break_down(bent, table, table[0], [2, 0, 3, 1])
    assert np.array_equal(table, same)


def test_what_if_goes_through_the_prediction(lesson, table):
    for i in range(4):
        curve = lesson.what_if(bent, table, 1, [table[i, 1]])
        assert curve[i, 0] == pytest.approx(bent(table)[i])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_contributions_add_up_in_every_order(lesson, table, order):
    model = lambda X: bent(X) + X[:, 0] ** 2  # noqa: E731
    rows = table[:, :3]
    found = lesson.break_down(model, rows, rows[7], list(order))
    assert found.sum() == pytest.approx(model(rows)[7] - model(rows).mean())


def test_shapley_values_are_the_mean_of_all_break_downs(lesson, table):
    row = np.array([1.0, -2, 0.5, 3])
    every = [lesson.break_down(bent, table, row, list(o)) for o in permutations(range(4))]
    found = lesson.shapley_values(bent, table, row)
    np.testing.assert_allclose(found, np.mean(every, axis=0), atol=1e-12)
    assert found[3] == pytest.approx(0, abs=1e-12)
    assert np.ptp([bill[0] for bill in every]) > 1


@pytest.mark.parametrize("seed", range(3))
def test_the_surrogate_minimises_the_weighted_error(lesson, seed):
    chance = np.random.default_rng(seed)
    Z, answers, weights = chance.normal(size=(40, 3)), chance.normal(size=40), chance.random(40)
    b, w = lesson.surrogate(Z, answers, weights)
    slope = (weights * (b + Z @ w - answers)) @ np.column_stack([np.ones(40), Z])
    np.testing.assert_allclose(slope, 0, atol=1e-9)
    near = Ridge(alpha=1e-9).fit(Z, answers, sample_weight=weights)
    np.testing.assert_allclose(w, near.coef_, atol=1e-6)


def test_lime_on_a_table_finds_slopes_and_keeps_to_the_neighbourhood(lesson):
    row, scale = np.array([1.0, -1, 0]), np.array([1.0, 10, 2])
    linear = lesson.lime_table(lambda X: X @ [3.0, -2, 0], row, scale, width=1.0)
    np.testing.assert_allclose(linear, [3, -20, 0], atol=1e-9)

    def cliff(X):  # flat near the row
        return np.where(X[:, 0] > 4, 100.0, X[:, 0])

    options = {"samples": 4000, "seed": 1}
    narrow = lesson.lime_table(cliff, row, np.ones(3), width=0.5, **options)
    wide = lesson.lime_table(cliff, row, np.ones(3), width=50.0, **options)
    assert narrow[0] == pytest.approx(1, abs=0.02)
    assert wide[0] > 1.2


def test_forward_selection_finds_what_was_planted_in_order(lesson):
    Z = np.random.default_rng(0).integers(0, 2, (400, 9))
    answers = 1 + 4 * Z[:, 6] - 2 * Z[:, 1] + Z[:, 8]
    assert lesson.forward_selection(Z, answers, np.ones(400), 3) == [6, 1, 8]


def test_cat_score_is_the_log_odds_of_five_classes(lesson):
    logits = torch.randn(4, 1000, generator=torch.Generator().manual_seed(0)).double()
    p = logits.softmax(dim=1)[:, 281:286].sum(dim=1)
    torch.testing.assert_close(lesson.cat_score(logits), (p / (1 - p)).log())
    huge = torch.zeros(1, 1000).double()
    huge[0, 282] = 200
    assert lesson.cat_score(huge).item() == pytest.approx(200 - math.log(995))


def test_masks_show_the_photograph_or_the_fill(lesson, world):
    photo = torch.rand(3, 4, 6)
    place = torch.arange(6).repeat(4, 1) // 2
    world.update(photo=photo, place=place, BROWN=torch.zeros(3, 4, 6), DIM=3)
    found = lesson.masked(np.array([[1, 0, 1], [0, 1, 0]]), torch.zeros(3, 4, 6))
    assert torch.equal(found[0, :, :, :2], photo[:, :, :2])
    assert not found[0, :, :, 2:4].any()
    assert torch.equal(found[0] + found[1], photo)


def test_known_truth_on_masks(lesson, world):
    world.update(DIM=8)
    masks = np.random.default_rng(0).integers(0, 2, (300, 8))
    np.testing.assert_allclose(lesson.lime_masks(masks, masks[:, 5]), np.eye(8)[5], atol=1e-9)

    def either(z):
        return np.maximum(z[:, 2], z[:, 6])

    found = lesson.lime_masks(masks, either(masks))
    assert set(np.argsort(-found)[:2]) == {2, 6}
    assert found[[2, 6]].min() > 0.25
    assert np.abs(np.delete(found, [2, 6])).max() < 0.15
    assert not lesson.one_at_a_time(either).any()
    assert lesson.one_at_a_time(lambda z: z[:, 4] * 1.0).tolist() == np.eye(8)[4].tolist()


def test_fit_network_learns_and_returns_raw_units(lesson):
    X = np.random.default_rng(0).normal(50, 10, (200, 2))
    y = 3 * X[:, 0] - X[:, 1]
    net, predict = lesson.fit_network(X, y, seed=0)
    assert np.mean((predict(X) - y) ** 2) < 0.1 * y.var()
    assert predict(X[:3]).shape == (3,)
    assert next(net.parameters()).dtype == torch.double
    again = lesson.fit_network(X, y, seed=0)[1]
    assert np.array_equal(predict(X), again(X))


def test_the_what_if_widget_moves_with_its_slider(lesson, world):
    chance = np.random.default_rng(0)
    X = chance.normal(100, 20, (12, 5))
    cars = {"name": type("Names", (), {"iloc": [f"car {i}" for i in range(12)]})()}
    world.update(X_test=X, test_cars=cars, widget_rows={"one": 3, "other": 7})
    world["predict"] = lambda rows: 10 + 0.1 * rows[:, 0] + 0.2 * rows[:, 4]
    for feature, slope in (("weight", 0.1), ("year", 0.2)):
        j, heights = lesson.NAMES.index(feature), []
        for percent in (0, 50, 100):
            figure = Figure()
            lesson.draw_what_if(figure, percent=percent, feature=feature, car="one")
            (ax,) = figure.axes
            heights.append(ax.lines[-1].get_ydata()[0])
            assert "car 3" in ax.get_title(loc="left") + ax.get_title()
        assert heights[2] - heights[0] == pytest.approx(slope * np.ptp(X[:, j]))


def test_pictures_keep_their_shape_and_have_few_colours(lesson):
    picture = np.random.default_rng(0).random((20, 30, 3))
    found = lesson.drawable(picture, colours=8)
    assert found.shape == picture.shape
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= 8


def test_the_switches_say_what_the_network_says(lesson, world):
    world["place"] = torch.arange(96).repeat(96, 1) // 48
    world["ask"] = lambda masks: 4.0 * np.asarray(masks).sum(axis=1) - 4
    for on, words in (([True, True], "98.2 %"), ([False, True], "50.0 %"), ([False] * 2, "1.8 %")):
        figure = Figure()
        said = lesson.answer_switches(figure, np.array(on))
        assert said == f"{sum(on)} of 2 superpixels on: cat {words}"
        assert len(figure.axes) == 2
