"""The ledger shows every kind of tampering that a chain can show."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError

from modeling import ledger
from modeling.models import LedgerEntry


@pytest.fixture
def entries(db: None) -> list[LedgerEntry]:
    with transaction.atomic():
        return [ledger.append(actor="system", action="test", subject=f"thing {n}", payload={"n": n}) for n in range(1, 7)]


def change(place: int, /, **fields: object) -> None:
    LedgerEntry.objects.filter(sequence=place).update(**fields)


def test_an_untouched_ledger_has_no_problems(entries: list[LedgerEntry]) -> None:
    assert ledger.verify() == []


def test_an_empty_ledger_has_no_problems(db: None) -> None:
    assert ledger.verify() == []


def test_each_entry_holds_the_hash_of_the_one_before(entries: list[LedgerEntry]) -> None:
    assert entries[0].previous_hash == "0" * 64
    assert [entry.previous_hash for entry in entries[1:]] == [entry.entry_hash for entry in entries[:-1]]
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5, 6]


def test_the_hash_is_sha256_of_canonical_json(entries: list[LedgerEntry]) -> None:
    entry = entries[1]
    content = {
        "action": "test",
        "actor": "system",
        "at": entry.at.isoformat(timespec="microseconds"),
        "payload": {"n": 2},
        "previous_hash": entries[0].entry_hash,
        "sequence": 2,
        "subject": "thing 2",
    }
    assert entry.entry_hash == hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_it_refuses_an_entry_outside_a_transaction() -> None:
    with pytest.raises(TransactionManagementError, match="in the transaction of what it records"):
        ledger.append(actor="system", action="test", subject="thing", payload={})


@pytest.mark.django_db(transaction=True)
def test_an_entry_goes_when_its_transaction_is_undone() -> None:
    def fail() -> None:
        with transaction.atomic():
            ledger.append(actor="system", action="test", subject="thing", payload={})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert LedgerEntry.objects.count() == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite the one write lock lets nobody append beside another")
@pytest.mark.django_db(transaction=True)
def test_who_append_at_once_form_one_chain() -> None:
    def append_five(thread: int) -> None:
        for n in range(5):
            with transaction.atomic():
                ledger.append(actor=f"thread {thread}", action="test", subject=f"thing {n}", payload={})
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append_five, range(4)))
    assert LedgerEntry.objects.count() == 20
    assert ledger.verify() == []


def test_a_user_is_written_by_name(db: None) -> None:
    with transaction.atomic():
        entry = ledger.append(actor=User.objects.create_user("alice"), action="test", subject="thing", payload={})
    assert entry.actor == "alice"


@pytest.mark.parametrize(
    "fields",
    [{"actor": "mallory"}, {"action": "export"}, {"subject": "thing 9"}, {"payload": {"n": 30}}],
    ids=lambda fields: next(iter(fields)),
)
def test_a_changed_entry_shows(entries: list[LedgerEntry], fields: dict[str, object]) -> None:
    change(3, **fields)
    [problem] = ledger.verify()
    assert problem.startswith("Entry 3 (")
    assert problem.endswith("was changed: its content does not fit its hash.")


def test_a_changed_time_shows(entries: list[LedgerEntry]) -> None:
    change(3, at=entries[0].at)
    assert ledger.verify() == ["Entry 3 (test) was changed: its content does not fit its hash."]


def test_a_changed_entry_with_its_hash_made_anew_shows(entries: list[LedgerEntry]) -> None:
    entry = entries[2]
    entry.payload = {"n": 30}
    change(3, payload=entry.payload, entry_hash=ledger.hash_of(entry))
    assert ledger.verify() == ["Entry 4 does not follow on entry 3: one of the two was changed or moved."]


def test_a_deleted_entry_shows(entries: list[LedgerEntry]) -> None:
    LedgerEntry.objects.filter(sequence=3).delete()
    assert ledger.verify() == ["Entry 3 is missing."]


def test_a_deleted_beginning_shows(entries: list[LedgerEntry]) -> None:
    LedgerEntry.objects.filter(sequence__lte=2).delete()
    assert ledger.verify() == ["Entries 1 to 2 are missing."]


def test_a_deleted_entry_with_the_rest_moved_up_shows(entries: list[LedgerEntry]) -> None:
    LedgerEntry.objects.filter(sequence=3).delete()
    for sequence in (4, 5, 6):
        LedgerEntry.objects.filter(sequence=sequence).update(sequence=F("sequence") - 1)
    assert "Entry 3 does not follow on entry 2: one of the two was changed or moved." in ledger.verify()


def test_two_entries_that_changed_places_show(entries: list[LedgerEntry]) -> None:
    change(3, sequence=99)
    change(4, sequence=3)
    change(99, sequence=4)
    problems = ledger.verify()
    assert "Entry 3 (test) was changed: its content does not fit its hash." in problems
    assert "Entry 4 (test) was changed: its content does not fit its hash." in problems


def test_a_cut_at_the_end_shows_against_a_hash_that_was_written_down(entries: list[LedgerEntry]) -> None:
    LedgerEntry.objects.filter(sequence__gte=5).delete()
    assert ledger.verify() == []
    [problem] = ledger.verify(known_hash=entries[-1].entry_hash)
    assert problem == f"No entry has the hash {entries[-1].entry_hash} that was written down: entries were cut off at the end, or written anew."


def test_numbers_survive_every_database(db: None) -> None:
    """PostgreSQL's jsonb gives 1e20 back as a whole number and -0.0 as 0."""
    payload = {"large": 1e20, "zero": -0.0, "whole": 2.0, "share": 0.1, "tiny": 5e-324, "deep": [{"a": (1.0, 2.5)}], "price": Decimal("1.50")}
    with transaction.atomic():
        ledger.append(actor="system", action="test", subject="thing", payload=payload)
    assert ledger.verify() == []
    stored = LedgerEntry.objects.get().payload
    assert stored == {"large": 10**20, "zero": 0, "whole": 2, "share": 0.1, "tiny": 5e-324, "deep": [{"a": [1, 2.5]}], "price": "1.50"}


def test_it_refuses_a_number_that_is_not_finite(db: None) -> None:
    with transaction.atomic(), pytest.raises(ValueError, match="not JSON compliant"):
        ledger.append(actor="system", action="test", subject="thing", payload={"n": float("nan")})


def test_verifying_reads_in_a_stream(entries: list[LedgerEntry], django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(1):
        ledger.verify()


def test_the_command_prints_the_newest_hash(entries: list[LedgerEntry]) -> None:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert out.getvalue() == f"The ledger is whole: 6 entries. Newest hash: {entries[-1].entry_hash}\n"


def test_the_command_fails_and_says_what_is_wrong(entries: list[LedgerEntry]) -> None:
    LedgerEntry.objects.filter(sequence=3).delete()
    with pytest.raises(CommandError, match=r"The ledger was tampered with.\nEntry 3 is missing."):
        call_command("verify_ledger")
