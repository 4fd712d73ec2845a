"""The C ABI of pinjwt over ctypes, for tests: no policy of its own and nothing that could hide a fault.

Each function returns an Outcome. On the way it checks what the header promises for every call: `err` is
filled and agrees with the result, its texts are printable and empty on success, and outputs are untouched on
failure.
"""

import ctypes
import enum
import os
import pathlib
from collections.abc import Callable, Sequence
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_uint32, c_void_p
from typing import Any, Final, Generic, NamedTuple, TypeVar

STR: Final = 2**64 - 1
PTRDIFF_MAX: Final = 2**63 - 1
SYSTEM_CLOCK: Final = 0
END_OF_TIME: Final = 253_402_300_800
VERDICT_REVOKED: Final = 0x52455631
VERDICT_ALLOW: Final = 0x50415353
PART_PUBLIC: Final = 1
PART_PRIVATE: Final = 2
EVENT_SIGNED: Final = 1
EVENT_VERIFIED: Final = 2
EVENT_REJECTED: Final = 3


class Alg(enum.IntEnum):
    """The pins; `jose` is the name in a header."""

    HS256 = 1
    HS384 = 2
    HS512 = 3
    RS256 = 4
    RS384 = 5
    RS512 = 6
    PS256 = 7
    PS384 = 8
    PS512 = 9
    ES256 = 10
    ES384 = 11
    ES512 = 12
    ES256K = 13
    EDDSA = 14
    ED25519 = 15
    ED448 = 16

    @property
    def jose(self) -> str:
        return {"EDDSA": "EdDSA", "ED25519": "Ed25519", "ED448": "Ed448"}.get(self.name, self.name)


HMAC_ALGS: Final = (Alg.HS256, Alg.HS384, Alg.HS512)
RSA_ALGS: Final = (Alg.RS256, Alg.RS384, Alg.RS512, Alg.PS256, Alg.PS384, Alg.PS512)
EC_ALGS: Final = (Alg.ES256, Alg.ES384, Alg.ES512, Alg.ES256K)
EDWARDS_ALGS: Final = (Alg.EDDSA, Alg.ED25519, Alg.ED448)


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("what", c_char * 60), ("message", c_char * 192)]


class Bytes(ctypes.Structure):
    _fields_ = [("data", POINTER(c_uint8)), ("len", c_size_t)]

    def read(self) -> bytes:
        return ctypes.string_at(self.data, self.len)


class EventStruct(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("type", c_int),
        ("status", c_int),
        ("at", c_int64),
        ("jti", Bytes),
        ("sub", Bytes),
        ("kid", Bytes),
        ("what", Bytes),
    ]


RevocationFunction = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)
EventFunction = ctypes.CFUNCTYPE(None, c_void_p, POINTER(EventStruct))
ReleaseFunction = ctypes.CFUNCTYPE(None, c_void_p)

_ERR = POINTER(Error)
_OUT = POINTER(c_void_p)
_LEN = POINTER(c_size_t)
_BYTES = POINTER(Bytes)

