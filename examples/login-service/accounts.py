"""Who may sign in. A service has a table of users; this one has two, in memory."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading


class Accounts:
    """Names and passwords, kept as scrypt makes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[bytes, bytes]] = {}
        self.set_password("alice", "wonderland")
        self.set_password("bob", "canwefixit")
        self._nobody = self._kept["alice"]

    def set_password(self, user: str, password: str) -> None:
        """Give a user a new password."""
        salt = secrets.token_bytes(16)
        with self._lock:
            self._kept[user] = (salt, _stretch(password, salt))

    def check(self, user: str, password: str) -> bool:
        """Tell whether the password is the user's; unknown users take as long."""
        salt, kept = self._kept.get(user, self._nobody)
        good = hmac.compare_digest(kept, _stretch(password, salt))
        return good and user in self._kept


def _stretch(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
