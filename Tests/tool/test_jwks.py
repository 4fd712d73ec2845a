"""JWK Sets from keys, verifying with them, and key rings."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tool import DONE, REFUSED, SECRET, USAGE, b64, done, forged, now, parts, private_file, run

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": "alice", "exp": now() + 600, **more}


def rsa_jwk(**more: Any) -> dict[str, Any]:
    numbers = RSA.public_key().public_numbers()
    return {
        "kty": "RSA",
        "n": b64(numbers.n.to_bytes(256, "big")),
        "e": b64(numbers.e.to_bytes(3, "big")),
        **more,
    }


def ec_jwk(**more: Any) -> dict[str, Any]:
    numbers = EC.public_key().public_numbers()
    x, y = (b64(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, **more}


def jwks_file(folder: Path, *keys: Any) -> Path:
    path = folder / "jwks.json"
    path.write_text(json.dumps({"keys": keys}))
    return path


# ---- From keys


def test_public_halves_of_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        done("keygen", "--out", tmp_path / name, "--json")
    done("keygen", "--alg", "ES256", "--kid", "third", "--out", tmp_path / "c", "--json")
    text = done("jwks", "from", tmp_path / "a", tmp_path / "b", tmp_path / "c", "--json")
    keys = json.loads(text)["keys"]
    assert [key["alg"] for key in keys] == ["EdDSA", "EdDSA", "ES256"]
    assert not PRIVATE & set().union(*keys)
    peer = jwt.PyJWKSet.from_json(text)
    token = done("sign", "--key", tmp_path / "c", "--claim", "sub=alice").strip()
    assert jwt.decode(token, peer["third"].key, algorithms=["ES256"])["sub"] == "alice"
    # For people it is the same on more lines.
    assert json.loads(done("jwks", "from", tmp_path / "a", tmp_path / "b", tmp_path / "c"))["keys"] == keys


def test_pem_keys_need_their_algorithm(tmp_path: Path) -> None:
    pem = EC.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "ec.pem").write_bytes(pem)
    key = json.loads(done("jwks", "from", tmp_path / "ec.pem", "--json"))["keys"][0]
    assert (key["alg"], key["kid"]) == (
        "ES256",
        json.loads(done("key", "public", tmp_path / "ec.pem"))["kid"],
    )
    pem = RSA.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "rsa.pem").write_bytes(pem)
    assert run("jwks", "from", tmp_path / "rsa.pem").status == USAGE
    assert (
        json.loads(done("jwks", "from", tmp_path / "rsa.pem", "--alg", "PS256"))["keys"][0]["alg"] == "PS256"
    )


def test_what_is_no_set(tmp_path: Path) -> None:
    done("keygen", "--out", tmp_path / "a", "--json")
    done("keygen", "--alg", "HS256", "--kid", "s", "--out", tmp_path / "s", "--json")
    twice = run("jwks", "from", tmp_path / "a", tmp_path / "a")
    assert twice.status == USAGE
    assert "E_KEY_DUPLICATE (kid)" in twice.err
    secret = run("jwks", "from", tmp_path / "a", tmp_path / "s")
    assert secret.status == USAGE
    assert "E_KEY_MISMATCH" in secret.err
    assert (secret.out, twice.out) == ("", "")


# ---- Verifying with a set


def test_kid_picks_the_key(tmp_path: Path) -> None:
    jwks = jwks_file(tmp_path, rsa_jwk(kid="r", alg="RS256"), ec_jwk(kid="e"))
    for key, alg, kid in ((RSA, "RS256", "r"), (EC, "ES256", "e")):
        assert (
            run("verify", "--jwks", jwks, jwt.encode(claims(), key, alg, headers={"kid": kid})).status == DONE
        )
    crossed = run("verify", "--jwks", jwks, jwt.encode(claims(), RSA, "RS256", headers={"kid": "e"}))
    assert (crossed.status, crossed.out) == (REFUSED, "")
    assert crossed.err.startswith("refused: E_ALGORITHM")
    assert run("verify", "--jwks", jwks, jwt.encode(claims(), EC, "ES256")).status == DONE


@pytest.mark.parametrize(
    "kid", ["unknown", "../../../../dev/null", "' OR 1=1 --", "/etc/passwd", "e\0", "x" * 10_000, ""]
)
def test_unknown_kids(tmp_path: Path, kid: str) -> None:
    jwks = jwks_file(tmp_path, ec_jwk(kid="e"))
    token = jwt.encode(claims(), EC, "ES256", headers={"kid": kid})
    result = run("verify", "--jwks", jwks, "--max-size", "65536", "--json", token)
    assert (result.status, result.json()["status"]) == (REFUSED, "E_KEY_UNKNOWN")


@pytest.mark.parametrize("kid", [5, None, [], {"a": 1}, True])
def test_kids_that_are_no_strings(tmp_path: Path, kid: Any) -> None:
    jwks = jwks_file(tmp_path, ec_jwk(kid="e"))
    result = run("verify", "--jwks", jwks, "--json", forged({"alg": "ES256", "kid": kid}, claims()))
    assert (result.status, result.json()["status"]) == (REFUSED, "E_HEADER")


def test_one_bad_key_does_not_take_the_others_away(tmp_path: Path) -> None:
    bad = [
        {"kty": "XYZ", "kid": "1"},
        ec_jwk(kid="2", use="enc"),
        rsa_jwk(kid="3", n=b64(b"\xff" * 128), alg="RS256"),
    ]
    jwks = jwks_file(tmp_path, bad[0], ec_jwk(kid="e"), *bad[1:])
    assert (
        run("verify", "--jwks", jwks, jwt.encode(claims(), EC, "ES256", headers={"kid": "e"})).status == DONE
    )
    alone = run("verify", "--jwks", jwks_file(tmp_path, *bad), forged({"alg": "ES256"}, claims()))
    assert alone.status == USAGE
    assert "3 skipped" in alone.err


def test_sets_that_are_refused(tmp_path: Path) -> None:
    token = jwt.encode(claims(), EC, "ES256", headers={"kid": "e"})
    secret = {"kty": "oct", "kid": "s", "k": b64(SECRET)}
    for keys, status in (
        ([ec_jwk(kid="e"), ec_jwk(kid="e")], "E_KEY_DUPLICATE"),
        ([ec_jwk(kid="e"), secret], "E_KEY_USE"),
    ):
        result = run("verify", "--jwks", jwks_file(tmp_path, *keys), "--json", token)
        assert (result.status, result.json()["status"]) == (USAGE, status)
    assert run("verify", "--jwks", tmp_path / "none", token).status == USAGE


def test_rsa_without_alg_needs_one(tmp_path: Path) -> None:
    jwks = jwks_file(tmp_path, rsa_jwk(kid="r", x5c=["MIIC"], x5t="x"))
    token = jwt.encode(claims(), RSA, "RS256", headers={"kid": "r"})
    assert run("verify", "--jwks", jwks, token).status == USAGE
    assert run("verify", "--jwks", jwks, "--alg", "RS256", token).status == DONE
    assert run("verify", "--jwks", jwks, "--alg", "PS256", token).status == REFUSED


# ---- Rings


@pytest.fixture(name="ring")
def made_ring(tmp_path: Path) -> Path:
    path = tmp_path / "ring.json"
    done("jwks", "new", path, "--publish-time", "0", "--json")
    return path


def test_a_ring_from_its_beginning_to_a_rotation(ring: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    token = done("sign", "--ring", ring, "--claim", "sub=alice").strip()
    before = json.loads(done("jwks", "list", ring, "--json"))
    assert [key["place"] for key in before["keys"]] == ["active", "next"]
    assert parts(token)[0]["kid"] == before["keys"][0]["kid"]
    after = json.loads(done("jwks", "rotate", ring, "--json"))
    assert [key["place"] for key in after["keys"]] == ["active", "next", "retired"]
    assert after["keys"][0]["kid"] == before["keys"][1]["kid"]
    assert after["keys"][2]["kid"] == before["keys"][0]["kid"]
    assert after["keys"][2]["time"] == pytest.approx(now() + 7200 + 660, abs=30)
    # The old token holds by the ring and by what is published.
    assert run("verify", "--ring", ring, token).status == DONE
    jwks = tmp_path / "jwks.json"
    jwks.write_text(done("jwks", "publish", ring))
    assert not PRIVATE & set().union(*json.loads(jwks.read_text())["keys"])
    assert run("verify", "--jwks", jwks, token).status == DONE
    removed = done("jwks", "remove", ring, before["keys"][0]["kid"])
    assert before["keys"][0]["kid"] not in removed
    assert run("verify", "--ring", ring, token).status == REFUSED
    unknown = run("jwks", "remove", ring, before["keys"][0]["kid"])
    assert "E_KEY_UNKNOWN" in unknown.err


def test_a_ring_for_people(ring: Path) -> None:
    lines = done("jwks", "list", ring).splitlines()
    assert lines[0] == "algorithm   EdDSA"
    assert re.fullmatch(r"active      [\w-]{43}", lines[1])
    assert re.fullmatch(r" {12}signs since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(.*\)", lines[2])
    assert lines[-1] == "may rotate  now"


def test_too_early(tmp_path: Path) -> None:
    ring = tmp_path / "ring.json"
    done("jwks", "new", ring, "--json")
    content = ring.read_bytes()
    result = run("jwks", "rotate", ring)
    assert (result.status, result.out) == (REFUSED, "")
    assert result.err.startswith("refused: E_NOT_YET_VALID")
    assert ring.read_bytes() == content


def test_a_ring_with_a_passphrase(tmp_path: Path) -> None:
    phrase, other = (
        private_file(tmp_path / "phrase", "a phrase\n"),
        private_file(tmp_path / "other", "another\n"),
    )
    ring = tmp_path / "ring.json"
    done("jwks", "new", ring, "--passphrase-file", phrase, "--cost", "minimum", "--json")
    assert b'"kty"' not in ring.read_bytes()
    assert run("jwks", "list", ring, "--passphrase-file", phrase).status == DONE
    for passphrase in ([], ["--passphrase-file", str(other)]):
        result = run("jwks", "list", ring, *passphrase)
        assert result.status == USAGE
        assert "E_KEY_PASSPHRASE" in result.err
    token = done("sign", "--ring", ring, "--passphrase-file", phrase).strip()
    assert run("verify", "--ring", ring, "--passphrase-file", phrase, token).status == DONE


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = private_file(tmp_path / "precious", "precious")
    result = run("jwks", "new", path)
    assert result.status == USAGE
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["precious"]


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_ring_that_others_can_read(ring: Path, mode: int) -> None:
    ring.chmod(mode)
    result = run("jwks", "list", ring)
    assert (result.status, result.out) == (USAGE, "")
    assert "chmod 600" in result.err


def test_tokens_live_within_the_terms_of_the_ring(ring: Path) -> None:
    result = run("sign", "--ring", ring, "--max-lifetime", "3h")
    assert result.status == REFUSED
    assert "E_LIFETIME" in result.err
