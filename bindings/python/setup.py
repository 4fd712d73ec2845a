"""Put the shared library into the wheel; pyproject.toml holds everything else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

LIBRARY = "libpinjwt.so.0"
STORES = "libpinjwt_*.so.0"
BUILT = Path(__file__).resolve().parents[2] / "build" / "lib" / LIBRARY


class BuildWithLibrary(build_py):
    """Copies the library beside the package's modules, and those of the stores that are beside it."""

    def run(self) -> None:
        """Build the package, then add the libraries."""
        super().run()
        if self.editable_mode:  # runs from the checkout, where the library is found in the build tree
            return
        source = Path(os.environ.get("PINJWT_LIBRARY") or BUILT)
        if not source.is_file():
            raise SetupError(
                f"The library has not been built: {source} is missing, so run `make` at the top of the "
                f"pinjwt checkout first, or name a built {LIBRARY} in PINJWT_LIBRARY."
            )
        self._add(source, LIBRARY)
        for store in source.parent.glob(STORES):
            self._add(store, store.name)

    def _add(self, source: Path, name: str) -> None:
        target = Path(self.build_lib) / "pinjwt" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755)


class PlatformWheel(bdist_wheel):
    """Any Python 3, since the binding is ctypes, but one platform only, since the library is native."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return the tags: py3-none-PLATFORM."""
        return ("py3", "none", super().get_tag()[2])


class NativeDistribution(Distribution):
    """Tells setuptools that the files belong to one platform."""

    def has_ext_modules(self) -> bool:
        """Say yes: the library."""
        return True


setup(
    distclass=NativeDistribution,
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel},
)
