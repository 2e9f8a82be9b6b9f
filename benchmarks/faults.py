"""kill -9 of worker, supervisor, training child, model server and web process at places all through a cycle: nothing is lost or doubled.

One real site (`manage.py serve`, the real trainer, a few hundred made-up comments) and one cycle per kill. After the kill nobody helps but
the supervisor, or, where that one was killed, somebody who starts it again; a cycle that failed is started again as a lead would. A kill
counts only where the cycle still stood at the place when the killed were dead; what passes in a moment is stopped there (`hold`). Then:

lost: the cycle is gone, or never came to an end. undecided: it ended, and could not be brought to a verdict by starting it again.
doubled: two versions of an arm, two verdicts, two looks, two promotions, or two cycles. unexplained_champion: another version is in use
than before, without a promotion of this cycle's candidate that somebody asked for. ledger_problems: what `verify_ledger` finds. unsealed: it
has its verdict and never got its bundle.
"""

import argparse
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import hold
from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.small_site import Site, describe_data, kill, prepare

if TYPE_CHECKING:
    from modeling.models import RetrainingCycle

VICTIMS = ("training child", "worker", "supervisor", "web", "model server")
BEFORE_VERDICT = (
    "requested",
    "reading labels",
    "training none",
    "between arms",
    "training echo",
    "training placebo",
    "training real",
    "scoring",
    "measuring",
    "deciding",
)
SEALING = "sealing"
AFTER_SEALING = ("promoting", "promoted")
PLACES_IN_ORDER = (*BEFORE_VERDICT, SEALING, *AFTER_SEALING)
HELD = {"deciding": "deciding", "promoting": 'INSERT INTO "modeling_versionchange"'}
"""What a statement to the database at this place names. The promotion's is in the middle of its transaction."""

QUICK = (("training child", "training echo"), ("web", "promoting"))
LOST_AFTER = 40
DEADLINE = 600.0
SEALED_WITHIN = 300.0
DECIDED = ("eligible", "held", "promoted")
ENDED = (*DECIDED, "failed", "cancelled")
COUNTS = ("lost", "doubled", "undecided", "unexplained_champion", "ledger_problems", "unsealed")


@dataclass
class Outcome:
    """What became of one cycle. `hit`: processes that were killed; 0 where the place was gone by then."""

    hit: int
    state: str
    retries: int
    seconds: float
    causes: list[str]
    lost: int = 0
    doubled: int = 0
    undecided: int = 0
    unexplained_champion: int = 0
    ledger_problems: int = 0
    unsealed: int = 0


def main() -> None:
    options = _options()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wanted = QUICK if options.quick else [(v, p) for p in options.places for v in options.victims if is_possible(v, p)]
    notes = (
        f"One real cycle on the middle lane per kill; a few hundred made-up comments; BIASAPP_LOST_AFTER={LOST_AFTER} s, so that waiting is short."
    )
    result = ResultFile("faults", notes, directory=ROOT / "var" / "trial" if options.quick else RESULTS)
    site = Site(work, prepare(work, BIASAPP_LOST_AFTER=str(LOST_AFTER)), settings="benchmarks.small_site_settings")
    hold.release(work)
    describe_data(result)
    try:
        site.start()
        _finish_what_was_left(site)
        for victim, place in wanted:
            if not options.again and ("demo", f"{victim} at {place}", "lost") in result.rows:
                continue
            keep(result, victim, place, one_fault(site, victim, place))
    finally:
        site.stop()


def _finish_what_was_left(site: Site) -> None:
    """A run that was stopped may have left a cycle, and there is at most one at a time."""
    from modeling.models import RetrainingCycle

    for cycle in RetrainingCycle.objects.exclude(state__in=ENDED):
        _to_the_verdict(site, cycle)
        _to_the_seal(cycle)


def is_possible(victim: str, place: str) -> bool:
    """The training child seals its verdict, and then it ends."""
    return not (victim == "training child" and place in AFTER_SEALING)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", nargs="+", choices=PLACES_IN_ORDER, default=list(PLACES_IN_ORDER))
    parser.add_argument("--victims", nargs="+", choices=VICTIMS, default=list(VICTIMS))
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "faults", help="the installation that is made for it, and kept")
    parser.add_argument("--again", action="store_true", help="also what has a row already")
    parser.add_argument("--quick", action="store_true", help="two kills only, as a trial")
    return parser.parse_args()


