"""pinjwt key inspect, convert, public and thumbprint."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from joserfc import jwk as jose_jwk

from tool import DONE, PATH, SECRET, USAGE, b64, done, openssl, private_file, run

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS: dict[str, Any] = {
    "RS256": RSA,
    "PS384": RSA,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "Ed448": ed448.Ed448PrivateKey.generate(),
}
TELLING = [alg for alg in KEYS if alg not in ("RS256", "PS384", "Ed448")]
OCT = {"kty": "oct", "k": b64(SECRET)}


def pem(key: Any, passphrase: bytes = b"") -> bytes:
    encryption = form.BestAvailableEncryption(passphrase) if passphrase else form.NoEncryption()
    return bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, encryption))


def public_pem(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))


def private_jwk(tmp_path: Path, alg: str, key: Any) -> Any:
    path = private_file(tmp_path / "source.pem", pem(key))
    return json.loads(done("key", "convert", path, "--alg", alg, "--to", "jwk", "--private"))


# Which algorithm.


@pytest.mark.parametrize("alg", TELLING)
def test_pem_that_says_its_algorithm_itself(alg: str) -> None:
    described = run("key", "inspect", "-", "--json", stdin=public_pem(KEYS[alg])).json()
    assert described["alg"] == alg
    assert not described["private"]
    assert not described["can_sign"]


def test_ed448_is_eddsa_too() -> None:
    described = run("key", "inspect", "-", "--json", stdin=public_pem(KEYS["Ed448"])).json()
    assert (described["alg"], described["crv"]) == ("EdDSA", "Ed448")


@pytest.mark.parametrize("alg", KEYS)
def test_a_jwk_with_alg(alg: str, tmp_path: Path) -> None:
    jwk = private_jwk(tmp_path, alg, KEYS[alg])
    assert run("key", "inspect", "-", "--json", stdin=json.dumps(jwk).encode()).json()["alg"] == alg


@pytest.mark.parametrize("alg", TELLING)
def test_a_jwk_without_alg(alg: str, tmp_path: Path) -> None:
    jwk = private_jwk(tmp_path, alg, KEYS[alg])
    del jwk["alg"]
    assert run("key", "inspect", "-", "--json", stdin=json.dumps(jwk).encode()).json()["alg"] == alg


def test_the_other_pin_of_a_key() -> None:
    described = run(
        "key", "inspect", "-", "--alg", "Ed25519", "--json", stdin=public_pem(KEYS["EdDSA"])
    ).json()
    assert described["alg"] == "Ed25519"


def test_der() -> None:
    der = openssl("pkey", "-outform", "DER", stdin=pem(KEYS["ES256"]))
    assert run("key", "inspect", "-", "--json", stdin=der).json()["alg"] == "ES256"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (public_pem(RSA), "--alg RS256 or --alg PS256"),
        (pem(RSA), "--alg RS256 or --alg PS256"),
        (json.dumps(OCT).encode(), "--alg HS256, HS384 or HS512"),
        (json.dumps({"kty": "oct", "k": b64(SECRET[:32])}).encode(), "--alg HS256, HS384 or HS512"),
        (b"\xfe" * 32, "--alg HS256"),
    ],
)
def test_keys_that_fit_several_algorithms(key: bytes, hint: str) -> None:
    result = run("key", "inspect", "-", stdin=key)
    assert result.status == USAGE
    assert hint in result.err
    assert run("key", "inspect", "-", "--json", stdin=key).json()["status"] == "E_USAGE"


def test_rsa_without_alg_as_jwk(tmp_path: Path) -> None:
    jwk = private_jwk(tmp_path, "RS256", RSA)
    del jwk["alg"]
    assert "--alg RS256" in run("key", "inspect", "-", stdin=json.dumps(jwk).encode()).err
    described = run("key", "inspect", "-", "--alg", "PS256", "--json", stdin=json.dumps(jwk).encode())
    assert described.json()["bits"] == 2048


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (b"", "E_USAGE"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "E_KEY_FORMAT"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "E_KEY_FORMAT"),
        (b"{}", "E_KEY_FORMAT"),
        (b'{"kty":"oct","kty":"oct"}', "E_KEY_FORMAT"),
        (b'{"keys":[]}', "E_KEY_FORMAT"),
        (b'{"kty":"EC","crv":"P-256","alg":"ECDH-ES"}', "E_KEY_MISMATCH"),
        (b'{"kty":"OKP","crv":"Ed25519","x":"AAAA","use":"enc"}', "E_KEY_USE"),
        (b'{"kty":"oct","alg":"HS256","k":"AAAA"}', "E_KEY_WEAK"),
        (b'{"kty":"oct","k":"AAAA"}', "E_USAGE"),
        (public_pem(x25519.X25519PrivateKey.generate()), "E_KEY_MISMATCH"),
        (public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "E_KEY_WEAK"),
        (b"0" + bytes(50), "E_KEY_FORMAT"),
        (b"x" * 65537, "E_FILE"),
    ],
)
def test_what_is_no_key(key: bytes, status: str) -> None:
    result = run("key", "inspect", "-", "--json", stdin=key)
    assert result.status == USAGE
    assert result.json()["status"] == status, result
    plain = run("key", "inspect", "-", stdin=key)
    assert (plain.status, plain.out) == (USAGE, "")
    assert plain.err.startswith("error: ")
    assert plain.err.count("\n") == 1


def test_an_algorithm_that_the_key_does_not_serve() -> None:
    result = run("key", "inspect", "-", "--alg", "ES384", stdin=public_pem(KEYS["ES256"]))
    assert result.status == USAGE
    assert "E_KEY_MISMATCH" in result.err


# Files.


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602, 0o660])
def test_a_private_key_that_others_can_open(tmp_path: Path, mode: int) -> None:
    path = private_file(tmp_path / "key.pem", pem(KEYS["ES256"]))
    done("key", "inspect", path)
    path.chmod(mode)
    result = run("key", "public", path)
    assert result.status == USAGE
    assert f"chmod 600 {path}" in result.err
    assert result.out == ""


def test_standard_input_is_a_file_that_others_can_open(tmp_path: Path) -> None:
    path = private_file(tmp_path / "key.pem", pem(KEYS["ES256"]))
    for mode, status in ((0o600, DONE), (0o644, USAGE)):
        path.chmod(mode)
        with path.open("rb") as file:
            ended = subprocess.run([PATH, "key", "inspect", "-"], stdin=file, capture_output=True)
        assert ended.returncode == status
    assert ended.stderr.startswith(b"error: Standard input holds a private key or secret and others")


def test_a_secret_that_others_can_open(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    path.chmod(0o644)
    assert "chmod 600" in run("verify", "--key", path, "--alg", "HS256", "a.b.c").err


def test_a_public_key_may_be_open_to_all(tmp_path: Path) -> None:
    path = tmp_path / "public.pem"
    path.write_bytes(public_pem(KEYS["ES256"]))
    path.chmod(0o666)
    done("key", "inspect", path)


def test_a_private_key_through_a_pipe() -> None:
    assert run("key", "inspect", "-", "--json", stdin=pem(KEYS["ES256"])).json()["private"]


@pytest.mark.parametrize("name", ["missing", "."])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    result = run("key", "inspect", tmp_path / name)
    assert result.status == USAGE
    assert "cannot be read" in result.err
    assert run("key", "inspect", tmp_path / name, "--json").json()["status"] == "E_FILE"


def test_an_encrypted_key(tmp_path: Path) -> None:
    key = pem(KEYS["ES256"], b"open sesame")
    assert "give --passphrase-file" in run("key", "inspect", "-", stdin=key).err
    right = private_file(tmp_path / "right", "open sesame\n")
    wrong = private_file(tmp_path / "wrong", "open barley\n")
    assert done("key", "thumbprint", "-", "--passphrase-file", right, stdin=key)
    assert "E_KEY_PASSPHRASE" in run("key", "inspect", "-", "--passphrase-file", wrong, stdin=key).err
    right.chmod(0o644)
    assert "chmod 600" in run("key", "inspect", "-", "--passphrase-file", right, stdin=key).err
    empty = private_file(tmp_path / "empty", "")
    assert run("key", "inspect", "-", "--passphrase-file", empty, stdin=key).status == USAGE


# What is printed.


def test_inspect_prints_nothing_secret(tmp_path: Path) -> None:
    for alg, key in KEYS.items():
        jwk = private_jwk(tmp_path, alg, key)
        for arguments in ([], ["--json"]):
            text = done("key", "inspect", "-", *arguments, stdin=json.dumps(jwk).encode())
            for name in ("d", "p", "q", "dp", "dq", "qi"):
                assert jwk.get(name, "!") not in text


def test_inspect_a_secret(tmp_path: Path) -> None:
    path = private_file(tmp_path / "secret", SECRET)
    text = done("key", "inspect", path, "--alg", "HS256")
    assert text.splitlines() == [
        "kind       secret (oct)",
        "algorithm  HS256",
        "size       512 bits",
        "kid        none",
        "can        sign, verify",
    ]
    described = run("key", "inspect", path, "--alg", "HS256", "--json").json()
    assert described == {
        "kty": "oct",
        "bits": 512,
        "alg": "HS256",
        "private": True,
        "can_sign": True,
        "can_verify": True,
    }


def test_inspect_a_key() -> None:
    text = done("key", "inspect", "-", "--alg", "PS256", stdin=public_pem(RSA))
    lines = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert lines["kind"] == "public key (RSA)"
    assert lines["size"] == "2048 bits"
    assert lines["kid"] == lines["thumbprint"]
    assert lines["can"] == "verify"


def test_a_hostile_kid() -> None:
    jwk = {**OCT, "alg": "HS256", "kid": "../../etc/passwd\x1b[2J\n\u202e"}
    text = done("key", "inspect", "-", stdin=json.dumps(jwk).encode())
    assert "../../etc/passwd\\u001b[2J\\u000a\\u202e" in text
    described = run("key", "inspect", "-", "--json", stdin=json.dumps(jwk).encode())
    assert "\\u001b" in described.out
    assert described.json()["kid"] == jwk["kid"]


@pytest.mark.parametrize("alg", KEYS)
def test_thumbprint_as_joserfc_makes_it(alg: str) -> None:
    kind: Any = {"RS": "RSA", "PS": "RSA", "ES": "EC"}.get(alg[:2], "OKP")
    key = jose_jwk.import_key(public_pem(KEYS[alg]).decode(), kind)
    assert (
        done("key", "thumbprint", "-", "--alg", alg, stdin=public_pem(KEYS[alg])) == key.thumbprint() + "\n"
    )
    assert done("key", "thumbprint", "-", "--alg", alg, stdin=pem(KEYS[alg])) == key.thumbprint() + "\n"


def test_a_secret_has_no_thumbprint() -> None:
    result = run("key", "thumbprint", "-", "--alg", "HS256", stdin=SECRET)
    assert result.status == USAGE
    assert "E_KEY_MISMATCH" in result.err


# Converting.


@pytest.mark.parametrize("alg", KEYS)
def test_there_and_back(alg: str, tmp_path: Path) -> None:
    jwk = private_jwk(tmp_path, alg, KEYS[alg])
    again = done("key", "convert", "-", "--to", "pem", "--private", stdin=json.dumps(jwk).encode())
    ours = openssl("pkey", "-outform", "DER", stdin=again.encode())
    assert ours == openssl("pkey", "-outform", "DER", stdin=pem(KEYS[alg]))


@pytest.mark.parametrize("alg", KEYS)
def test_public_halves(alg: str, tmp_path: Path) -> None:
    source = private_file(tmp_path / "key.pem", pem(KEYS[alg]))
    expected = public_pem(KEYS[alg]).decode()
    assert done("key", "public", source, "--alg", alg, "--to", "pem") == expected
    assert done("key", "convert", source, "--alg", alg, "--to", "pem") == expected
    jwk = json.loads(done("key", "public", source, "--alg", alg))
    assert not {"d", "p", "q", "dp", "dq", "qi"} & jwk.keys()
    assert jwk["alg"] == alg
    assert done("key", "convert", "-", "--to", "pem", stdin=json.dumps(jwk).encode()) == expected


def test_a_secret_as_jwk_and_back() -> None:
    jwk = done("key", "convert", "-", "--alg", "HS512", "--to", "jwk", "--private", stdin=SECRET)
    assert json.loads(jwk)["k"] == b64(SECRET)
    assert run("key", "public", "-", stdin=jwk.encode()).status == USAGE
    assert run("key", "convert", "-", "--to", "jwk", stdin=jwk.encode()).status == USAGE
    assert run("key", "convert", "-", "--to", "pem", "--private", stdin=jwk.encode()).status == USAGE


def test_no_private_half_to_write() -> None:
    result = run("key", "convert", "-", "--to", "jwk", "--private", stdin=public_pem(KEYS["ES256"]))
    assert result.status == USAGE
    assert "E_KEY_USE" in result.err


def test_into_a_file(tmp_path: Path) -> None:
    source = pem(KEYS["ES256"])
    private, public = tmp_path / "private", tmp_path / "public"
    assert done("key", "convert", "-", "--to", "jwk", "--private", "--out", private, stdin=source) == ""
    assert private.stat().st_mode & 0o777 == 0o600
    assert done("key", "public", "-", "--out", public, stdin=source) == ""
    assert json.loads(public.read_text())["x"] == json.loads(private.read_text())["x"]
    assert run("key", "public", "-", "--out", private, stdin=source).status == USAGE
    assert "d" in json.loads(private.read_text())


def test_pem_among_json() -> None:
    described = run("key", "public", "-", "--to", "pem", "--json", stdin=pem(KEYS["ES256"])).json()
    assert described["pem"] == public_pem(KEYS["ES256"]).decode()
    assert not described["private"]
    assert not described["can_sign"]


def test_restricted_keys_stay_so(tmp_path: Path) -> None:
    jwk = {**private_jwk(tmp_path, "ES256", KEYS["ES256"]), "key_ops": ["sign"]}
    del jwk["use"]
    text = done("key", "convert", "-", "--to", "jwk", "--private", stdin=json.dumps(jwk).encode())
    assert json.loads(text)["key_ops"] == ["sign"]
