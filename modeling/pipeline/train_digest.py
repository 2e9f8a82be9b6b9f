"""What a training says that it has read of train, as one hash. No Django here: a replay makes it again from a bundle's lines."""

import hashlib
from collections.abc import Iterable


def train_sha256(rows: Iterable[tuple[str, float, int | None]]) -> str:
    """Of (hash of the text, target, votes), each text once, in the order of the hashes."""
    digest = hashlib.sha256()
    for text_hash, target, votes in rows:
        digest.update(f"{text_hash}:{target!r}:{votes}\n".encode())
    return digest.hexdigest()
