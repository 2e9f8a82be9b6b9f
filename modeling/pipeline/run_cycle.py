"""One retraining cycle from request to verdict: retrain -> evaluate -> decide."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from modeling import ledger
from modeling.config import GateConfig
from modeling.errors import CancelledError, LostClaimError, NotEligibleError, UnmeasurableError
from modeling.labels import CYCLE_ARMS, JUDGED_SPLITS, Arm, Split
from modeling.lifecycle import Beat, claim, fail, finish, go_on_to_evaluate, promote
from modeling.models import GateLook, ModelVersion, Project, RetrainingCycle
from modeling.pipeline.evaluate import PairMeasures, VersionMeasures, measure_pair, measure_version
from modeling.pipeline.frozen_comments import FrozenComments, freeze
from modeling.pipeline.predict import score_comments, score_together
from modeling.pipeline.probe import probe_version
from modeling.pipeline.retrain import in_training_order, retrain
from modeling.spending import take_look

if TYPE_CHECKING:
    from modeling.measures.decision import Decision

READING_SHARE, TRAINING_SHARE, SCORING_SHARE = 0.2, 0.7, 0.85
"""Where training and scoring end on the progress bar."""

Measured = list[VersionMeasures | PairMeasures]
Frozen = dict[Split, FrozenComments]


def run_cycle(*, cycle: RetrainingCycle, arms: tuple[Arm, ...] = CYCLE_ARMS) -> RetrainingCycle:
    """Claim a requested cycle and take it to its verdict. `arms` leaves control arms out where only the verdict is wanted.

    One that was judged before is judged again, on what gate holds by now: its arms stand, so nothing is trained.

    Raises:
        LostClaimError: it is not waiting (any more), or it was taken for dead while it ran.
        UnmeasurableError: gate cannot say anything of the primary measure, so no look is spent on it.
    """
    claim(cycle, running=RetrainingCycle.State.TRAINING)
    if cycle.candidate_id is not None:
        arms = tuple(Arm(arm) for arm in cycle.versions.values_list("arm", flat=True))
    try:
        with Beat(cycle) as beat:
            # Before hours of training.
            beat(stage="asking whether gate can tell", progress=0, force=True)
            _require_measurable(cycle, _freeze(cycle, (cycle.champion,), splits=(Split.GATE,))[Split.GATE])
            # Echo and placebo ask what the champion said of the labelled comments, which were judged with an earlier version perhaps.
            score_comments(version=cycle.champion, splits=(Split.POOL,), on_progress=lambda *_: beat(stage="scoring the pool", progress=0.01))
            versions = _retrain(cycle, arms, beat)
            go_on_to_evaluate(cycle)
            _score(cycle, versions, beat)
            _probe((cycle.champion, versions[Arm.REAL]), beat)
            beat(stage="measuring", progress=SCORING_SHARE, force=True)
            frozen = _freeze(cycle, (cycle.champion, *versions.values()))
            # Again: comments may have been taken out of gate meanwhile.
            _require_measurable(cycle, frozen[Split.GATE])
            look = take_look(cycle=cycle, rests_on=frozen[Split.GATE].sha256(cycle.champion, versions[Arm.REAL]))
            measured = _measure(cycle, versions, frozen, beat)
            _decide(cycle, versions[Arm.REAL], look, frozen, measured, beat)
    except CancelledError as error:
        fail(cycle, str(error), state=RetrainingCycle.State.CANCELLED)
    except UnmeasurableError as error:
        if cycle.decision:
            # It keeps the verdict that it has.
            fail(cycle, str(error), state=RetrainingCycle.State.CANCELLED, action="cycle.not_judged_again")
        else:
            fail(cycle, str(error))
        raise
    except LostClaimError:
        # Taken for dead, and perhaps begun anew by now: what stands there is another run's.
        raise
    # The one broad except: django-q2 ends a task by SystemExit, and a cycle must never stay `training` for ever.
    except BaseException as error:
        fail(cycle, f"{type(error).__name__}: {error}")
        raise
    return cycle


def _require_measurable(cycle: RetrainingCycle, gate: FrozenComments) -> None:
    from modeling.measures.gate import why_untestable

    if why := why_untestable(gate.read(cycle.champion).scored, GateConfig.from_dict(cycle.gate_config)):
        raise UnmeasurableError(why)


def _retrain(cycle: RetrainingCycle, arms: tuple[Arm, ...], beat: Beat) -> dict[Arm, ModelVersion]:
    beat(stage="reading labels", progress=0.01, force=True)
    log: list[dict[str, Any]] = list(cycle.live_losses)
    begun, order = 0.02, in_training_order(arms)

    def on_step(arm: Arm, step: dict[str, Any]) -> None:
        nonlocal begun
        if step.get("step") is None:
            beat(stage=f"training {arm}", progress=0.02 + (READING_SHARE - 0.02) * step.get("read", 0), message=step.get("message", ""))
            begun = READING_SHARE if "read" in step else begun
            return
        # An arm that goes on from a checkpoint repeats the steps behind it.
        log[:] = [known for known in log if known["arm"] != arm or known["step"] < step["step"]]
        log.append({"arm": arm, **step})
        done = order.index(arm) + step["step"] / step["steps"]
        message = f"step {step['step']} of {step['steps']}"
        beat(stage=f"training {arm}", progress=begun + (TRAINING_SHARE - begun) * done / len(arms), message=message, live_losses=log)

    versions = retrain(cycle=cycle, on_step=on_step, should_stop=_should_stop(beat), arms=arms)
    beat(stage="trained", progress=TRAINING_SHARE, live_losses=log, force=True)
    return versions


def _should_stop(beat: Beat) -> Any:
    def should_stop() -> bool:
        try:
            beat.check()
        except CancelledError:
            return True
        return False

    return should_stop


def _score(cycle: RetrainingCycle, versions: dict[Arm, ModelVersion], beat: Beat) -> None:
    wanted = [cycle.champion, *versions.values()]

    def report(version: ModelVersion, place: int, done: int, total: int) -> None:
        share = (place + done / total) / len(wanted)
        progress = TRAINING_SHARE + (SCORING_SHARE - TRAINING_SHARE) * share
        beat(stage=f"scoring with {version}", progress=progress, message=f"{done:,} of {total:,} comments")

    score_together(versions=wanted, splits=JUDGED_SPLITS, on_progress=report)


def _probe(versions: tuple[ModelVersion, ...], beat: Beat) -> None:
    """For the verdict's page alone. Before the look: the gate does not ask about it, so nothing of it may cost one."""
    for version in versions:
        beat(stage="measuring", progress=SCORING_SHARE, message=f"{version} on the same sentences about other people", force=True)
        probe_version(version=version)


