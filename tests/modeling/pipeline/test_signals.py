"""The pool's signals from a tiny version: complete, resumable, comparable."""

from pathlib import Path

import numpy as np
from django.core.management import call_command

from modeling.labels import Split
from modeling.models import Comment, Prediction, PredictionSignal, Project, ScoringRun
from modeling.pipeline import signals
from modeling.pipeline.predict import score_comments
from modeling.pipeline.signals import store_signals
from tests.factories import make_comment


def of(project: Project, **fields):
    return PredictionSignal.objects.filter(prediction__version=project.champion, **fields)


def test_every_scored_comment_of_the_pool_gets_its_signals_and_no_other(trained: Project) -> None:
    assert store_signals(version=trained.champion) == 24
    assert of(trained).count() == 24
    assert set(of(trained).values_list("prediction__comment__split", flat=True)) == {Split.POOL}
    assert all(0 <= value <= np.log(3) for value in of(trained).values_list("disagreement", flat=True))
    assert len({len(bytes(place)) for place in of(trained).values_list("place", flat=True)}) == 1


def test_only_comments_with_identities_have_flips(trained: Project) -> None:
    store_signals(version=trained.champion)
    assert of(trained, prediction__comment__mentions__isnull=True, flips=None).count() == 8
    assert of(trained, prediction__comment__mentions__isnull=False, flips__gte=0, flips__lte=1).count() == 16


def test_a_second_run_does_only_what_is_missing_and_sees_through_the_same_lens(trained: Project, settings) -> None:
    store_signals(version=trained.champion)
    before = {pk: bytes(place) for pk, place in of(trained).values_list("pk", "place")}
    (lens,) = Path(settings.MODELS_DIR, ".lenses").iterdir()
    made = lens.stat().st_mtime_ns
    make_comment(trained.datasets.get(), "the hindu man is good in the rain", split=Split.POOL)
    score_comments(version=trained.champion)
    of(trained, pk=min(before)).delete()
    assert store_signals(version=trained.champion) == 2
    assert lens.stat().st_mtime_ns == made
    assert {pk: bytes(place) for pk, place in of(trained).values_list("pk", "place") if pk in before} == before
    assert store_signals(version=trained.champion) == 0


def test_where_the_lens_is_lost_all_rows_are_made_again(trained: Project, settings) -> None:
    store_signals(version=trained.champion)
    for path in Path(settings.MODELS_DIR, ".lenses").iterdir():
        path.unlink()
    of(trained, pk=of(trained).first().pk).delete()
    assert store_signals(version=trained.champion) == 24


def test_a_killed_run_keeps_the_chunks_that_were_written(trained: Project, monkeypatch) -> None:
    monkeypatch.setattr(signals, "CHUNK", 10)
    said = []

    def stop_early(done: int, total: int) -> None:
        said.append((done, total))
        if done >= 20:
            raise KeyboardInterrupt

    try:
        store_signals(version=trained.champion, on_progress=stop_early)
    except KeyboardInterrupt:
        assert said == [(10, 24), (20, 24)]
    assert of(trained).count() == 20
    assert store_signals(version=trained.champion) == 4


def test_nothing_is_computed_of_what_is_not_scored_or_has_no_train_to_compare_with(trained: Project) -> None:
    Comment.objects.filter(split=Split.TRAIN).update(target=None)
    assert store_signals(version=trained.champion) == 0
    Prediction.objects.all().delete()
    assert store_signals(version=trained.champion) == 0


def test_scoring_a_project_leaves_signals_behind(trained: Project) -> None:
    call_command("score_comments", project=trained.slug)
    assert of(trained).count() == 24
    assert ScoringRun.objects.get().state == "done"
