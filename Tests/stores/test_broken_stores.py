"""The conformance suite finds each fault of a store in broken_stores.txt, by the test that is named there."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import HOST_LIBRARY, HOST_STORE, build_host_store

HERE = Path(__file__).resolve().parent


class Fault(NamedTuple):
    test: str
    what: str
    #: Texts of the source, each there once, and what takes their place.
    changes: list[tuple[str, str]]

    def applied(self, source: str) -> str:
        for old, new in self.changes:
            assert source.count(old) == 1, f"{source.count(old)} times in the source: {old}"
            source = source.replace(old, new)
        return source


def unmarked(lines: str) -> str:
    return "\n".join(line[1:] for line in lines.splitlines())


def read_faults() -> list[Fault]:
    """A heading is `# test: what`; lines with a - are what goes, those with a + what comes."""
    faults = []
    text = (HERE / "broken_stores.txt").read_text()
    for heading, body in re.findall(r"^# (.*)\n((?:[-+].*\n)+)", text, re.M):
        test, _, what = heading.partition(": ")
        changes = re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)*)", body, re.M)
        faults.append(Fault(test, what, [(unmarked(old), unmarked(new)) for old, new in changes]))
    assert len(faults) == text.count("\n# ")
    return faults


class Ran(NamedTuple):
    """How the suite ended: pytest's exit code, or the signal that ended it as a negative number."""

    code: int
    output: str


def run_suite(store: Path, test: str = "") -> Ran:
    """Run it, or one test of it, in a child: a broken store may end its process, or never come back."""
    output = store.with_suffix(".txt")
    child = os.fork()
    if child == 0:
        code = 3
        try:
            signal.alarm(60)
            file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(file, 1)
            os.dup2(file, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            chosen = f"{HERE / 'test_conformance.py'}{test and '::'}{test}"
            options = ["-q", "--tb=line", "-p", "no:cacheprovider", f"--rootdir={HERE.parent}"]
            code = pytest.main([*options, chosen, f"--store={store}:pinjwt_host_store"])
            sys.stdout.flush()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return Ran(os.waitstatus_to_exitcode(status), output.read_text())


def test_the_suite_runs_on_a_store_of_ones_own() -> None:
    build_host_store(HOST_STORE, HOST_LIBRARY)
    ran = run_suite(HOST_LIBRARY)
    assert ran.code == 0, ran.output
    assert re.search(r"^\d\d passed in ", ran.output, re.M), ran.output


@pytest.mark.parametrize("fault", read_faults(), ids=lambda fault: f"{fault.test}: {fault.what}")
def test_finds(fault: Fault, tmp_path: Path) -> None:
    source = tmp_path / "host_store.c"
    source.write_text(fault.applied(HOST_STORE.read_text()))
    library = tmp_path / "libpinjwt_host.so"
    build_host_store(source, library)
    ran = run_suite(library, fault.test)
    # A store that does not come back from a test ends the process.
    assert re.search(r"^\d failed", ran.output, re.M) or ran.code < 0, ran.output
