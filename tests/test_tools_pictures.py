"""Pictures shrink without a visible change, and keep every pixel where a change would show."""

import base64
import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tools.pictures import looks_the_same, shrink_png

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def encode(picture: Image.Image, **options: Any) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", **options)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def decode(encoded: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def plot(kind: str) -> str:
    """A figure as matplotlib stores it, base64."""
    random = np.random.default_rng(0)
    fig, ax = plt.subplots(figsize=(5, 3), dpi=100)
    x = np.linspace(-2, 2, 200)
    if kind == "lines":
        for number in range(5):
            ax.plot(x, np.sin(number * x + number), label=f"line {number}")
        ax.legend()
    elif kind == "scatter":
        ax.scatter(*random.normal(size=(2, 2000)), c=random.normal(size=2000), alpha=0.5)
    else:
        ax.contourf(x, x, np.add.outer(x**2, -(x**2)), 40, cmap="RdBu")
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", bbox_inches="tight")
    plt.close(fig)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


@pytest.mark.parametrize("kind", ["lines", "scatter", "contours"])
def test_a_plot_becomes_less_than_half_as_large_and_looks_the_same(kind: str) -> None:
    before = plot(kind)
    after = shrink_png(before)
    assert len(after) < 0.5 * len(before)
    assert decode(after).mode == "P"
    one, other = decode(before).convert("RGB"), decode(after).convert("RGB")
    assert looks_the_same(one, other)
    # The page is white; a background of nearly white would show as a box.
    white = (np.asarray(one) == 255).all(axis=-1)
    assert white.mean() > 0.1
    assert (np.asarray(other)[white] == 255).all()


def test_shrinking_is_repeatable() -> None:
    before = plot("scatter")
    assert shrink_png(before) == shrink_png(before)


def test_up_to_256_colours_keep_every_pixel() -> None:
    random = np.random.default_rng(1)
    colours = random.integers(0, 256, (256, 3), dtype=np.uint8)
    pixels: Pixels = colours[random.integers(0, 256, (60, 60))]
    after = decode(shrink_png(encode(Image.fromarray(pixels))))
    assert after.mode == "P"
    assert np.array_equal(np.asarray(after.convert("RGB")), pixels)


def test_a_smooth_ramp_of_colours_keeps_every_pixel() -> None:
    ramp = np.linspace(0, 255, 200).astype(np.uint8)
    red, green = np.meshgrid(ramp, ramp)
    pixels: Pixels = np.stack([red, green, red // 2 + green // 2], axis=-1)
    after = decode(shrink_png(encode(Image.fromarray(pixels))))
    assert after.mode == "RGB"
    assert np.array_equal(np.asarray(after), pixels)


def test_one_coloured_point_among_many_colours_is_not_lost() -> None:
    random = np.random.default_rng(2)
    pixels = random.integers(100, 130, (200, 200, 3), dtype=np.uint8)
    pixels[50, 50] = (255, 0, 0)
    after = np.asarray(decode(shrink_png(encode(Image.fromarray(pixels)))).convert("RGB"))
    assert np.abs(after[50, 50].astype(int) - (255, 0, 0)).max() <= 25


def test_a_transparent_picture_stays_transparent() -> None:
    pixels = np.zeros((20, 20, 4), dtype=np.uint8)
    pixels[:10] = (200, 30, 30, 128)
    after = decode(shrink_png(encode(Image.fromarray(pixels))))
    assert np.array_equal(np.asarray(after.convert("RGBA")), pixels)


def test_metadata_is_dropped() -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Software", "a version that changes")
    picture = Image.new("RGB", (10, 10), "white")
    before = encode(picture, pnginfo=note, dpi=(100, 100))
    assert decode(before).info.keys() == {"Software", "dpi"}
    assert decode(shrink_png(before)).info == {}


def test_what_looks_the_same() -> None:
    grey = Image.new("RGB", (100, 100), (100, 100, 100))
    one_point_off = grey.copy()
    one_point_off.putpixel((3, 3), (126, 100, 100))
    all_a_little_off = Image.new("RGB", (100, 100), (103, 103, 103))
    hardly_off = Image.new("RGB", (100, 100), (102, 102, 102))
    assert looks_the_same(grey, grey)
    assert looks_the_same(grey, hardly_off)
    assert not looks_the_same(grey, one_point_off)
    assert not looks_the_same(grey, all_a_little_off)
