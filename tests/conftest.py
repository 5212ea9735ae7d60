"""Some tests interrupt what they start, as Ctrl-C does.

A job in a shell's background ignores that signal, and so would everything it starts: heed it again.
"""

import signal

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes, keep a file's tests together: a notebook's cells share a kernel.

    Only the browser's walk through the notebooks, the longest file, is dealt out one by one.
    """
    for item in items:
        file = item.nodeid.split("::")[0]
        group = item.nodeid if file.endswith("test_lab.py") else file
        item.add_marker(pytest.mark.xdist_group(group))
