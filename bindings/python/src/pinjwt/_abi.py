"""The part of pinjwt.h that the binding calls: structures, callback types and functions.

Handles and buffers are c_void_p, texts and bytes are c_char_p with their length in the next argument; enums
are c_int, as the header's width members make them.
"""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_void_p,
    string_at,
)
from typing import TYPE_CHECKING, Any, Callable

from ._library import library

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

Function: TypeAlias = Callable[..., Any]


class Error(Structure):
    """pinjwt_error."""

    _fields_ = (("status", c_int), ("what", c_char * 60), ("message", c_char * 192))
    status: int
    what: bytes
    message: bytes


class Bytes(Structure):
    """pinjwt_bytes: borrowed."""

    _fields_ = (("data", c_void_p), ("len", c_size_t))
    data: int | None
    len: int

    def copy(self) -> bytes:
        """Return what is lent, as bytes of our own."""
        return string_at(self.data, self.len) if self.data and self.len else b""


class Event(Structure):
    """pinjwt_event, as far as this version knows it; the library may make longer ones."""

    _fields_ = (
        ("size", c_size_t),
        ("type", c_int),
        ("status", c_int),
        ("at", c_int64),
        ("jti", Bytes),
        ("sub", Bytes),
        ("kid", Bytes),
        ("what", Bytes),
        ("sid", Bytes),
        ("previous_jti", Bytes),
        ("client", Bytes),
        ("generation", c_int64),
        ("reason", c_int32),
    )
    size: int
    type: int
    status: int
    at: int
    jti: Bytes
    sub: Bytes
    kid: Bytes
    what: Bytes
    sid: Bytes
    previous_jti: Bytes
    client: Bytes
    generation: int
    reason: int


class Device(Structure):
    """pinjwt_device."""

    _fields_ = (("name", Bytes), ("address", Bytes), ("agent", Bytes))
    name: Bytes
    address: Bytes
    agent: Bytes


class Store(Structure):
    """pinjwt_store, whose functions only the library calls; later versions add more of them at the end."""

    _fields_ = (
        ("size", c_size_t),
        ("context", c_void_p),
        ("release", CFUNCTYPE(None, c_void_p)),
        ("functions", c_void_p * 11),
        ("reserve", c_void_p * 53),
    )
    size: int
    context: int | None
    release: Callable[[int | None], None]


RELEASE = CFUNCTYPE(None, c_void_p)
REVOCATION = CFUNCTYPE(c_int, c_void_p, c_void_p)
EVENT = CFUNCTYPE(None, c_void_p, POINTER(Event))
SIGN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, POINTER(c_size_t))
FETCH = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p, c_size_t, POINTER(c_size_t))

_HANDLE = c_void_p
_OUT = POINTER(c_void_p)
_LENGTH = POINTER(c_size_t)
_ERROR = POINTER(Error)
_TEXT = (c_char_p, c_size_t)
_DATA = (c_void_p, c_size_t)
_PINS = (POINTER(c_int), c_size_t)
_BUFFER = (c_void_p, c_size_t, _LENGTH)

#: Every function that the binding calls, by its C name.
declared: dict[str, Function] = {}


def declare(result: object, name: str, *arguments: object) -> Function:
    try:
        function: Any = getattr(library, name)
    except AttributeError:
        raise ImportError(
            f"pinjwt needs {name}, which {library._name} does not have: it is older than this package"
        ) from None
    function.restype = result
    function.argtypes = arguments
    declared[name] = function
    return function  # type: ignore[no-any-return]


version_string = declare(c_char_p, "pinjwt_version_string")
version = declare(c_uint32, "pinjwt_version")
status_name = declare(c_char_p, "pinjwt_status_name", c_int)
wipe = declare(None, "pinjwt_wipe", *_DATA)

