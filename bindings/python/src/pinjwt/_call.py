"""Calling the library: handles, texts, times and buffers that grow."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import Array, byref, c_char, c_size_t, c_void_p, create_string_buffer
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


def read(function: _abi.Function, *arguments: object, capacity: int) -> bytes:
    """Call a function that writes into a buffer, once more with a larger one where that is needed."""
    buffer, length = _fill(function, arguments, capacity)
    return bytes(memoryview(buffer)[:length])


def read_secret(function: _abi.Function, *arguments: object, capacity: int) -> str:
    """Call a function that writes a secret text; the only copy that is left is what this returns."""
    buffer, length = _fill(function, arguments, capacity)
    try:
        return str(memoryview(buffer)[:length], "utf-8")
    finally:
        _abi.wipe(buffer, len(buffer))


def _fill(function: _abi.Function, arguments: tuple[object, ...], capacity: int) -> tuple[Array[c_char], int]:
    while True:
        buffer = create_string_buffer(capacity)
        length = c_size_t()
        error = _abi.Error()
        status = function(*arguments, buffer, capacity, byref(length), byref(error))
        if status == Status.OK:
            return buffer, length.value
        if status != Status.E_BUFFER:
            raise from_library(error)
        capacity = length.value


@contextmanager
def lend(value: Text, name: str) -> Iterator[tuple[object, int]]:
    """Lend what holds a secret to one call; copies that have to be made for it are wiped afterwards.

    A `bytes` object goes in as it is. What can change is copied, for another thread could change it while
    the library reads.
    """
    if type(value) is bytes:
        yield value, len(value)
        return
    copy: object
    if isinstance(value, str):
        copy = str.encode(value, "utf-8", "surrogatepass")
        length = len(copy)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        own = bytearray(memoryview(value))
        length = len(own)
        copy = (c_char * length).from_buffer(own)
    else:
        raise TypeError(f"{name} must be a str or bytes-like, not {type(value).__name__}")
    try:
        yield copy, length
    finally:
        # Nobody else has these bytes, not even where they are the text's encoding: only those of at most
        # one byte are shared by the interpreter.
        if length > 1:
            _abi.wipe(copy, length)


def path(value: str | os.PathLike[str], name: str = "path") -> bytes:
    """Return a path for C, which would take it to end at a NUL."""
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise argument(name, f"The {name} has a NUL inside.")
    return encoded


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


def milliseconds(value: Duration, name: str) -> int:
    """Return a duration in whole milliseconds; a number is one of seconds."""
    if not isinstance(value, timedelta):
        return int64(seconds(value, name) * 1000, name)
    whole = value // timedelta(milliseconds=1)
    if timedelta(milliseconds=whole) != value:
        raise argument(name, f"The {name} must be whole milliseconds.")
    return int64(whole, name)


def time(value: Time | None, name: str = "now") -> int:
    """Return a time for the library, for which 0 is the system's clock."""
    if value is None:
        return 0
    stamp = numeric_date(value, name)
    whole = math.floor(stamp)
    if whole <= 0:
        raise argument(name, f"The time {name} must be after 1970-01-01 00:00 UTC.")
    return int64(whole, name)


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
