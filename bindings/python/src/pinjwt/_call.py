"""Calling the library: handles, texts, times and buffers that grow."""

from __future__ import annotations

import math
import weakref
from ctypes import byref, c_size_t, c_void_p, create_string_buffer, string_at
from datetime import datetime, timedelta
from typing import Union

from . import _abi
from ._errors import Status, argument, from_library

Text = Union[str, bytes, bytearray, memoryview]
Time = Union[int, float, datetime]
Duration = Union[int, timedelta]

_INT64_MAX = 2**63 - 1


class Handle:
    """A handle of the library, freed with this object; at the end of the process it is left to the system."""

    __slots__ = ("__weakref__", "pointer")

    def __init__(self, make: _abi.Function, free: _abi.Function, *arguments: object) -> None:
        out = c_void_p()
        error = _abi.Error()
        if make(*arguments, byref(out), byref(error)):
            raise from_library(error)
        self.pointer = out
        # Other threads may still be inside the library while the interpreter ends.
        weakref.finalize(self, free, out).atexit = False


def call(function: _abi.Function, *arguments: object) -> None:
    """Call a function that has no output but its error."""
    error = _abi.Error()
    if function(*arguments, byref(error)):
        raise from_library(error)


def read(function: _abi.Function, *arguments: object, capacity: int, secret: bool = False) -> bytes:
    """Call a function that writes into a buffer, once more with a larger one where that is needed."""
    while True:
        buffer = create_string_buffer(capacity)
        length = c_size_t()
        error = _abi.Error()
        status = function(*arguments, buffer, capacity, byref(length), byref(error))
        if status == Status.OK:
            output = string_at(buffer, length.value)
            if secret:
                _abi.wipe(buffer, capacity)
            return output
        if status != Status.E_BUFFER:
            raise from_library(error)
        capacity = length.value


def text(value: object, name: str) -> bytes:
    """Return the UTF-8 of a str; a lone surrogate is a UnicodeEncodeError, which is a ValueError."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    return str.encode(value)


def data(value: object, name: str) -> bytes:
    """Return the bytes of a bytes-like object.

    They are of no subclass: one could lie about its length, and C would read beyond its end.
    """
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} must be bytes-like, not {type(value).__name__}")
    return value if type(value) is bytes else memoryview(value).tobytes()


def text_or_data(value: Text, name: str) -> bytes:
    """Return the bytes of a str or a bytes-like object, whatever they are: the library judges them."""
    if isinstance(value, str):
        return str.encode(value, "utf-8", "surrogatepass")
    return data(value, name)


def seconds(value: Duration, name: str) -> int:
    """Return a duration in whole seconds."""
    if isinstance(value, timedelta):
        whole = value // timedelta(seconds=1)
        if timedelta(seconds=whole) != value:
            raise argument(name, f"The {name} must be whole seconds.")
        return int64(whole, name)
    return int64(value, name)


def time(now: Time | None) -> int:
    """Return a time for the library, for which 0 is the system's clock."""
    if now is None:
        return 0
    stamp = numeric_date(now, "now")
    whole = math.floor(stamp)
    if whole <= 0:
        raise argument("now", "The time now must be after 1970-01-01 00:00 UTC.")
    return int64(whole, "now")


def numeric_date(value: Time, name: str) -> int | float:
    """Return a NumericDate (RFC 7519 section 2); a datetime needs its time zone."""
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise argument(name, f"The datetime {name} has no time zone: use datetime.now(timezone.utc).")
        stamp = value.timestamp()
        return int(stamp) if stamp.is_integer() else stamp
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number or a datetime, not {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise argument(name, f"The number {name} is not finite.")
    return value


def int64(value: object, name: str) -> int:
    """Return a whole number that fits the library's; ctypes would cut off what does not."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not -_INT64_MAX <= value <= _INT64_MAX:
        raise argument(name, f"The number {name} is too large.")
    return value
