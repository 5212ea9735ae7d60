"""Training that one can watch, tested without a browser: the loop is the test's own."""

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from course_utils.widgets import Choice, LiveTraining, Slider, picture, watch

CONTROLS = {
    "rate": Slider("rate", 0, 10, 1, 2),
    "activation": Choice("activation", ["ReLU", "tanh"]),
}


def _start(*, rate, activation):
    return SimpleNamespace(rate=rate, activation=activation, total=0)


def _advance(run):
    if run.rate == 9:
        raise ValueError("rate <too> high")
    run.total += run.rate


def _draw(figure, run):
    figure.subplots().plot([0, run.total], [0, 1])


def _live(*, pieces=100_000, still=3):
    return LiveTraining(_start, _advance, _draw, CONTROLS, pieces=pieces, still=still)


def _run(lesson):
    """Run a coroutine in a thread of its own: Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(lesson())).result()


async def _until(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited 5 s in vain")


def test_the_still_picture_is_of_a_trained_run():
    live = _live()
    assert (live.done, live.run.total) == (3, 6)
    assert bytes(live.picture.value).startswith(b"\x89PNG")
    assert live.message.value == "3 of 100000 pieces of training done"


def test_train_goes_on_until_stop_is_pressed():
    async def lesson():
        live = _live()
        before = live.picture.value
        live.train.value = True
        assert live.train.description == "Stop"
        await _until(lambda: live.done >= 6)
        live.train.value = False
        assert live.train.description == "Train"
        stopped = live.done
        await asyncio.sleep(0.2)
        assert live.done == stopped
        assert live.picture.value != before
        live.train.value = True
        await _until(lambda: live.done > stopped)
        live.train.value = False

    _run(lesson)


def test_stop_and_train_in_one_breath_leave_one_run_training():
    async def lesson():
        live = _live()
        live.train.value = True
        await _until(lambda: live.done > 3)
        live.train.value = False
        live.train.value = True
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert len(others) == 1
        live.train.value = False
        await asyncio.gather(*others)

    _run(lesson)


def test_it_stops_by_itself_and_train_then_begins_anew():
    async def lesson():
        live = _live(pieces=5)
        live.train.value = True
        await _until(lambda: not live.train.value)
        assert (live.done, live.train.description) == (5, "Train")
        live.train.value = True
        assert live.done == 0
        await _until(lambda: not live.train.value)
        assert live.run.total == 10

    _run(lesson)


def test_a_control_starts_a_fresh_run_that_goes_on_training():
    async def lesson():
        live = _live()
        live.controls["activation"].value = "tanh"
        assert (live.run.activation, live.done, live.train.value) == ("tanh", 0, False)
        live.train.value = True
        await _until(lambda: live.done > 2)
        live.controls["rate"].value = 5
        assert (live.run.rate, live.done) == (5, 0)
        await _until(lambda: live.done > 2)
        assert live.run.total == 5 * live.done
        live.train.value = False

    _run(lesson)


def test_restart_keeps_the_settings():
    live = _live()
    live.controls["rate"].value = 4
    live.run.total = 99
    live.restart.click()
    assert (live.run.rate, live.run.total, live.done) == (4, 0, 0)


def test_only_one_trains_at_a_time():
    async def lesson():
        first, second = _live(), _live()
        first.train.value = True
        second.train.value = True
        assert not first.train.value
        await _until(lambda: second.done > 4)
        assert first.done <= 4
        second.train.value = False

    _run(lesson)


def test_training_that_fails_stops_and_says_so():
    async def lesson():
        live = _live()
        live.controls["rate"].value = 9
        live.train.value = True
        await _until(lambda: not live.train.value)
        assert live.message.value == "Training stopped: ValueError: rate &lt;too&gt; high"
        live.controls["rate"].value = 1
        live.train.value = True
        await _until(lambda: live.done > 1)
        live.train.value = False

    _run(lesson)


def test_one_output_holds_picture_text_and_live_view(monkeypatch):
    shown = []
    monkeypatch.setattr(picture, "display", lambda bundle, raw: shown.append((bundle, raw)))
    watch(_start, _advance, _draw, pieces=10, still=2, **CONTROLS)
    ((bundle, raw),) = shown
    assert raw
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "rate, activation" in bundle["text/plain"]
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_what_fails_at_once_fails_in_the_cell():
    controls = {**CONTROLS, "rate": Slider("rate", 0, 10, 1, 9)}
    with pytest.raises(ValueError, match="too"):
        LiveTraining(_start, _advance, _draw, controls, pieces=10, still=1)