key_from_secret = declare(c_int, "pinjwt_key_from_secret", c_int, *_DATA, _OUT, _ERROR)
key_from_pem = declare(c_int, "pinjwt_key_from_pem", c_int, *_TEXT, *_TEXT, _OUT, _ERROR)
key_from_der = declare(c_int, "pinjwt_key_from_der", c_int, *_DATA, _OUT, _ERROR)
key_from_jwk = declare(c_int, "pinjwt_key_from_jwk", c_int, *_TEXT, _OUT, _ERROR)
key_from_file = declare(c_int, "pinjwt_key_from_file", c_int, c_char_p, _OUT, _ERROR)
key_from_env = declare(c_int, "pinjwt_key_from_env", c_int, c_char_p, _OUT, _ERROR)
key_external = declare(c_int, "pinjwt_key_external", _HANDLE, SIGN, c_void_p, RELEASE, _OUT, _ERROR)
key_generate = declare(c_int, "pinjwt_key_generate", c_int, _OUT, _ERROR)
key_with_id = declare(c_int, "pinjwt_key_with_id", _HANDLE, *_TEXT, _OUT, _ERROR)
key_public = declare(c_int, "pinjwt_key_public", _HANDLE, _OUT, _ERROR)
key_alg = declare(c_int, "pinjwt_key_alg", _HANDLE)
key_can_sign = declare(c_int, "pinjwt_key_can_sign", _HANDLE)
key_id = declare(c_int, "pinjwt_key_id", _HANDLE, POINTER(Bytes))
key_thumbprint = declare(c_int, "pinjwt_key_thumbprint", _HANDLE, *_BUFFER, _ERROR)
key_to_jwk = declare(c_int, "pinjwt_key_to_jwk", _HANDLE, c_int, *_BUFFER, _ERROR)
key_to_pem = declare(c_int, "pinjwt_key_to_pem", _HANDLE, c_int, *_BUFFER, _ERROR)
key_free = declare(None, "pinjwt_key_free", _HANDLE)

keyset_new = declare(c_int, "pinjwt_keyset_new", _OUT, _ERROR)
keyset_add = declare(c_int, "pinjwt_keyset_add", _HANDLE, _HANDLE, _ERROR)
keyset_remove = declare(c_int, "pinjwt_keyset_remove", _HANDLE, *_TEXT, _ERROR)
keyset_load_jwks = declare(c_int, "pinjwt_keyset_load_jwks", _HANDLE, *_TEXT, *_PINS, _LENGTH, _ERROR)
keyset_count = declare(c_size_t, "pinjwt_keyset_count", _HANDLE)
keyset_to_jwks = declare(c_int, "pinjwt_keyset_to_jwks", _HANDLE, *_BUFFER, _ERROR)
keyset_free = declare(None, "pinjwt_keyset_free", _HANDLE)

keyring_new = declare(c_int, "pinjwt_keyring_new", c_int, c_int64, c_int64, c_int64, _OUT, _ERROR)
keyring_rotate = declare(c_int, "pinjwt_keyring_rotate", _HANDLE, c_int64, _ERROR)
keyring_rotation_time = declare(c_int64, "pinjwt_keyring_rotation_time", _HANDLE)
keyring_remove = declare(c_int, "pinjwt_keyring_remove", _HANDLE, *_TEXT, c_int64, _ERROR)
keyring_to_jwks = declare(c_int, "pinjwt_keyring_to_jwks", _HANDLE, c_int64, *_BUFFER, _ERROR)
keyring_save = declare(c_int, "pinjwt_keyring_save", _HANDLE, c_char_p, *_TEXT, c_int, _ERROR)
keyring_load = declare(c_int, "pinjwt_keyring_load", c_char_p, *_TEXT, _OUT, _ERROR)
keyring_reload = declare(c_int, "pinjwt_keyring_reload", _HANDLE, _ERROR)
keyring_free = declare(None, "pinjwt_keyring_free", _HANDLE)

jwks_source_new = declare(
    c_int, "pinjwt_jwks_source_new", *_TEXT, c_int, *_PINS, FETCH, c_void_p, RELEASE, _OUT, _ERROR
)
jwks_source_set_lifetime = declare(c_int, "pinjwt_jwks_source_set_lifetime", _HANDLE, c_int64, _ERROR)
jwks_source_set_max_age = declare(c_int, "pinjwt_jwks_source_set_max_age", _HANDLE, c_int64, _ERROR)
jwks_source_set_cooldown = declare(c_int, "pinjwt_jwks_source_set_cooldown", _HANDLE, c_int64, _ERROR)
jwks_source_set_max_size = declare(c_int, "pinjwt_jwks_source_set_max_size", _HANDLE, c_size_t, _ERROR)
jwks_source_refresh = declare(c_int, "pinjwt_jwks_source_refresh", _HANDLE, c_int64, _ERROR)
jwks_source_free = declare(None, "pinjwt_jwks_source_free", _HANDLE)