_PROTOTYPES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "status_name": (c_char_p, [c_int]),
    "alg_name": (c_char_p, [c_int]),
    "version": (c_uint32, []),
    "version_string": (c_char_p, []),
    "wipe": (None, [c_void_p, c_size_t]),
    "key_from_secret": (c_int, [c_int, c_void_p, c_size_t, _OUT, _ERR]),
    "key_from_pem": (c_int, [c_int, c_char_p, c_size_t, c_char_p, c_size_t, _OUT, _ERR]),
    "key_from_der": (c_int, [c_int, c_void_p, c_size_t, _OUT, _ERR]),
    "key_from_jwk": (c_int, [c_int, c_char_p, c_size_t, _OUT, _ERR]),
    "key_generate": (c_int, [c_int, _OUT, _ERR]),
    "key_with_id": (c_int, [c_void_p, c_char_p, c_size_t, _OUT, _ERR]),
    "key_public": (c_int, [c_void_p, _OUT, _ERR]),
    "key_alg": (c_int, [c_void_p]),
    "key_can_sign": (c_int, [c_void_p]),
    "key_id": (c_int, [c_void_p, _BYTES]),
    "key_thumbprint": (c_int, [c_void_p, c_void_p, c_size_t, _LEN, _ERR]),
    "key_to_jwk": (c_int, [c_void_p, c_int, c_void_p, c_size_t, _LEN, _ERR]),
    "key_to_pem": (c_int, [c_void_p, c_int, c_void_p, c_size_t, _LEN, _ERR]),
    "key_free": (None, [c_void_p]),
    "policy_new": (c_int, [_OUT, _ERR]),
    "policy_set_issuer": (c_int, [c_void_p, c_char_p, c_size_t, _ERR]),
    "policy_add_audience": (c_int, [c_void_p, c_char_p, c_size_t, _ERR]),
    "policy_set_subject": (c_int, [c_void_p, c_char_p, c_size_t, _ERR]),
    "policy_set_type": (c_int, [c_void_p, c_char_p, c_size_t, _ERR]),
    "policy_set_lifetime": (c_int, [c_void_p, c_int64, _ERR]),
    "policy_set_max_lifetime": (c_int, [c_void_p, c_int64, _ERR]),
    "policy_set_leeway": (c_int, [c_void_p, c_int64, _ERR]),
    "policy_set_max_token_size": (c_int, [c_void_p, c_size_t, _ERR]),
    "policy_require_claim": (c_int, [c_void_p, c_char_p, c_size_t, _ERR]),
    "policy_set_revocation": (c_int, [c_void_p, RevocationFunction, c_void_p, ReleaseFunction, _ERR]),
    "policy_set_event_handler": (c_int, [c_void_p, EventFunction, c_void_p, ReleaseFunction, _ERR]),
    "policy_free": (None, [c_void_p]),
    "signer_new": (c_int, [c_void_p, c_void_p, _OUT, _ERR]),
    "sign": (c_int, [c_void_p, c_char_p, c_size_t, c_int64, c_void_p, c_size_t, _LEN, _ERR]),
    "signer_free": (None, [c_void_p]),
    "verifier_new": (c_int, [c_void_p, c_void_p, _OUT, _ERR]),
    "verifier_join": (c_int, [POINTER(c_void_p), c_size_t, _OUT, _ERR]),
    "verify": (c_int, [c_void_p, c_char_p, c_size_t, c_int64, _OUT, _ERR]),
    "verify_json": (c_int, [c_void_p, c_char_p, c_size_t, c_int64, c_void_p, c_size_t, _LEN, _ERR]),
    "verifier_free": (None, [c_void_p]),
    "claims_json": (c_int, [c_void_p, _BYTES]),
    "claims_header": (c_int, [c_void_p, _BYTES]),
    "claims_get_string": (c_int, [c_void_p, c_char_p, c_size_t, _BYTES]),
    "claims_get_item": (c_int, [c_void_p, c_char_p, c_size_t, c_size_t, _BYTES]),
    "claims_get_int": (c_int, [c_void_p, c_char_p, c_size_t, POINTER(c_int64)]),
    "claims_get_time": (c_int, [c_void_p, c_char_p, c_size_t, POINTER(c_int64)]),
    "claims_get_bool": (c_int, [c_void_p, c_char_p, c_size_t, POINTER(c_int)]),
    "claims_get_json": (c_int, [c_void_p, c_char_p, c_size_t, _BYTES]),
    "claims_free": (None, [c_void_p]),
    "jws_sign": (
        c_int,
        [c_void_p, c_char_p, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t, _LEN, _ERR],
    ),
    "jws_verify": (
        c_int,
        [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_size_t, _LEN, _ERR],
    ),
    "inspect_unverified": (c_int, [c_char_p, c_size_t, c_void_p, c_size_t, _LEN, _ERR]),
}


def library_path() -> str:
    """The library under test: PINJWT_LIBRARY, or the one in the build folder of this checkout."""
    root = pathlib.Path(__file__).resolve().parents[2]
    return os.environ.get("PINJWT_LIBRARY") or str(root / "build" / "lib" / "libpinjwt.so.0")


