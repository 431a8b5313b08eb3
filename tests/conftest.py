"""What every test gets, and the rule that CI skips nothing it could have installed.

The tests run in several processes at once; their reports come together in the one that started
the others, and only there is the rule applied.
"""

import os
from typing import Final

import pytest

MAY_SKIP = "not installable: "
"""A skip whose reason begins so is allowed in CI: no package could mend it there."""

AGAIN: Final = (
    *("test_broker_kill", "test_cli_transcripts", "test_demo", "test_kill_", "test_mishap"),
    *("test_lane_said", "test_proxy", "test_same_", "test_simulation", "test_swapped"),
    *("test_story_cap", "test_story_late", "test_web_axe"),
)
"""Files that go, in other orders, ways which stories go too: there coverage is not measured."""

_skipped: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage where it says nothing new: measuring takes a third of the time."""
    for item in items:
        if item.path.name.startswith(AGAIN):
            item.add_marker("no_cover")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember every skip with its reason."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped.append(f"{report.nodeid}: {report.longrepr[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run in CI when a test was skipped for want of something CI can install."""
    if hasattr(session.config, "workerinput"):
        return
    wanting = [line for line in _skipped if MAY_SKIP not in line]
    if os.environ.get("CI") and wanting and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nCI skips nothing it can install:", *wanting, sep="\n  ")  # noqa: T201 - CI's log
