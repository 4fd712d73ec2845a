"""Tokens in both directions with PyJWT, joserfc and OpenSSL, for every algorithm that they share."""

import json
import pathlib
import subprocess
import time
from typing import Any

import joserfc.jwk
import joserfc.jws
import joserfc.jwt
import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import utils
from pinjwt_abi import EC_ALGS, HMAC_ALGS, RSA_ALGS, Alg, Key, Policy, Signer, Verifier, jws_sign, jws_verify
from pinjwt_forge import (
    b64url,
    ecdsa_numbers,
    ecdsa_signature,
    private_key,
    private_pem,
    public_pem,
    secret_for,
    unb64url,
)

# joserfc warns of "EdDSA", which RFC 9864 deprecates in favour of the names of the curves.
pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")

EVERY_ALG = pytest.mark.parametrize("alg", Alg, ids=lambda alg: alg.name)
PYJWT_ALGS = [alg for alg in Alg if alg not in (Alg.ED25519, Alg.ED448)]
CLAIMS: dict[str, Any] = {
    "iss": "me",
    "aud": ["you", "them"],
    "sub": "Zo\u00eb \U0001f511",
    "n": [1, {"a": None}],
    "x": 1.5,
}


def policy() -> Policy:
    return Policy.new(issuer="me", audiences=["you"])


def ours(alg: Alg) -> Key:
    if alg in HMAC_ALGS:
        return Key.from_secret(alg, secret_for(alg)).value()
    return Key.from_pem(alg, private_pem(private_key(alg))).value()


def signed(alg: Alg) -> str:
    claims = json.dumps(CLAIMS)
    return Signer.new(policy(), ours(alg)).value().sign(claims).value().decode("ascii")


def fresh() -> dict[str, Any]:
    now = int(time.time())
    return {**CLAIMS, "iat": now, "exp": now + 300}


def accept(alg: Alg, token: str) -> None:
    """What a peer made is accepted, by the private key and by its public half, and not after a change."""
    keys = [ours(alg)] if alg in HMAC_ALGS else [ours(alg), ours(alg).public().value()]
    for key in keys:
        by = Verifier.new(policy(), key).value()
        claims = json.loads(by.verify(token).value())
        assert {name: claims[name] for name in CLAIMS} == CLAIMS
        head, _, signature = token.rpartition(".")
        changed = bytes([*unb64url(signature)[:-1], unb64url(signature)[-1] ^ 1])
        assert by.verify(f"{head}.{b64url(changed)}").status == "E_SIGNATURE"


# ---- PyJWT


def test_pyjwt_knows_these_algorithms() -> None:
    assert {alg.jose for alg in PYJWT_ALGS} <= set(pyjwt.algorithms.get_default_algorithms())


@pytest.mark.parametrize("alg", PYJWT_ALGS, ids=lambda alg: alg.name)
def test_pyjwt_verifies_ours(alg: Alg) -> None:
    key: Any = secret_for(alg) if alg in HMAC_ALGS else public_pem(private_key(alg))
    claims = pyjwt.decode(signed(alg), key, algorithms=[alg.jose], audience="you", issuer="me")
    assert {name: claims[name] for name in ("iss", "sub", "n", "x")} == {
        k: CLAIMS[k] for k in ("iss", "sub", "n", "x")
    }
    assert claims["exp"] - claims["iat"] == 900
    head, _, signature = signed(alg).rpartition(".")
    with pytest.raises(pyjwt.InvalidSignatureError):
        pyjwt.decode(
            f"{head}.{b64url(bytes(len(unb64url(signature))))}", key, algorithms=[alg.jose], audience="you"
        )


@pytest.mark.parametrize("alg", PYJWT_ALGS, ids=lambda alg: alg.name)
def test_we_verify_pyjwts(alg: Alg) -> None:
    key: Any = secret_for(alg) if alg in HMAC_ALGS else private_pem(private_key(alg))
    accept(alg, pyjwt.encode(fresh(), key, algorithm=alg.jose, headers={"kid": "k"}))


def test_pyjwt_and_eddsa_with_ed448() -> None:
    text = private_pem(private_key(Alg.ED448))
    key = Key.from_pem(Alg.EDDSA, text).value()
    by = Verifier.new(policy(), key.public().value()).value()
    assert by.verify(pyjwt.encode(fresh(), text, algorithm="EdDSA")).status == "OK"
    token = Signer.new(policy(), key).value().sign(json.dumps(CLAIMS)).value()
    claims = pyjwt.decode(token, public_pem(private_key(Alg.ED448)), algorithms=["EdDSA"], audience="you")
    assert claims["sub"] == CLAIMS["sub"]


# ---- joserfc


def jose_key(alg: Alg) -> Any:
    if alg in HMAC_ALGS:
        return joserfc.jwk.OctKey.import_key(secret_for(alg))
    kind = "RSA" if alg in RSA_ALGS else "EC" if alg in EC_ALGS else "OKP"
    importing: Any = joserfc.jwk.import_key
    return importing(private_pem(private_key(alg)), kind)


