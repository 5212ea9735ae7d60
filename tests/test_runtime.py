"""The set-up line: same seed, same numbers; devices and threads chosen and overridden."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from course_utils import runtime


@pytest.fixture(autouse=True)
def _keep_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def _draw():
    return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002


def test_the_same_seed_gives_the_same_numbers():
    runtime.seed_everything(7)
    first = _draw()
    runtime.seed_everything(7)
    assert _draw() == first
    runtime.seed_everything(8)
    assert all(np.not_equal(_draw(), first))


def test_start_says_what_it_chose(capsys, monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", "1")
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    device = runtime.start(seed=3)
    assert device == torch.device("cpu")
    assert torch.get_num_threads() == 1
    assert capsys.readouterr().out == "Ready: seed 3, device cpu, 1 CPU thread.\n"


def test_start_leaves_numpy_one_thread_and_pytorch_what_was_asked_for(monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", "2")
    runtime.start()
    assert torch.get_num_threads() == 2
    blas = [found for found in threadpool_info() if found["user_api"] == "blas"]
    assert blas
    assert {found["num_threads"] for found in blas} == {1}


def test_start_wants_whole_float32_of_cuda(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    runtime.start()
    assert not torch.backends.cudnn.allow_tf32


def test_a_library_that_is_loaded_later_keeps_to_one_thread_too():
    late = (
        "from course_utils import runtime\n"
        "from threadpoolctl import threadpool_info\n"
        "runtime.start()\n"
        "import scipy.linalg\n"
        "found = [pool for pool in threadpool_info() if pool['user_api'] == 'blas']\n"
        "print(len(found), {pool['num_threads'] for pool in found})\n"
    )
    environment = {name: text for name, text in os.environ.items() if name[-8:] != "_THREADS"}
    run = subprocess.run(
        [sys.executable, "-c", late], env=environment, capture_output=True, text=True, check=True
    )
    count, threads = run.stdout.splitlines()[-1].split(maxsplit=1)
    assert int(count) >= 1
    assert threads == "{1}"


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(False, False, "cpu"), (True, False, "cuda"), (False, True, "mps"), (True, True, "cuda")],
)
def test_the_fastest_device_present_is_picked(monkeypatch, cuda, mps, expected):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert runtime.pick_device().type == expected


def test_a_device_that_is_not_there_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("COURSE_DEVICE", "cuda")
    with pytest.raises(RuntimeError, match="asks for 'cuda', but this machine offers"):
        runtime.pick_device()


@pytest.mark.parametrize("wanted", ["0", "-1", "two", "1.5", ""])
def test_a_silly_number_of_threads_is_refused(monkeypatch, wanted):
    monkeypatch.setenv("COURSE_THREADS", wanted)
    with pytest.raises(RuntimeError, match="whole number of 1 or more"):
        runtime.choose_threads()


@pytest.mark.parametrize("faster", [1, "all"])
def test_the_faster_number_of_threads_is_chosen(monkeypatch, faster):
    monkeypatch.delenv("COURSE_THREADS", raising=False)
    monkeypatch.setattr(runtime.os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    seconds = {1: 1.0, 3: 2.0} if faster == 1 else {1: 2.0, 3: 1.0}
    monkeypatch.setattr(runtime, "_seconds_of_a_layer", seconds.__getitem__)
    assert runtime.choose_threads() == (1 if faster == 1 else 3)


def test_timing_a_layer_leaves_threads_and_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    assert runtime._seconds_of_a_layer(2) > 0
    assert torch.get_num_threads() == 1
    assert torch.equal(torch.rand(1), expected)


def test_the_plot_style_is_readable():
    import matplotlib as mpl

    with mpl.rc_context():
        runtime.set_plot_style()
        assert mpl.rcParams["font.size"] >= 11
        colours = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
        assert set(colours) <= set(runtime.COLOURS.values())
