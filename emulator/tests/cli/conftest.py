"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cli.running import control_api
from control.recorder import Recorder

from sungrow_emulator.cli.root import run

Output = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in ("URL", "CONTROL_TOKEN", "CONTROL_TOKEN_FILE", "LOG_LEVEL"):
        monkeypatch.delenv(f"SUNGROW_EMULATOR_{name}", raising=False)


@pytest.fixture(name="call")
def _call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Output]:
    """Run a command; return its exit code, output and errors."""

    def call(*arguments: str) -> Output:
        code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(name="recorder", scope="module")
def _recorder() -> Recorder:
    """Return what the control API at `url` calls."""
    return Recorder()


@pytest.fixture(name="url", scope="module")
def _url(recorder: Recorder) -> Iterator[str]:
    """Serve the recorder; return the URL."""
    with control_api(recorder.facade) as url:
        yield url
