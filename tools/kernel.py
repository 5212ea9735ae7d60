"""Run the cells of a notebook in a fresh kernel whose surroundings are always the same."""

import contextlib
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.storage import NotebookError, code_cells

CELL_TIMEOUT = 300  # seconds
LONGEST_ERROR = 300  # characters of an error message that are quoted

# Variables of whoever starts the run that would show in the outputs.
LEFT_OUT = {
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "LANGUAGE",
    "MPLBACKEND",
    "PYTHONOPTIMIZE",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
}


@dataclass(frozen=True)
class Seconds:
    """What a run took: until the kernel answered, and for all cells after that."""

    start: float
    cells: float


class ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs this script, whatever else is installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernel of this Python, under any name."""
        try:
            from ipykernel.kernelspec import RESOURCES, get_kernel_dict
        except ImportError as error:
            raise NotebookError(
                f"no kernel: the package ipykernel cannot be imported by {sys.executable}; "
                "run the script with the Python of the course's environment"
            ) from error
        return KernelSpec(resource_dir=str(RESOURCES), name=kernel_name, **get_kernel_dict())


def run(notebook: NotebookNode, *, folder: Path, threads: int = 1) -> Seconds:
    """Run all code cells from top to bottom; their outputs replace the old ones in `notebook`.

    Args:
        notebook: changed in place.
        folder: the working folder of the code, that of the notebook's file.
        threads: how many threads the numerical libraries get.

    Raises:
        NotebookError: when no kernel starts, or a cell fails, hangs or kills its kernel.
    """
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise NotebookError(f"the notebook asks for a kernel of {language}, expected python")
    for cell in code_cells(notebook):
        cell.outputs = []
        cell.execution_count = None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        client = NotebookClient(
            notebook,
            km=AsyncKernelManager(kernel_spec_manager=ThisPython()),
            timeout=CELL_TIMEOUT,
            record_timing=False,
            coalesce_streams=False,  # tools.normalise does it and keeps pictures in their place
            force_raise_errors=True,
            # A kernel warns that it talks without encryption (to this process only) and logs
            # that it was stopped; what matters arrives as exceptions.
            extra_arguments=["--log-level=CRITICAL"],
        )
        # Its warnings are about widgets that need a browser; failures arrive as exceptions.
        client.log.setLevel("CRITICAL")
        environment = kernel_environment(Path(scratch), threads=threads)
        with contextlib.ExitStack() as running:
            begun = time.perf_counter()
            try:
                running.enter_context(
                    client.setup_kernel(cwd=str(folder), env=environment, cleanup_kc=True)
                )
            except NotebookError:
                raise
            except (RuntimeError, OSError) as error:
                raise NotebookError(
                    f"the kernel of {sys.executable} did not start ({error})"
                ) from error
            started = time.perf_counter()
            for index in range(len(notebook.cells)):
                _run_cell(client, index)
            finished = time.perf_counter()
    return Seconds(start=started - begun, cells=finished - started)


def _run_cell(client: NotebookClient, index: int) -> None:
    """Run one cell.

    Raises:
        NotebookError: when it fails; says which cell, its first line and why.
    """
    cell = client.nb.cells[index]
    try:
        client.execute_cell(cell, index)
        return
    except CellExecutionError as error:
        reason = f"{error.ename}: " + " ".join(str(error.evalue).split())
    except CellTimeoutError:
        reason = f"no end after {CELL_TIMEOUT} seconds"
    except DeadKernelError:
        reason = "its kernel died (a crash in compiled code, or no memory left)"
    if len(reason) > LONGEST_ERROR:
        reason = reason[:LONGEST_ERROR] + "…"
    first_line = cell.source.strip().splitlines()[0]
    raise NotebookError(f"cell {index + 1} of {len(client.nb.cells)}, '{first_line}', {reason}")


def kernel_environment(scratch: Path, *, threads: int) -> dict[str, str]:
    """The variables of a kernel: those of this process without what would show in the outputs.

    The outputs are those of the CPU, so that every maintainer's machine gives the same ones.

    Args:
        scratch: an empty folder; the kernel finds its (empty) settings and cache there, not the
            user's: each run is a first one.
        threads: how many threads the numerical libraries get.
    """
    matplotlib_settings = scratch / "matplotlibrc"
    matplotlib_settings.touch()
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in LEFT_OUT and not name.startswith("COURSE_")
    }
    return kept | {
        "COLUMNS": "100",
        "COURSE_CACHE": str(scratch / "cache"),
        "COURSE_THREADS": str(threads),
        "CUDA_VISIBLE_DEVICES": "",
        "IPYTHONDIR": str(scratch),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "MATPLOTLIBRC": str(matplotlib_settings),
        "MKL_NUM_THREADS": str(threads),
        "NO_COLOR": "1",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }
