"""To the disk itself, and not only to the system's memory: what a row in the database speaks of must stay through a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """A file's content, or the names in a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
