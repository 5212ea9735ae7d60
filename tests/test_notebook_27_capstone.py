"""Notebook 27: splits, intervals, prices and maps where the truth is known; and without data."""

from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.lesson import definitions
from tools.storage import NOTEBOOKS, read_notebook

NOTEBOOK = "27_capstone_solar_cells"
NAMES = ("F", "jump_at_each", "module_lengths", "deal", "without_eyes", "module_folds")
NAMES += ("random_folds", "out_of_fold", "wilson", "module_interval", "sigmoid", "reliability")
NAMES += (
    "platt",
    "doors",
    "paid",
    "policies",
    "draw_cells",
    "draw_doors",
    "crack",
    "pairs_right",
    "Spots",
)
NAMES += ("Inspector", "log_odds", "hand_made", "shrink", "human_band", "upside_down", "recipe")
NAMES += ("neighbours_score", "jackknife", "THRESHOLDS")


@pytest.fixture
def lesson():
    """The lesson's functions, with names that come from its data still to be set."""
    parts = definitions(NOTEBOOK, *NAMES)
    parts.world = parts.deal.__globals__
    return parts


def test_lengths_find_the_module_that_is_not_whole(lesson):
    """Four modules, the third with 47 cells; levels that differ, and noise."""
    chance = np.random.default_rng(0)
    sizes = [60, 60, 47, 60]
    levels = np.repeat([0.5, 0.7, 0.4, 0.6], sizes) + chance.normal(0, 0.03, sum(sizes))
    lesson.world["jump"] = np.abs(np.diff(levels, prepend=levels[0]))
    assert lesson.module_lengths(0, sum(sizes)) == sizes
    assert lesson.module_lengths(0, 180) == [60, 60, 60]
    assert lesson.module_lengths(10, 82) == [72]


def test_dealing_keeps_kinds_even_and_loses_no_module(lesson):
    lesson.world["kind_of"] = np.array(["mono"] * 18 + ["poly"] * 26)
    for seed in range(20):
        piles = lesson.deal(range(44), 4, seed)
        assert sorted(piles) == list(range(44))
        for kind, most in ((range(18), 5), (range(18, 44), 7)):
            sizes = np.bincount([piles[m] for m in kind], minlength=4)
            assert most - 1 <= sizes.min() <= sizes.max() == most
    assert lesson.deal(range(44), 4, 1) != lesson.deal(range(44), 4, 2)


@pytest.fixture
def small_world(lesson):
    """Eight modules of 15 cells, six of them for development."""
    chance = np.random.default_rng(0)
    module = np.repeat(np.arange(8), 15)
    thirds = chance.integers(0, 4, 120)
    lesson.world.update(
        N=120, module=module, thirds=thirds, y=thirds >= 2, dev=np.arange(90), np=np,
        kind=np.where(module % 2, "mono", "poly"), kind_of=np.array(["poly", "mono"] * 4),
        STRATA=thirds + 4 * (module % 2),
    )  # fmt: skip
    return lesson


def test_folds_by_module_share_no_module_and_cover_development_once(small_world):
    module = small_world.world["module"]
    for seed in range(5):
        folds = small_world.module_folds(seed)
        assert sorted(np.concatenate([held for _, held in folds])) == list(range(90))
        for train, held in folds:
            assert not set(module[train]) & set(module[held])
            assert set(train) | set(held) == set(range(90))


def test_folds_at_random_split_modules(small_world):
    folds = small_world.random_folds(0)
    assert sorted(np.concatenate([held for _, held in folds])) == list(range(90))
    module = small_world.world["module"]
    assert all(set(module[train]) & set(module[held]) for train, held in folds)


def test_out_of_fold_scores_come_from_models_that_have_not_seen_the_cell(small_world):
    """The model remembers its training rows and gives 1 to those that it knows."""

    class Memory:
        steps = (("memory", None),)

        def fit(self, rows, labels, **extra):
            self.known, self.labels, self.extra = set(rows[:, 0]), labels, extra
            seen.append(self)
            return self

        def decision_function(self, rows):
            return np.array([float(row in self.known) for row in rows[:, 0]]) + rows[:, 1]

    seen = []
    views = [np.column_stack([np.arange(120), np.full(120, k)]) for k in (1.0, 4.0)]
    weight = np.arange(120.0)
    folds = small_world.module_folds(0)
    score = small_world.out_of_fold(Memory, views, folds, weight=weight)
    assert np.isnan(score[90:]).all()
    assert (score[:90] == 2.5).all(), "the mean of both views, none of them known"
    for model, (train, _) in zip(seen, folds, strict=True):
        assert (model.labels == np.tile(small_world.world["y"][train], 2)).all()
        assert (model.extra["memory__sample_weight"] == np.tile(weight[train], 2)).all()


