"""What a store says of a file that it cannot use, and that it leaves such a file as it is."""

import ctypes
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from ctypes import POINTER, byref, c_char_p, c_size_t
from functools import partial

import pytest
from sqlite_abi import Refused, Status, Store, Verdict
from store_abi import BUILT, STR, Error, StoreStruct

APPLICATION = 0x706A7774


def refused(call: Callable[[], object], status: Status, text: str) -> None:
    """Expects a refusal whose one sentence says `text`."""
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.status == status, caught.value
    assert re.fullmatch(r"[ -~]{20,190}\.", caught.value.message)
    assert text in caught.value.message


def content(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make_foreign(path: pathlib.Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in ("CREATE TABLE other(value)", "INSERT INTO other VALUES(1)", *statements):
            connection.execute(statement)
        connection.commit()
    path.chmod(0o600)


def test_makes_a_file_for_its_owner_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    store = Store(path)
    store.login(1)
    assert {name: (tmp_path / name).stat().st_mode & 0o777 for name in os.listdir(tmp_path)} == {
        "s.db": 0o600,
        "s.db-wal": 0o600,
        "s.db-shm": 0o600,
    }
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
    assert os.listdir(tmp_path) == ["s.db"]


def test_takes_an_empty_file_and_one_of_its_own(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    path.touch(0o600)
    store = Store(path)
    store.login(1)
    store.close()
    # As far as a crash may have left it.
    with closing(sqlite3.connect(tmp_path / "begun.db")) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    (tmp_path / "begun.db").chmod(0o600)
    Store(tmp_path / "begun.db").close()
    again = Store(f"sqlite://{path}?busy_ms=100")
    assert again.live() == 1
    again.close()


def test_keeps_to_its_path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store("sqlite:s.db")
    monkeypatch.chdir("/")
    pid = os.fork()
    if pid == 0:
        store.login(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert store.live() == 1
    store.close()


def test_takes_a_path_as_it_is_and_no_pointer_that_is_not_there(tmp_path: pathlib.Path) -> None:
    function = ctypes.CDLL(str(BUILT / "libpinjwt_sqlite.so")).pinjwt_sqlite_store
    function.argtypes = [c_char_p, c_size_t, POINTER(StoreStruct), POINTER(Error)]
    error = Error()
    store = StoreStruct()
    path = bytes(tmp_path / "a%20?b.db")
    assert function(path, STR, byref(store), byref(error)) == Status.OK
    store.release(store.context)
    assert os.listdir(bytes(tmp_path)) == [b"a%20?b.db"]
    assert function(b":memory:", 8, byref(store), byref(error)) == Status.ARGUMENT
    assert b"pinjwt_memory_store" in error.message
    assert function(path, len(path), None, byref(error)) == Status.ARGUMENT
    assert error.what == b"out"
    assert function(None, 0, byref(store), byref(error)) == Status.ARGUMENT
    assert error.what == b"location"
    assert function(path, 2**63, byref(store), None) == Status.ARGUMENT


@pytest.mark.parametrize(
    "statements",
    [(), ("PRAGMA application_id = 77",), ("PRAGMA user_version = 1",), ("PRAGMA journal_mode = WAL",)],
    ids=["plain", "named", "versioned", "wal"],
)
def test_leaves_another_applications_file_alone(tmp_path: pathlib.Path, statements: tuple[str, ...]) -> None:
    make_foreign(tmp_path / "s.db", *statements)
    before = content(tmp_path)
    refused(lambda: Store(tmp_path / "s.db"), Status.STORE_STATE, "another application's")
    assert content(tmp_path) == before


def test_leaves_another_applications_journal_alone(tmp_path: pathlib.Path) -> None:
    """A reader would roll back what another application has left half done."""
    make_foreign(tmp_path / "s.db")
    kept = tmp_path / "kept"
    kept.mkdir()
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO other VALUES(?)", [("v" * 2000,)] * 50)
        for name in ("s.db", "s.db-journal"):
            shutil.copy2(tmp_path / name, kept)
        connection.execute("ROLLBACK")
    before = content(kept)
    assert len(before["s.db-journal"]) > 0
    refused(lambda: Store(kept / "s.db"), Status.STORE_STATE, "another application's")
    assert content(kept) == before


def test_leaves_a_newer_schema_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    store = Store(path)
    store.login(1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    # Whoever has it open notices too.
    refused(lambda: store.refresh(1, 0), Status.STORE_STATE, "newer than 1")
    refused(store.live, Status.STORE_STATE, "newer than 1")
    store.close()
    before = content(tmp_path)
    refused(lambda: Store(path), Status.STORE_STATE, "newer than 1")
    assert content(tmp_path)["s.db"] == before["s.db"]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = -1")
    refused(lambda: Store(path), Status.STORE_STATE, "schema -1")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
    store = Store(path)
    assert store.refresh(1, 0).verdict == Verdict.ROTATED
    store.close()


def test_refuses_tables_that_are_not_there(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE consumed")
    refused(lambda: Store(path), Status.STORE_STATE, "does not have what belongs there")


@pytest.mark.parametrize("change", ["rotated = -9223372036854775808", "generation = -1", "reason = 99"])
def test_refuses_a_row_that_it_never_wrote(tmp_path: pathlib.Path, change: str) -> None:
    store = Store(tmp_path / "s.db")
    store.login(1)
    store.login(2, user="bob")
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.execute(f"UPDATE session SET {change} WHERE user = 'alice'")
        connection.commit()
    refused(lambda: store.refresh(1, 0), Status.STORE_STATE, "does not have what belongs there")
    assert store.refresh(2, 0).verdict == Verdict.ROTATED
    store.close()


@pytest.mark.parametrize(
    "data", [b"no database, but text\n" * 50, b"short", b"SQLite format 3\0" + b"\0" * 10]
)
def test_refuses_what_is_no_database(tmp_path: pathlib.Path, data: bytes) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(Refused) as caught:
        Store(path)
    assert caught.value.status == Status.STORE_STATE
    assert content(tmp_path) == {"s.db": data}


def test_a_long_path_is_shown_by_its_end(tmp_path: pathlib.Path) -> None:
    path = tmp_path / ("folder" * 20) / "sessions.db"
    path.parent.mkdir()
    make_foreign(path)
    refused(lambda: Store(path), Status.STORE_STATE, "The database ...")
    refused(lambda: Store(path), Status.STORE_STATE, "folder/sessions.db is another application's")


def test_refuses_what_is_no_file_of_its_own(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    Store(path).close()
    link = tmp_path / "link"
    link.symlink_to(path)
    refused(lambda: Store(link), Status.STORE_STATE, "symbolic link")
    nowhere = tmp_path / "nowhere"
    nowhere.symlink_to(tmp_path / "target")
    refused(lambda: Store(nowhere), Status.STORE_STATE, "symbolic link")
    assert not (tmp_path / "target").exists()
    (tmp_path / "folder").mkdir()
    refused(lambda: Store(tmp_path / "folder"), Status.STORE_STATE, "not that of a regular file")
    os.mkfifo(tmp_path / "pipe", 0o600)
    refused(lambda: Store(tmp_path / "pipe"), Status.STORE_STATE, "not that of a regular file")
    path.chmod(0o604)
    refused(lambda: Store(path), Status.STORE_STATE, "chmod o=")
    path.chmod(0o660)
    Store(path).close()


def answer(call: Callable[[], object]) -> tuple[Status, str]:
    try:
        call()
    except Refused as error:
        return error.status, error.message
    return Status.OK, ""


def damage(path: pathlib.Path, pages: range) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)


def test_says_what_is_damaged(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    store = Store(path)
    for number in range(100):
        store.login(number)
    store.close()
    pages = path.stat().st_size // 4096
    damage(path, range(pages // 2, pages))
    store = Store(path)
    answers = [answer(partial(store.refresh, number, 0)) for number in range(100)]
    assert Status.STORE_STATE in {status for status, _ in answers} <= {Status.OK, Status.STORE_STATE}
    assert all("damaged" in message for status, message in answers if status == Status.STORE_STATE)
    store.close()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * 3996)
    refused(lambda: Store(path), Status.STORE_STATE, "damaged")


def test_waits_for_another_process_only_so_long(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    store = Store(f"sqlite:{path}?busy_ms=100")
    store.login(1)
    script = f"""
import sqlite3, sys
connection = sqlite3.connect({str(path)!r}, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        refused(lambda: store.refresh(1, 0), Status.STORE, "locked by others")
        assert store.live() == 1
        other.communicate("")
    assert store.refresh(1, 0).verdict == Verdict.ROTATED
    store.close()


# What the system refuses, in a process that has no more rights than others.


def as_other_user(path: pathlib.Path) -> tuple[Status, str]:
    """How another user fares with a store."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        code, message = answer(lambda: Store(path).login(1))
        os.write(writing, f"{code.value} {message}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        status, _, message = pipe.read().partition(" ")
    os.waitpid(pid, 0)
    return Status(int(status)), message


@contextmanager
def open_folder() -> Iterator[pathlib.Path]:
    """A folder that another user comes to."""
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        inner = folder / "data"
        inner.mkdir(0o755)
        if os.geteuid() == 0:
            os.chown(inner, 65534, 65534)
        yield inner
        inner.chmod(0o755)
    finally:
        shutil.rmtree(folder)


def test_says_what_this_process_may_not(tmp_path: pathlib.Path) -> None:
    # The library is loaded by whoever may read it.
    Store(tmp_path / "s.db").close()
    with open_folder() as folder:
        path = folder / "s.db"
        assert as_other_user(path) == (Status.OK, "")
        path.chmod(0o400)
        status, message = as_other_user(path)
        assert status == Status.STORE_STATE
        assert message.startswith("This process may not write the file")
        path.chmod(0o600)
        folder.chmod(0o555)
        status, message = as_other_user(path)
        assert status == Status.STORE_STATE
        assert message.startswith("This process may not write the folder")
        status, message = as_other_user(folder / "new.db")
        assert status == Status.STORE_STATE
        assert message.startswith("This process may not make the file")
        folder.chmod(0o755)
        assert as_other_user(folder / "new.db") == (Status.OK, "")


def test_says_that_there_are_too_many_files(tmp_path: pathlib.Path) -> None:
    script = f"""
import os, sys
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
from sqlite_abi import Refused, Store
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
Store({str(tmp_path / "s.db")!r}).close()
files = []
try:
    while True: files.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
try:
    Store({str(tmp_path / "s.db")!r})
except Refused as error:
    print(error.status.name, error.message)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("STORE ")
    assert "too many files" in result.stdout


@pytest.mark.parametrize(("error", "text"), [("ENOSPC", "disk is full"), ("EIO", "look after its disk")])
def test_says_what_is_wrong_with_the_disk(tmp_path: pathlib.Path, error: str, text: str) -> None:
    script = pathlib.Path(__file__).parent / "broken_disk.py"
    result = subprocess.run(
        [sys.executable, script, tmp_path / "s.db", error], capture_output=True, text=True, check=True
    )
    lines = result.stdout.splitlines()
    assert lines[0] == lines[1]
    assert lines[0].startswith("STORE ")
    assert text in lines[0]
    # What is there can still be read, and the very same token works when there is room again.
    assert lines[2] == "DONE 1"
    assert lines[3].startswith("STORE ")
    assert text in lines[3]
    assert lines[4] == "DONE ROTATED"


def test_stays_whole_where_a_file_may_not_grow(tmp_path: pathlib.Path) -> None:
    """The limit of the system on the size of a file, by which a write fails half done."""
    script = f"""
import resource, signal, sys
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
from sqlite_abi import Refused, Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store({str(tmp_path / "s.db")!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
written = 0
try:
    while True:
        store.login(written)
        written += 1
except Refused as error:
    print(error.status.name, written)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert store.live() == written
store.login(written)
store.close()
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    status, written = result.stdout.split()
    assert status == "STORE"
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (int(written) + 1,)


def test_opens_a_path_of_many_makers_at_once(tmp_path: pathlib.Path) -> None:
    for attempt in range(5):
        path = tmp_path / f"{attempt}.db"
        pids = []
        for number in range(8):
            pid = os.fork()
            if pid == 0:
                try:
                    store = Store(f"sqlite:{path}?busy_ms=10000")
                    store.login(number)
                    store.close()
                    os._exit(0)
                except Refused as error:
                    print(error, file=sys.stderr, flush=True)
                    os._exit(1)
            pids.append(pid)
        assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * 8
        store = Store(path)
        assert store.live() == 8
        store.close()
