"""A time of day that can be moved while servers live by it."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path


class MovedClock:
    """The time of day of the processes that are started in its environment."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pinjwt-clock-"))
        # Servers of another user look in here.
        self._folder.chmod(0o755)
        self._library = self._folder / "moved_clock.so"
        source = Path(__file__).with_name("moved_clock.c")
        flags = ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
        subprocess.run(["cc", *flags, source, "-o", self._library], check=True)
        self._file = self._folder / "offset"
        self._file.write_bytes(bytes(8))
        with self._file.open("r+b") as file:
            self._offset = mmap.mmap(file.fileno(), 8)

    def move(self, by: timedelta) -> None:
        """Set how far from the true time it is; backwards where it is negative."""
        self._offset[:] = struct.pack("=q", by // timedelta(microseconds=1) * 1000)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to live by this clock."""
        return {**os.environ, "LD_PRELOAD": str(self._library), "MOVED_CLOCK": str(self._file)}

    def remove(self) -> None:
        self._offset.close()
        shutil.rmtree(self._folder)