def one_fault(site: Site, victim: str, place: str) -> Outcome:
    """One cycle with one kill. Where the place had passed before the kill, another cycle is tried."""
    for _ in range(3):
        outcome = _one_try(site, victim, place)
        if outcome.hit or any(getattr(outcome, name) for name in COUNTS):
            break
    return outcome


def _one_try(site: Site, victim: str, place: str) -> Outcome:
    from modeling.models import Project, RetrainingCycle

    before = Project.objects.get()
    known = set(RetrainingCycle.objects.values_list("pk", flat=True))
    started = time.monotonic()
    told = site.patiently("POST", "cycles/", {"lane": "middle"})
    if "number" not in told:
        raise RuntimeError(f"no cycle could be started: {told}")
    cycle = RetrainingCycle.objects.get(number=told["number"])
    if place in AFTER_SEALING:
        causes, retries = _to_the_verdict(site, cycle)
        _to_the_seal(cycle)
        hit, asked = _kill_at_promotion(site, cycle, victim, place), True
    else:
        hit, asked = _kill_at(site, cycle, victim, place), False
        _start_again(site, victim)
        causes, retries = _to_the_verdict(site, cycle)
        _to_the_seal(cycle)
    found = RetrainingCycle.objects.filter(pk=cycle.pk).first()
    outcome = Outcome(hit, found.state if found else "gone", retries, time.monotonic() - started, causes)
    judge(
        outcome, cycle_id=cycle.pk, new_cycles=RetrainingCycle.objects.exclude(pk__in=known).count(), champion_before=before.champion_id, asked=asked
    )
    return outcome


def judge(outcome: Outcome, *, cycle_id: int, new_cycles: int, champion_before: int | None, asked: bool) -> None:
    """Write what is wrong into the outcome. `asked`: somebody asked for the promotion."""
    from modeling import ledger
    from modeling.models import CycleBundle, LedgerEntry, ModelVersion, RetrainingCycle, VersionChange

    cycle = RetrainingCycle.objects.filter(pk=cycle_id).select_related("project").first()
    outcome.ledger_problems = len(ledger.verify())
    if cycle is None:
        outcome.lost = 1
        return
    outcome.lost = int(cycle.state not in ENDED)
    outcome.undecided = int(cycle.state in ("failed", "cancelled"))
    outcome.unsealed = int(cycle.state in DECIDED and CycleBundle.of(cycle) is None)
    arms = list(ModelVersion.objects.filter(cycle=cycle).values_list("arm", flat=True))
    verdicts = LedgerEntry.objects.filter(subject=f"cycle {cycle.number} of {cycle.project.slug}", action__in=["cycle.eligible", "cycle.held"])
    changes = list(VersionChange.objects.filter(cycle=cycle))
    twice = [len(arms) > len(set(arms)), verdicts.count() > 1, cycle.looks.count() > 1, len(changes) > 1, new_cycles > 1]
    outcome.doubled = int(any(twice))
    champion = cycle.project.champion_id
    explained = asked and cycle.state == "promoted" and len(changes) == 1 and champion == cycle.candidate_id
    outcome.unexplained_champion = int(champion != champion_before and not explained)


def _kill_at(site: Site, cycle: "RetrainingCycle", victim: str, place: str) -> int:
    """Wait for the place, kill at once. 0: the cycle came to its end, or stood elsewhere when they were dead."""
    with _holding(site, place):
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and not _is_past(cycle, place):
            if _is_there(site, cycle, place) and (pids := site.victims(victim)):
                hit = kill(pids)
                return hit if _is_there(site, cycle, place) else 0
            time.sleep(0.02)
    return 0


@contextlib.contextmanager
def _holding(site: Site, place: str) -> Iterator[None]:
    """Whoever comes to this place waits there as long as the context lasts, where it would be gone in a moment."""
    if place in HELD:
        hold.ask(site.var, HELD[place])
    try:
        yield
    finally:
        hold.release(site.var)


def _is_there(site: Site, cycle: "RetrainingCycle", place: str) -> bool:
    state, stage, arms = _where(cycle)
    if place == SEALING:
        return state in DECIDED and not _is_sealed(cycle)
    return PLACES[place](state, stage, arms) and (place not in HELD or hold.held(site.var))


def _is_past(cycle: "RetrainingCycle", place: str) -> bool:
    state = _where(cycle)[0]
    return state in ENDED and (place != SEALING or state not in DECIDED or _is_sealed(cycle))


def _is_sealed(cycle: "RetrainingCycle") -> bool:
    from modeling.models import CycleBundle

    return CycleBundle.objects.filter(cycle=cycle).exists()


