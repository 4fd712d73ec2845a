"""Signing in, refreshing and signing out: the only endpoints that see a refresh token."""

from __future__ import annotations

from typing import Annotated, Any, Optional

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from guard import same_site
from pydantic import BaseModel, Field
from settings import COOKIE, COOKIE_PATH

import pinjwt

router = APIRouter(prefix="/auth")
NAME = f"__Secure-{COOKIE}"
WEB, NATIVE = "web", "native"


class Credentials(BaseModel):
    """What the sign-in page or a native app sends."""

    user: Annotated[str, Field(min_length=1, max_length=256)]
    password: Annotated[str, Field(max_length=1024)]
    device: Annotated[str, Field(max_length=64)] = ""
    native: bool = False


class Token(BaseModel):
    """What a native app sends, which keeps its refresh token itself; a browser sends its cookie instead."""

    refresh_token: Optional[str] = None


def _device(request: Request, name: str) -> pinjwt.Device:
    address = request.client.host if request.client else ""
    agent = request.headers.get("User-Agent", "").encode("ascii", "replace").decode()
    return pinjwt.Device(name=name, address=address[:45], agent=agent[:256])


def _answer(grant: pinjwt.Grant, response: Response, native: bool) -> dict[str, Any]:
    """Give the access token in the body, for the memory of the page, and the refresh token in the cookie."""
    body: dict[str, Any] = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": grant.expires_in,
    }
    if native:
        body["refresh_token"] = grant.refresh_token
    else:
        cookie = pinjwt.cookie_set(COOKIE, COOKIE_PATH, grant.refresh_token, grant.refresh_expires_in)
        response.headers["Set-Cookie"] = cookie
    return body


def _ended(error: pinjwt.PinJWTError, native: bool) -> HTTPException:
    headers = {} if native else {"Set-Cookie": pinjwt.cookie_clear(COOKIE, COOKIE_PATH)}
    return HTTPException(401, error.message, headers)


def _try_again() -> HTTPException:
    # The cookie stays: the same token works when the store is back.
    return HTTPException(503, "Please try again in a moment.", {"Retry-After": "1"})


@router.post("/login", dependencies=[Depends(same_site)])
def login(given: Credentials, request: Request, response: Response) -> dict[str, Any]:
    """Begin a session."""
    if not request.app.state.accounts.check(given.user, given.password):
        raise HTTPException(401, "The name or the password is wrong.")
    client = NATIVE if given.native else WEB
    try:
        grant = request.app.state.tokens.sessions.login(
            given.user, client=client, claims={"scope": "account"}, device=_device(request, given.device)
        )
    except pinjwt.ArgumentError as error:
        raise HTTPException(422, error.message) from error
    except pinjwt.UnavailableError as error:
        raise _try_again() from error
    return _answer(grant, response, given.native)


@router.post("/refresh", dependencies=[Depends(same_site)])
def refresh(given: Token, request: Request, response: Response) -> dict[str, Any]:
    """Exchange the refresh token, of the cookie or of a native app, for the next one and an access token."""
    native = given.refresh_token is not None
    token = given.refresh_token or request.cookies.get(NAME)
    if not token:
        raise HTTPException(401, "There is no session.")
    try:
        grant = request.app.state.tokens.sessions.refresh(token, client=NATIVE if native else WEB)
    except pinjwt.SessionEndedError as error:
        raise _ended(error, native) from error
    except pinjwt.UnavailableError as error:
        raise _try_again() from error
    return _answer(grant, response, native)


@router.post("/logout", dependencies=[Depends(same_site)], status_code=204)
def logout(given: Token, request: Request, response: Response) -> None:
    """End the session, whichever of its tokens comes."""
    token = given.refresh_token or request.cookies.get(NAME)
    try:
        if token:
            request.app.state.tokens.sessions.logout(token)
    except pinjwt.RefreshInvalidError:
        pass  # there is none to end
    except pinjwt.UnavailableError as error:
        raise _try_again() from error
    if given.refresh_token is None:
        response.headers["Set-Cookie"] = pinjwt.cookie_clear(COOKIE, COOKIE_PATH)