policy_new = declare(c_int, "pinjwt_policy_new", _OUT, _ERROR)
policy_set_issuer = declare(c_int, "pinjwt_policy_set_issuer", _HANDLE, *_TEXT, _ERROR)
policy_add_audience = declare(c_int, "pinjwt_policy_add_audience", _HANDLE, *_TEXT, _ERROR)
policy_set_subject = declare(c_int, "pinjwt_policy_set_subject", _HANDLE, *_TEXT, _ERROR)
policy_set_type = declare(c_int, "pinjwt_policy_set_type", _HANDLE, *_TEXT, _ERROR)
policy_set_lifetime = declare(c_int, "pinjwt_policy_set_lifetime", _HANDLE, c_int64, _ERROR)
policy_set_max_lifetime = declare(c_int, "pinjwt_policy_set_max_lifetime", _HANDLE, c_int64, _ERROR)
policy_set_leeway = declare(c_int, "pinjwt_policy_set_leeway", _HANDLE, c_int64, _ERROR)
policy_set_max_token_size = declare(c_int, "pinjwt_policy_set_max_token_size", _HANDLE, c_size_t, _ERROR)
policy_require_claim = declare(c_int, "pinjwt_policy_require_claim", _HANDLE, *_TEXT, _ERROR)
policy_allow_sensitive = declare(c_int, "pinjwt_policy_allow_sensitive", _HANDLE, *_TEXT, _ERROR)
policy_set_revocation = declare(
    c_int, "pinjwt_policy_set_revocation", _HANDLE, REVOCATION, c_void_p, RELEASE, _ERROR
)
policy_set_event_handler = declare(
    c_int, "pinjwt_policy_set_event_handler", _HANDLE, EVENT, c_void_p, RELEASE, _ERROR
)
policy_free = declare(None, "pinjwt_policy_free", _HANDLE)

signer_new = declare(c_int, "pinjwt_signer_new", _HANDLE, _HANDLE, _OUT, _ERROR)
signer_new_with_keyring = declare(c_int, "pinjwt_signer_new_with_keyring", _HANDLE, _HANDLE, _OUT, _ERROR)
sign = declare(c_int, "pinjwt_sign", _HANDLE, *_TEXT, c_int64, *_BUFFER, _ERROR)
signer_free = declare(None, "pinjwt_signer_free", _HANDLE)

verifier_new = declare(c_int, "pinjwt_verifier_new", _HANDLE, _HANDLE, _OUT, _ERROR)
verifier_new_with_keyset = declare(c_int, "pinjwt_verifier_new_with_keyset", _HANDLE, _HANDLE, _OUT, _ERROR)
verifier_new_with_keyring = declare(c_int, "pinjwt_verifier_new_with_keyring", _HANDLE, _HANDLE, _OUT, _ERROR)
verifier_new_with_source = declare(c_int, "pinjwt_verifier_new_with_source", _HANDLE, _HANDLE, _OUT, _ERROR)
verifier_join = declare(c_int, "pinjwt_verifier_join", POINTER(c_void_p), c_size_t, _OUT, _ERROR)
verify_json = declare(c_int, "pinjwt_verify_json", _HANDLE, *_TEXT, c_int64, *_BUFFER, _ERROR)
verifier_free = declare(None, "pinjwt_verifier_free", _HANDLE)
claims_json = declare(c_int, "pinjwt_claims_json", _HANDLE, POINTER(Bytes))

jws_sign = declare(c_int, "pinjwt_jws_sign", _HANDLE, *_TEXT, *_DATA, *_BUFFER, _ERROR)
jws_verify = declare(c_int, "pinjwt_jws_verify", _HANDLE, *_TEXT, *_TEXT, *_BUFFER, _ERROR)
inspect_unverified = declare(c_int, "pinjwt_inspect_unverified", *_TEXT, *_BUFFER, _ERROR)
lint = declare(c_int, "pinjwt_lint", *_TEXT, c_int64, *_BUFFER, _ERROR)

verify = declare(c_int, "pinjwt_verify", _HANDLE, *_TEXT, c_int64, _OUT, _ERROR)
claims_free = declare(None, "pinjwt_claims_free", _HANDLE)
policy_set_sessions = declare(c_int, "pinjwt_policy_set_sessions", _HANDLE, _HANDLE, _ERROR)

