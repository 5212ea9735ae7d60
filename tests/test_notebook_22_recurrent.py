"""Cells, padding, counting and drawing of notebook 22, against PyTorch and against loops."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tests.lesson import definitions

CELLS = ("rnn_by_hand", "lstm_by_hand", "gru_by_hand", "compare", "hold", "message")
BY_HAND = {"rnn_by_hand": nn.RNN, "lstm_by_hand": nn.LSTM, "gru_by_hand": nn.GRU}
WIDEST = 12


@pytest.fixture(scope="module")
def lesson():
    return definitions("22_recurrent_networks", *CELLS)


@pytest.fixture(scope="module")
def readers():
    """The reader and the scanner of names, with an alphabet of 20 letters, untrained."""
    names = "F", "NameReader", "NameScanner", "NameWriter", "Forecaster", "SlidingForecaster"
    found = definitions("22_recurrent_networks", *names)
    found.NameReader.__init__.__globals__["LETTERS"] = list("abcdefghijklmnopqrst")
    return found


@pytest.mark.parametrize("name", list(BY_HAND))
@pytest.mark.parametrize(("count", "steps", "features", "size"), [(1, 1, 1, 1), (4, 9, 5, 3)])
def test_cells_by_hand_are_pytorchs(lesson, name, count, steps, features, size):
    torch.manual_seed(1)
    layer = BY_HAND[name](features, size, batch_first=True, dtype=torch.float64)
    x = torch.randn(count, steps, features, dtype=torch.float64, requires_grad=True)
    values, slopes = lesson.compare(getattr(lesson, name), layer, x)
    assert values == count * steps * size
    assert slopes == x.numel() + sum(w.numel() for w in layer.parameters())


def test_comparison_notices_a_wrong_gradient(lesson):
    """Right values with a gradient that is cut off must not pass."""
    layer = nn.RNN(3, 4, batch_first=True, dtype=torch.float64)
    x = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)

    def cut_off(x, *weights):
        states = lesson.rnn_by_hand(x, *weights)
        return torch.cat([states[:, :-1], states[:, -1:].detach()], dim=1)

    with pytest.raises(AssertionError):
        lesson.compare(cut_off, layer, x)


def test_gru_of_the_paper_is_another_one(lesson):
    """Equal where the gate r is 1 everywhere, different elsewhere."""
    gru = nn.GRU(3, 4, batch_first=True, dtype=torch.float64)
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    paper = lesson.gru_by_hand(x, *gru.parameters(), as_in_paper=True)
    assert not torch.allclose(paper, gru(x)[0])
    with torch.no_grad():
        gru.bias_ih_l0[:4] = 60.0
    paper = lesson.gru_by_hand(x, *gru.parameters(), as_in_paper=True)
    torch.testing.assert_close(paper, gru(x)[0])


@pytest.mark.parametrize("layer", [nn.LSTM(3, 5), nn.LSTMCell(3, 5)])
def test_hold_opens_the_forget_gate_only(lesson, layer):
    before = [w.clone() for w in layer.parameters()]
    lesson.hold(layer, 4.0)
    matrices, biases = list(layer.parameters())[:2], list(layer.parameters())[2:]
    assert all(torch.equal(a, b) for a, b in zip(matrices, before[:2], strict=True))
    total = sum(b.detach() for b in biases)
    assert torch.equal(total[5:10], torch.full((5,), 4.0))
    kept = [k for k in range(20) if not 5 <= k < 10]
    assert torch.equal(total[kept], sum(b[kept] for b in before[2:]))


def test_message_is_the_gradient_of_a_perturbed_state(lesson):
    """The RNN's message at the last step is 1, and falls on the way back."""
    norms = lesson.message(nn.RNNCell, 0, steps=12)
    assert norms.shape == (1, 12)
    assert norms[0, -1] == pytest.approx(1)
    assert norms[0, 0] < norms[0, 6] < 1
    assert lesson.message(nn.LSTMCell, 0, 4.0, steps=12).shape == (2, 12)


