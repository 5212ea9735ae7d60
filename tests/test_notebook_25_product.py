"""Notebook 25: the service under attack, its server, gaps between windows, paired comparisons."""

import io
import math
import threading
import zlib
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from tests.lesson import definitions

SERVICE = (
    *("Byte", "Row", "Picture", "png", "unpack", "png_body"),
    *("service", "add_routes", "running"),
)
STATISTICS = "ks_gaps", "share_gaps", "paired", "half_width", "draw_windows", "slipped"
PNG = {"content-type": "image/png"}
JSON = {"content-type": "application/json"}
LIMIT = 32_768
NOTEBOOK = "25_from_notebook_to_product"


@pytest.fixture(scope="module")
def lesson():
    return definitions(NOTEBOOK, *SERVICE)


@pytest.fixture(scope="module")
def statistics():
    return definitions(NOTEBOOK, "F", *STATISTICS)


@pytest.fixture(scope="module")
def running_service(lesson):
    """A client of a service whose answer is the image's sum, and its log."""
    log = []

    def answer(image):
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8
        return {"sum": int(image.sum())}, {"brightness": float(image.mean())}

    with lesson.running(lesson.service(answer, "v1", log)) as client:
        yield SimpleNamespace(client=client, log=log)


@pytest.fixture(scope="module")
def garment():
    return np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


def test_both_doors_give_the_same_answer(lesson, running_service, garment):
    client = running_service.client
    by_png = client.post("/garment", content=lesson.png(garment), headers=PNG)
    by_array = client.post("/garment/array", json={"pixels": garment.tolist()})
    assert by_png.json() == by_array.json() == {"sum": int(garment.sum())}
    assert client.get("/health").json() == {"status": "ready", "model": "v1"}
    assert running_service.log[-3]["brightness"] == pytest.approx(garment.mean())


@pytest.mark.parametrize("kind", ["image/png", "IMAGE/PNG", "image/png; q=1"])
def test_content_type_is_read_as_the_standard_says(lesson, running_service, garment, kind):
    reply = running_service.client.post(
        "/garment", content=lesson.png(garment), headers={"content-type": kind}
    )
    assert reply.status_code == 200


@pytest.mark.parametrize("kind", ["image/jpeg", "text/plain; name=image/png", "image/pngx", ""])
def test_other_content_types_are_refused(lesson, running_service, garment, kind):
    reply = running_service.client.post(
        "/garment", content=lesson.png(garment), headers={"content-type": kind}
    )
    assert reply.status_code == 415


def _file(image, form="PNG", **rest):
    buffer = io.BytesIO()
    image.save(buffer, form, **rest)
    return buffer.getvalue()


ODD_FILES = {
    "nothing": b"",
    "text": b"a photo",
    "colour": _file(Image.new("RGB", (28, 28))),
    "with alpha": _file(Image.new("LA", (28, 28))),
    "palette": _file(Image.new("P", (28, 28))),
    "one bit": _file(Image.new("1", (28, 28))),
    "sixteen bits": _file(Image.new("I;16", (28, 28))),
    "a column too many": _file(Image.new("L", (29, 28))),
    "a row too few": _file(Image.new("L", (28, 27))),
    "a JPEG that says PNG": _file(Image.new("L", (28, 28)), "JPEG"),
    "a GIF that says PNG": _file(Image.new("L", (28, 28)), "GIF"),
    "bomb": _file(Image.new("L", (5000, 5000))),
}


@pytest.mark.parametrize("name", list(ODD_FILES))
def test_odd_files_are_refused(running_service, name):
    assert len(ODD_FILES[name]) <= LIMIT
    reply = running_service.client.post("/garment", content=ODD_FILES[name], headers=PNG)
    assert reply.status_code == 422
    assert "detail" in reply.json()


def test_bomb_is_not_unpacked(lesson, monkeypatch):
    unpacked = []
    monkeypatch.setattr(Image.Image, "load", lambda image: unpacked.append(image.size))
    with pytest.raises(Exception, match="5000 × 5000"):
        lesson.unpack(ODD_FILES["bomb"])
    assert not unpacked


def test_damaged_files_never_make_a_500(lesson, running_service, garment):
    """Any byte may be wrong, and the checksum mended so that the decoder is reached."""
    rng, whole = np.random.default_rng(1), bytearray(lesson.png(garment))
    codes = set()
    for _ in range(150):
        broken = bytearray(whole)
        for place in rng.integers(8, len(whole), rng.integers(1, 4)):
            broken[place] = rng.integers(0, 256)
        broken = broken[: rng.integers(20, len(whole) + 1)]
        broken[29:33] = zlib.crc32(broken[12:29]).to_bytes(4, "big")  # the header's checksum
        reply = running_service.client.post("/garment", content=bytes(broken), headers=PNG)
        codes.add(reply.status_code)
    assert codes <= {200, 422}
    assert 422 in codes


