"""Make stored pictures small without a visible change."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

# "Looks the same": no channel of any pixel is further off than a tenth of the range, and the
# root of the mean squared difference is at most 2 of 255 (42 dB). Lines, text and scatter plots
# pass with 256 colours; photographs and smooth colour ramps, where bands would show, do not.
LARGEST_DIFFERENCE = 25
LARGEST_RMS_DIFFERENCE = 2.0


def shrink_png(encoded: str) -> str:
    """Re-encode a PNG without its metadata, with a palette where that looks the same.

    Args:
        encoded: base64 text of a PNG file, as a notebook stores it.

    Returns:
        Base64 text of the smallest of: the same pixels, or at most 256 colours.
    """
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as opened:
        picture = opened.convert("RGBA")
    candidates = [picture]
    if picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
        # Two rounds of k-means over the colours that cover most ground: of Pillow's methods the
        # one with the smallest largest error on plots; no dither, because noise compresses badly.
        palette = picture.quantize(
            256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
        )
        candidates = [picture]
        if looks_the_same(picture, palette.convert("RGB")):
            candidates.append(palette)
    smallest = min((_png(candidate) for candidate in candidates), key=len)
    return base64.b64encode(smallest).decode("ascii")


def looks_the_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two RGB pictures of one size differ by less than an eye notices."""
    difference = np.abs(_channels(one) - _channels(other))
    return bool(
        difference.max() <= LARGEST_DIFFERENCE
        and np.sqrt(np.mean(difference**2)) <= LARGEST_RMS_DIFFERENCE
    )


def _channels(picture: Image.Image) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A picture as an array (height, width, channels) of 0 to 255."""
    return np.asarray(picture, dtype=np.float64)


def _png(picture: Image.Image) -> bytes:
    """The picture as a PNG file without metadata, packed as tightly as zlib does."""
    picture.info.clear()
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