def _load() -> dict[str, Any]:
    library = ctypes.CDLL(library_path())
    functions: dict[str, Any] = {}
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, "pinjwt_" + name)
        function.restype = result
        function.argtypes = arguments
        functions[name] = function
    return functions


RAW: Final = _load()
"""The functions themselves, by their names without "pinjwt_", for calls that no helper below makes."""

T = TypeVar("T")


class Outcome(NamedTuple, Generic[T]):
    """What a call did. `status` is the name without "PINJWT_": "OK", "E_SIGNATURE"."""

    status: str
    what: str
    message: str
    output: T | None

    def value(self) -> T:
        """The output of a call that must have succeeded."""
        assert self.status == "OK", f"{self.status} ({self.what}): {self.message}"
        assert self.output is not None
        return self.output


def status_name(status: int) -> str:
    name: bytes = RAW["status_name"](status)
    return name.decode("ascii").removeprefix("PINJWT_")


def _outcome(status: int, error: Error, output: T | None) -> Outcome[T]:
    name = status_name(status)
    assert name != "?", f"unknown status {status}"
    assert error.status == status
    # Read to the end of the fields: both must hold a NUL.
    raw_what = ctypes.string_at(ctypes.addressof(error) + Error.what.offset, 60)
    raw_message = ctypes.string_at(ctypes.addressof(error) + Error.message.offset, 192)
    assert b"\0" in raw_what
    assert b"\0" in raw_message
    what, message = error.what.decode("ascii"), error.message.decode("ascii")
    assert (what + message).isprintable()
    if name == "OK":
        assert (what, message) == ("", "")
        return Outcome(name, what, message, output)
    assert message
    return Outcome(name, what, message, None)


def _error() -> Error:
    """An error as a careless caller has it: full of rubbish."""
    error = Error()
    ctypes.memset(byref(error), 0xA5, ctypes.sizeof(error))
    return error


_UNTOUCHED: Final = 0x5A5A5A5A5A5A


class Handle:
    """Owns one reference, and drops it with itself."""

    free = ""

    def __init__(self, pointer: int) -> None:
        self.pointer: int | None = pointer

    def close(self) -> None:
        pointer, self.pointer = self.pointer, None
        if pointer is not None:
            RAW[self.free](pointer)

    def __del__(self) -> None:
        self.close()


H = TypeVar("H", bound=Handle)


def make(kind: type[H], function: str, *arguments: object) -> Outcome[H]:
    """Calls a function that ends in (out, err) and wraps the handle that it makes."""
    error = _error()
    out = c_void_p(_UNTOUCHED)
    status = RAW[function](*arguments, byref(out), byref(error))
    if status != 0:
        assert out.value == _UNTOUCHED, f"{function} wrote its output and failed"
        return _outcome(status, error, None)
    assert out.value not in (None, _UNTOUCHED)
    assert out.value is not None
    return _outcome(status, error, kind(out.value))


def do(function: str, *arguments: object) -> Outcome[bool]:
    """Calls a function that ends in (err) and has no other output."""
    error = _error()
    status = RAW[function](*arguments, byref(error))
    return _outcome(status, error, True)


def write(function: str, *arguments: object, cap: int | None = None) -> Outcome[bytes]:
    """Calls a function that ends in (buf, cap, len, err); without `cap`, with as much as it asks for."""
    if cap is None:
        length = c_size_t(_UNTOUCHED)
        status = RAW[function](*arguments, None, 0, byref(length), None)
        if status_name(status) != "E_BUFFER":
            assert length.value == _UNTOUCHED
            return write(function, *arguments, cap=1)
        cap = length.value
    error = _error()
    buffer = ctypes.create_string_buffer(b"\xa5" * (cap + 16), cap + 16)
    length = c_size_t(_UNTOUCHED)
    status = RAW[function](*arguments, buffer, cap, byref(length), byref(error))
    if status != 0:
        assert buffer.raw == b"\xa5" * (cap + 16), f"{function} wrote its buffer and failed"
        if status_name(status) != "E_BUFFER":
            assert length.value == _UNTOUCHED
        return _outcome(status, error, None)
    assert length.value < cap
    assert buffer.raw[length.value] == 0
    assert buffer.raw[cap:] == b"\xa5" * 16, f"{function} wrote behind its buffer"
    return _outcome(status, error, buffer.raw[: length.value])