def _chunk(kind, content):
    """A piece of a PNG file, with a checksum that is right."""
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + checksum


KINDS = (
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"pHYs",
    b"tEXt",
    b"zTXt",
    b"iTXt",
    b"iCCP",
    b"eXIf",
    b"fcTL",
    b"IHDR",
)


@pytest.mark.parametrize("kind", KINDS, ids=bytes.decode)
@pytest.mark.parametrize("size", [0, 1, 4, 7, 13])
@pytest.mark.parametrize("place", ["before the pixels", "after the pixels"])
def test_odd_chunks_with_right_checksums_never_make_a_500(
    lesson, running_service, garment, kind, size, place
):
    """Pillow stops with an IndexError at a short cHRM chunk after the pixels, for one."""
    whole = lesson.png(garment)
    at = 33 if place.startswith("before") else len(whole) - 12
    crafted = whole[:at] + _chunk(kind, bytes(size)) + whole[at:]
    reply = running_service.client.post("/garment", content=crafted, headers=PNG)
    assert reply.status_code in {200, 422}


def _with(value):
    return [[value, *([0] * 27)], *([[0] * 28] * 27)]


@pytest.mark.parametrize(
    "body",
    [
        {"pixels": _with(256)},
        {"pixels": _with(-1)},
        {"pixels": _with(1.0)},
        {"pixels": _with("7")},
        {"pixels": _with(True)},
        {"pixels": _with(None)},
        {"pixels": [[0] * 28] * 27},
        {"pixels": [[0] * 28] * 29},
        {"pixels": [[0] * 27] * 28},
        {"pixels": [0] * 784},
        {"pixels": 3},
        {"pixels": [[0] * 28] * 28, "more": 1},
        {},
        [],
        "pixels",
    ],
)
def test_arrays_of_another_form_are_refused(running_service, body):
    assert running_service.client.post("/garment/array", json=body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"pixels": NaN}', b'{"pixels": [[Infinity]]}', b"[" * 20_000, b"\xff\xfe",
     b'{"pixels": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_broken_json_is_the_senders_fault(running_service, body):
    reply = running_service.client.post("/garment/array", content=body, headers=JSON)
    assert reply.status_code in {400, 422}


@pytest.mark.parametrize("path", ["/garment", "/garment/array"])
@pytest.mark.parametrize("size", [LIMIT + 1, 100_000])
def test_large_bodies_are_refused_announced_or_not(running_service, path, size):
    client = running_service.client
    headers = PNG if path == "/garment" else JSON
    announced = client.post(path, content=bytes(size), headers=headers)
    in_pieces = client.post(path, content=iter([bytes(size - 1), b"x"]), headers=headers)
    assert announced.status_code == in_pieces.status_code == 413
    just_fits = client.post(path, content=bytes(LIMIT), headers=headers)
    assert just_fits.status_code in {400, 422}


def test_log_has_a_line_for_every_request(running_service):
    running_service.log.clear()
    running_service.client.get("/nowhere")
    running_service.client.put("/garment")
    running_service.client.post("/garment", content=bytes(50_000), headers=PNG)
    assert [line["status"] for line in running_service.log] == [404, 405, 413]
    assert all(line["ms"] > 0 for line in running_service.log)


def _servers():
    return [thread for thread in threading.enumerate() if thread.name == "garments"]


def test_server_stops_also_when_something_fails_inside(lesson):
    before = len(_servers())
    app = lesson.service(lambda image: ({}, {}), "v", [])
    seen = []

    def fail(client):
        seen.append((client.get("/health").status_code, len(_servers())))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), lesson.running(app) as client:
        fail(client)
    assert seen == [(200, before + 1)]
    assert len(_servers()) == before
    with pytest.raises(RuntimeError):
        client.get("/health")


def test_two_servers_side_by_side_have_ports_of_their_own(lesson):
    apps = [lesson.service(lambda image: ({}, {}), version, []) for version in ("a", "b")]
    with lesson.running(apps[0]) as one, lesson.running(apps[1]) as two:
        assert one.base_url.port != two.base_url.port
        assert one.get("/health").json()["model"] == "a"
        assert two.get("/health").json()["model"] == "b"
        assert one.base_url.host == "127.0.0.1"


def test_server_that_cannot_start_says_so(lesson, monkeypatch):
    class Dead:
        started, should_exit = False, False

        def __init__(self, config):
            pass

        def run(self):
            pass

    monkeypatch.setattr("uvicorn.Server", Dead)
    with pytest.raises(RuntimeError, match="did not start"), lesson.running(None):
        pass


