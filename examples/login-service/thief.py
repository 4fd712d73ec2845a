"""Only for the demonstration: a thief who has copied the refresh token and uses it later."""

from __future__ import annotations

from auth import NAME, WEB
from fastapi import APIRouter, Depends, HTTPException, Request
from guard import same_site

import pinjwt

router = APIRouter(prefix="/auth/thief")


@router.post("/steal", dependencies=[Depends(same_site)], status_code=204)
def steal(request: Request) -> None:
    """Remember the token as it is now."""
    token = request.cookies.get(NAME)
    if not token:
        raise HTTPException(401, "There is no session to steal.")
    request.app.state.loot = token


@router.post("/use", dependencies=[Depends(same_site)])
def use(request: Request) -> dict[str, str]:
    """Present it, as the thief does from another machine."""
    token = getattr(request.app.state, "loot", None)
    if token is None:
        raise HTTPException(409, "Nothing has been stolen.")
    try:
        request.app.state.tokens.sessions.refresh(token, client=WEB)
    except pinjwt.PinJWTError as error:
        return {"thief": error.message}
    return {"thief": "It worked: the owner has not refreshed since."}