def _text(text: str | bytes) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else text


class Key(Handle):
    free = "key_free"

    @staticmethod
    def from_secret(alg: int, secret: bytes | None, length: int | None = None) -> "Outcome[Key]":
        return make(Key, "key_from_secret", alg, secret, len(secret or b"") if length is None else length)

    @staticmethod
    def from_pem(alg: int, pem: str | bytes, passphrase: bytes | None = None) -> "Outcome[Key]":
        text = _text(pem)
        return make(Key, "key_from_pem", alg, text, len(text), passphrase, len(passphrase or b""))

    @staticmethod
    def from_der(alg: int, der: bytes) -> "Outcome[Key]":
        return make(Key, "key_from_der", alg, der, len(der))

    @staticmethod
    def from_jwk(alg: int, jwk: str | bytes) -> "Outcome[Key]":
        text = _text(jwk)
        return make(Key, "key_from_jwk", alg, text, len(text))

    @staticmethod
    def generate(alg: int) -> "Outcome[Key]":
        return make(Key, "key_generate", alg)

    def with_id(self, kid: str | bytes) -> "Outcome[Key]":
        text = _text(kid)
        return make(Key, "key_with_id", self.pointer, text, len(text))

    def public(self) -> "Outcome[Key]":
        return make(Key, "key_public", self.pointer)

    def can_sign(self) -> bool:
        answer: int = RAW["key_can_sign"](self.pointer)
        assert answer in (0, 1)
        return answer == 1

    def alg(self) -> int:
        alg: int = RAW["key_alg"](self.pointer)
        return alg

    def id(self) -> bytes:
        lent = Bytes()
        assert RAW["key_id"](self.pointer, byref(lent)) == 0
        assert ctypes.string_at(lent.data, lent.len + 1)[-1] == 0
        return lent.read()

    def thumbprint(self) -> Outcome[bytes]:
        return write("key_thumbprint", self.pointer)

    def to_jwk(self, part: int) -> Outcome[bytes]:
        return write("key_to_jwk", self.pointer, part)

    def to_pem(self, part: int) -> Outcome[bytes]:
        return write("key_to_pem", self.pointer, part)


class Claims(Handle):
    free = "claims_free"

    def json(self) -> bytes:
        lent = Bytes()
        assert RAW["claims_json"](self.pointer, byref(lent)) == 0
        assert ctypes.string_at(lent.data, lent.len + 1)[-1] == 0
        return lent.read()

    def header(self) -> bytes:
        lent = Bytes()
        assert RAW["claims_header"](self.pointer, byref(lent)) == 0
        return lent.read()


def claims_string(pointer: int | None, name: str) -> bytes:
    """A string claim, also of claims that are only lent to a hook."""
    lent = Bytes()
    status = RAW["claims_get_string"](pointer, _text(name), len(_text(name)), byref(lent))
    assert status == 0, status_name(status)
    return lent.read()


class Event(NamedTuple):
    type: int
    status: str
    at: int
    jti: bytes
    sub: bytes
    kid: bytes
    what: bytes


