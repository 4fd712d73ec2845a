"""What a store answers while nothing can be written: run with the path and the name of the system's error.

SQLite lets its calls of the system be replaced.
"""

import ctypes
import errno
import sys
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_size_t, c_ssize_t, c_void_p
from typing import Final

from sqlite_abi import Refused, Store

Write: Final = CFUNCTYPE(c_ssize_t, c_int, c_void_p, c_size_t, c_int64, use_errno=True)
SetCall: Final = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p)


class Vfs(ctypes.Structure):
    _fields_ = [
        *((name, c_int) for name in ("version", "file_size", "longest_path")),
        ("next", c_void_p),
        ("name", c_char_p),
        *(
            (name, c_void_p)
            for name in ("data", "open", "delete", "access", "full_path", "dl_open", "dl_error")
        ),
        *(
            (name, c_void_p)
            for name in ("dl_symbol", "dl_close", "randomness", "sleep", "time", "last_error")
        ),
        ("time64", c_void_p),
        ("set_call", SetCall),
    ]


sqlite: Final = ctypes.CDLL("libsqlite3.so.0")
sqlite.sqlite3_vfs_find.restype = POINTER(Vfs)
vfs: Final = sqlite.sqlite3_vfs_find(b"unix")


def fail(_descriptor: int, _data: int, _count: int, _offset: int) -> int:
    ctypes.set_errno(getattr(errno, sys.argv[2]))
    return -1


def attempt(call: Callable[[], object]) -> None:
    try:
        print("DONE", call())
    except Refused as error:
        print(error.status.name, error.message)


store: Final = Store(sys.argv[1])
store.login(1)
store.live()
failing = Write(fail)
vfs[0].set_call(vfs, b"pwrite64", ctypes.cast(failing, c_void_p))
attempt(lambda: store.refresh(1, 0))
attempt(lambda: store.refresh(1, 0))
attempt(store.live)
attempt(lambda: Store(sys.argv[1] + ".new"))
vfs[0].set_call(vfs, b"pwrite64", None)
attempt(lambda: store.refresh(1, 0).verdict.name)
store.close()
