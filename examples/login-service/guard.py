"""What stands before the endpoints: requests of other sites, and requests without a good access token."""

from __future__ import annotations

from fastapi import HTTPException, Request

import pinjwt

#: A page of another site cannot set it without asking first, and is not allowed to.
HEADER = "X-Login-Service"


def same_site(request: Request) -> None:
    """Refuse what another site's page may have sent: the cookie would come along with it."""
    if request.headers.get("Origin") != request.app.state.settings.origin:
        raise HTTPException(403, "The request does not come from this site.")
    if request.headers.get(HEADER) != "1":
        raise HTTPException(403, f"The header {HEADER} is missing.")


def bearer(request: Request) -> pinjwt.Claims:
    """Return the claims of the access token, which the request carries itself: no other site can."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "An access token is needed.", {"WWW-Authenticate": "Bearer"})
    try:
        claims: pinjwt.Claims = request.app.state.tokens.verifier.verify(token)
        return claims
    except pinjwt.UnavailableError as error:
        # The token may be good, but who can say: nothing is let in because the store is down.
        raise HTTPException(503, "Please try again in a moment.", {"Retry-After": "1"}) from error
    except pinjwt.TokenError as error:
        challenge = 'Bearer error="invalid_token"'
        raise HTTPException(401, error.message, {"WWW-Authenticate": challenge}) from error
