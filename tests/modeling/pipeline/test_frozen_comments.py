"""A verdict keeps the comments that it rests on: whatever comes to their splits later, its bundle is the one that was sealed at once."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from modeling.errors import CancelledError, NotSealedError
from modeling.labels import Split
from modeling.models import Comment, FrozenSplit, Project, RetrainingCycle, SubgroupMention
from modeling.pipeline import frozen_comments
from modeling.pipeline.bundle import seal, write_bundle
from modeling.pipeline.evaluate import evaluate_in_use
from modeling.pipeline.frozen_comments import freeze, frozen_of, truth_sha256
from modeling.pipeline.predict import score_comments
from modeling.pipeline.replay import replay
from modeling.pipeline.run_cycle import run_cycle
from modeling.reports import cycle_report
from tests.factories import make_comment, make_dataset
from tests.modeling.pipeline.sealed import decided, differing, rewritten

RESTS_ON = (Split.TRAIN, Split.GATE, Split.TEST)


def import_more(project: Project) -> None:
    """Of another kind too, with the text of a comment that stands in each split, and all that is measured again afterwards."""
    dataset = make_dataset(project, level_kind="sentiment")
    for split in RESTS_ON:
        known = Comment.objects.filter(split=split).first()
        make_comment(dataset, known.text, split=split, target=1 - known.target, mentions=["muslim"])
        make_comment(dataset, f"the neighbour is vile and kind in the garden, imported later to {split}", split=split, target=0.6)
    score_comments(version=project.champion)
    evaluate_in_use(version=project.champion)


@pytest.mark.parametrize("lane", ["fast", "middle"])
def test_sealed_after_an_import_it_is_the_same_bytes(cycle, config, tmp_path: Path, lane: str) -> None:
    decided(cycle, config, lane)
    at_once = write_bundle(cycle=cycle, path=tmp_path / "at_once.zip")
    import_more(cycle.project)
    assert write_bundle(cycle=RetrainingCycle.objects.get(pk=cycle.pk), path=tmp_path / "later.zip") == at_once
    assert replay(tmp_path / "later.zip").same


def test_the_page_of_a_verdict_shows_what_was_sealed_though_its_versions_are_measured_again(fast, tmp_path: Path) -> None:
    at_verdict = cycle_report(fast)
    measured_then = set(fast.champion.evaluations.values_list("pk", flat=True))
    import_more(fast.project)
    score_comments(version=fast.candidate)
    evaluate_in_use(version=fast.candidate)
    assert not measured_then & set(fast.champion.evaluations.values_list("pk", flat=True))
    report = cycle_report(RetrainingCycle.objects.get(pk=fast.pk))
    assert report == at_verdict
    assert report.splits[0].axes
    write_bundle(cycle=fast, path=tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        lines = [json.loads(line) for line in archive.read("measures.jsonl").splitlines()]
    sealed = {
        row["measure"]: (row["value"], row["n"]) for row in lines if (row["split"], row["version"], row["subgroup"]) == ("gate", "champion", "")
    }
    shown = {row.measure.name: row.champion for row in (*report.splits[0].asked, *report.splits[0].others)}
    assert {name: (figure.value, figure.n) for name, figure in shown.items()} == {name: sealed[name] for name in shown}
    assert shown["accuracy"].low < shown["accuracy"].value < shown["accuracy"].high


def test_of_a_verdict_that_kept_no_intervals_the_page_shows_what_stands_now(fast) -> None:
    at_verdict = cycle_report(fast)
    for kept in fast.frozen_splits.exclude(measures=[]):
        kept.measures = [{name: row[name] for name in ("version", "subgroup", "measure", "value", "n")} for row in kept.measures]
        kept.save()
    assert cycle_report(fast) == at_verdict
    import_more(fast.project)
    assert cycle_report(fast).splits[0].asked[0].champion.n > at_verdict.splits[0].asked[0].champion.n


def test_what_comes_while_it_is_measured_is_not_in_its_bundle(cycle, config, monkeypatch, tmp_path: Path) -> None:
    """Not in test either: every version is measured on the same comments."""
    from modeling.pipeline import run_cycle as running

    counted = {split: cycle.project.datasets.get().comments.filter(split=split).count() for split in RESTS_ON}
    measure = running.measure_version

    def interrupted(**asked):
        import_more(cycle.project)
        monkeypatch.setattr(running, "measure_version", measure)
        return measure(**asked)

    monkeypatch.setattr(running, "measure_version", interrupted)
    decided(cycle, config, "fast")
    write_bundle(cycle=cycle, path=tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        named = [json.loads(line)["split"] for line in archive.read("splits.jsonl").splitlines()]
    assert {split: named.count(split) for split in RESTS_ON} == counted
    assert {row.n for row in cycle.candidate.evaluations.filter(split=Split.TEST, measure="accuracy", source="", month="")} == {counted[Split.TEST]}


@pytest.mark.parametrize("split", RESTS_ON)
@pytest.mark.parametrize("change", ["edited", "erased", "gone", "mentioned"])
def test_it_is_not_sealed_where_something_else_is_true_of_its_comments(middle, change: str, split: Split) -> None:
    comment = Comment.objects.filter(split=split, mentions=None).first()
    if change == "edited":
        Comment.objects.filter(pk=comment.pk).update(target=comment.target + 0.01)
    elif change == "erased":
        Comment.objects.filter(pk=comment.pk).update(target=None, level="")
    elif change == "mentioned":
        SubgroupMention.objects.create(comment=comment, subgroup="muslim")
    else:
        comment.delete()
    with pytest.raises(NotSealedError, match=f"Comments of {split} that this verdict rests on have changed since this cycle was decided"):
        seal(cycle=middle)


def test_arms_that_are_trained_after_a_restart_read_what_the_others_have_read(cycle, monkeypatch) -> None:
    from modeling.pipeline import retrain

    keep = retrain.keep_version

    def killed(**asked):
        keep(**asked)
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(retrain, "keep_version", killed)
        with pytest.raises(SystemExit):
            run_cycle(cycle=cycle)
    assert cycle.versions.count() == 1
    import_more(cycle.project)
    RetrainingCycle.objects.filter(pk=cycle.pk).update(state="requested")
    run_cycle(cycle=cycle)
    assert len({version.manifest["data"]["sha256"] for version in cycle.versions.all()}) == 1
    seal(cycle=cycle)


def test_nothing_is_frozen_of_a_train_split_that_is_empty(cycle) -> None:
    """Begun again after an import, the cycle finds that."""
    known = set(Comment.objects.filter(split=Split.TRAIN).values_list("pk", flat=True))
    Comment.objects.filter(pk__in=known).update(split=Split.AUDIT)
    assert not len(frozen_comments.frozen_train(cycle).comment_id)
    Comment.objects.filter(pk__in=known).update(split=Split.TRAIN)
    assert set(frozen_comments.frozen_train(cycle).comment_id.tolist()) == known


def test_stopped_while_it_is_judged_again_its_verdict_is_sealed_as_it_was(fast, monkeypatch, tmp_path: Path) -> None:
    at_once = write_bundle(cycle=fast, path=tmp_path / "at_once.zip")
    measured = list(fast.differences.order_by("pk").values_list("pk", flat=True))
    import_more(fast.project)

    def stopped(*_):
        raise CancelledError("Cancelled on request.")

    RetrainingCycle.objects.filter(pk=fast.pk).update(state="requested")
    with monkeypatch.context() as asked:
        asked.setattr("modeling.measures.gate.decide", stopped)
        run_cycle(cycle=fast)
    assert (fast.state, fast.gate_config["look"]) == ("held", 2)
    assert list(fast.differences.order_by("pk").values_list("pk", flat=True)) == measured
    assert write_bundle(cycle=fast, path=tmp_path / "later.zip") == at_once


def test_judged_again_it_rests_on_what_has_come_but_trains_on_nothing_new(fast) -> None:
    before = {split: len(frozen_of(cycle=fast, split=split).comment_id) for split in RESTS_ON}
    import_more(fast.project)
    RetrainingCycle.objects.filter(pk=fast.pk).update(state="requested")
    run_cycle(cycle=fast)
    after = {split: len(frozen_of(cycle=fast, split=split).comment_id) for split in RESTS_ON}
    assert after == {Split.TRAIN: before[Split.TRAIN], Split.GATE: before[Split.GATE] + 2, Split.TEST: before[Split.TEST] + 2}
    assert fast.decision["n"] == after[Split.GATE]
    seal(cycle=fast)


def test_a_cycle_from_before_cycles_kept_their_comments_is_sealed_while_nothing_has_come(middle, tmp_path: Path) -> None:
    at_once = write_bundle(cycle=middle, path=tmp_path / "at_once.zip")
    FrozenSplit.objects.all().delete()
    assert write_bundle(cycle=middle, path=tmp_path / "older.zip") == at_once
    make_comment(middle.project.datasets.get(), "the neighbour is kind in the bus, imported later", split=Split.GATE, target=0.0)
    with pytest.raises(NotSealedError, match="Comments were added since this cycle was decided"):
        seal(cycle=middle)


def test_nor_is_one_from_before_then_whose_train_split_has_grown(middle) -> None:
    FrozenSplit.objects.all().delete()
    make_comment(middle.project.datasets.get(), "the neighbour is kind in the bus, imported later", split=Split.TRAIN, target=0.0)
    with pytest.raises(NotSealedError, match="train: its comments, SHA-256"):
        seal(cycle=middle)


def test_ids_are_read_as_a_database_gives_them() -> None:
    """PostgreSQL's driver gives a view of memory."""
    ids = np.array([1, 2**40], dtype=np.int64)
    for given in (FrozenSplit.stored(ids), memoryview(FrozenSplit.stored(ids))):
        assert FrozenSplit(comment_ids=given).ids.tolist() == ids.tolist()


def test_the_hash_of_the_truth_is_the_same_however_many_are_read_at_once(world, monkeypatch) -> None:
    frozen = freeze(project=world, split=Split.GATE)
    monkeypatch.setattr(frozen_comments, "READ_AT_ONCE", 7)
    assert truth_sha256(frozen.comment_id) == frozen.truth_sha256
    assert truth_sha256(frozen.comment_id[:-1]) != frozen.truth_sha256


def test_a_bundle_that_names_other_comments_differs(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("splits.jsonl").splitlines(keepends=True)
    for split, what in ((Split.TRAIN, "train: its comments, SHA-256"), (Split.GATE, "gate: its comments, toxic or not")):
        first = next(line for line in lines if json.loads(line)["split"] == split)
        other = json.dumps({**json.loads(first), "target": 0.7}).encode() + b"\n"
        for name, forged in (("left out", b""), ("another target", other)):
            content = b"".join(forged if line == first else line for line in lines)
            assert differing(replay(rewritten(path, tmp_path / "forged.zip", splits=content))) == [what], name
