"""Where libpinjwt is, and loading it."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

SONAME = "libpinjwt.so.0"


def candidates(package: Path, environment: str | None) -> list[str]:
    """Return what to load, best first; a name without a slash goes through the system's loader."""
    if environment:
        return [environment]
    found = []
    beside = package / SONAME
    if beside.is_file():
        found.append(str(beside))
    if package.parts[-4:] == ("bindings", "python", "src", "pinjwt"):
        built = package.parents[3] / "build" / "lib" / SONAME
        if built.is_file():
            found.append(str(built))
    found.append(SONAME)
    return found


def load(package: Path, environment: str | None) -> ctypes.CDLL:
    """Load the first candidate; one that is there but cannot be loaded is an error, not passed over."""
    name = candidates(package, environment)[0]
    try:
        # CDLL, not PyDLL: the GIL is free during each call.
        return ctypes.CDLL(name)
    except OSError as error:
        if environment:
            raise ImportError(f"pinjwt cannot load the library that PINJWT_LIBRARY names: {error}") from error
        if name != SONAME:
            raise ImportError(f"pinjwt cannot load its library: {error}") from error
        raise ImportError(
            f"pinjwt cannot find {SONAME}: build it with `make` in the checkout, install it where the "
            f"system's loader looks, or set PINJWT_LIBRARY to its path ({error})"
        ) from error


library = load(Path(__file__).resolve().parent, os.environ.get("PINJWT_LIBRARY"))
