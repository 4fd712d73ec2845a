"""JSON Web Tokens whose algorithm is pinned to the key: the Python binding of pinjwt.

Make a Key and a Policy, from both a Signer or a Verifier, once; then call `sign` and `verify` as often as
you like, from any thread. Several keys are a KeySet, those of an issuer over time a KeyRing, those that
somebody else publishes a JWKSClient. Sessions log users in, refresh and revoke. A refusal is a PinJWTError,
for a token a TokenError.
"""

from __future__ import annotations

from . import _abi
from ._algorithm import Algorithm
from ._claims import Claims
from ._errors import (
    AlgorithmError,
    ArgumentError,
    AudienceError,
    BufferSizeError,
    ClaimError,
    ClaimsFormatError,
    CriticalError,
    CryptoError,
    DuplicateKeyError,
    ExpiredError,
    HeaderError,
    InputOutputError,
    InvalidClaimError,
    InvalidKeyError,
    IssuerError,
    KeyFormatError,
    KeyMismatchError,
    KeySourceError,
    KeyUseError,
    LibraryMemoryError,
    LifetimeError,
    MissingClaimError,
    NotYetValidError,
    PassphraseError,
    PinJWTError,
    RefreshExpiredError,
    RefreshInvalidError,
    RefreshReusedError,
    RevokedError,
    SensitiveError,
    SessionEndedError,
    SessionLostError,
    SessionRevokedError,
    SignatureError,
    Status,
    StoreError,
    StoreStateError,
    SubjectError,
    TokenError,
    TokenFormatError,
    TokenSizeError,
    TokenTypeError,
    UnavailableError,
    UnknownKeyError,
    UnknownSessionError,
    UnsupportedError,
    WeakKeyError,
)
from ._hooks import Event, EventType, Reason, Verdict
from ._inspect import Finding, Severity, inspect, inspect_unverified, lint
from ._jwks import JWKSClient
from ._jws import jws_sign, jws_verify
from ._key import Key
from ._keyring import Cost, KeyRing
from ._keyset import KeySet
from ._policy import Policy
from ._sessions import Device, Grant, SessionInfo, Sessions, Statistics, cookie_clear, cookie_set
from ._signer import Signer
from ._store import MemoryStore, NativeStore, PostgresStore, RedisStore, SQLiteStore, open_store
from ._verifier import Verifier
from .stores import Store

__all__ = [
    "Algorithm",
    "AlgorithmError",
    "ArgumentError",
    "AudienceError",
    "BufferSizeError",
    "ClaimError",
    "Claims",
    "ClaimsFormatError",
    "Cost",
    "CriticalError",
    "CryptoError",
    "Device",
    "DuplicateKeyError",
    "Event",
    "EventType",
    "ExpiredError",
    "Finding",
    "Grant",
    "HeaderError",
    "InputOutputError",
    "InvalidClaimError",
    "InvalidKeyError",
    "IssuerError",
    "JWKSClient",
    "Key",
    "KeyFormatError",
    "KeyMismatchError",
    "KeyRing",
    "KeySet",
    "KeySourceError",
    "KeyUseError",
    "LibraryMemoryError",
    "LifetimeError",
    "MemoryStore",
    "MissingClaimError",
    "NativeStore",
    "NotYetValidError",
    "PassphraseError",
    "PinJWTError",
    "Policy",
    "PostgresStore",
    "Reason",
    "RedisStore",
    "RefreshExpiredError",
    "RefreshInvalidError",
    "RefreshReusedError",
    "RevokedError",
    "SQLiteStore",
    "SensitiveError",
    "SessionEndedError",
    "SessionInfo",
    "SessionLostError",
    "SessionRevokedError",
    "Sessions",
    "Severity",
    "SignatureError",
    "Signer",
    "Statistics",
    "Status",
    "Store",
    "StoreError",
    "StoreStateError",
    "SubjectError",
    "TokenError",
    "TokenFormatError",
    "TokenSizeError",
    "TokenTypeError",
    "UnavailableError",
    "UnknownKeyError",
    "UnknownSessionError",
    "UnsupportedError",
    "Verdict",
    "Verifier",
    "WeakKeyError",
    "__version__",
    "cookie_clear",
    "cookie_set",
    "inspect",
    "inspect_unverified",
    "jws_sign",
    "jws_verify",
    "lint",
    "open_store",
]

#: The version of the library that was loaded.
__version__: str = _abi.version_string().decode("ascii")
