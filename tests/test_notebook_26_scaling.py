"""Stopwatch, memory, number formats, ring and several processes of notebook 26."""

import os
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.widgets import Choice, Explorer, Slider
from tests.lesson import definitions
from tools.storage import ROOT

NOTEBOOK = "26_scaling_up"
PROCESSES = ("LOOPBACK", "SETTINGS", "HERE", "starts", "run_together")


@pytest.fixture(scope="module")
def lesson():
    names = "F", "FORMATS", "bits_of", "ring_steps", "amdahl", "gpu_on_paper", "cache_of"
    return definitions(NOTEBOOK, *names, "gradient_of", "net_of_32", "MACHINES", "hours_and_euros")


def launcher(*, torchrun):
    """`run_together` with torchrun, or with processes started by hand, as on Windows."""
    found = definitions(NOTEBOOK, *PROCESSES)
    space = found.run_together.__globals__
    space["starts"] = partial(found.starts, torchrun=torchrun)
    return found.run_together


def test_stopwatch_warms_up_and_waits():
    found = definitions(NOTEBOOK, "finish", "times_of")
    diary = []
    space = found.times_of.__globals__
    space["finish"] = lambda: diary.append("wait")
    times = found.times_of(lambda: diary.append("work"), repeats=3, warm_up=2)
    assert len(times) == 3
    assert min(times) >= 0
    assert diary == ["work"] * 2 + ["wait", "work", "wait"] * 3


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_cache_grows_with_the_batch_and_leaves_the_weights_out(lesson, batch):
    model = nn.Sequential(nn.Linear(30, 20), nn.Sigmoid(), nn.Linear(20, 5))
    floats, wholes = lesson.cache_of(model, torch.zeros(batch, 30), torch.zeros(batch).long())
    assert floats == 4 * batch * (30 + 20 + 5) + 4
    assert wholes == 8 * batch


def test_cache_on_the_device_without_numbers_is_that_of_the_cpu(lesson):
    def build():
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())

    real = lesson.cache_of(build(), torch.zeros(2, 1, 10, 10), torch.zeros(2).long())
    with torch.device("meta"):
        paper = lesson.cache_of(build(), torch.zeros(2, 1, 10, 10), torch.zeros(2).long())
    assert real == paper
    assert real[1] == 8 * 2 + 8 * 2 * 4 * 4 * 4  # targets, and the places of the maxima


def test_bits_are_those_of_the_formats(lesson):
    assert lesson.bits_of(1.0, "float16") == ("0" + "01111" + "0" * 10, 1.0)
    assert lesson.bits_of(-2.0, "bfloat16") == ("1" + "10000000" + "0" * 7, -2.0)
    assert lesson.bits_of(0.15625, "float32")[0] == "0" + "01111100" + "01" + "0" * 21
    assert lesson.bits_of(0.1, "bfloat16")[0] == lesson.bits_of(0.1, "float32")[0][:15] + "1"


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 7), width=st.integers(1, 4), seed=st.integers(0, 99))
def test_ring_leaves_the_sum_with_everybody(lesson, count, width, seed):
    shares = np.random.default_rng(seed).integers(-50, 50, size=(count, count * width))
    pieces = [np.split(share, count) for share in shares]
    assert sum(1 for _ in lesson.ring_steps(pieces)) == 2 * (count - 1)
    for mine in pieces:
        np.testing.assert_array_equal(np.concatenate(mine), shares.sum(axis=0))


def test_ring_stopped_early_is_not_done(lesson):
    pieces = [np.split(share, 4) for share in np.ones((4, 8), dtype=int)]
    steps = lesson.ring_steps(pieces)
    for _ in range(5):
        next(steps)
    assert any((np.concatenate(mine) != 4).any() for mine in pieces)


def test_accumulation_weights_parts_by_their_share(lesson):
    torch.manual_seed(1)
    x, y = torch.randn(10, 784).double(), torch.randint(10, (10,))
    whole = lesson.gradient_of(lesson.net_of_32(), [(x, y)], [1])
    parts = [(x[:7], y[:7]), (x[7:], y[7:])]
    shared = lesson.gradient_of(lesson.net_of_32(), parts, [0.7, 0.3])
    torch.testing.assert_close(shared, whole)
    assert not torch.allclose(lesson.gradient_of(lesson.net_of_32(), parts, [0.5, 0.5]), whole)


def test_speed_up_on_paper(lesson):
    assert lesson.amdahl(1, 0.3, 0.2) == pytest.approx(1)
    assert lesson.amdahl(16, 0.0) == pytest.approx(16)
    assert lesson.amdahl(4, 0.2) == pytest.approx(2.5)
    assert lesson.amdahl(2, 0.0, 0.5) == pytest.approx(1)
    assert lesson.amdahl(10**9, 0.1) == pytest.approx(10, rel=1e-6)


def test_paper_calculations_have_their_units(lesson):
    assert lesson.gpu_on_paper(20e12, 0, orders=0) == pytest.approx(1)
    assert lesson.gpu_on_paper(0, 5e9, orders=0) == pytest.approx(1)
    assert lesson.gpu_on_paper(0, 0) == pytest.approx(40e-6)
    assert lesson.hours_and_euros(3600 * 100e9, "laptop") == pytest.approx((1, 0.02))
    hours, euros = lesson.hours_and_euros(0, "eight GPUs")
    assert (hours, euros) == (3.0, 48.0)