_STORE = c_void_p
STORE_OPENER = (*_DATA, POINTER(Store), _ERROR)

memory_store = declare(c_int, "pinjwt_memory_store", POINTER(Store), _ERROR)
sessions_new = declare(c_int, "pinjwt_sessions_new", _STORE, _HANDLE, POINTER(Bytes), c_size_t, _OUT, _ERROR)
sessions_new_checker = declare(c_int, "pinjwt_sessions_new_checker", _STORE, *_TEXT, c_int64, _OUT, _ERROR)
sessions_set_idle = declare(c_int, "pinjwt_sessions_set_idle", _HANDLE, c_int64, _ERROR)
sessions_set_absolute = declare(c_int, "pinjwt_sessions_set_absolute", _HANDLE, c_int64, _ERROR)
sessions_set_grace = declare(c_int, "pinjwt_sessions_set_grace", _HANDLE, c_int64, _ERROR)
sessions_set_limit = declare(c_int, "pinjwt_sessions_set_limit", _HANDLE, c_int64, _ERROR)
sessions_set_staleness = declare(c_int, "pinjwt_sessions_set_staleness", _HANDLE, c_int64, _ERROR)
sessions_set_peppers = declare(
    c_int, "pinjwt_sessions_set_peppers", _HANDLE, POINTER(Bytes), c_size_t, _ERROR
)
sessions_set_event_handler = declare(
    c_int, "pinjwt_sessions_set_event_handler", _HANDLE, EVENT, c_void_p, RELEASE, _ERROR
)
sessions_login = declare(
    c_int, "pinjwt_sessions_login", _HANDLE, *_TEXT, *_TEXT, *_TEXT, POINTER(Device), _OUT, _ERROR
)
sessions_refresh = declare(c_int, "pinjwt_sessions_refresh", _HANDLE, *_DATA, *_TEXT, _OUT, _ERROR)
sessions_logout = declare(c_int, "pinjwt_sessions_logout", _HANDLE, *_DATA, _ERROR)
sessions_revoke_session = declare(c_int, "pinjwt_sessions_revoke_session", _HANDLE, *_TEXT, *_TEXT, _ERROR)
sessions_revoke_user = declare(c_int, "pinjwt_sessions_revoke_user", _HANDLE, *_TEXT, *_TEXT, _LENGTH, _ERROR)
sessions_revoke_before = declare(c_int, "pinjwt_sessions_revoke_before", _HANDLE, c_int64, _LENGTH, _ERROR)
sessions_bump_user = declare(c_int, "pinjwt_sessions_bump_user", _HANDLE, *_TEXT, POINTER(c_int64), _ERROR)
sessions_deny_jti = declare(c_int, "pinjwt_sessions_deny_jti", _HANDLE, *_TEXT, c_int64, _ERROR)
sessions_consume = declare(c_int, "pinjwt_sessions_consume", _HANDLE, _HANDLE, _ERROR)
sessions_check = declare(c_int, "pinjwt_sessions_check", _HANDLE, _HANDLE, _ERROR)
sessions_sync = declare(c_int, "pinjwt_sessions_sync", _HANDLE, _ERROR)
sessions_list = declare(c_int, "pinjwt_sessions_list", _HANDLE, *_TEXT, *_TEXT, *_BUFFER, _ERROR)
sessions_statistics = declare(c_int, "pinjwt_sessions_statistics", _HANDLE, *_BUFFER, _ERROR)
sessions_purge = declare(c_int, "pinjwt_sessions_purge", _HANDLE, c_size_t, _LENGTH, POINTER(c_int), _ERROR)
sessions_free = declare(None, "pinjwt_sessions_free", _HANDLE)
grant_get_text = declare(c_int, "pinjwt_grant_get_text", _HANDLE, c_int, POINTER(Bytes))
grant_get_number = declare(c_int64, "pinjwt_grant_get_number", _HANDLE, c_int)
grant_free = declare(None, "pinjwt_grant_free", _HANDLE)
cookie_set = declare(c_int, "pinjwt_cookie_set", *_TEXT, *_TEXT, *_DATA, c_int64, *_BUFFER, _ERROR)
cookie_clear = declare(c_int, "pinjwt_cookie_clear", *_TEXT, *_TEXT, *_BUFFER, _ERROR)
