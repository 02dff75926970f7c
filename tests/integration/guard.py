"""The guard: a run that tested nothing, or skipped something, is a failed run."""

from __future__ import annotations

import pytest

_SEEMINGLY_FINE = frozenset({pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED})


class Guard:
    """Fails a session that ran no test, or in which a test was skipped or expected to fail."""

    def __init__(self) -> None:
        self._passed = 0
        self._skipped: list[str] = []

    @property
    def complaint(self) -> str:
        """Return one line about what was not tested, empty where everything was."""
        if self._skipped:
            return f"skipped, which no test here may be: {', '.join(self._skipped)}"
        return "" if self._passed else "no test ran; name one that exists, or leave out -k and -m"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what ran and what did not."""
        if report.skipped:
            self._skipped.append(report.nodeid)
        elif report.when == "call":
            self._passed += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a session that is only seemingly fine into a failed one."""
        if self.complaint and session.exitstatus in _SEEMINGLY_FINE:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode
    ) -> None:
        """Say why."""
        if self.complaint and exitstatus in {*_SEEMINGLY_FINE, pytest.ExitCode.TESTS_FAILED}:
            terminalreporter.write_line(f"guard: {self.complaint}", red=True)
