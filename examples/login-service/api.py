"""What the page asks for with its access token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from guard import bearer
from pydantic import BaseModel, Field

import pinjwt

router = APIRouter(prefix="/api")
Caller = Annotated[pinjwt.Claims, Depends(bearer)]


@contextmanager
def _store() -> Iterator[None]:
    try:
        yield
    except pinjwt.UnavailableError as error:
        raise HTTPException(503, "Please try again in a moment.", {"Retry-After": "1"}) from error


class Which(BaseModel):
    """One session."""

    sid: Annotated[str, Field(min_length=1, max_length=64)]


class NewPassword(BaseModel):
    """A change of the password."""

    old: Annotated[str, Field(max_length=1024)]
    new: Annotated[str, Field(min_length=8, max_length=1024)]


@router.get("/me")
def me(caller: Caller, request: Request) -> dict[str, Any]:
    """Tell who the caller is, and which of the user's sessions were ended because of a theft."""
    alerts = request.app.state.tokens.take_alerts(caller["sub"])
    return {"user": caller["sub"], "sid": caller["sid"], "alerts": alerts}


@router.get("/sessions")
def sessions(caller: Caller, request: Request) -> list[dict[str, Any]]:
    """List the user's devices."""
    with _store():
        found = request.app.state.tokens.sessions.list(caller["sub"], current_sid=caller["sid"])
    return [
        {
            "sid": one.sid,
            "client": one.client,
            "device": one.device.name,
            "address": one.device.address,
            "agent": one.device.agent,
            "created": one.created.timestamp(),
            "last_used": one.last_used.timestamp(),
            "refreshes": one.refreshes,
            "current": one.current,
        }
        for one in found
    ]


@router.post("/sessions/end", status_code=204)
def end(which: Which, caller: Caller, request: Request) -> None:
    """Sign one device out: of the caller's own only."""
    with _store():
        try:
            request.app.state.tokens.sessions.revoke_session(caller["sub"], which.sid)
        except pinjwt.UnknownSessionError as error:
            raise HTTPException(404, error.message) from error


@router.post("/sessions/end-others", status_code=204)
def end_others(caller: Caller, request: Request) -> None:
    """Sign out everywhere but here."""
    with _store():
        request.app.state.tokens.sessions.revoke_user(caller["sub"], except_sid=caller["sid"])


@router.post("/sessions/end-all", status_code=204)
def end_all(caller: Caller, request: Request) -> None:
    """Sign out everywhere."""
    with _store():
        request.app.state.tokens.sessions.revoke_user(caller["sub"])


@router.post("/password", status_code=204)
def password(given: NewPassword, caller: Caller, request: Request) -> None:
    """Change the password, which ends every session and every access token of the user in one step."""
    accounts = request.app.state.accounts
    if not accounts.check(caller["sub"], given.old):
        raise HTTPException(403, "The old password is wrong.")
    sessions = request.app.state.tokens.sessions
    with _store():
        # First, so that nothing has changed where the store does not answer.
        sessions.bump_user(caller["sub"])
    accounts.set_password(caller["sub"], given.new)
    with _store():
        # Who has signed in with the old password in between goes too.
        sessions.bump_user(caller["sub"])
