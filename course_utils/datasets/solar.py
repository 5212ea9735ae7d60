"""Solar cells under electroluminescence, from the package `elpv-dataset` (the extra `capstone`).

Not shipped with the course: 90 MB, and not free for commercial use.
"""

from dataclasses import dataclass

import torch

from course_utils.datasets.files import DatasetError

CELLS = 2_624
SIDE = 300  # pixels
THIRDS = {0.0, 1.0, 2.0, 3.0}  # the experts' probability of a defect, times three
_INSTALL = "run %pip install elpv-dataset in a cell (90 MB) and restart the kernel"
_REPAIR = "run %pip install --force-reinstall --no-deps elpv-dataset in a cell"


@dataclass(frozen=True, eq=False, repr=False)
class SolarCells:
    """Pictures of solar cells with the experts' judgement, in the order of their file names.

    Attributes:
        images: uint8 brightness 0–255, `(cells, height, width)`.
        probability: float32 `(cells,)`, that the cell is defective: 0, 1/3, 2/3 or 1.
        kind: for each cell, "mono" or "poly" crystalline silicon.
    """

    images: torch.Tensor
    probability: torch.Tensor
    kind: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.kind)

    def __repr__(self) -> str:
        return f"SolarCells(images {tuple(self.images.shape)})"


def solar_cells() -> SolarCells:
    """Return 2,624 pictures of solar cells from 44 modules, 300 × 300 pixels, with judgements.

    Takes about 240 MB of memory. Pictures CC BY-NC-SA 4.0; the card in `data/README.md` tells
    origin and limits.

    Raises:
        DatasetError: the package is not installed, or its files are damaged or others.
    """
    try:
        from elpv_dataset.utils import load_dataset
    except ImportError as error:
        raise DatasetError(
            "Expected the package elpv-dataset, which the course does not bring because its "
            f"pictures are free for non-commercial use only, found none; {_INSTALL}."
        ) from error
    try:
        pictures, probability, kind = load_dataset()
        images = torch.from_numpy(pictures)
        thirds = torch.from_numpy(probability * 3)
    # A missing, cut, empty or foreign file: each fails in a way of its own.
    except (OSError, ValueError, TypeError, SyntaxError) as error:
        raise DatasetError(
            f"Expected {CELLS:,} pictures in elpv-dataset, got files that cannot be read "
            f"({type(error).__name__}: {str(error).rstrip('.')}); {_REPAIR}."
        ) from error
    known = set(thirds.tolist()) <= THIRDS and set(kind.tolist()) <= {"mono", "poly"}
    if images.shape != (CELLS, SIDE, SIDE) or images.dtype != torch.uint8 or not known:
        raise DatasetError(
            f"Expected {CELLS:,} pictures of {SIDE} × {SIDE} bytes in elpv-dataset with the "
            "judgements 0, 1/3, 2/3, 1 and the kinds mono, poly, got pictures "
            f"{tuple(images.shape)} or other labels; {_REPAIR}."
        )
    return SolarCells(images, thirds.float() / 3, tuple(kind.tolist()))
