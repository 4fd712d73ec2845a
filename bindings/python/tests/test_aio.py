"""Sessions in asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from dict_store import DictStore

import pinjwt
from pinjwt import Algorithm, Event, Key, Policy, Sessions, Signer, Verifier, stores
from pinjwt.aio import AsyncSessions

ACCESS: dict[str, Any] = {"issuer": "https://login.example", "audience": "api", "type": "at+jwt"}
KEY = Key.generate(Algorithm.EDDSA)
SIGNER = Signer(Policy(**ACCESS), KEY)
PLAIN = Verifier(Policy(**ACCESS), KEY)
RESET_POLICY = Policy(issuer="https://login.example", audience="reset", type="reset+jwt")


def sessions_on(store: Any, **options: Any) -> Sessions:
    return Sessions(store, SIGNER, [os.urandom(32)], **options)


def test_each_method_is_a_coroutine_with_the_same_outcome(tmp_path: Path) -> None:
    async def life() -> None:
        async with AsyncSessions(sessions_on(pinjwt.SQLiteStore(tmp_path / "a.db"))) as sessions:
            device = pinjwt.Device("Firefox")
            first = await sessions.login("alice", client="web", claims={"scope": "x"}, device=device)
            second = await sessions.refresh(first.refresh_token, client="web")
            assert (second.sid, second.generation) == (first.sid, 1)
            await sessions.sync()
            assert (await sessions.check(PLAIN, second.access_token))["scope"] == "x"
            (listed,) = await sessions.list("alice", current_sid=first.sid)
            assert (listed.device, listed.current) == (device, True)
            token = Signer(RESET_POLICY, KEY).sign({"sub": "alice"})
            verifier = Verifier(RESET_POLICY, KEY)
            assert (await sessions.consume(verifier, token)).subject == "alice"
            with pytest.raises(pinjwt.RevokedError):
                await sessions.consume(verifier, token)
            await sessions.deny_jti(second.jti)
            with pytest.raises(pinjwt.RevokedError):
                await sessions.check(PLAIN, second.access_token)
            await sessions.set_peppers([os.urandom(32)])
            with pytest.raises(pinjwt.RefreshInvalidError):
                await sessions.refresh(second.refresh_token, client="web")
            other = await sessions.login("alice")
            assert await sessions.revoke_user("alice", except_sid=other.sid) == 1
            await sessions.revoke_session("alice", other.sid)
            last = await sessions.login("alice")
            await sessions.logout(last.refresh_token)
            assert await sessions.bump_user("alice") == 1
            assert await sessions.revoke_before() == 0
            counts = await sessions.statistics()
            assert (counts.live, counts.revoked, counts.consumed) == (0, 3, 1)
            assert await sessions.purge() == (0, False)
            assert await sessions.run(PLAIN.verify, other.access_token) == PLAIN.verify(other.access_token)

    asyncio.run(life())


def test_nothing_is_left_out() -> None:
    public = {name for name in vars(Sessions) if not name.startswith("_")} - {"checker"}
    assert public <= set(vars(AsyncSessions))


def test_plain_sessions_serve_to_thread_too() -> None:
    sessions = sessions_on(pinjwt.MemoryStore())

    async def life() -> None:
        grant = await asyncio.to_thread(sessions.login, "alice")
        many = [asyncio.to_thread(sessions.refresh, grant.refresh_token) for _ in range(8)]
        grants = await asyncio.gather(*many)
        assert len({one.refresh_token for one in grants}) == 1

    asyncio.run(life())


class SlowStore(DictStore):
    """Waits inside rotate until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.may_go_on = threading.Event()
        self.calls = 0

    def rotate(self, request: stores.RotateRequest) -> stores.Rotated:
        self.calls += 1
        self.entered.release()
        assert self.may_go_on.wait(60)
        return super().rotate(request)


async def until(condition: Callable[[], Any]) -> None:
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def cancelled(task: asyncio.Task[Any]) -> bool:
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


def test_the_loop_goes_on_while_the_store_works() -> None:
    store = SlowStore()

    async def life() -> None:
        async with AsyncSessions(sessions_on(store)) as sessions:
            grant = await sessions.login("alice")
            refresh = asyncio.create_task(sessions.refresh(grant.refresh_token))
            await until(lambda: store.entered.acquire(blocking=False))
            assert not refresh.done()
            store.may_go_on.set()
            assert (await refresh).generation == 1

    asyncio.run(life())


def test_a_cancelled_refresh_is_made_good_by_the_grace() -> None:
    store = SlowStore()
    events: list[Event] = []

    async def life() -> None:
        async with AsyncSessions(sessions_on(store, on_event=events.append)) as sessions:
            grant = await sessions.login("alice")
            refresh = asyncio.create_task(sessions.refresh(grant.refresh_token))
            await until(lambda: store.entered.acquire(blocking=False))
            # The client hung up.
            assert await cancelled(refresh)
            store.may_go_on.set()
            await until(lambda: len(events) == 2)
            assert events[1].type is pinjwt.EventType.REFRESHED
            # It comes back with the token that it still has.
            again = await sessions.refresh(grant.refresh_token)
            assert (again.generation, again.replayed) == (1, True)
            assert (await sessions.refresh(again.refresh_token)).generation == 2

    asyncio.run(life())