def test_without_eyes_asks_the_others_only(lesson):
    labels, modules = np.array([1, 0, 0, 1, 1, 0, 1, 0]), np.array([0, 0, 0, 1, 1, 1, 2, 2])
    expected = [
        np.mean([labels[k] for k in range(8) if k != i and modules[k] == modules[i]]) > 0.5
        for i in range(8)
    ]
    assert lesson.without_eyes(labels, modules).tolist() == expected


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (10, 10), (3, 8), (520, 656), (1, 1000)])
def test_wilson_agrees_with_scipy(lesson, hits, n):
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(lesson.wilson(hits, n), expected, atol=1e-4)


def test_module_interval_holds_the_truth_about_as_often_as_it_says(lesson):
    """Modules with levels of their own: an interval over cells would hold it far more rarely."""
    chance, held, held_by_cells = np.random.default_rng(0), 0, 0
    for _ in range(200):
        modules = np.repeat(np.arange(30), 20)
        values = chance.random(600) < np.repeat(chance.beta(4, 2, 30), 20)
        low, high = lesson.module_interval(values, modules, draws=300)
        held += low <= 4 / 6 <= high
        low, high = lesson.wilson(values.sum(), 600)
        held_by_cells += low <= 4 / 6 <= high
    assert 0.86 < held / 200 < 0.99
    assert held_by_cells / 200 < 0.75


def test_platt_finds_how_sure_scores_may_be(lesson):
    chance = np.random.default_rng(1)
    z = chance.normal(size=20_000)
    labels = chance.random(20_000) < lesson.sigmoid(0.7 * z - 0.4)
    np.testing.assert_allclose(lesson.platt(z, labels), (0.7, -0.4), atol=0.06)
    curve = lesson.reliability(lesson.sigmoid(0.7 * z - 0.4), labels, groups=5)
    np.testing.assert_allclose(curve[:, 0], curve[:, 1], atol=0.03)
    assert (np.diff(curve[:, 0]) > 0).all()


@pytest.mark.parametrize("prices", [(8.0, 4.0, 1.0), (20.0, 4.0, 0.5), (2.0, 5.0, 3.0)])
def test_doors_are_the_cheapest_and_agree_with_the_band(lesson, prices):
    p = np.linspace(0.0005, 0.9995, 1000)
    found = lesson.doors(p, *prices)
    miss, alarm, look = prices
    for q, door in zip(p, found, strict=True):
        expected = [miss * q, alarm * (1 - q), look]
        assert expected[door] == min(expected)
    low, high = lesson.human_band(*prices)
    assert ((found == 2) == ((low < p) & (p < high))).all()


def test_paid_and_policies_by_hand(lesson):
    p, labels = np.array([0.05, 0.2, 0.9, 0.95]), np.array([True, False, True, False])
    assert lesson.paid(lesson.doors(p), labels).tolist() == [8, 1, 0, 4]
    price = lesson.policies(p, labels)
    assert price == {
        "pass all": 4, "look at all": 1, "threshold 1/2": 3, "threshold by price": 3,
        "three doors": 13 / 4,
    }  # fmt: skip


def test_pairs_right_counts_pairs_of_one_module(lesson):
    chance = np.random.default_rng(0)
    p, labels, modules = chance.random(40).round(1), chance.random(40) < 0.4, np.arange(40) % 3
    won = pairs = 0.0
    for i in np.flatnonzero(labels):
        for k in np.flatnonzero(~labels & (modules == modules[i])):
            won, pairs = won + (p[i] > p[k]) + 0.5 * (p[i] == p[k]), pairs + 1
    assert lesson.pairs_right(p, labels, modules) == pytest.approx(won / pairs)


def test_crack_takes_light_along_a_line_of_the_right_size(lesson):
    white = torch.ones(300, 300)
    for seed in range(5):
        picture, shade = lesson.crack(white, 8, seed)
        assert picture.min() == pytest.approx(0.3)
        assert shade.sum() == pytest.approx(8 * 150 + np.pi * 16, rel=0.03)
        torch.testing.assert_close(picture, 1 - 0.7 * shade)
    thin, thick = (lesson.crack(white, width, 0)[1].sum() for width in (2, 8))
    assert thin < thick
    assert not torch.equal(lesson.crack(white, 8, 0)[0], lesson.crack(white, 8, 1)[0])


def test_a_smeared_line_takes_as_much_light_over_a_wider_place(lesson):
    white = torch.full((300, 300), 100.0)
    for seed in range(5):
        sharp, soft = (lesson.crack(white, 8, seed, smear=smear)[0] for smear in (0, 10))
        assert (100 - soft).sum() == pytest.approx((100 - sharp).sum().item(), rel=0.01)
        assert soft.min() > sharp.min() + 30