def _freeze(cycle: RetrainingCycle, versions: tuple[ModelVersion, ...], splits: tuple[Split, ...] = JUDGED_SPLITS) -> Frozen:
    """What is labelled by now, scored by every version that will be measured on it: an import may have ended since they scored."""
    frozen = {split: freeze(project=cycle.project, split=split) for split in splits}
    score_together(versions=versions, splits=splits)
    return frozen


def _measure(cycle: RetrainingCycle, versions: dict[Arm, ModelVersion], frozen: Frozen, beat: Beat) -> Measured:
    """Given back, to be stored with the verdict: whoever could read what gate says before might stop the cycle, or let gate grow, because
    of it; and a cycle that is stopped while it is judged again keeps the figures of the verdict that it has."""
    found: Measured = []
    pairs = _pairs(cycle, versions)
    steps = len(JUDGED_SPLITS) * (len(versions) + 1 + len(pairs))
    measured = _measurements(cycle, [cycle.champion, *versions.values()], pairs, frozen)
    for done, (message, one) in enumerate(measured, start=1):
        found.append(one)
        beat(stage="measuring", progress=SCORING_SHARE + 0.13 * done / steps, message=message, force=True)
    return found


def _pairs(cycle: RetrainingCycle, versions: dict[Arm, ModelVersion]) -> list[tuple[ModelVersion, ModelVersion]]:
    known = [(Arm.REAL, Arm.ECHO), (Arm.PLACEBO, Arm.ECHO)]
    return [(versions[Arm.REAL], cycle.champion), *((versions[a], versions[b]) for a, b in known if {a, b} <= set(versions))]


def _measurements(
    cycle: RetrainingCycle, versions: list[ModelVersion], pairs: list[tuple[ModelVersion, ModelVersion]], frozen: Frozen
) -> Iterator[tuple[str, VersionMeasures | PairMeasures]]:
    seed = cycle.gate_config["seed"]
    for split, comments in frozen.items():
        only = comments.comment_id
        for version in versions:
            yield f"{version} on {split}", measure_version(version=version, split=split, seed=seed, only=only)
        for version, against in pairs:
            pair = measure_pair(cycle=cycle, version=version, against=against, split=split, seed=seed, only=only)
            yield f"{version} against {against} on {split}", pair


def _decide(cycle: RetrainingCycle, candidate: ModelVersion, look: GateLook, frozen: Frozen, measured: Measured, beat: Beat) -> None:
    from modeling.measures.gate import decide

    beat(stage="deciding", progress=0.98, force=True)
    champion, challenger = (frozen[Split.GATE].read(version).scored for version in (cycle.champion, candidate))
    _keep_verdict(cycle, candidate, look, decide(champion, challenger, GateConfig.from_dict(cycle.gate_config)), frozen, measured)


def _keep_verdict(cycle: RetrainingCycle, candidate: ModelVersion, look: GateLook, decision: "Decision", frozen: Frozen, measured: Measured) -> None:
    """Verdict, what was measured on which comments, look and promotion at once in one transaction: whoever is killed between them has done
    all or nothing."""
    state = RetrainingCycle.State.ELIGIBLE if decision.eligible else RetrainingCycle.State.HELD
    now, said = timezone.now(), decision.as_dict()
    with transaction.atomic():
        # First, as everybody takes it who then writes to the ledger: two locks that are taken in two orders stop each other for ever.
        project = Project.objects.select_for_update().get(pk=cycle.project_id)
        finish(cycle, state=state, stage="", candidate=candidate, decision=said, decided_at=now)
        for one in measured:
            one.store()
        for comments in frozen.values():
            comments.keep(cycle, [one for one in measured if isinstance(one, VersionMeasures)])
        GateLook.objects.filter(pk=look.pk).update(decided_at=now, decision=said)
        ledger.append(
            actor="system",
            action=f"cycle.{state}",
            subject=f"cycle {cycle.number} of {cycle.project.slug}",
            payload={
                "candidate": candidate.number,
                "champion": cycle.champion.number,
                "look": f"{look.number} of {look.year}",
                "reasons": list(decision.reasons),
            },
        )
        if decision.eligible and project.promote_at_once:
            _promote_at_once(cycle)


def _promote_at_once(cycle: RetrainingCycle) -> None:
    """Where another version has come into use since, the verdict stands and nothing is promoted."""
    with suppress(NotEligibleError), transaction.atomic():
        promote(cycle=cycle, reason="Promoted at once, as this project is set to.")
