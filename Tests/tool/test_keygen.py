"""pinjwt keygen."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import jwt
import pytest

from tool import DONE, PATH, USAGE, done, openssl, run

KINDS = {
    "HS256": ("oct", None),
    "HS384": ("oct", None),
    "HS512": ("oct", None),
    "RS256": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "ES256K": ("EC", "secp256k1"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
    "Ed448": ("OKP", "Ed448"),
}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_jwk_for_eddsa_is_the_default() -> None:
    key = json.loads(done("keygen"))
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert len(key["d"]) == 43
    assert key["kid"]


@pytest.mark.parametrize("alg", KINDS)
def test_every_kind_of_key(alg: str) -> None:
    key = json.loads(done("keygen", "--alg", alg))
    assert (key["kty"], key.get("crv")) == KINDS[alg]
    assert key["alg"] == alg
    assert "k" in key or "d" in key
    assert ("kid" in key) == (key["kty"] != "oct")


def test_no_two_keys_are_the_same() -> None:
    assert len({done("keygen", "--alg", "HS256") for _ in range(8)}) == 8


def test_pyjwt_takes_the_key() -> None:
    key = jwt.PyJWK.from_json(done("keygen", "--alg", "ES256"))
    assert jwt.decode(jwt.encode({"a": 1}, key), key, algorithms=["ES256"]) == {"a": 1}


def test_openssl_takes_the_pem() -> None:
    pem = done("keygen", "--format", "pem")
    assert pem.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert b"ED25519 Private-Key" in openssl("pkey", "-noout", "-text", stdin=pem.encode())


def test_the_names_of_algorithms_have_no_case() -> None:
    assert json.loads(done("keygen", "--alg", "es256k"))["alg"] == "ES256K"


def test_a_pair_of_files(tmp_path: Path) -> None:
    private, public = tmp_path / "key.jwk", tmp_path / "public.jwk"
    text = done("keygen", "--out", private, "--public-out", public, "--kid", "2026-11")
    assert mode(private) == 0o600
    assert mode(public) & 0o111 == 0
    (ours, theirs) = (json.loads(path.read_text()) for path in (private, public))
    assert ours["kid"] == theirs["kid"] == "2026-11"
    assert "d" not in theirs
    assert theirs == {name: value for name, value in ours.items() if name != "d"}
    assert str(private) in text
    assert str(public) in text
    assert ours["d"] not in text


def test_the_mode_is_right_whatever_the_umask_is(tmp_path: Path) -> None:
    path = tmp_path / "key"
    subprocess.run(["sh", "-c", f"umask 0; '{PATH}' keygen --out '{path}'"], check=True, capture_output=True)
    assert mode(path) == 0o600


@pytest.mark.parametrize("taken", ["--out", "--public-out"])
def test_a_file_is_never_overwritten(tmp_path: Path, taken: str) -> None:
    files = {"--out": tmp_path / "private", "--public-out": tmp_path / "public"}
    files[taken].write_text("precious")
    result = run("keygen", *(part for pair in files.items() for part in pair))
    assert result.status == USAGE
    assert f"{files[taken]} exists already and is never overwritten" in result.err
    assert files[taken].read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == [files[taken]]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert run("keygen", "--out", tmp_path / "link").status == USAGE
    assert not (tmp_path / "elsewhere").exists()


def test_both_halves_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert run("keygen", "--out", path, "--public-out", path).status == USAGE
    assert not path.exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = run("keygen", "--out", tmp_path / "none" / "key")
    assert result.status == USAGE
    assert "No such file or directory" in result.err


def test_a_full_disk_is_an_error() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run([PATH, "keygen"], stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == USAGE
    assert b"Standard output cannot be written: No space left on device." in ended.stderr


@pytest.mark.parametrize("option", [["--format", "pem"], ["--public-out", "public"]])
def test_what_hmac_does_not_have(option: list[str], tmp_path: Path) -> None:
    result = run("keygen", "--alg", "HS256", "--out", tmp_path / "key", *option)
    assert result.status == USAGE
    assert "An HMAC secret has no" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("alg", ["none", "", "RS1", "ES256 ", "eyJ"])
def test_an_algorithm_that_is_not_one(alg: str) -> None:
    result = run("keygen", "--alg", alg)
    assert result.status == USAGE
    assert "HS256, HS384" in result.err
    assert result.out == ""


@pytest.mark.parametrize("kid", ["", "x" * 1025])
def test_a_kid_out_of_bounds(kid: str) -> None:
    result = run("keygen", "--kid", kid)
    assert result.status == USAGE
    assert "E_ARGUMENT (kid)" in result.err


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "key"
    result = run("keygen", "--alg", "RS256", "--out", path, "--json")
    assert result.status == DONE
    described = result.json()
    key = json.loads(path.read_text())
    assert described == {
        "kty": "RSA",
        "bits": 3072,
        "alg": "RS256",
        "kid": key["kid"],
        "thumbprint": key["kid"],
        "private": True,
        "can_sign": True,
        "can_verify": True,
    }


def test_pem_among_json() -> None:
    described = run("keygen", "--format", "pem", "--json").json()
    assert described["private"]
    assert b"ED25519" in openssl("pkey", "-noout", "-text", stdin=described["pem"].encode())