@EVERY_ALG
def test_joserfc_verifies_ours(alg: Alg) -> None:
    decoded = joserfc.jwt.decode(signed(alg), jose_key(alg), algorithms=[alg.jose])
    assert decoded.claims["sub"] == CLAIMS["sub"]
    assert decoded.header["alg"] == alg.jose
    assert decoded.header["typ"] == "JWT"
    key_id = None if alg in HMAC_ALGS else ours(alg).thumbprint().value().decode()
    assert decoded.header.get("kid") == key_id


@EVERY_ALG
def test_we_verify_joserfcs(alg: Alg) -> None:
    header = {"alg": alg.jose, "typ": "JWT", "kid": "k"}
    accept(alg, joserfc.jwt.encode(header, fresh(), jose_key(alg), algorithms=[alg.jose]))


@EVERY_ALG
def test_jws_with_joserfc(alg: Alg) -> None:
    payload = bytes(range(256))
    ours_signed = jws_sign(ours(alg), None, payload).value().decode()
    assert (
        joserfc.jws.deserialize_compact(ours_signed, jose_key(alg), algorithms=[alg.jose]).payload == payload
    )
    theirs = joserfc.jws.serialize_compact({"alg": alg.jose}, payload, jose_key(alg), algorithms=[alg.jose])
    assert jws_verify(ours(alg), None, theirs).value() == payload


@pytest.mark.parametrize("alg", [Alg.EDDSA, Alg.ED448], ids=lambda alg: alg.name)
def test_joserfc_and_eddsa_with_both_curves(alg: Alg) -> None:
    """The older name with either key."""
    key = Key.from_pem(Alg.EDDSA, private_pem(private_key(alg))).value()
    token = Signer.new(policy(), key).value().sign(json.dumps(CLAIMS)).value().decode()
    assert joserfc.jwt.decode(token, jose_key(alg), algorithms=["EdDSA"]).claims["sub"] == CLAIMS["sub"]
    theirs = joserfc.jwt.encode({"alg": "EdDSA"}, fresh(), jose_key(alg), algorithms=["EdDSA"])
    assert Verifier.new(policy(), key).value().verify(theirs).status == "OK"


# ---- OpenSSL's command line


def openssl(*arguments: str | pathlib.Path) -> bytes:
    run = ["openssl", *(str(argument) for argument in arguments)]
    return subprocess.run(run, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60).stdout


def digest_option(alg: Alg) -> str:
    return f"-sha{alg.name[2:5]}"


def padding_options(alg: Alg) -> list[str]:
    if not alg.name.startswith("PS"):
        return []
    return ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]


def openssl_signature(alg: Alg, message: bytes, folder: pathlib.Path) -> bytes:
    file, key = folder / "message", folder / "private.pem"
    file.write_bytes(message)
    if alg in HMAC_ALGS:
        secret = f"hexkey:{secret_for(alg).hex()}"
        return openssl("dgst", digest_option(alg), "-mac", "HMAC", "-macopt", secret, "-binary", file)
    key.write_text(private_pem(private_key(alg)))
    if alg in RSA_ALGS or alg in EC_ALGS:
        signature = openssl("dgst", digest_option(alg), *padding_options(alg), "-sign", key, file)
        return ecdsa_signature(alg, *utils.decode_dss_signature(signature)) if alg in EC_ALGS else signature
    return openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file)


def openssl_accepts(alg: Alg, message: bytes, signature: bytes, folder: pathlib.Path) -> bool:
    file, key, signed_file = folder / "message", folder / "public.pem", folder / "signature"
    file.write_bytes(message)
    if alg in HMAC_ALGS:
        return openssl_signature(alg, message, folder) == signature
    key.write_text(public_pem(private_key(alg)))
    form = utils.encode_dss_signature(*ecdsa_numbers(alg, signature)) if alg in EC_ALGS else signature
    signed_file.write_bytes(form)
    try:
        if alg in RSA_ALGS or alg in EC_ALGS:
            openssl(
                "dgst",
                digest_option(alg),
                *padding_options(alg),
                "-verify",
                key,
                "-signature",
                signed_file,
                file,
            )
        else:
            openssl(
                "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key, "-sigfile", signed_file, "-in", file
            )
    except subprocess.CalledProcessError:
        return False
    return True


@EVERY_ALG
def test_we_verify_openssls(alg: Alg, tmp_path: pathlib.Path) -> None:
    head = f"{b64url(json.dumps({'alg': alg.jose}).encode())}.{b64url(json.dumps(fresh()).encode())}"
    accept(alg, f"{head}.{b64url(openssl_signature(alg, head.encode(), tmp_path))}")


@EVERY_ALG
def test_openssl_verifies_ours(alg: Alg, tmp_path: pathlib.Path) -> None:
    head, _, signature = signed(alg).rpartition(".")
    assert openssl_accepts(alg, head.encode(), unb64url(signature), tmp_path)
    assert not openssl_accepts(alg, head.encode() + b"x", unb64url(signature), tmp_path)
