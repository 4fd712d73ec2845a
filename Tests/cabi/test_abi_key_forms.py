"""Keys in both directions with cryptography, joserfc and OpenSSL, and the keys that are refused."""

import base64
import functools
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import joserfc.jwk
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, x448, x25519
from pinjwt_abi import (
    EC_ALGS,
    HMAC_ALGS,
    PART_PRIVATE,
    PART_PUBLIC,
    RSA_ALGS,
    Alg,
    Key,
    Outcome,
    Policy,
    Signer,
    Verifier,
)
from pinjwt_forge import NOW, b64url, pem, private_key, private_pem, public_pem, secret_for

ENCODING = serialization.Encoding
PRIVATE = serialization.PrivateFormat
PUBLIC = serialization.PublicFormat
PLAIN = serialization.NoEncryption()
PASSPHRASE = "pass phr\u00e4se".encode()

ASYMMETRIC = [alg for alg in Alg if alg not in HMAC_ALGS]
EVERY_ALG = pytest.mark.parametrize("alg", ASYMMETRIC, ids=lambda alg: alg.name)
# One for each kind of key.
KINDS = pytest.mark.parametrize(
    "alg",
    [Alg.RS256, Alg.ES256, Alg.ES384, Alg.ES512, Alg.ES256K, Alg.ED25519, Alg.ED448],
    ids=lambda alg: alg.name,
)
TRADITIONAL = pytest.mark.parametrize("alg", [Alg.RS256, *EC_ALGS], ids=lambda alg: alg.name)


