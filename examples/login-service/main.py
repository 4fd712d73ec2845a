"""A small web login on pinjwt: sign in, devices, sign out everywhere, and a thief who is found out.

    python main.py --demo        then open http://127.0.0.1:8000

Alice's password is "wonderland", bob's is "canwefixit". `--store` takes redis://... and postgresql://... too.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import api
import auth
import thief
import uvicorn
from accounts import Accounts
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from settings import Settings, parse
from tokens import Tokens

STATIC = Path(__file__).resolve().parent / "static"


def build(settings: Settings) -> FastAPI:
    """Make the application."""
    app = FastAPI(title="login-service", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings = settings
    app.state.accounts = Accounts()
    app.state.tokens = Tokens(settings)
    app.include_router(auth.router)
    app.include_router(api.router)
    if settings.demo:
        app.include_router(thief.router)

    @app.middleware("http")
    async def harden(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call(request)
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.url.path.startswith(("/auth", "/api")):
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/")
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/config")
    def config() -> dict[str, object]:
        return {"demo": settings.demo, "grace": settings.grace}

    @app.get("/.well-known/jwks.json")
    def keys() -> Response:
        return Response(app.state.tokens.ring.to_jwks(), media_type="application/jwk-set+json")

    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def run(arguments: list[str] | None = None) -> None:
    """Run the service until it is stopped."""
    settings, host, port = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("login").setLevel(logging.INFO)
    print(f"Sign in at {settings.origin} as alice (wonderland) or bob (canwefixit).", flush=True)
    uvicorn.run(build(settings), host=host, port=port, log_level="warning")


if __name__ == "__main__":
    run()
