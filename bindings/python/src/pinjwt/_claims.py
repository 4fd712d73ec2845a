"""The claims of a token that has been verified."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any


class Claims(Mapping[str, Any]):
    """The claims of a verified token: a read-only mapping, with the registered ones as properties."""

    __slots__ = ("_members",)

    def __init__(self, payload: bytes) -> None:
        self._members: dict[str, Any] = json.loads(payload)

    def __getitem__(self, name: str) -> Any:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return f"Claims({self._members!r})"

    @property
    def issuer(self) -> str | None:
        """Who issued the token (iss)."""
        return self._members.get("iss")

    @property
    def subject(self) -> str | None:
        """Whom it is about (sub)."""
        return self._members.get("sub")

    @property
    def audience(self) -> tuple[str, ...]:
        """Whom it is for (aud), one or several."""
        value = self._members.get("aud", ())
        return (value,) if isinstance(value, str) else tuple(value)

    @property
    def token_id(self) -> str | None:
        """The token's own id (jti)."""
        return self._members.get("jti")

    @property
    def expires_at(self) -> datetime:
        """When it expires (exp), in UTC."""
        return datetime.fromtimestamp(self._members["exp"], timezone.utc)

    @property
    def issued_at(self) -> datetime | None:
        """When it was issued (iat), in UTC."""
        return self._time("iat")

    @property
    def not_before(self) -> datetime | None:
        """From when on it holds (nbf), in UTC."""
        return self._time("nbf")

    def _time(self, name: str) -> datetime | None:
        value = self._members.get(name)
        return None if value is None else datetime.fromtimestamp(value, timezone.utc)
