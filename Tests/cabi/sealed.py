"""Verifies tokens in a process that the kernel kills when it opens a file or a socket, and caps in memory.

Reads {"key": PEM or JWK, "alg": n, "first": token, "tokens": [...], "max_token_size": n, "now": n} from
standard input and writes the statuses as a JSON array. With "trespass" it first commits the forbidden act of
that name, for the test of the seal itself.
"""

import ctypes
import json
import os
import platform
import resource
import socket
import struct
import sys

from pinjwt_abi import Key, Policy, Verifier

# open, openat, openat2, creat, socket, socketpair, connect, execve, execveat
FORBIDDEN = {
    "x86_64": (2, 257, 437, 85, 41, 53, 42, 59, 322),
    "aarch64": (56, 437, 198, 199, 203, 221, 281),
}
EXTRA_MEMORY = 24 << 20


def forbid_files_and_sockets() -> None:
    """Installs a seccomp filter (Linux) that kills the process on the calls above."""
    load_number, jump_if_equal, answer = 0x20, 0x15, 0x06
    allow, kill_process = 0x7FFF0000, 0x80000000
    numbers = FORBIDDEN[platform.machine()]
    program = [(load_number, 0, 0, 0)]
    program += [(jump_if_equal, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
    program += [(answer, 0, 0, allow), (answer, 0, 0, kill_process)]
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code)
    header = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    set_no_new_privs, set_seccomp, filter_mode = 38, 22, 2
    if libc.prctl(set_no_new_privs, 1, 0, 0, 0) or libc.prctl(set_seccomp, filter_mode, header, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def forbid_more_memory() -> None:
    with open("/proc/self/statm", encoding="ascii") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + EXTRA_MEMORY, size + EXTRA_MEMORY))


def trespass(kind: str) -> None:
    if kind == "file":
        with open("/dev/null", "rb"):
            pass
    elif kind == "socket":
        socket.socket().close()
    elif kind == "memory":
        bytearray(2 * EXTRA_MEMORY)


def main() -> None:
    task = json.load(sys.stdin)
    pem = task["key"].startswith("-----")
    key = (Key.from_pem if pem else Key.from_jwk)(task["alg"], task["key"]).value()
    verifier = Verifier.new(Policy.new(max_token_size=task["max_token_size"]), key).value()
    # What is loaded or opened once for all, at the first use of the library, is no token's doing.
    verifier.verify_once(task["first"], task["now"]).value()
    forbid_more_memory()
    forbid_files_and_sockets()
    trespass(task.get("trespass", ""))
    statuses = [verifier.verify_once(token, task["now"]).status for token in task["tokens"]]
    os.write(1, json.dumps(statuses).encode("ascii"))


main()
