"""Private and public keys in every form, in both directions, and what is no key of ours."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519
from joserfc import jwk as jose_jwk

import pinjwt
from peers import ASYMMETRIC, CURVES, HMAC, PASSPHRASE, SECRET, openssl, private_key, private_pem, public_pem
from pinjwt import Algorithm, Key

EC = list(CURVES)
RSA = [Algorithm.RS256, Algorithm.PS512]


def public_numbers(key: Key) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(key.to_jwk())
    return members


def same(key: Key, algorithm: Algorithm, *, private: bool) -> None:
    """The key is the one of `private_key`, and works."""
    reference = Key.from_pem(algorithm, public_pem(private_key(algorithm)))
    assert public_numbers(key) == public_numbers(reference)
    assert key.can_sign is private
    signer = key if private else Key.from_pem(algorithm, private_pem(private_key(algorithm)))
    assert pinjwt.jws_verify(key, pinjwt.jws_sign(signer, b"payload")) == b"payload"


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_pkcs8_and_spki(algorithm: Algorithm) -> None:
    key = private_key(algorithm)
    der = key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    same(Key.from_pem(algorithm, private_pem(key)), algorithm, private=True)
    same(Key.from_pem(algorithm, public_pem(key)), algorithm, private=False)
    same(Key.from_der(algorithm, der), algorithm, private=True)
    same(Key.from_der(algorithm, public), algorithm, private=False)
    crlf = private_pem(key).replace(b"\n", b"\r\n")
    same(Key.from_pem(algorithm, b"a comment\n" + crlf), algorithm, private=True)
    for wrong in (der + b"\0", der[:-1], b"\0" + der, public + b"\0", public[:-1]):
        with pytest.raises(pinjwt.KeyFormatError):
            Key.from_der(algorithm, wrong)


@pytest.mark.parametrize("algorithm", EC + RSA)
def test_sec1_and_pkcs1(algorithm: Algorithm) -> None:
    key = private_key(algorithm)
    kind = form.PrivateFormat.TraditionalOpenSSL
    same(Key.from_pem(algorithm, private_pem(key, kind)), algorithm, private=True)
    der = key.private_bytes(form.Encoding.DER, kind, form.NoEncryption())
    same(Key.from_der(algorithm, der), algorithm, private=True)
    encrypted = private_pem(key, kind, PASSPHRASE)
    assert b"Proc-Type" in encrypted
    same(Key.from_pem(algorithm, encrypted, PASSPHRASE), algorithm, private=True)
    same(Key.from_pem(algorithm, encrypted.replace(b"\n", b"\r\n"), PASSPHRASE), algorithm, private=True)
    for wrong in (b"", b"wrong", PASSPHRASE + b"x"):
        with pytest.raises(pinjwt.PassphraseError):
            Key.from_pem(algorithm, encrypted, wrong)


@pytest.mark.parametrize("algorithm", RSA)
def test_pkcs1_public(algorithm: Algorithm) -> None:
    public = private_key(algorithm).public_key()
    pem, der = (
        public.public_bytes(e, form.PublicFormat.PKCS1) for e in (form.Encoding.PEM, form.Encoding.DER)
    )
    same(Key.from_pem(algorithm, pem), algorithm, private=False)
    same(Key.from_der(algorithm, der), algorithm, private=False)


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_encrypted_pkcs8(algorithm: Algorithm) -> None:
    pem = private_pem(private_key(algorithm), passphrase=PASSPHRASE)
    same(Key.from_pem(algorithm, pem, PASSPHRASE), algorithm, private=True)
    for wrong in (b"", b"wrong"):
        with pytest.raises(pinjwt.PassphraseError):
            Key.from_pem(algorithm, pem, wrong)
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    with pytest.raises(pinjwt.PassphraseError):
        Key.from_der(algorithm, der)


@pytest.mark.parametrize("algorithm", EC)
def test_ec_keys_of_the_command_line(algorithm: Algorithm, tmp_path: Path) -> None:
    name = {"ES256": "prime256v1", "ES384": "secp384r1", "ES512": "secp521r1", "ES256K": "secp256k1"}
    pem = openssl("ecparam", "-name", name[algorithm.name], "-genkey")
    assert b"EC PARAMETERS" in pem
    key = Key.from_pem(algorithm, pem)
    assert key.can_sign
    public = openssl("ec", "-pubout", stdin=pem)
    assert Key.from_pem(algorithm, public).thumbprint == key.thumbprint
    compressed = openssl("ec", "-pubout", "-conv_form", "compressed", stdin=pem)
    assert Key.from_pem(algorithm, compressed).thumbprint == key.thumbprint


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_others_read_what_we_write(algorithm: Algorithm) -> None:
    key = Key.from_pem(algorithm, private_pem(private_key(algorithm)))
    assert form.load_pem_private_key(key.to_pem(private=True).encode(), None).private_bytes(
        form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption()
    ) == private_key(algorithm).private_bytes(
        form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption()
    )
    assert key.to_pem().encode() == public_pem(private_key(algorithm))
    assert key.to_pem().encode() == openssl("pkey", "-pubout", stdin=key.to_pem(private=True).encode())
    for private in (False, True):
        theirs = jose_jwk.import_key(json.loads(key.to_jwk(private=private)))
        assert theirs.thumbprint() == key.thumbprint
        assert theirs.is_private is private
        again = Key.from_jwk(algorithm, json.dumps(theirs.as_dict(private=private)))
        assert again.can_sign is private
        assert again.thumbprint == key.thumbprint


@pytest.mark.parametrize("algorithm", HMAC)
def test_secrets_as_jwk(algorithm: Algorithm) -> None:
    jwk = Key.from_secret(algorithm, SECRET).to_jwk(private=True)
    assert jose_jwk.import_key(json.loads(jwk)).raw_value == SECRET
    theirs = jose_jwk.OctKey.generate_key(2048).as_dict(private=True)
    assert Key.from_jwk(algorithm, json.dumps(theirs)).can_sign


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_serves_no_other_kind(algorithm: Algorithm) -> None:
    key = private_key(algorithm)
    rsa_names = ("RS", "PS")
    for pin in ASYMMETRIC:
        if pin.name.startswith(rsa_names) and algorithm.name.startswith(rsa_names):
            continue
        okp = {Algorithm.EDDSA, Algorithm.ED25519}
        if (
            pin is algorithm
            or {pin, algorithm} <= okp
            or (pin, algorithm) == (Algorithm.EDDSA, Algorithm.ED448)
        ):
            continue
        for pem in (private_pem(key), public_pem(key)):
            with pytest.raises(pinjwt.KeyMismatchError):
                Key.from_pem(pin, pem)


def refused(algorithm: Algorithm, pem: bytes) -> str:
    with pytest.raises(pinjwt.InvalidKeyError) as caught:
        Key.from_pem(algorithm, pem)
    return caught.value.status.name


def test_keys_of_other_kinds() -> None:
    for key in (
        dsa.generate_private_key(1024),
        x25519.X25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP224R1()),
    ):
        for algorithm in (Algorithm.RS256, Algorithm.ES256, Algorithm.EDDSA):
            assert refused(algorithm, private_pem(key)) == "E_KEY_MISMATCH"
            assert refused(algorithm, public_pem(key)) == "E_KEY_MISMATCH"


def test_an_ec_key_that_spells_out_its_curve() -> None:
    pem = openssl("ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit", "-noout")
    assert refused(Algorithm.ES256, pem) == "E_KEY_FORMAT"
    assert (
        refused(Algorithm.ES256, openssl("ec", "-pubout", "-param_enc", "explicit", stdin=pem))
        == "E_KEY_FORMAT"
    )


def test_texts_that_are_other_things() -> None:
    key = private_key(Algorithm.ES256)
    pem = private_pem(key)
    certificate = openssl("req", "-x509", "-key", "/dev/stdin", "-subj", "/CN=test", stdin=pem)
    assert refused(Algorithm.ES256, certificate) == "E_KEY_FORMAT"
    assert refused(Algorithm.ES256, private_pem(key, form.PrivateFormat.OpenSSH)) == "E_KEY_FORMAT"
    assert refused(Algorithm.ES256, pem + public_pem(key)) == "E_KEY_FORMAT"
    assert refused(Algorithm.ES256, pem.replace(b"-----END", b"----END")) == "E_KEY_FORMAT"
    assert refused(Algorithm.ES256, pem.replace(b"BEGIN PRIVATE", b"BEGIN PUBLIC")) == "E_KEY_FORMAT"
    assert refused(Algorithm.ES256, pem[: len(pem) // 2]) == "E_KEY_FORMAT"
    assert refused(Algorithm.ES256, b"") == "E_KEY_FORMAT"
    assert refused(Algorithm.ES256, b"x" * 100_000) == "E_KEY_FORMAT"


def test_keys_restricted_to_pss() -> None:
    options = ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]
    free = openssl("genpkey", *options)
    bound = openssl(
        "genpkey",
        *options,
        "-pkeyopt",
        "rsa_pss_keygen_md:sha384",
        "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha384",
    )
    assert Key.from_pem(Algorithm.PS256, free).can_sign
    assert Key.from_pem(Algorithm.PS384, bound).can_sign
    assert refused(Algorithm.PS256, bound) == "E_KEY_MISMATCH"
    assert refused(Algorithm.RS256, free) == "E_KEY_MISMATCH"


def test_small_rsa_keys_in_every_form() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert refused(Algorithm.RS256, private_pem(small)) == "E_KEY_WEAK"
    assert refused(Algorithm.RS256, private_pem(small, form.PrivateFormat.TraditionalOpenSSL)) == "E_KEY_WEAK"
    assert refused(Algorithm.RS256, public_pem(small)) == "E_KEY_WEAK"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"alg": "ES256"}, "OK"),
        ({"alg": "ES384"}, "E_KEY_MISMATCH"),
        ({"alg": 1}, "E_KEY_MISMATCH"),
        ({"use": "sig"}, "OK"),
        ({"use": "enc"}, "E_KEY_USE"),
        ({"use": None}, "E_KEY_USE"),
        ({"key_ops": ["verify", "sign"]}, "OK"),
        ({"key_ops": ["encrypt"]}, "E_KEY_USE"),
        ({"key_ops": []}, "E_KEY_USE"),
        ({"key_ops": "sign"}, "E_KEY_FORMAT"),
        ({"key_ops": [1]}, "E_KEY_FORMAT"),
        ({"kid": ""}, "E_KEY_FORMAT"),
        ({"kid": 1}, "E_KEY_FORMAT"),
        ({"kid": "a\u00e9"}, "OK"),
        ({"kty": "ec"}, "E_KEY_FORMAT"),
        ({"kty": None}, "E_KEY_FORMAT"),
        ({"crv": "P-384"}, "E_KEY_MISMATCH"),
        ({"x": None}, "E_KEY_FORMAT"),
        ({"y": "AA=="}, "E_KEY_FORMAT"),
        ({"x5c": ["rubbish"], "unknown": {}}, "OK"),
    ],
)
def test_members_of_a_jwk(members: dict[str, Any], expected: str) -> None:
    plain = json.loads(
        Key.from_pem(Algorithm.ES256, private_pem(private_key(Algorithm.ES256))).to_jwk(private=True)
    )
    for name in ("alg", "use", "kid"):
        del plain[name]
    text = json.dumps({**plain, **members})
    if expected == "OK":
        key = Key.from_jwk(Algorithm.ES256, text)
        assert key.id == members.get("kid", key.thumbprint)
    else:
        with pytest.raises(pinjwt.InvalidKeyError) as caught:
            Key.from_jwk(Algorithm.ES256, text)
        assert caught.value.status.name == expected


def test_key_ops_bind() -> None:
    jwk = json.loads(Key.from_secret(Algorithm.HS256, SECRET).to_jwk(private=True))
    del jwk["use"]
    signs = Key.from_jwk(Algorithm.HS256, json.dumps({**jwk, "key_ops": ["sign"]}))
    verifies = Key.from_jwk(Algorithm.HS256, json.dumps({**jwk, "key_ops": ["verify"]}))
    token = pinjwt.Signer(pinjwt.Policy(), signs).sign({})
    assert pinjwt.Verifier(pinjwt.Policy(), verifies).verify(token)
    with pytest.raises(pinjwt.KeyUseError):
        pinjwt.Verifier(pinjwt.Policy(), signs)
    with pytest.raises(pinjwt.KeyUseError):
        pinjwt.Signer(pinjwt.Policy(), verifies)
    assert json.loads(signs.to_jwk(private=True))["key_ops"] == ["sign"]
