"""Sessions for asyncio: each call runs in a thread of a small pool, for it waits for the store.

A call that is cancelled while it runs goes on in its thread to its end, and its outcome is dropped; one that
still waits for a thread is not made. A refresh that was dropped so is safe: within the grace, the same token
gets the same successor again. A login that was dropped leaves a session that nobody uses.
"""

from __future__ import annotations

import asyncio
import builtins
import contextvars
import functools
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

from ._call import Text, Time
from ._claims import Claims
from ._sessions import Device, Grant, SessionInfo, Sessions, Statistics
from ._verifier import Verifier

Result = TypeVar("Result")


class AsyncSessions:
    """The methods of a `Sessions` as coroutines.

    threads   how many of its own it uses at most; 8
    executor  a pool of yours, in its place

    Events are told in those threads, in the context (contextvars) of the call.
    """

    __slots__ = ("_executor", "_own", "_pid", "_sessions", "_threads")

    def __init__(self, sessions: Sessions, *, threads: int = 8, executor: Executor | None = None) -> None:
        if not isinstance(sessions, Sessions):
            raise TypeError(f"AsyncSessions takes Sessions, not {type(sessions).__name__}")
        self._sessions = sessions
        self._executor = executor
        self._threads = threads
        self._own: ThreadPoolExecutor | None = None
        self._pid = 0

    def _pool(self) -> Executor:
        """Return the pool; a child process needs a new one, for no thread outlives a fork."""
        if self._executor is not None:
            return self._executor
        if self._own is None or self._pid != os.getpid():
            self._own = ThreadPoolExecutor(self._threads, thread_name_prefix="pinjwt")
            self._pid = os.getpid()
        return self._own

    async def run(self, function: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        """Call anything in a thread of the pool, such as `Verifier.verify` of a policy with sessions."""
        context = contextvars.copy_context()
        work = functools.partial(context.run, function, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._pool(), work)

    async def login(
        self,
        user: str,
        *,
        client: str = "",
        claims: Mapping[str, Any] | None = None,
        device: Device | None = None,
    ) -> Grant:
        """Begin a session."""
        return await self.run(self._sessions.login, user, client=client, claims=claims, device=device)

    async def refresh(self, token: Text, *, client: str = "") -> Grant:
        """Exchange a refresh token."""
        return await self.run(self._sessions.refresh, token, client=client)

    async def logout(self, token: Text) -> None:
        """End the session of a refresh token."""
        await self.run(self._sessions.logout, token)

    async def revoke_session(self, user: str, sid: str) -> None:
        """End one session of a user."""
        await self.run(self._sessions.revoke_session, user, sid)

    async def revoke_user(self, user: str, *, except_sid: str = "") -> int:
        """End all sessions of a user, or all but one."""
        return await self.run(self._sessions.revoke_user, user, except_sid=except_sid)

    async def revoke_before(self, time: Time | None = None) -> int:
        """End every session that began before a time."""
        return await self.run(self._sessions.revoke_before, time)

    async def bump_user(self, user: str) -> int:
        """End all of a user's sessions and access tokens."""
        return await self.run(self._sessions.bump_user, user)

    async def deny_jti(self, jti: str, *, expires: Time | None = None) -> None:
        """Deny one token."""
        await self.run(self._sessions.deny_jti, jti, expires=expires)

    async def check(self, verifier: Verifier, token: Text, *, now: Time | None = None) -> Claims:
        """Verify an access token and check it for denials."""
        return await self.run(self._sessions.check, verifier, token, now=now)

    async def consume(self, verifier: Verifier, token: Text, *, now: Time | None = None) -> Claims:
        """Verify a one-shot token and use it up."""
        return await self.run(self._sessions.consume, verifier, token, now=now)

    async def list(self, user: str, *, current_sid: str = "") -> builtins.list[SessionInfo]:
        """Return the live sessions of a user."""
        return await self.run(self._sessions.list, user, current_sid=current_sid)

    async def statistics(self) -> Statistics:
        """Count what the store holds."""
        return await self.run(self._sessions.statistics)

    async def sync(self) -> None:
        """Read the new denials."""
        await self.run(self._sessions.sync)

    async def purge(self, limit: int = 1000) -> tuple[int, bool]:
        """Remove rows that no answer needs any more."""
        return await self.run(self._sessions.purge, limit)

    async def set_peppers(self, peppers: Iterable[Text]) -> None:
        """Replace the peppers."""
        await self.run(self._sessions.set_peppers, peppers)

    async def aclose(self) -> None:
        """Wait for the calls that run, and end the threads. What is yours, `executor`, is left alone."""
        own, self._own = self._own, None
        if own is not None and self._pid == os.getpid():
            await asyncio.get_running_loop().run_in_executor(None, own.shutdown)

    async def __aenter__(self) -> AsyncSessions:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.aclose()
