"""The shared library as a file: what it exports, needs and weighs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ALLOWED = {"libcrypto.so.3", "libsodium.so.23", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"}
LARGEST = 400_000


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def declared(header: Path) -> set[str]:
    """The functions of the header, as the preprocessor leaves them."""
    text = output("cc", "-E", "-P", header)
    return set(re.findall(r"\b(pinjwt_\w+)\(", text))


def check(name: str, good: bool, detail: object) -> bool:
    print("ok    " if good else "FAILED", name, detail)
    return good


def main(library: Path, header: Path) -> int:
    symbols = output("nm", "-D", "--defined-only", library).splitlines()
    exported = {line.split()[-1].split("@")[0] for line in symbols}
    exported.discard("PINJWT_0")
    undefined = output("nm", "-D", "--undefined-only", library)
    dynamic = output("readelf", "-dW", library)
    names = declared(header)
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))
    loaded = {Path(line.split()[0]).name for line in output("ldd", library).splitlines()}
    loaded.discard("linux-vdso.so.1")
    versions = sorted(re.findall(r"GLIBC_(\d+)\.(\d+)", undefined), key=lambda v: (int(v[0]), int(v[1])))
    size = library.stat().st_size
    results = [
        check("declared, not exported:", not names - exported, sorted(names - exported)),
        check("exported, not declared:", not exported - names, sorted(exported - names)),
        check("functions:", len(names) > 50, len(names)),
        check("needed:", needed <= ALLOWED, sorted(needed)),
        check("loaded:", loaded <= ALLOWED, sorted(loaded)),
        check("SONAME:", "[libpinjwt.so.0]" in dynamic, re.findall(r"SONAME\).*\[(.+)\]", dynamic)),
        check("bound at load:", "BIND_NOW" in dynamic, ""),
        check("relocations read-only:", "GNU_RELRO" in output("readelf", "-lW", library), ""),
        check("no executable stack:", "RWE" not in output("readelf", "-lW", library), ""),
        check("glibc at least:", tuple(map(int, versions[-1])) < (2, 36), ".".join(versions[-1])),
        check("bytes, stripped:", size <= LARGEST, size),
    ]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
