"""Libraries that servers are started with, and what tells them how to behave while the servers run."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path


class Preload:
    """A library made of a source beside this file; it reads eight bytes of a file that a variable names."""

    def __init__(self, name: str, **more: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=f"pinjwt-{name}-"))
        # Servers of another user look in here.
        self._folder.chmod(0o755)
        library = self._folder / f"{name}.so"
        flags = ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
        source = Path(__file__).with_name(f"{name}.c")
        subprocess.run(["cc", *flags, source, "-o", library], check=True)
        file = self._folder / "told"
        file.write_bytes(bytes(8))
        with file.open("r+b") as opened:
            self._told = mmap.mmap(opened.fileno(), 8)
        #: What a process needs to live by it.
        self.environment = {**os.environ, "LD_PRELOAD": str(library), name.upper(): str(file), **more}

    def tell(self, number: int) -> None:
        self._told[:] = struct.pack("=q", number)

    def remove(self) -> None:
        self._told.close()
        shutil.rmtree(self._folder)


class MovedClock(Preload):
    """The time of day of the processes that are started in its environment."""

    def __init__(self) -> None:
        super().__init__("moved_clock")

    def move(self, by: timedelta) -> None:
        """Set how far from the true time it is; backwards where it is negative."""
        self.tell(by // timedelta(microseconds=1) * 1000)


class FullDisk(Preload):
    """A disk that can be full for the files whose path has `text` in it."""

    def __init__(self, text: str) -> None:
        super().__init__("full_disk", FULL_DISK_OF=text)

    def fill(self) -> None:
        self.tell(1)

    def make_room(self) -> None:
        self.tell(0)
