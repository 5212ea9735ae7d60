"""The one set-up line of every notebook: seed, device, threads and plot style.

Not about training or data: nothing here knows what a notebook does with the device.
"""

import os
import random
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits

#: The course's colours: Okabe and Ito's palette, told apart by readers with any colour vision.
#: Source: M. Okabe, K. Ito, "Color Universal Design", 2008 (the yellow is left out: too pale).
COLOURS: dict[str, str] = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "amber": "#E69F00",
    "sky": "#56B4E9",
    "grey": "#6E6E6E",
    "ink": "#222222",
}


def start(*, seed: int = 0) -> torch.device:
    """Set up a notebook: seed everything, choose threads and device, set the plot style.

    Prints one line that says what was chosen.

    Args:
        seed: start of every random number generator, 0 or larger.

    Returns:
        The device on which the notebook computes.
    """
    seed_everything(seed)
    device = pick_device()
    threads = choose_threads()
    torch.set_num_threads(threads)
    # The products of NumPy and SciPy keep to one thread: on a busy machine a second one made the
    # small ones of this course many times slower, on an idle machine hardly quicker.
    threadpool_limits(1, user_api="blas")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for SciPy's, which may be loaded later
    # On CUDA, TF32 keeps 10 binary digits of a factor: too few where two ways shall be equal.
    torch.backends.cudnn.allow_tf32 = False
    set_plot_style()
    plural = "" if threads == 1 else "s"
    print(f"Ready: seed {seed}, device {device.type}, {threads} CPU thread{plural}.")
    return device


def seed_everything(seed: int) -> None:
    """Start the random numbers of Python, NumPy and PyTorch (all devices) from `seed`."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that still use the global generator
    torch.manual_seed(seed)


def pick_device() -> torch.device:
    """Pick CUDA, else Apple's MPS, else the CPU.

    The environment variable ``COURSE_DEVICE`` (``cpu``, ``cuda``, ``mps``) overrides the choice.

    Raises:
        RuntimeError: ``COURSE_DEVICE`` names a device that this machine does not have.
    """
    present = ["cpu"]
    if torch.backends.mps.is_available():
        present.insert(0, "mps")
    if torch.cuda.is_available():
        present.insert(0, "cuda")
    wanted = os.environ.get("COURSE_DEVICE", present[0])
    if wanted not in present:
        raise RuntimeError(
            f"COURSE_DEVICE asks for {wanted!r}, but this machine offers {', '.join(present)}: "
            "unset the variable or choose one of these."
        )
    return torch.device(wanted)


def choose_threads() -> int:
    """Choose how many CPU threads PyTorch uses: one, or all cores, whichever is faster right now.

    On the small networks of this course a second thread gains up to 1.5 times on an idle machine
    and loses several times over on a busy one, so a layer of typical size is timed both ways
    (about 20 ms). ``COURSE_THREADS`` overrides the choice.

    Raises:
        RuntimeError: ``COURSE_THREADS`` is not a whole number of 1 or more.
    """
    wanted = os.environ.get("COURSE_THREADS")
    if wanted is not None:
        if not wanted.isdecimal() or int(wanted) < 1:
            raise RuntimeError(
                f"COURSE_THREADS should be a whole number of 1 or more, got {wanted!r}."
            )
        return int(wanted)
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    return min((1, cores), key=_seconds_of_a_layer)


def _seconds_of_a_layer(threads: int) -> float:
    """Time a 784 → 256 layer on 256 samples, forward, with so many threads: best of five."""
    before = torch.get_num_threads()
    generator = torch.Generator().manual_seed(0)
    samples = torch.randn(256, 784, generator=generator)
    weights = torch.randn(784, 256, generator=generator)
    torch.set_num_threads(threads)
    try:
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            torch.relu(samples @ weights)
            best = min(best, time.perf_counter() - began)
    finally:
        torch.set_num_threads(before)
    return best


def set_plot_style() -> None:
    """Give every figure of the course the same look: light, large type, colour-blind-safe."""
    import matplotlib as mpl
    from cycler import cycler

    cycle = [COLOURS[name] for name in ("blue", "orange", "green", "purple", "amber", "sky")]
    mpl.rcParams.update(
        {
            "figure.figsize": (8.0, 4.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "font.family": "DejaVu Sans",
            "font.size": 12,
            "axes.titlesize": 13,
            "axes.titlelocation": "left",
            "axes.labelcolor": COLOURS["ink"],
            "axes.edgecolor": COLOURS["grey"],
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=cycle),
            "grid.color": "#E6E6E6",
            "grid.linewidth": 0.8,
            "xtick.color": COLOURS["ink"],
            "ytick.color": COLOURS["ink"],
            "legend.frameon": False,
            "lines.linewidth": 2.5,
            "lines.markersize": 8,
            "image.cmap": "viridis",
        }
    )
