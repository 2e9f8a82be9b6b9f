"""The hash-chained ledger: each entry holds the hash of the one before, so that a changed, deleted or moved row shows.

What a chain alone cannot show is a cut at its end, or a chain written anew from some entry on. For that, write the newest
hash down elsewhere from time to time (`verify_ledger` prints it) and give it to `verify` as `known_hash`.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from modeling.models import LedgerEntry

if TYPE_CHECKING:
    from django.contrib.auth.models import User

GENESIS = "0" * 64
ADVISORY_LOCK = 7_153_001
"""Any fixed number: PostgreSQL holds the lock of this name until the appending transaction ends."""


def append(*, actor: "User | str", action: str, subject: str, payload: dict[str, Any]) -> LedgerEntry:
    """Add an entry in the caller's transaction, so that what happened and its record stand or fall together.

    Raises:
        TransactionManagementError: there is no transaction.
        ValueError: the payload holds a number that is not finite.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a ledger entry must be appended in the transaction of what it records")
    _take_turn()
    last = LedgerEntry.objects.order_by("-sequence").values_list("sequence", "entry_hash").first()
    sequence, previous_hash = (last[0] + 1, last[1]) if last else (1, GENESIS)
    entry = LedgerEntry(
        sequence=sequence,
        at=timezone.now(),
        actor=actor if isinstance(actor, str) else actor.get_username(),
        action=action,
        subject=subject[:80],
        payload=_plain(payload),
        previous_hash=previous_hash,
    )
    entry.entry_hash = hash_of(entry)
    entry.save(force_insert=True)
    return entry


def verify(*, known_hash: str = "") -> list[str]:
    """What is wrong with the ledger, in words; empty when every entry is as it was written. Streams: memory stays flat."""
    problems = list(_broken_links())
    if known_hash and not LedgerEntry.objects.filter(entry_hash=known_hash).exists():
        problems.append(f"No entry has the hash {known_hash} that was written down: entries were cut off at the end, or written anew.")
    return problems


def head() -> LedgerEntry | None:
    return LedgerEntry.objects.order_by("-sequence").first()


def hash_of(entry: LedgerEntry) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no spaces) of all that the entry says and of the hash before it."""
    content = {
        "sequence": entry.sequence,
        "at": _iso(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "payload": entry.payload,
        "previous_hash": entry.previous_hash,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _broken_links() -> Iterator[str]:
    expected, previous_hash = 1, GENESIS
    for entry in LedgerEntry.objects.order_by("sequence").iterator(2_000):
        if entry.sequence != expected:
            last = entry.sequence - 1
            yield f"Entry {expected} is missing." if last == expected else f"Entries {expected} to {last} are missing."
        elif entry.previous_hash != previous_hash:
            yield f"Entry {entry.sequence} does not follow on entry {entry.sequence - 1}: one of the two was changed or moved."
        if entry.entry_hash != hash_of(entry):
            yield f"Entry {entry.sequence} ({entry.action}) was changed: its content does not fit its hash."
        expected, previous_hash = entry.sequence + 1, entry.entry_hash


def _take_turn() -> None:
    """Two who append at once must not name the same predecessor. On SQLite an IMMEDIATE transaction holds the only write lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload as every database gives it back: PostgreSQL's jsonb turns 1e20 into a whole number and forgets -0.0."""
    return _whole(json.loads(json.dumps(payload, cls=DjangoJSONEncoder, allow_nan=False)))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