def _where(cycle: "RetrainingCycle") -> tuple[str, str, int]:
    from modeling.models import RetrainingCycle

    state, stage = RetrainingCycle.objects.values_list("state", "stage").get(pk=cycle.pk)
    return state, stage, cycle.versions.count()


def _in_arm(arm: str, place: int) -> Callable[[str, str, int], bool]:
    return lambda _, stage, arms: stage == f"training {arm}" and arms == place


PLACES: dict[str, Callable[[str, str, int], bool]] = {
    "requested": lambda state, _, __: state == "requested",
    "reading labels": lambda _, stage, __: stage in ("scoring the pool", "reading labels"),
    "training none": _in_arm("none", 0),
    "between arms": lambda _, stage, arms: arms == 1 and stage == "training none",
    "training echo": _in_arm("echo", 1),
    "training placebo": _in_arm("placebo", 2),
    "training real": _in_arm("real", 3),
    "scoring": lambda _, stage, __: stage.startswith("scoring with"),
    "measuring": lambda _, stage, __: stage == "measuring",
    "deciding": lambda _, stage, __: stage == "deciding",
}


def _kill_at_promotion(site: Site, cycle: "RetrainingCycle", victim: str, place: str) -> int:
    """In the transaction of the lead's request, or just after it was answered. Asked again where nobody answered, as a lead would."""
    with _holding(site, place):
        request = threading.Thread(target=lambda: _promote(site, cycle), daemon=True)
        request.start()
        while request.is_alive() and not (place in HELD and hold.held(site.var)):
            time.sleep(0.01)
        hit = kill(site.victims(victim))
        is_there = _is_in_use(cycle) if place == "promoted" else hold.held(site.var) and not _is_in_use(cycle)
    _start_again(site, victim)
    request.join()
    cycle.refresh_from_db()
    if cycle.state != "promoted":
        site.patiently("POST", f"cycles/{cycle.number}/promote/", {"reason": "Asked for again."})
    return hit if is_there else 0


def _is_in_use(cycle: "RetrainingCycle") -> bool:
    from modeling.models import VersionChange

    return VersionChange.objects.filter(cycle=cycle).exists()


def _promote(site: Site, cycle: "RetrainingCycle") -> None:
    with contextlib.suppress(OSError):
        site.call("POST", f"cycles/{cycle.number}/promote/", {"reason": "A trial of what a kill does."})


def _start_again(site: Site, victim: str) -> None:
    """Only the supervisor has nobody who starts it again."""
    if victim == "supervisor":
        assert site.process is not None
        site.process.wait()
        site.start()


def _to_the_verdict(site: Site, cycle: "RetrainingCycle") -> tuple[list[str], int]:
    """Watch as a lead does, and start a failed cycle again, twice at most. (causes of failure, retries)"""
    causes: list[str] = []
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        told = site.patiently("GET", f"cycles/{cycle.number}/")
        if told.get("state") in DECIDED or (told.get("state") == "failed" and len(causes) == 2):
            break
        if told.get("state") == "failed":
            causes.append(told["error"])
            site.patiently("POST", f"cycles/{cycle.number}/retry/")
            deadline = time.monotonic() + DEADLINE
        time.sleep(1)
    return causes, len(causes)


def _to_the_seal(cycle: "RetrainingCycle") -> None:
    """Nobody helps: the schedule asks for a bundle that is missing."""
    deadline = time.monotonic() + SEALED_WITHIN
    while _where(cycle)[0] in DECIDED and not _is_sealed(cycle) and time.monotonic() < deadline:
        time.sleep(1)


def keep(result: ResultFile, victim: str, place: str, outcome: Outcome) -> None:
    print(f"{victim} at {place}: {asdict(outcome)}", flush=True)
    arm = f"{victim} at {place}"
    if not outcome.hit:
        print(f"{arm}: the place had passed each time; no row", flush=True)
        return
    more: dict[str, Any] = {"state": outcome.state, "retries": outcome.retries, "causes": outcome.causes, "seconds": round(outcome.seconds)}
    for name in COUNTS:
        result.add(arm=arm, metric=name, value=getattr(outcome, name), data="demo", n=1, **more)
        rows = [row for (_, known, metric), row in result.rows.items() if metric == name and known.endswith(f" at {place}")]
        result.add(arm=place, metric=name, value=sum(row["value"] for row in rows), data="demo", n=len(rows), unit="cycles")


if __name__ == "__main__":
    main()