class Policy(Handle):
    """A policy; the callbacks that it was given live as long as this object, so keep it."""

    free = "policy_free"

    def __init__(self, pointer: int) -> None:
        super().__init__(pointer)
        self.callbacks: list[object] = []

    @staticmethod
    def new(
        issuer: str | None = None,
        audiences: Sequence[str] = (),
        subject: str | None = None,
        type: str | None = None,
        lifetime: int | None = None,
        max_lifetime: int | None = None,
        leeway: int | None = None,
        max_token_size: int | None = None,
        required: Sequence[str] = (),
    ) -> "Policy":
        """A policy with these settings, all of which must be taken."""
        policy = make(Policy, "policy_new").value()
        texts = [("set_issuer", issuer), ("set_subject", subject), ("set_type", type)]
        texts += [("add_audience", audience) for audience in audiences]
        texts += [("require_claim", name) for name in required]
        for setter, text in texts:
            if text is not None:
                policy.text(setter, text).value()
        numbers = [
            ("set_max_lifetime", max_lifetime),
            ("set_lifetime", lifetime),
            ("set_leeway", leeway),
            ("set_max_token_size", max_token_size),
        ]
        for setter, number in numbers:
            if number is not None:
                policy.number(setter, number).value()
        return policy

    def text(self, setter: str, text: str | bytes) -> Outcome[bool]:
        return do("policy_" + setter, self.pointer, _text(text), len(_text(text)))

    def number(self, setter: str, number: int) -> Outcome[bool]:
        return do("policy_" + setter, self.pointer, number)

    def set_revocation(self, answer: Callable[[int | None], Any]) -> "Policy":
        """Sets a hook that answers what `answer` returns for the claims' pointer; it may raise."""

        def hook(_context: int | None, claims: int | None) -> Any:
            return answer(claims)

        function = RevocationFunction(hook)
        self.callbacks.append(function)
        do("policy_set_revocation", self.pointer, function, None, ReleaseFunction()).value()
        return self

    def record_events(self, events: list[Event]) -> "Policy":
        def handler(_context: int | None, event: Any) -> None:
            it = event.contents
            assert it.size >= ctypes.sizeof(EventStruct)
            texts = (it.jti.read(), it.sub.read(), it.kid.read(), it.what.read())
            events.append(Event(it.type, status_name(it.status), it.at, *texts))

        function = EventFunction(handler)
        self.callbacks.append(function)
        do("policy_set_event_handler", self.pointer, function, None, ReleaseFunction()).value()
        return self


class Signer(Handle):
    free = "signer_free"

    @staticmethod
    def new(policy: Policy, key: Key) -> "Outcome[Signer]":
        return make(Signer, "signer_new", policy.pointer, key.pointer)

    def sign(self, claims: str | bytes, now: int = SYSTEM_CLOCK) -> Outcome[bytes]:
        text = _text(claims)
        return write("sign", self.pointer, text, len(text), now)


class Verifier(Handle):
    free = "verifier_free"

    def __init__(self, pointer: int) -> None:
        super().__init__(pointer)
        self.policy: Policy | None = None

    @staticmethod
    def new(policy: Policy, key: Key) -> "Outcome[Verifier]":
        outcome = make(Verifier, "verifier_new", policy.pointer, key.pointer)
        if outcome.output is not None:
            # For the sake of its callbacks.
            outcome.output.policy = policy
        return outcome

    def verify(self, token: str | bytes, now: int = SYSTEM_CLOCK) -> Outcome[bytes]:
        """The payload, of pinjwt_verify; pinjwt_verify_json must say the same."""
        text = _text(token)
        outcome = make(Claims, "verify", self.pointer, text, len(text), now)
        again = write("verify_json", self.pointer, text, len(text), now, cap=max(1, len(text)))
        assert outcome[:3] == again[:3]
        if outcome.output is None:
            return Outcome(*outcome[:3], None)
        payload = outcome.output.json()
        assert payload == again.output
        return Outcome(*outcome[:3], payload)

    def verify_once(self, token: str | bytes, now: int = SYSTEM_CLOCK) -> Outcome[Claims]:
        """pinjwt_verify alone, where counting calls or time matters."""
        text = _text(token)
        return make(Claims, "verify", self.pointer, text, len(text), now)


def jws_sign(key: Key, typ: str | bytes | None, payload: bytes) -> Outcome[bytes]:
    text = None if typ is None else _text(typ)
    return write("jws_sign", key.pointer, text, len(text or b""), payload, len(payload))


def jws_verify(key: Key, typ: str | bytes | None, jws: str | bytes) -> Outcome[bytes]:
    text, token = None if typ is None else _text(typ), _text(jws)
    return write("jws_verify", key.pointer, text, len(text or b""), token, len(token), cap=len(token))


def inspect(token: str | bytes) -> Outcome[bytes]:
    text = _text(token)
    return write("inspect_unverified", text, len(text))
