"""Rows 1 to 3: a token that chooses how it is checked."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes

import pinjwt
from forge import CLAIMS, KEYS, NOW, RSA, SECRET, b64, compact, honest, hs, raw, rs, status, token
from pinjwt import Algorithm


@pytest.mark.parametrize("algorithm", KEYS)
def test_the_honest_token_is_accepted(algorithm: Algorithm) -> None:
    assert status(honest(algorithm), KEYS[algorithm][0]) == "OK"


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize(
    "name", ["none", "None", "NONE", "nOnE", "", " none", "none\0", "hs256", "HS256 ", "HS2560"]
)
@pytest.mark.parametrize("keeps", [True, False], ids=["signature kept", "signature empty"])
def test_1_none_in_any_spelling(algorithm: Algorithm, name: str, keeps: bool) -> None:
    key, sign = KEYS[algorithm]
    forged = token({"alg": name, "typ": "JWT"}, CLAIMS, sign)
    if not keeps:
        forged = forged.rsplit(".", 1)[0] + "."
    assert status(forged, key) == "E_ALGORITHM"


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"alg": None},
        {"alg": 1},
        {"alg": ["HS256"]},
        {"alg": {"a": "HS256"}},
        {"ALG": "HS256"},
    ],
)
def test_1_alg_absent_or_no_string(algorithm: Algorithm, header: dict[str, Any]) -> None:
    key, sign = KEYS[algorithm]
    assert status(token(header, CLAIMS, sign), key) == "E_HEADER"


def test_2_the_header_names_another_algorithm_under_which_the_signature_is_valid() -> None:
    for name, digest in [("HS384", "sha384"), ("HS512", "sha512")]:
        forged = token({"alg": name}, CLAIMS, hs(SECRET, digest))
        assert status(forged) == "E_ALGORITHM"
        twin = pinjwt.Key.from_secret(Algorithm[name], SECRET)
        assert status(forged, twin) == "OK"
    forged = token({"alg": "RS384"}, CLAIMS, rs(RSA, hashes.SHA384()))
    assert status(forged, KEYS[Algorithm.RS256][0]) == "E_ALGORITHM"


def test_2_the_pins_name_does_not_lend_another_hash() -> None:
    forged = token({"alg": "HS256"}, CLAIMS, hs(SECRET, "sha512"))
    assert status(forged) == "E_SIGNATURE"


@pytest.mark.parametrize("algorithm", KEYS)
def test_3_an_empty_signature(algorithm: Algorithm) -> None:
    head = honest(algorithm).rsplit(".", 1)[0]
    assert status(head + ".", KEYS[algorithm][0]) == "E_TOKEN_FORMAT"
    assert status(head, KEYS[algorithm][0]) == "E_TOKEN_FORMAT"


def test_31_expired_and_forged_is_forged() -> None:
    claims = {**CLAIMS, "exp": NOW - 1, "iat": NOW - 100}
    assert status(honest(claims=claims)) == "E_EXPIRED"
    assert status(token({"alg": "HS256"}, claims, hs(bytes(32)))) == "E_SIGNATURE"
    assert status(raw(compact({"alg": "HS256"}), b"not json", hs(bytes(32)))) == "E_SIGNATURE"


def test_34_a_forged_header_leaves_nothing_behind() -> None:
    key, _ = KEYS[Algorithm.HS256]
    verifier = pinjwt.Verifier(pinjwt.Policy(), key)
    for name in ("HS512", "none", "RS256"):
        with pytest.raises(pinjwt.AlgorithmError):
            verifier.verify(f"{b64(compact({'alg': name}))}.e30.AAAA", now=NOW)
    assert verifier.verify(honest(), now=NOW).subject == "alice"
