"""JSON Web Tokens whose algorithm is pinned to the key: the Python binding of pinjwt.

Make a Key and a Policy, from both a Signer or a Verifier, once; then call `sign` and `verify` as often as
you like, from any thread. A refusal is a PinJWTError, for a token a TokenError.
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
    ExpiredError,
    HeaderError,
    InvalidClaimError,
    InvalidKeyError,
    IssuerError,
    KeyFormatError,
    KeyMismatchError,
    KeyUseError,
    LibraryMemoryError,
    LifetimeError,
    MissingClaimError,
    NotYetValidError,
    PassphraseError,
    PinJWTError,
    RevokedError,
    SignatureError,
    Status,
    StoreError,
    SubjectError,
    TokenError,
    TokenFormatError,
    TokenSizeError,
    TokenTypeError,
    UnsupportedError,
    WeakKeyError,
)
from ._hooks import Event, EventType, Verdict
from ._jws import inspect_unverified, jws_sign, jws_verify
from ._key import Key
from ._policy import Policy
from ._signer import Signer
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
    "CriticalError",
    "CryptoError",
    "Event",
    "EventType",
    "ExpiredError",
    "HeaderError",
    "InvalidClaimError",
    "InvalidKeyError",
    "IssuerError",
    "Key",
    "KeyFormatError",
    "KeyMismatchError",
    "KeyUseError",
    "LibraryMemoryError",
    "LifetimeError",
    "MissingClaimError",
    "NotYetValidError",
    "PassphraseError",
    "PinJWTError",
    "Policy",
    "RevokedError",
    "SignatureError",
    "Signer",
    "Status",
    "StoreError",
    "SubjectError",
    "TokenError",
    "TokenFormatError",
    "TokenSizeError",
    "TokenTypeError",
    "UnsupportedError",
    "Verdict",
    "Verifier",
    "WeakKeyError",
    "__version__",
    "inspect_unverified",
    "jws_sign",
    "jws_verify",
]

#: The version of the library that was loaded.
__version__: str = _abi.version_string().decode("ascii")
