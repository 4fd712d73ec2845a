"""Key sets that others publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _abi, _call, _hooks
from ._algorithm import Algorithms, pins
from ._call import Duration, Handle, Time
from ._hooks import Fetch

if TYPE_CHECKING:
    import ssl

_HTTPS_ONLY = 1
_HTTP_ALLOWED = 2


class JWKSClient:
    """A JWK Set at a URL, fetched when it is needed and kept.

    url         https://..., without a user name
    algorithms  one or several pins that its keys may have, none of them HMAC
    lifetime    how old the set may be before it is fetched again; 10 minutes
    max_age     how old it may be while fetches fail; 24 hours. Then tokens are a KeySourceError
    cooldown    the time between two fetches at least, whatever kids tokens have; 30 seconds
    max_size    of the document, in bytes; 1048576
    allow_http  take http:// too: whoever is on the way can then replace the keys
    timeout     of one fetch in all, in seconds, but for the resolver, which has limits of its own
    ssl_context whom to trust; the system's certificates
    fetch       a callable that fetches instead, from (url, max_size) to bytes; `timeout`, `ssl_context` and
                what follows are then up to it

    Redirects are refused, and every status but 200. Proxies that the environment names are not used. A
    verification may fetch, or wait for another thread that does. Safe to share between threads.
    """

    __slots__ = ("_handle",)

    def __init__(
        self,
        url: str,
        algorithms: Algorithms,
        *,
        lifetime: Duration | None = None,
        max_age: Duration | None = None,
        cooldown: Duration | None = None,
        max_size: int | None = None,
        allow_http: bool = False,
        timeout: float = 5.0,
        ssl_context: ssl.SSLContext | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        address, allowed = _call.text(url, "url"), pins(algorithms)
        with _hooks.registered(
            fetcher(allow_http, timeout, ssl_context) if fetch is None else fetch
        ) as number:
            self._handle = Handle(
                _abi.jwks_source_new,
                _abi.jwks_source_free,
                address,
                len(address),
                _HTTP_ALLOWED if allow_http else _HTTPS_ONLY,
                allowed,
                len(allowed),
                _hooks.fetch,
                number,
                _hooks.release,
            )
        self._set(_abi.jwks_source_set_lifetime, lifetime, "lifetime")
        self._set(_abi.jwks_source_set_max_age, max_age, "max_age")
        self._set(_abi.jwks_source_set_cooldown, cooldown, "cooldown")
        if max_size is not None:
            size = max(0, _call.int64(max_size, "max_size"))
            _call.call(_abi.jwks_source_set_max_size, self._handle.pointer, size)

    def _set(self, function: _abi.Function, value: Duration | None, name: str) -> None:
        if value is not None:
            _call.call(function, self._handle.pointer, _call.seconds(value, name))

    def refresh(self, *, now: Time | None = None) -> None:
        """Fetch now, if the cooldown is over, or raise a KeySourceError: for the start of a program."""
        with _hooks.Watch():
            _call.call(_abi.jwks_source_refresh, self._handle.pointer, _call.time(now))


def fetcher(allow_http: bool, timeout: float, context: ssl.SSLContext | None) -> Fetch:
    """Make the ready-made fetcher; only programs that fetch pay for importing http.client and ssl."""
    from ._fetch import Fetcher

    return Fetcher(allow_http, timeout, context)
