"""The shared libraries as files: what it exports, needs and weighs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SYSTEM = {"libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"}
#: By library: its headers, what it may need beside the system's, and how many bytes it may have.
LIBRARIES: dict[str, tuple[list[str], set[str], int]] = {
    "pinjwt": (["pinjwt.h", "pinjwt_sessions.h"], {"libcrypto.so.3", "libsodium.so.23"}, 500_000),
    "pinjwt_sqlite": (["pinjwt_sqlite.h"], {"libsqlite3.so.0"}, 200_000),
    "pinjwt_postgres": (["pinjwt_postgres.h"], {"libpq.so.5", "libsodium.so.23"}, 200_000),
    "pinjwt_redis": (
        ["pinjwt_redis.h"],
        {"libhiredis.so.0.14", "libssl.so.3", "libcrypto.so.3", "libsodium.so.23"},
        250_000,
    ),
}


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def declared(header: Path) -> set[str]:
    """The functions of a header, as the preprocessor leaves them, without those of other headers."""
    text = output("cc", "-E", header)
    own = ""
    inside = False
    for line in text.splitlines():
        if line.startswith("# "):
            inside = Path(line.split('"')[1]).name == header.name
        elif inside:
            own += line + "\n"
    return set(re.findall(r"\b(pinjwt_\w+)\(", own))


def check(name: str, good: bool, detail: object) -> bool:
    print("ok    " if good else "FAILED", name, detail)
    return good


def look(library: Path, headers: list[Path], allowed: set[str], largest: int) -> bool:
    """Look at one library."""
    print(library.name)
    symbols = output("nm", "-D", "--defined-only", library).splitlines()
    exported = {line.split()[-1].split("@")[0] for line in symbols}
    exported.discard("PINJWT_0")
    undefined = output("nm", "-D", "--undefined-only", library)
    dynamic = output("readelf", "-dW", library)
    names = set().union(*(declared(header) for header in headers))
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))
    versions = sorted(re.findall(r"GLIBC_(\d+)\.(\d+)", undefined), key=lambda v: (int(v[0]), int(v[1])))
    size = library.stat().st_size
    results = [
        check("declared, not exported:", not names - exported, sorted(names - exported)),
        check("exported, not declared:", not exported - names, sorted(exported - names)),
        check("functions:", len(names) > 0, len(names)),
        check("needed:", needed <= allowed | SYSTEM, sorted(needed)),
        check(
            "SONAME:",
            f"[{library.name.removesuffix('.1.0')}]" in dynamic,
            re.findall(r"SONAME\).*\[(.+)\]", dynamic),
        ),
        check("bound at load:", "BIND_NOW" in dynamic, ""),
        check("relocations read-only:", "GNU_RELRO" in output("readelf", "-lW", library), ""),
        check("no executable stack:", "RWE" not in output("readelf", "-lW", library), ""),
        check("glibc at least:", tuple(map(int, versions[-1])) < (2, 36), ".".join(versions[-1])),
        check("bytes, stripped:", size <= largest, size),
    ]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return all(results)


def main(libraries: Path, headers: Path) -> int:
    results = [
        look(libraries / f"lib{name}.so.0.1.0", [headers / header for header in own], allowed, largest)
        for name, (own, allowed, largest) in LIBRARIES.items()
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
