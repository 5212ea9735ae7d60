"""A server on loopback for the length of a test: start it, wait until it answers, end it."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str], *, answers_at: str, log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """Run `command` until the end of the block; enter it when the address `answers_at` answers."""
    with log.open("w") as file:
        server = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=file, stderr=file
        )
        try:
            _wait_for(answers_at, server, log)
            yield
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            raise RuntimeError(
                f"The server ended at once with exit status {server.returncode}: {log.read_text()}"
            )
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"The server did not answer within a minute: {log.read_text()}")