def test_gradient_norms_by_numpy_are_autograds():
    """The widget's backward loop, with and without tanh, for several spectral radii."""
    names = (
        "chance_of_net",
        "net_random",
        "net_weights",
        "net_inputs",
        "net_end",
        "norms_through_time",
    )
    found = definitions("22_recurrent_networks", *names)
    assert np.abs(np.linalg.eigvals(found.net_weights)).max() == pytest.approx(1)
    for bend in (True, False):
        for radius in (0.5, 1.3):
            weights, h, kept = (
                torch.tensor(radius * found.net_weights),
                torch.zeros(32).double(),
                [],
            )
            for x_t in torch.tensor(found.net_inputs):
                z = weights @ h + x_t
                h = (torch.tanh(z) if bend else z).requires_grad_()
                h.retain_grad()
                kept.append(h)
            (h * torch.tensor(found.net_end)).sum().backward()
            expected = [state.grad.norm().item() for state in kept]
            np.testing.assert_allclose(found.norms_through_time(radius, bend), expected)


def test_tanh_can_make_the_gradient_shrink_above_a_radius_of_1():
    names = "chance_of_net", "net_random", "net_weights", "net_inputs", "net_end"
    found = definitions("22_recurrent_networks", *names, "norms_through_time")
    first, last = found.norms_through_time(1.5)[[0, -1]]
    assert first < 0.1 * last
    assert found.norms_through_time(1.5, bend=False)[0] > 1000 * last


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, WIDEST), min_size=1, max_size=9),
    extra=st.integers(0, 8),
    seed=st.integers(0, 3),
)
def test_padding_does_not_change_results_when_packed(readers, lengths, extra, seed):
    """Each name of a padded, packed batch gets the logits that it gets alone, in any company."""
    torch.manual_seed(seed)
    reader = readers.NameReader(size=6).eval()
    names = [torch.randint(1, 22, (n,)) for n in lengths]
    padded = torch.zeros(len(names), max(lengths) + extra, dtype=torch.long)
    for row, name in zip(padded, names, strict=True):
        row[: len(name)] = name
    with torch.no_grad():
        together = reader(padded, torch.tensor(lengths))
        alone = torch.cat([reader(name[None]) for name in names])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_packed_gradients_are_those_of_names_alone(readers):
    torch.manual_seed(0)
    reader = readers.NameReader(size=6).eval()
    names = [torch.tensor([3, 4, 5, 6, 7]), torch.tensor([8]), torch.tensor([9, 3, 3])]
    padded = nn.utils.rnn.pad_sequence([*names, torch.zeros(9).long()], batch_first=True)[:3]
    gradients = []
    for logits in (
        reader(padded, torch.tensor([5, 1, 3])),
        torch.cat([reader(name[None]) for name in names]),
    ):
        loss = nn.functional.cross_entropy(logits, torch.tensor([1, 2, 3]))
        gradients.append(torch.autograd.grad(loss, list(reader.parameters())))
    for together, alone in zip(*gradients, strict=True):
        torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-4)


def test_padding_without_lengths_does_change_results(readers):
    """So that the test above can fail: without lengths the same batch gives something else."""
    torch.manual_seed(0)
    reader = readers.NameReader(size=6).eval()
    name = torch.tensor([[3, 4, 5]])
    filled = nn.functional.pad(name, (0, 2))
    assert not torch.allclose(reader(filled), reader(name), atol=1e-3)
    assert torch.equal(reader.vectors(torch.tensor([0])), torch.zeros(1, 32))