def test_client_does_not_ask_a_proxy(lesson, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", str(httpx.URL(scheme="http", host="127.0.0.1", port=9)))
    monkeypatch.delenv("NO_PROXY", raising=False)
    with lesson.running(lesson.service(lambda image: ({}, {}), "v", [])) as client:
        assert client.get("/health").status_code == 200


CLASSES = st.lists(st.integers(0, 9), min_size=1)
VALUES = st.lists(st.integers(-4, 4), min_size=1, max_size=12)


@settings(deadline=None)
@given(window=VALUES, reference=VALUES)
def test_gaps_are_the_largest_of_all_places(statistics, window, reference):
    """Few different values, so that ties within and between the samples are common."""
    got = statistics.ks_gaps(np.array([window, window[::-1]]), np.sort(reference))
    expected = max(
        abs(np.mean([w <= x for w in window]) - np.mean([r <= x for r in reference]))
        for x in [*window, *reference]
    )
    np.testing.assert_allclose(got, [expected, expected], atol=1e-12)


@settings(deadline=None)
@given(window=CLASSES, reference=CLASSES)
def test_share_gaps_are_half_the_sum_of_differences(statistics, window, reference):
    got = statistics.share_gaps(np.array([window]), np.array(reference))[0]
    expected = sum(
        abs(window.count(k) / len(window) - reference.count(k) / len(reference)) for k in range(10)
    )
    assert got == pytest.approx(expected / 2)
    assert 0 <= got <= 1 + 1e-12


def test_paired_interval_holds_the_truth_as_often_as_it_says(statistics):
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(600):
        before = rng.random(400) < 0.8
        after = np.where(before, rng.random(400) < 0.95, rng.random(400) < 0.3)
        change, low, high = statistics.paired(before, after)
        assert change == pytest.approx(after.mean() - before.mean())
        held += low <= 0.8 * 0.95 + 0.2 * 0.3 - 0.8 <= high
    assert 0.92 < held / 600 < 0.98


def test_paired_error_is_that_of_the_single_differences(statistics):
    rng = np.random.default_rng(1)
    before, after = rng.random(300) < 0.7, rng.random(300) < 0.6
    change, low, _ = statistics.paired(before, after)
    differences = after.astype(float) - before
    assert (change - low) / 1.96 == pytest.approx(differences.std() / math.sqrt(300))


def test_windows_are_drawn_without_repetition(statistics):
    rows = statistics.draw_windows({"class": np.zeros(250)}, windows=20, size=200)
    assert rows.shape == (20, 200)
    assert all(len(set(row)) == 200 for row in rows.tolist())
    again = statistics.draw_windows({"class": np.zeros(250)}, windows=20, size=200)
    assert (rows == again).all()


@pytest.mark.parametrize("far", [0, 1, 3])
def test_slipped_moves_to_the_right_and_lets_black_in(statistics, far):
    images = torch.arange(1, 2 * 28 * 28 + 1).reshape(2, 28, 28)
    moved = statistics.slipped(images, far)
    assert moved.shape == images.shape
    assert (moved[..., :far] == 0).all()
    assert torch.equal(moved[..., far:], images[..., : 28 - far])


def test_widget_draws_every_setting():
    names = "draw_detection", "ks_gaps", "AFFECTED"
    lesson = definitions(NOTEBOOK, *names)
    space, rng = lesson.draw_detection.__globals__, np.random.default_rng(0)
    space["COLOURS"] = dict.fromkeys(("grey", "orange", "blue"), "#222222")
    monitors = "brightness", "confidence"
    space["reference"] = {name: np.sort(rng.random(5000)) for name in monitors}
    space["events"] = {e: {m: rng.random(300) for m in monitors} for e in ("nothing", "mirrored")}
    space["ALARM"] = dict.fromkeys(monitors, 0.115)
    space["detected"] = {("mirrored", name): list(np.linspace(0, 1, 11)) for name in monitors}
    titles = set()
    for affected in range(0, 101, 10):
        figure = Figure()
        lesson.draw_detection(figure, affected=affected, event="mirrored", monitor="confidence")
        _, rates = figure.axes
        assert rates.get_title() == f"alarms: {affected}% of windows"
        titles.add(rates.get_title())
    assert len(titles) == 11


def test_preprocessing_is_inside_the_product():
    lesson = definitions(NOTEBOOK, "F", "prepare", "Garment")
    lesson.prepare.__globals__.update(MEAN=0.25, STD=0.5)
    product = lesson.Garment(torch.nn.Flatten())
    images = torch.zeros(3, 28, 28, dtype=torch.uint8)
    images[1] = 255
    inside = lesson.prepare(images)
    assert inside.shape == (3, 1, 32, 32)
    assert inside[1, 0, 2, 2] == pytest.approx(1.5)
    assert inside[1, 0, 1, 2] == inside[0, 0, 5, 5] == pytest.approx(-0.5)
    torch.testing.assert_close(product(images), inside.flatten(1).softmax(dim=1))