def test_a_bright_line_adds_light_at_the_same_place(lesson):
    grey = torch.full((300, 300), 140.0)
    bright, shade = lesson.crack(grey, 8, 0, light=1.7)
    assert bright.max() == pytest.approx(140 * 1.7)
    assert lesson.crack(grey * 1.5, 8, 0, light=1.7)[0].max() == 255
    assert torch.equal(shade, lesson.crack(grey, 8, 0)[1])


def test_recipe_learns_from_the_inside_only(small_world):
    """Features and labels of the cells that are asked may be anything."""
    world, chance = small_world.world, np.random.default_rng(1)
    rows = chance.normal(size=(120, 5))
    views = [rows, rows + chance.normal(scale=0.1, size=rows.shape)]
    world["y"] = rows[:, 0] + chance.normal(scale=0.3, size=120) > 0
    world["VIEWS"] = views
    world["logistic"] = lambda: make_pipeline(StandardScaler(), LogisticRegression())
    inside, asked = np.arange(90), np.arange(90, 120)
    first = small_world.recipe(inside, asked)
    assert ((first > 0.5) == world["y"][asked]).mean() > 0.6
    world["y"] = world["y"].copy()
    world["y"][asked] = ~world["y"][asked]
    np.testing.assert_array_equal(small_world.recipe(inside, asked), first)


def test_neighbours_score_asks_the_training_cells_of_the_module(lesson):
    lesson.world.update(N=6, module=np.array([0, 0, 0, 1, 1, 2]))
    labels, weight = np.array([1, 0, 1, 0, 0, 1]), np.array([1, 0.5, 1, 1, 1, 1])
    train, held = np.array([0, 1, 3]), np.array([2, 4, 5])
    found = lesson.neighbours_score([(train, held)], labels, weight)
    assert np.isnan(found[train]).all()
    np.testing.assert_allclose(found[held], [1 / 1.5 - 0.5, -0.5, 1 / 2.5 - 0.5])


def test_weighted_interval_and_jackknife_agree_with_the_plain_bootstrap(lesson):
    chance = np.random.default_rng(2)
    modules, values = np.repeat(np.arange(40), 12), chance.normal(size=480)
    values += np.repeat(chance.normal(size=40), 12)
    low, high = lesson.module_interval(values, modules)
    error = lesson.jackknife(values, modules)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.12)
    np.testing.assert_allclose(
        lesson.module_interval(values, modules, weight=np.full(480, 3.0)), (low, high)
    )
    only = np.where(modules < 20, 1.0, 0.0)
    assert lesson.module_interval(only, modules, weight=only) == pytest.approx([1, 1])


def test_shrink_keeps_brightness_and_order(lesson):
    pictures = torch.arange(0, 250, dtype=torch.uint8).repeat(2)[:300, None, None]
    found = lesson.shrink(pictures.expand(-1, 300, 300), side=8)
    assert found.shape == (300, 1, 8, 8)
    torch.testing.assert_close(found[:, 0, 3, 3], pictures[:, 0, 0] / 255)


def test_hand_made_numbers_of_known_pictures(lesson):
    flat, half = torch.full((1, 16, 16), 0.5), torch.full((1, 16, 16), 0.8)
    half[:, 4:8] = 0.1  # a quarter of the rows is dark
    found = lesson.hand_made(torch.stack([flat, half]))
    np.testing.assert_allclose(found[0], [0.5, 0, 0, 0, 0, 0, 0, *[0.5] * 6], atol=1e-6)
    assert found[1, 0] == pytest.approx(0.625)
    assert found[1, 2] == pytest.approx(0.25)
    assert max(found[1, 3:5]) > 0.2
    assert min(found[1, 3:5]) == pytest.approx(0, abs=1e-6)


class Sums(torch.nn.Module):
    """Three features that change when the picture is turned."""

    def forward(self, x):
        return torch.stack([x[:, 0, :2].mean((1, 2)), x[:, 0, :, 1].mean(1), x[:, 1, 3, 3]], dim=1)


def test_inspector_is_the_pipeline_with_platts_line(lesson):
    chance = torch.Generator().manual_seed(0)
    pictures = torch.rand(60, 1, 8, 8, generator=chance)
    rule = lambda x: x.expand(-1, 3, -1, -1) * 2 - 1  # noqa: E731
    spots, turned = Sums(), lesson.upside_down(pictures)
    views = [spots(rule(view)).numpy() for view in (pictures, turned)]
    y = pictures[:, 0, :2].mean((1, 2)).numpy() > 0.5
    make = lambda: make_pipeline(StandardScaler(), LogisticRegression())  # noqa: E731
    lesson.world.update(
        RULE=rule, spots=spots, VIEWS=views, y=y, logistic=make, device=torch.device("cpu")
    )
    train = np.arange(40)
    fitted = make().fit(np.concatenate([view[train] for view in views]), np.tile(y[train], 2))
    expected = 0.8 * np.mean([fitted.decision_function(view) for view in views], axis=0) - 0.3
    inspector = lesson.Inspector(train, 0.8, -0.3).eval()
    np.testing.assert_allclose(lesson.log_odds(inspector, pictures), expected, atol=1e-4)