def openssl(*arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
    environment = {**os.environ, **(environment or {})}
    run = subprocess.run(
        ["openssl", *arguments], input=stdin, capture_output=True, check=True, timeout=60, env=environment
    )
    return run.stdout


def works_together(alg: Alg, private: Key, public: Key) -> None:
    """Both halves are those of the fixed key."""
    assert private.can_sign()
    assert not public.can_sign()
    assert (private.alg(), public.alg()) == (alg, alg)
    expected = Key.from_pem(alg, public_pem(private_key(alg))).value().thumbprint().value()
    assert private.thumbprint().value() == expected == public.thumbprint().value()
    signed = Signer.new(Policy.new(), private).value().sign("{}", NOW).value()
    assert Verifier.new(Policy.new(), public).value().verify(signed, NOW).status == "OK"


def private_bytes(alg: Alg, encoding: serialization.Encoding, form: serialization.PrivateFormat) -> bytes:
    return private_key(alg).private_bytes(encoding, form, PLAIN)


def public_bytes(alg: Alg, encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
    return private_key(alg).public_key().public_bytes(encoding, form)


# ---- What cryptography writes


@EVERY_ALG
def test_pkcs8_and_spki(alg: Alg) -> None:
    private_text = private_bytes(alg, ENCODING.PEM, PRIVATE.PKCS8)
    public_text = public_bytes(alg, ENCODING.PEM, PUBLIC.SubjectPublicKeyInfo)
    works_together(alg, Key.from_pem(alg, private_text).value(), Key.from_pem(alg, public_text).value())
    private_der = private_bytes(alg, ENCODING.DER, PRIVATE.PKCS8)
    public_der = public_bytes(alg, ENCODING.DER, PUBLIC.SubjectPublicKeyInfo)
    works_together(alg, Key.from_der(alg, private_der).value(), Key.from_der(alg, public_der).value())


@TRADITIONAL
def test_pkcs1_and_sec1(alg: Alg) -> None:
    public = Key.from_pem(alg, public_pem(private_key(alg))).value()
    if alg is Alg.RS256:
        public = Key.from_pem(alg, public_bytes(alg, ENCODING.PEM, PUBLIC.PKCS1)).value()
        assert (
            public.thumbprint()
            == Key.from_der(alg, public_bytes(alg, ENCODING.DER, PUBLIC.PKCS1)).value().thumbprint()
        )
    text = private_bytes(alg, ENCODING.PEM, PRIVATE.TraditionalOpenSSL)
    assert text.startswith(b"-----BEGIN RSA PRIVATE" if alg is Alg.RS256 else b"-----BEGIN EC PRIVATE")
    works_together(alg, Key.from_pem(alg, text).value(), public)
    works_together(
        alg, Key.from_der(alg, private_bytes(alg, ENCODING.DER, PRIVATE.TraditionalOpenSSL)).value(), public
    )


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_compressed_point(alg: Alg) -> None:
    """SEC 1 allows it in SubjectPublicKeyInfo; if it is read, it is the same key."""
    text = openssl("ec", "-pubout", "-conv_form", "compressed", stdin=private_pem(private_key(alg)).encode())
    assert len(text) < len(public_pem(private_key(alg)))
    outcome = Key.from_pem(alg, text)
    assert (
        outcome.value().thumbprint() == Key.from_pem(alg, public_pem(private_key(alg))).value().thumbprint()
    )


@KINDS
def test_pem_as_editors_and_mailers_leave_it(alg: Alg) -> None:
    text = private_pem(private_key(alg))
    public = Key.from_pem(alg, public_pem(private_key(alg))).value()
    forms = [
        text.replace("\n", "\r\n"),
        text.rstrip("\n"),
        "\n\n" + text + "\n \n",
        "Key of example.com\nexpires never\n" + text,
        text + "Some text behind it.\n",
    ]
    for form in forms:
        works_together(alg, Key.from_pem(alg, form).value(), public)


# ---- What OpenSSL's command line writes

GENERATE: dict[Alg, list[str]] = {
    Alg.RS256: ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    Alg.PS256: ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    Alg.ES256: ["ecparam", "-name", "prime256v1", "-genkey"],
    Alg.ES384: ["ecparam", "-name", "secp384r1", "-genkey"],
    Alg.ES512: ["ecparam", "-name", "secp521r1", "-genkey"],
    Alg.ES256K: ["ecparam", "-name", "secp256k1", "-genkey"],
    Alg.ED25519: ["genpkey", "-algorithm", "ED25519"],
    Alg.ED448: ["genpkey", "-algorithm", "ED448"],
}


@functools.cache
def generated(alg: Alg) -> bytes:
    return openssl(*GENERATE[alg])


@pytest.mark.parametrize("alg", GENERATE, ids=lambda alg: alg.name)
def test_openssl_generates(alg: Alg) -> None:
    text = generated(alg)
    assert (b"BEGIN EC PARAMETERS" in text) == (alg in EC_ALGS)
    private = Key.from_pem(alg, text).value()
    public = Key.from_pem(alg, openssl("pkey", "-pubout", stdin=text)).value()
    signed = Signer.new(Policy.new(), private).value().sign("{}", NOW).value()
    assert Verifier.new(Policy.new(), public).value().verify(signed, NOW).status == "OK"
    der_form = openssl("pkey", "-outform", "DER", stdin=text)
    assert Key.from_der(alg, der_form).value().thumbprint() == private.thumbprint() == public.thumbprint()


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_ec_parameters_alone_or_twice_before_the_key(alg: Alg) -> None:
    text = generated(alg)
    parameters = openssl(*GENERATE[alg][:-1])
    assert Key.from_pem(alg, parameters).status == "E_KEY_FORMAT"
    assert Key.from_pem(alg, parameters + text).status == "OK"


# ---- Encrypted keys


def encrypted_forms(alg: Alg) -> dict[str, bytes]:
    """The fixed key, encrypted in the ways that people use."""
    plain = private_pem(private_key(alg)).encode()
    secret = {"environment": {"PASSPHRASE": PASSPHRASE.decode()}}
    forms = {
        "cryptography": private_key(alg).private_bytes(
            ENCODING.PEM, PRIVATE.PKCS8, serialization.BestAvailableEncryption(PASSPHRASE)
        )
    }
    for cipher in ("aes-256-cbc", "aes-128-cbc", "des3"):
        forms[f"PBES2 {cipher}"] = openssl(
            "pkcs8", "-topk8", "-v2", cipher, "-passout", "env:PASSPHRASE", stdin=plain, **secret
        )
    forms["scrypt"] = openssl(
        "pkcs8", "-topk8", "-scrypt", "-passout", "env:PASSPHRASE", stdin=plain, **secret
    )
    if alg is Alg.RS256 or alg in EC_ALGS:
        tool = ["rsa", "-traditional"] if alg is Alg.RS256 else ["ec"]
        for cipher in ("-aes256", "-aes128", "-des3"):
            forms[f"traditional {cipher}"] = openssl(
                *tool, cipher, "-passout", "env:PASSPHRASE", stdin=plain, **secret
            )
    return forms


@KINDS
def test_encrypted_key(alg: Alg) -> None:
    public = Key.from_pem(alg, public_pem(private_key(alg))).value()
    for form, text in encrypted_forms(alg).items():
        assert b"Proc-Type: 4,ENCRYPTED" in text or b"BEGIN ENCRYPTED PRIVATE KEY" in text
        works_together(alg, Key.from_pem(alg, text, PASSPHRASE).value(), public)
        works_together(alg, Key.from_pem(alg, text.replace(b"\n", b"\r\n"), PASSPHRASE).value(), public)
        assert Key.from_pem(alg, text, None).status == "E_KEY_PASSPHRASE", form
        assert Key.from_pem(alg, text, b"").status == "E_KEY_PASSPHRASE", form
        for wrong in (b"x", PASSPHRASE + b"\n", PASSPHRASE[:-1], b"\0" + PASSPHRASE, b"w" * 1024):
            assert Key.from_pem(alg, text, wrong).status == "E_KEY_PASSPHRASE", form
        assert Key.from_pem(alg, text, b"w" * 1025).status == "E_ARGUMENT"


def test_wrong_passphrases_that_decrypt_to_rubbish() -> None:
    """CBC padding is right for one wrong passphrase of 256: that must not pass for a malformed key."""
    for alg in (Alg.RS256, Alg.ES256):
        forms = encrypted_forms(alg)
        for form in ("traditional -aes256", "PBES2 aes-256-cbc"):
            count = 1500 if form.startswith("traditional") else 20
            statuses = {Key.from_pem(alg, forms[form], b"wrong %d" % n).status for n in range(count)}
            assert statuses == {"E_KEY_PASSPHRASE"}


def test_passphrase_for_a_key_that_is_not_encrypted_is_ignored() -> None:
    for alg in ASYMMETRIC:
        for text in (private_pem(private_key(alg)), public_pem(private_key(alg))):
            assert Key.from_pem(alg, text, b"anything").status == "OK"
            assert Key.from_pem(alg, text, b"a" * 1025).status == "E_ARGUMENT"


@KINDS
def test_encrypted_der(alg: Alg) -> None:
    lock = serialization.BestAvailableEncryption(PASSPHRASE)
    encrypted = private_key(alg).private_bytes(ENCODING.DER, PRIVATE.PKCS8, lock)
    assert Key.from_der(alg, encrypted).status == "E_KEY_PASSPHRASE"


def test_nothing_prompts(tmp_path: pathlib.Path) -> None:
    """Without a passphrase and with a terminal to ask on: not a byte is written there, and nothing waits."""
    script = (
        "import sys\n"
        "from pinjwt_abi import Key\n"
        "texts = [open(name, 'rb').read() for name in sys.argv[1:]]\n"
        "given = [None, b'', b'wrong']\n"
        "print([Key.from_pem(10, text, secret).status for text in texts for secret in given])\n"
    )
    names = []
    for index, text in enumerate(encrypted_forms(Alg.ES256).values()):
        names.append(str(tmp_path / f"{index}.pem"))
        pathlib.Path(names[-1]).write_bytes(text)
    folder = str(pathlib.Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": folder}
    run = [sys.executable, "-c", script, *names]
    expected = str(["E_KEY_PASSPHRASE"] * 3 * len(names))
    # Without any terminal and with standard input closed.
    closed = subprocess.run(
        run,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: os.close(0),
        check=True,
    )
    assert (closed.stdout.strip(), closed.stderr) == (expected, "")
    # With a controlling terminal, on which libcrypto would ask.
    pid, terminal = os.forkpty()
    if pid == 0:
        os.execve(sys.executable, run, environment)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert shown.decode().strip() == expected


# ---- JWK


def jose_jwk(alg: Alg, private: bool) -> dict[str, Any]:
    kind = "RSA" if alg in RSA_ALGS else "EC" if alg in EC_ALGS else "OKP"
    importing: Any = joserfc.jwk.import_key
    members: dict[str, Any] = importing(private_pem(private_key(alg)), kind).as_dict(private=private)
    return {name: value for name, value in members.items() if name not in ("kid", "use", "alg", "key_ops")}


@EVERY_ALG
def test_jwk_of_joserfc(alg: Alg) -> None:
    private = Key.from_jwk(alg, json.dumps(jose_jwk(alg, True))).value()
    works_together(alg, private, Key.from_jwk(alg, json.dumps(jose_jwk(alg, False))).value())
    assert private.id() == private.thumbprint().value()
    named = Key.from_jwk(
        alg, json.dumps({**jose_jwk(alg, True), "kid": "k\u00e9", "alg": alg.jose, "use": "sig", "x5t": 1})
    ).value()
    assert named.id() == "k\u00e9".encode()


@EVERY_ALG
def test_joserfc_reads_our_jwk(alg: Alg) -> None:
    key = Key.from_pem(alg, private_pem(private_key(alg))).value()
    thumbprint = key.thumbprint().value().decode()
    for part in (PART_PUBLIC, PART_PRIVATE):
        written = json.loads(key.to_jwk(part).value())
        extra = {name: written.pop(name) for name in ("alg", "use", "kid")}
        assert extra == {"alg": alg.jose, "use": "sig", "kid": thumbprint}
        assert written == jose_jwk(alg, part == PART_PRIVATE)
        assert joserfc.jwk.import_key(written).thumbprint() == thumbprint
        again = Key.from_jwk(alg, key.to_jwk(part).value()).value()
        assert again.to_jwk(part) == key.to_jwk(part)
        assert again.can_sign() == (part == PART_PRIVATE)
    public = key.public().value()
    assert public.to_jwk(PART_PRIVATE).status == "E_KEY_USE"
    assert public.to_jwk(PART_PUBLIC) == key.to_jwk(PART_PUBLIC)


@pytest.mark.parametrize("alg", HMAC_ALGS, ids=lambda alg: alg.name)
def test_oct_jwk_with_joserfc(alg: Alg) -> None:
    key = Key.from_secret(alg, secret_for(alg)).value()
    written = json.loads(key.to_jwk(PART_PRIVATE).value())
    assert written == {"kty": "oct", "k": b64url(secret_for(alg)), "alg": alg.jose, "use": "sig"}
    assert joserfc.jwk.import_key(written).as_dict(private=True)["k"] == written["k"]
    theirs = {**joserfc.jwk.OctKey.import_key(secret_for(alg)).as_dict(private=True), "kid": "k"}
    read = Key.from_jwk(alg, json.dumps(theirs)).value()
    assert read.id() == b"k"
    signed = Signer.new(Policy.new(), read).value().sign("{}", NOW).value()
    assert Verifier.new(Policy.new(), key).value().verify(signed, NOW).status == "OK"
    for outcome in (
        key.to_jwk(PART_PUBLIC),
        key.thumbprint(),
        key.to_pem(PART_PUBLIC),
        key.to_pem(PART_PRIVATE),
        key.public(),
    ):
        assert outcome.status == "E_KEY_MISMATCH"
    assert key.id() == b""


# ---- PEM that pinjwt writes


@EVERY_ALG
def test_our_pem_is_theirs(alg: Alg) -> None:
    for source in (private_pem(private_key(alg)), json.dumps(jose_jwk(alg, True))):
        key = (Key.from_pem if source.startswith("-") else Key.from_jwk)(alg, source).value()
        private, public = key.to_pem(PART_PRIVATE).value(), key.to_pem(PART_PUBLIC).value()
        assert public.decode() == public_pem(private_key(alg))
        assert private == openssl("pkey", stdin=private_pem(private_key(alg)).encode())
        read = serialization.load_pem_private_key(private, None)
        assert read.private_bytes(ENCODING.DER, PRIVATE.PKCS8, PLAIN) == private_bytes(
            alg, ENCODING.DER, PRIVATE.PKCS8
        )
        assert key.public().value().to_pem(PART_PUBLIC).value() == public
        assert key.public().value().to_pem(PART_PRIVATE).status == "E_KEY_USE"


# Making an RSA key takes a second, so two of the six algorithms have to do.
GENERATING = [alg for alg in Alg if alg not in RSA_ALGS or alg in (Alg.RS256, Alg.PS512)]


@pytest.mark.parametrize("alg", GENERATING, ids=lambda alg: alg.name)
def test_generated_key_is_read_by_the_others(alg: Alg) -> None:
    key = Key.generate(alg).value()
    jwk = json.loads(key.to_jwk(PART_PRIVATE).value())
    if alg in HMAC_ALGS:
        assert 4 * len(jwk["k"]) // 3 >= int(alg.name[2:5]) // 8
        return
    assert (
        joserfc.jwk.import_key(
            {name: jwk[name] for name in jwk if name not in ("alg", "use", "kid")}
        ).thumbprint()
        == jwk["kid"]
    )
    assert openssl("pkey", "-check", "-noout", stdin=key.to_pem(PART_PRIVATE).value())
    read: Any = serialization.load_pem_private_key(key.to_pem(PART_PRIVATE).value(), None)
    if alg in RSA_ALGS:
        assert (read.key_size, read.public_key().public_numbers().e) == (3072, 65537)
    again = Key.from_pem(alg, key.to_pem(PART_PRIVATE).value()).value()
    assert again.thumbprint() == key.thumbprint()


# ---- Keys that are refused


def everywhere(text: str | bytes, passphrase: bytes | None = None) -> set[str]:
    """What is said of a text under all asymmetric pins."""
    return {Key.from_pem(alg, text, passphrase).status for alg in ASYMMETRIC}


def pem_and_der(text: bytes) -> set[str]:
    body = base64.b64decode(b"".join(text.splitlines()[1:-1]))
    return everywhere(text) | {Key.from_der(alg, body).status for alg in ASYMMETRIC}


def both_halves(key: Any) -> set[str]:
    private = key.private_bytes(ENCODING.PEM, PRIVATE.PKCS8, PLAIN)
    public = key.public_key().public_bytes(ENCODING.PEM, PUBLIC.SubjectPublicKeyInfo)
    return pem_and_der(private) | pem_and_der(public)


def test_key_of_a_kind_that_no_algorithm_uses() -> None:
    assert both_halves(x25519.X25519PrivateKey.generate()) == {"E_KEY_MISMATCH"}
    assert both_halves(x448.X448PrivateKey.generate()) == {"E_KEY_MISMATCH"}
    assert both_halves(dsa.generate_private_key(1024)) == {"E_KEY_MISMATCH"}
    assert both_halves(ec.generate_private_key(ec.SECP224R1())) == {"E_KEY_MISMATCH"}


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_curve_spelled_out(alg: Alg) -> None:
    """Explicit parameters, which can describe a curve that is made up (CVE-2020-0601)."""
    plain = private_pem(private_key(alg)).encode()
    private = openssl("pkey", "-ec_param_enc", "explicit", stdin=plain)
    sec1 = openssl("ec", "-param_enc", "explicit", stdin=plain)
    public = openssl("pkey", "-pubout", "-ec_param_enc", "explicit", stdin=plain)
    for text in (private, sec1, public):
        assert len(text) > len(plain)
        assert Key.from_pem(alg, text).status == "E_KEY_FORMAT"
        assert pem_and_der(text) <= {"E_KEY_FORMAT", "E_KEY_MISMATCH"}


def test_certificate(certificate_der: bytes) -> None:
    text = pem("CERTIFICATE", certificate_der)
    assert everywhere(text) == {"E_KEY_FORMAT"}
    assert "openssl x509" in Key.from_pem(Alg.ES256, text).message
    assert everywhere(pem("X509 CERTIFICATE", certificate_der)) == {"E_KEY_FORMAT"}
    assert everywhere(pem("PUBLIC KEY", certificate_der)) == {"E_KEY_FORMAT"}
    assert {Key.from_der(alg, certificate_der).status for alg in ASYMMETRIC} == {"E_KEY_FORMAT"}


@pytest.mark.parametrize("alg", [Alg.RS256, Alg.ES256, Alg.ED25519], ids=lambda alg: alg.name)
def test_openssh_key(alg: Alg) -> None:
    private = private_bytes(alg, ENCODING.PEM, PRIVATE.OpenSSH)
    assert everywhere(private) == {"E_KEY_FORMAT"}
    assert "ssh-keygen" in Key.from_pem(alg, private).message
    assert everywhere(public_bytes(alg, ENCODING.OpenSSH, PUBLIC.OpenSSH)) == {"E_KEY_FORMAT"}


@KINDS
def test_two_keys_in_one_text(alg: Alg) -> None:
    private, public = private_pem(private_key(alg)), public_pem(private_key(alg))
    for text in (
        private + public,
        public + private,
        private + private,
        public + "\n" + public,
        private + "text\n" + public,
    ):
        assert Key.from_pem(alg, text).status == "E_KEY_FORMAT"
    assert Key.from_pem(alg, private + pem("CERTIFICATE", b"0")).status == "E_KEY_FORMAT"
    assert Key.from_pem(alg, private + private[:40]).status == "E_KEY_FORMAT"


@KINDS
def test_bytes_behind_the_key(alg: Alg) -> None:
    forms = [
        private_bytes(alg, ENCODING.DER, PRIVATE.PKCS8),
        public_bytes(alg, ENCODING.DER, PUBLIC.SubjectPublicKeyInfo),
    ]
    if alg is Alg.RS256 or alg in EC_ALGS:
        forms.append(private_bytes(alg, ENCODING.DER, PRIVATE.TraditionalOpenSSL))
    if alg is Alg.RS256:
        forms.append(public_bytes(alg, ENCODING.DER, PUBLIC.PKCS1))
    for form in forms:
        assert Key.from_der(alg, form).status == "OK"
        for bad in (form + b"\0", form + b"\n", form + form, form[:-1], form[1:], b"\0" + form, b""):
            assert Key.from_der(alg, bad).status == "E_KEY_FORMAT"
    labels = ["PRIVATE KEY", "PUBLIC KEY"]
    others = {"RSA PUBLIC KEY", "EC PUBLIC KEY", "KEY", "ENCRYPTED PRIVATE KEY", "CERTIFICATE", ""}
    for label, form in zip(labels, forms, strict=False):
        assert Key.from_pem(alg, pem(label, form)).status == "OK"
        assert Key.from_pem(alg, pem(label, form + b"\0")).status == "E_KEY_FORMAT"
        for wrong in others | {*labels} - {label}:
            assert Key.from_pem(alg, pem(wrong, form), PASSPHRASE).status == "E_KEY_FORMAT"


@KINDS
def test_text_that_is_no_pem(alg: Alg) -> None:
    text = public_pem(private_key(alg))
    body = "".join(text.splitlines()[1:-1])
    bad = [
        "",
        "\0",
        body,
        text[:-30],
        text[10:],
        text.replace("END PUBLIC", "END PRIVATE"),
        text.replace("-----BEGIN", "----BEGIN"),
        text.replace("BEGIN PUBLIC KEY", "BEGIN public key"),
        text.replace(body[5], "*", 1) if body[5] not in "BEGINPUBLICKEY-" else text.replace(body[:3], "***"),
        text.replace(body[-8:], body[-8:] + "="),
        text.replace("-----\n", "-----\n=", 1),
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----",
        json.dumps({"kty": "OKP"}),
    ]
    for form in bad:
        assert Key.from_pem(alg, form).status == "E_KEY_FORMAT", form


def test_keys_restricted_to_pss() -> None:
    free = generated(Alg.PS256)
    bound = openssl(
        *GENERATE[Alg.PS256],
        "-pkeyopt",
        "rsa_pss_keygen_md:sha384",
        "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha384",
        "-pkeyopt",
        "rsa_pss_keygen_saltlen:48",
    )
    other_mgf = openssl(
        *GENERATE[Alg.PS256],
        "-pkeyopt",
        "rsa_pss_keygen_md:sha256",
        "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha512",
    )
    for text, serves in ((free, {Alg.PS256, Alg.PS384, Alg.PS512}), (bound, {Alg.PS384}), (other_mgf, set())):
        for form in (text, openssl("pkey", "-pubout", stdin=text)):
            for alg in RSA_ALGS:
                outcome: Outcome[Key] = Key.from_pem(alg, form)
                assert outcome.status == ("OK" if alg in serves else "E_KEY_MISMATCH")
                if outcome.output is not None and outcome.output.can_sign():
                    signed = Signer.new(Policy.new(), outcome.output).value().sign("{}", NOW).value()
                    public = outcome.output.public().value()
                    assert Verifier.new(Policy.new(), public).value().verify(signed, NOW).status == "OK"
                    written = outcome.output.to_pem(PART_PRIVATE).value()
                    assert openssl("pkey", "-check", "-noout", stdin=written)
                    assert {pin for pin in RSA_ALGS if Key.from_pem(pin, written).status == "OK"} == serves


def test_pss_key_with_a_longer_salt() -> None:
    """It demands at least 64 bytes of salt, and PS256 has 32."""
    text = openssl(
        *GENERATE[Alg.PS256], "-pkeyopt", "rsa_pss_keygen_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:64"
    )
    for form in (text, openssl("pkey", "-pubout", stdin=text)):
        assert {Key.from_pem(alg, form).status for alg in RSA_ALGS} == {"E_KEY_MISMATCH"}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_rsa_key_of_1024_bits() -> None:
    text = openssl("genrsa", "1024")
    assert {Key.from_pem(alg, text).status for alg in RSA_ALGS} == {"E_KEY_WEAK"}
    public = openssl("rsa", "-pubout", stdin=text)
    old = openssl("rsa", "-RSAPublicKey_out", stdin=text)
    for form in (public, old):
        assert {Key.from_pem(alg, form).status for alg in RSA_ALGS} == {"E_KEY_WEAK"}
    jwk = joserfc.jwk.import_key(text, "RSA").as_dict(private=True)
    assert {Key.from_jwk(alg, json.dumps(jwk)).status for alg in RSA_ALGS} == {"E_KEY_WEAK"}


def test_rsa_key_of_three_primes() -> None:
    text = openssl("genrsa", "-primes", "3", "2048")
    assert {Key.from_pem(alg, text).status for alg in RSA_ALGS} == {"E_KEY_FORMAT"}
    public = openssl("rsa", "-pubout", stdin=text)
    assert {Key.from_pem(alg, public).status for alg in RSA_ALGS} == {"OK"}
    jwk = {**jose_jwk(Alg.RS256, True), "oth": [{"r": "AQ", "d": "AQ", "t": "AQ"}]}
    assert Key.from_jwk(Alg.RS256, json.dumps(jwk)).status == "E_KEY_FORMAT"
