"""OpenID Connect discovery against a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

import pinjwt
from keyserver import Answer, KeyServer, answers, drips, endless, slow
from pinjwt import Algorithm, Key, KeySet, Policy, Signer, oidc

KEY = Key.generate(Algorithm.RS256)
WELL_KNOWN = "/.well-known/openid-configuration"


def issuer(server: KeyServer) -> str:
    return server.url.removesuffix("/keys")


def provider(server: KeyServer) -> Answer:
    """Answer as a provider does: its configuration, and its keys."""
    published = KeySet()
    published.add(KEY)
    documents = {
        WELL_KNOWN: json.dumps({"issuer": issuer(server), "jwks_uri": server.url}),
        "/keys": published.to_jwks(),
    }

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path in documents:
            answers(documents[handler.path])(handler)
        else:
            answers("", 404)(handler)

    return answer


def discover(server: KeyServer, timeout: float = 5.0) -> oidc.Provider:
    return oidc.Provider.discover(issuer(server), "shop", allow_http=True, timeout=timeout)


def id_token(server: KeyServer) -> str:
    policy = Policy(issuer=issuer(server), audience="shop")
    return Signer(policy, KEY).sign({"sub": "alice", "nonce": "n"})


def test_a_provider_is_found_and_its_tokens_verified(server: KeyServer) -> None:
    server.answer = provider(server)
    found = discover(server)
    for _ in range(5):
        assert found.verify_id_token(id_token(server), nonce="n").subject == "alice"
    assert server.paths == [WELL_KNOWN, "/keys"]


@pytest.mark.parametrize(
    "answer",
    [
        answers("", 404),
        answers("", 500),
        answers("rubbish"),
        answers('{"issuer":"https://evil.example","jwks_uri":"https://evil.example/keys"}'),
        answers("", 302, Location="/elsewhere"),
        endless(50_000_000, True),
        endless(50_000_000, False),
    ],
)
def test_a_configuration_that_is_none(server: KeyServer, answer: Answer) -> None:
    server.answer = answer
    with pytest.raises(pinjwt.KeySourceError):
        discover(server)
    assert server.paths == [WELL_KNOWN]


@pytest.mark.parametrize("slowly", [lambda answer: slow(3, answer), lambda answer: drips(b"x" * 1000, 0.05)])
def test_a_slow_provider_holds_it_no_longer_than_the_timeout(
    server: KeyServer, slowly: Callable[[Answer], Answer]
) -> None:
    server.answer = slowly(provider(server))
    start = time.monotonic()
    with pytest.raises(pinjwt.KeySourceError) as caught:
        discover(server, timeout=0.4)
    assert time.monotonic() - start < 2.5
    assert isinstance(caught.value.__cause__, OSError)


def test_a_provider_that_is_down_after_discovery(server: KeyServer) -> None:
    server.answer = provider(server)
    found = discover(server)
    token = id_token(server)
    server.stop()
    with pytest.raises(pinjwt.KeySourceError):
        found.verify_id_token(token, nonce="n")