def test_spots_are_mean_maximum_and_deviation_after_the_blocks(lesson):
    blocks = [torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(4, 2, 3), torch.nn.Conv2d(2, 2, 3)]
    net = SimpleNamespace(_conv_stem=torch.nn.Identity(), _bn0=torch.nn.Identity(), _blocks=blocks)
    spots, x = lesson.Spots(net, (0, 1)), torch.rand(5, 3, 9, 9)
    found = spots(x)
    first = blocks[0](x)
    second = blocks[1](first)
    assert found.shape == (5, 3 * 4 + 3 * 2)
    torch.testing.assert_close(found[:, 4:8], first.amax((2, 3)))
    torch.testing.assert_close(found[:, 12:14], second.mean((2, 3)))
    torch.testing.assert_close(found[:, 16:18], second.flatten(2).std(2))
    assert len(spots.blocks) == 2
    assert repr(spots) != repr(lesson.Spots(net, (0, 2)))


def test_soft_map_points_at_what_the_model_answers_to(lesson):
    """A model that answers to contrast at one place only; level bars stay out of the map."""
    side, step = 128, 16
    parts = definitions(NOTEBOOK, "F", "soft_map", "log_odds")
    middles, pixels = torch.arange(step / 2, side, step), torch.arange(0.5, side)
    bump = torch.exp(-((pixels - middles[:, None]) ** 2) / (2 * (step / 2) ** 2))
    bumps = (bump[:, None, :, None] * bump[None, :, None, :]).reshape(-1, 1, side, side)
    parts.soft_map.__globals__.update(
        SIDE=side, bump=bump, BUMPS=bumps, device=torch.device("cpu"), np=np,
        witness=lambda x: 10 * x[:, 0, 32:48, 80:96].std((1, 2)),
    )  # fmt: skip
    picture = torch.rand(1, side, side, generator=torch.Generator().manual_seed(0))
    found = parts.soft_map(picture)
    assert found.shape == (8, 8)
    assert np.unravel_index(found.argmax(), (8, 8)) == (2, 5)
    assert abs(found[6, 1]) < found.max() / 20


def test_each_step_of_a_price_changes_the_picture(lesson):
    chance = np.random.default_rng(0)
    colours = ("sky", "orange", "blue", "ink", "green", "grey")
    lesson.world["COLOURS"] = dict.fromkeys(colours, "#222222")
    p = chance.random(300)
    lesson.world.update(p_shown=p, y_shown=chance.random(300) < p)
    shown = set()
    for miss in range(1, 31):
        figure = Figure()
        lesson.draw_doors(figure, threshold=0.5, miss=miss, look=1.0)
        left, right = figure.axes
        curve, here = right.lines[0].get_ydata(), right.lines[1].get_ydata()
        assert curve[50] == pytest.approx(np.ravel(here)[0])
        shown.add((left.get_title() + left.get_title(loc="left"), round(curve[50], 6)))
    assert len(shown) == 30
    dear = Figure()
    lesson.draw_doors(dear, threshold=0.3, miss=2, look=3.0)
    assert "0% looked at" in dear.axes[0].get_title() + dear.axes[0].get_title(loc="left")
    assert "threshold 0.30" in dear.axes[1].get_title() + dear.axes[1].get_title(loc="left")


def test_without_the_package_one_sentence_says_what_to_do_and_the_run_ends():
    lesson = read_notebook(NOTEBOOKS / f"{NOTEBOOK}.ipynb")
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    missing = "import sys; sys.modules['elpv_dataset'] = None"
    part = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(missing), *code[:3]])
    for cell in part.cells:
        cell.outputs, cell.execution_count = [], None
    with pytest.raises(CellExecutionError):
        NotebookClient(part, kernel_name="python3", timeout=120).execute()
    (said,) = part.cells[2].outputs
    assert (said.output_type, said.name) == ("stream", "stderr")
    assert said.text.count("\n") == 1
    assert "non-commercial" in said.text
    assert "%pip install elpv-dataset" in said.text
    assert "Traceback" not in said.text
    assert part.cells[3].outputs == []
    assert part.cells[3].execution_count is None