def _pictures(draw, first, others):
    """The pictures of a widget at each step of its first control."""
    name, slider = first
    explorer = Explorer(draw, {name: slider, **others})
    found = []
    for value in np.arange(slider.low, slider.high + slider.step / 2, slider.step):
        explorer.controls[name].value = int(value)
        found.append(explorer.png())
    return found


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("optimizer", "numbers"), [("plain SGD", "mixed"), ("Adam", "float32")])
def test_each_step_of_the_memory_widget_changes_its_picture(optimizer, numbers):
    found = definitions(NOTEBOOK, "BUFFERS", "draw_memory", "F")
    space = found.draw_memory.__globals__
    space |= {"vgg_count": 138_357_544, "vgg_floats": 60e6, "vgg_wholes": 13e6}
    shelves = {"parameters": ("blue", 0.4), "gradients": ("sky", 0.6), "state": ("green", 0.8)}
    space["SHELVES"] = shelves | {"cache": ("orange", -0.4)}
    others = {
        "optimizer": Choice("optimizer", [optimizer]),
        "numbers": Choice("numbers", [numbers]),
    }
    shown = _pictures(found.draw_memory, ("doublings", Slider("", 0, 10, 1, 0)), others)
    assert all(a != b for a, b in pairwise(shown))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("exchange", [0, 50])
def test_each_step_of_amdahls_widget_changes_its_picture(exchange):
    found = definitions(NOTEBOOK, "amdahl", "draw_amdahl")
    others = {"exchange": Slider("", 0, 50, 2, exchange)}
    shown = _pictures(found.draw_amdahl, ("serial", Slider("", 0, 25, 1, 0)), others)
    assert all(a != b for a, b in pairwise(shown))


def test_without_a_compiler_one_sentence(tmp_path):
    """A machine without a C++ compiler, in a Python of its own: the setting is read at import."""
    program = tmp_path / "no_compiler.py"
    program.write_text(
        "import torch\n"
        "from tests.lesson import definitions\n"
        "names = 'finish', 'device', 'NO_COMPILER', 'compiled_or_none'\n"
        f"found = definitions('{NOTEBOOK}', *names)\n"
        "print(found.compiled_or_none(lambda x: x * 2 + 1, torch.ones(100)))\n",
        encoding="utf-8",
    )
    settings = {"CXX": str(tmp_path / "missing"), "PYTHONPATH": str(ROOT), "COURSE_DEVICE": "cpu"}
    settings |= {"TORCHINDUCTOR_CACHE_DIR": str(tmp_path), "TORCHINDUCTOR_COMPILE_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(program)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    lines = done.stdout.splitlines()[1:]  # after the line of start()
    sentence = definitions(NOTEBOOK, "NO_COMPILER").NO_COMPILER
    assert lines == [sentence, "(None, 0.0)"]


WAYS = pytest.mark.parametrize("torchrun", [True, False], ids=["torchrun", "by hand"])

RING = """
import torch
import torch.distributed as dist
from tests.lesson import definitions

found = definitions("{notebook}", "ring_all_reduce", "batches_of")
dist.init_process_group("gloo")
rank = dist.get_rank()
vector = torch.arange(7.0) * 10**rank
before = vector.clone()
ours, theirs = found.ring_all_reduce(vector), vector.clone()
dist.all_reduce(theirs)
assert torch.equal(ours, theirs), (ours, theirs)
assert torch.equal(vector, before)
data = torch.utils.data.TensorDataset(torch.arange(12))
mine = torch.cat([batch for (batch,) in found.batches_of(data, 2, epochs=1)])
everything = [torch.empty_like(mine) for _ in range(3)]
dist.all_gather(everything, mine)
assert sorted(torch.cat(everything).tolist()) == list(range(12))
print(f"process {{rank}} is done")
dist.destroy_process_group()
"""


def test_three_processes_agree_on_the_sum_and_share_the_samples(tmp_path, monkeypatch):
    """Without torchrun; a vector that three do not divide; each sample goes to one process only."""
    script = tmp_path / "ring.py"
    script.write_text(RING.format(notebook=NOTEBOOK), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    printed = launcher(torchrun=False)(script, processes=3)
    assert all(printed.count(f"process {rank} is done") == 1 for rank in range(3))


@WAYS
def test_a_failing_script_is_one_sentence(tmp_path, torchrun):
    script = tmp_path / "broken.py"
    script.write_text("raise ValueError('the data are gone')\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"broken\.py failed with code 1: .*the data are gone"):
        launcher(torchrun=torchrun)(script)


@pytest.mark.skipif(sys.platform == "win32", reason="processes are looked up by os.kill")
@WAYS
def test_a_script_that_hangs_is_stopped_with_all_its_processes(tmp_path, torchrun):
    script = tmp_path / "endless.py"
    script.write_text(
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "Path(sys.argv[1], os.environ['RANK']).write_text(str(os.getpid()))\n"
        "time.sleep(600)\n",
        encoding="utf-8",
    )
    started = [tmp_path / rank for rank in ("0", "1")]
    for limit in (6, 20, 60) if torchrun else (2, 20):  # a busy machine starts both later
        stopped = rf"endless\.py was stopped: not done after {limit} s"
        with pytest.raises(RuntimeError, match=stopped):
            launcher(torchrun=torchrun)(script, tmp_path, limit=limit)
        if all(path.exists() and path.read_text() for path in started):
            break
    numbers = [int(path.read_text()) for path in started]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(map(_is_running, numbers)):
        time.sleep(0.1)
    assert not any(map(_is_running, numbers))


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_largest_difference_sees_weights_and_statistics_apart():
    found: SimpleNamespace = definitions(NOTEBOOK, "apart", "net_of_32")
    state = found.net_of_32(norm=True).state_dict()
    other = {name: value.clone() for name, value in state.items()}
    assert found.apart(state, other) == 0
    other["1.running_mean"] += 0.5
    assert found.apart(state, other) == 0
    assert found.apart(state, other, buffers=True) == pytest.approx(0.5)
    other["3.bias"][2] -= 0.25
    assert found.apart(state, other) == pytest.approx(0.25)
