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
from ._sessions import Device, Grant, SessionInfo, Sessions, cookie_clear, cookie_set
from ._signer import Signer
from ._store import Store
from ._verifier import Verifier

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
    "MissingClaimError",
    "NotYetValidError",
    "PassphraseError",
    "PinJWTError",
    "Policy",
    "Reason",
    "RefreshExpiredError",
    "RefreshInvalidError",
    "RefreshReusedError",
    "RevokedError",
    "SensitiveError",
    "SessionEndedError",
    "SessionInfo",
    "Sessions",
    "Severity",
    "SignatureError",
    "Signer",
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
]

#: The version of the library that was loaded.
__version__: str = _abi.version_string().decode("ascii")