def test_scanner_finds_a_piece_anywhere_and_reads_short_names(readers):
    torch.manual_seed(0)
    scanner = readers.NameScanner(channels=40).eval()
    for length in (1, 2, 7):
        assert scanner(torch.randint(2, 22, (3, length))).shape == (3, 17)
    early, late = torch.tensor([[9, 3, 4, 5, 9, 9]]), torch.tensor([[9, 9, 3, 4, 5, 9]])
    with torch.no_grad():
        found = [scanner.conv(scanner.vectors(x).transpose(1, 2)) for x in (early, late)]
    torch.testing.assert_close(found[0][0, :, 3], found[1][0, :, 4])


def test_writer_reads_no_letter_before_its_turn(readers):
    """Teacher forcing in one pass gives the same as letter by letter; the future has no say."""
    torch.manual_seed(0)
    writer = readers.NameWriter(size=8).eval()
    codes, language = torch.randint(2, 22, (2, 6)), torch.tensor([0, 16])
    with torch.no_grad():
        whole, _ = writer(codes, language)
        state, parts = None, []
        for k in range(6):
            logits, state = writer(codes[:, k : k + 1], language, state)
            parts.append(logits)
        changed, _ = writer(torch.cat([codes[:, :4], codes[:, :2]], dim=1), language)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole)
    torch.testing.assert_close(changed[:, :4], whole[:, :4])


@pytest.mark.parametrize("kind", ["Forecaster", "SlidingForecaster"])
def test_forecasters_see_no_future(readers, kind):
    torch.manual_seed(0)
    model = getattr(readers, kind)().eval()
    x = torch.randn(3, 48)
    later = x.clone()
    later[:, 30:] = 7
    with torch.no_grad():
        before, after = model(x), model(later)
    assert before.shape == (3, 48)
    torch.testing.assert_close(before[:, :30], after[:, :30])
    assert (before[:, 30:] != after[:, 30:]).all()


NAMES = ["Ada", "Bo", "Eva", "Al", "Cleo", "Ivo"]


@pytest.fixture(scope="module")
def names():
    """The lesson's tables and functions for six names of its alphabet in two languages."""
    found = definitions("22_recurrent_networks", "equal_lengths", "pairs_of", "recalls")
    letters = sorted(set("".join(NAMES)))
    space = found.pairs_of.__globals__
    space["LENGTHS"] = torch.tensor([len(name) for name in NAMES])
    space["FRAMED"] = torch.zeros(6, 6, dtype=torch.long)
    for row, name in zip(space["FRAMED"], NAMES, strict=True):
        row[1 : len(name) + 1] = torch.tensor([letters.index(a) + 2 for a in name])
    space["TARGETS"] = torch.tensor([0, 1, 0, 1, 1, 0])
    return found


def test_batches_have_equal_lengths_and_hold_each_row_once(names):
    rows = torch.tensor([5, 0, 2, 1, 4])
    batches = names.equal_lengths(rows, 2)
    assert sorted(torch.cat(list(batches)).tolist()) == [0, 1, 2, 4, 5]
    lengths = [{len(NAMES[k]) for k in batch.tolist()} for batch in batches]
    assert all(len(found) == 1 for found in lengths)
    assert max(len(batch) for batch in batches) == 2


def test_pairs_are_those_of_a_loop(names):
    rows = torch.tensor([4, 1, 0])
    letters = sorted(set("".join(NAMES)))
    expected = []
    for k in rows.tolist():
        codes = [0, *(letters.index(a) + 2 for a in NAMES[k]), 0]
        expected += [([0, 1, 0, 1, 1, 0][k], a, b) for a, b in itertools.pairwise(codes)]
    language, before, after = names.pairs_of(rows)
    found = list(zip(language.tolist(), before.tolist(), after.tolist(), strict=True))
    assert found == expected


def test_recalls_are_shares_of_each_language(names):
    space = names.recalls.__globals__
    space["TARGETS"] = torch.arange(17).repeat(2)
    said = space["TARGETS"].clone()
    said[3] = 4
    found = names.recalls(torch.arange(34), said)
    assert found[3] == 50
    assert found.sum() == 1650
    space["TARGETS"] = torch.tensor([0, 1, 0, 1, 1, 0])
