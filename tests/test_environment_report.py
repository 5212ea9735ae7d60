"""The report on this computer: true when all is well, and one sentence for each planted fault."""

import builtins
import importlib

import pytest

from course_utils import datasets, environment


@pytest.fixture
def report(capsys):
    def lines():
        good = environment.check_environment()
        return good, capsys.readouterr().out.splitlines()

    return lines


def test_here_all_is_well(report):
    good, lines = report()
    assert good
    assert lines[-1].endswith("You are ready.")
    assert all(line.startswith("✔ ") for line in lines[:-2])
    text = "\n".join(lines)
    for part in ("Python 3.", "torch ", "Device ", "mnist train: 60,000", "surnames: 20,372"):
        assert part in text


def _one_fault(report):
    good, lines = report()
    assert not good
    assert lines[-1].endswith("Begin with the first ✘.")
    (fault,) = [line for line in lines if line.startswith("✘ ")]
    return fault


def _hide(module, monkeypatch):
    """Let the import of one module fail as if it were not installed."""
    real = importlib.import_module

    def without(name, *rest):
        if name == module:
            raise ModuleNotFoundError(f"No module named {module!r}")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)


@pytest.mark.parametrize("module", ["pooch", "jupyterlab_widgets"])
def test_a_missing_package(report, monkeypatch, module):
    _hide(module, monkeypatch)
    assert _one_fault(report) == f"✘ No module named {module!r}. {environment.SET_UP}"


def test_an_old_package(report, monkeypatch):
    real = environment.version
    monkeypatch.setattr(
        environment, "version", lambda name: "2.13.0" if name == "torch" else real(name)
    )
    assert "torch 2.13.0 is installed, the course needs torch~=" in _one_fault(report)


def test_a_python_of_another_age(report, monkeypatch):
    monkeypatch.setattr(environment.platform, "python_version", lambda: "3.10.2")
    assert _one_fault(report).startswith("✘ Python 3.10.2 runs here, the course needs >=3.11")


def test_a_device_that_is_not_there(report, monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "tpu")
    assert "COURSE_DEVICE asks for 'tpu'" in _one_fault(report)


def test_missing_data(report, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    good, lines = report()
    assert not good
    assert len([line for line in lines if line.startswith("✘ ")]) == len(environment.SAMPLES)


def test_shortened_data(report, monkeypatch):
    real = datasets.cars
    monkeypatch.setattr(datasets, "cars", lambda: real().head(400))
    assert _one_fault(report).startswith("✘ cars has 400 samples instead of 406.")


def test_a_course_without_its_list_of_packages(report, monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    assert "no readable pyproject.toml" in _one_fault(report)


def test_no_packaging(report, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("packaging"):
            raise ModuleNotFoundError("No module named 'packaging'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    good, lines = report()
    assert not good
    assert all(
        environment.SET_UP in line or "course.py" in line for line in lines if "✘ " in line[:2]
    )