def test_what_waits_for_a_thread_is_not_done_when_it_is_cancelled() -> None:
    store = SlowStore()

    async def life() -> None:
        async with AsyncSessions(sessions_on(store), threads=1) as sessions:
            one, two = await sessions.login("alice"), await sessions.login("bob")
            running = asyncio.create_task(sessions.refresh(one.refresh_token))
            await until(lambda: store.entered.acquire(blocking=False))
            waiting = asyncio.create_task(sessions.refresh(two.refresh_token))
            await asyncio.sleep(0)
            assert await cancelled(waiting)
            store.may_go_on.set()
            assert (await running).generation == 1
            assert store.calls == 1
            assert not (await sessions.refresh(two.refresh_token)).replayed

    asyncio.run(life())


def test_closing_waits_for_what_runs() -> None:
    store = SlowStore()
    events: list[Event] = []

    async def life() -> None:
        sessions = AsyncSessions(sessions_on(store, on_event=events.append))
        grant = await sessions.login("alice")
        refresh = asyncio.create_task(sessions.refresh(grant.refresh_token))
        await until(lambda: store.entered.acquire(blocking=False))
        closing: Awaitable[None] = asyncio.create_task(sessions.aclose())
        await asyncio.sleep(0.01)
        assert not refresh.done()
        store.may_go_on.set()
        await closing
        assert len(events) == 2
        assert (await refresh).generation == 1
        await sessions.aclose()
        # It may be used again.
        assert (await sessions.refresh(grant.refresh_token)).replayed
        await sessions.aclose()

    asyncio.run(life())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pinjwt")]


def test_events_come_in_the_context_of_the_call() -> None:
    request_id = contextvars.ContextVar("request_id", default="")
    seen: list[tuple[str, bool]] = []
    here = threading.get_ident()

    def handler(event: Event) -> None:
        seen.append((request_id.get(), threading.get_ident() == here))

    async def request(sessions: AsyncSessions, name: str) -> None:
        request_id.set(name)
        await sessions.login(name)

    async def life() -> None:
        async with AsyncSessions(sessions_on(pinjwt.MemoryStore(), on_event=handler)) as sessions:
            await asyncio.gather(*(request(sessions, f"r{number}") for number in range(5)))

    asyncio.run(life())
    assert sorted(seen) == [(f"r{number}", False) for number in range(5)]


def test_what_the_store_raises_is_the_cause_there_too() -> None:
    class Failing(DictStore):
        def rotate(self, request: stores.RotateRequest) -> stores.Rotated:
            raise LookupError

    async def life() -> None:
        async with AsyncSessions(sessions_on(Failing())) as sessions:
            grant = await sessions.login("alice")
            with pytest.raises(pinjwt.StoreError) as caught:
                await sessions.refresh(grant.refresh_token)
            assert isinstance(caught.value.__cause__, LookupError)

    asyncio.run(life())


def test_a_pool_of_the_hosts_is_used_and_left_alone() -> None:
    used: list[str] = []

    async def life(pool: ThreadPoolExecutor) -> None:
        on_event = lambda event: used.append(threading.current_thread().name)  # noqa: E731
        async with AsyncSessions(sessions_on(pinjwt.MemoryStore(), on_event=on_event), executor=pool) as one:
            await one.login("alice")

    with ThreadPoolExecutor(1, thread_name_prefix="hosts") as pool:
        asyncio.run(life(pool))
        assert pool.submit(time.time).result() > 0
    assert used == ["hosts_0"]
    with pytest.raises(TypeError):
        AsyncSessions(DictStore())  # type: ignore[arg-type]


FORKED = """
import asyncio, os, sys, pinjwt
from pinjwt.aio import AsyncSessions

policy = pinjwt.Policy(issuer="https://login.example", audience="api", type="at+jwt")
signer = pinjwt.Signer(policy, pinjwt.Key.generate(pinjwt.Algorithm.EDDSA))
sessions = AsyncSessions(pinjwt.Sessions(pinjwt.SQLiteStore(sys.argv[1]), signer, [os.urandom(32)]))
grant = asyncio.run(sessions.login("alice"))
child = os.fork()
grant = asyncio.run(sessions.refresh(grant.refresh_token))
os.write(1, f"{grant.generation} {grant.replayed}\\n".encode())  # in one piece
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_server_that_forks_after_it_was_used(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FORKED, tmp_path / "a.db"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(pinjwt.__file__).parents[1])},
    )
    assert run.returncode == 0, run.stderr
    # Both have the same token: one rotates, the other gets the same successor.
    assert sorted(run.stdout.splitlines()) == ["1 False", "1 True"]
