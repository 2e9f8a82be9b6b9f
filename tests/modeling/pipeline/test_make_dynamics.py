"""Social dynamics from tiny versions: which comments are read, what is stored, and that a run can be broken off and gone on with."""

import pytest
from django.core.management import call_command
from django_q.models import OrmQ

from modeling.errors import NoSuchMapError
from modeling.labels import Split
from modeling.lifecycle import put_into_use, request_dynamics
from modeling.models import DynamicsRun, Project, ShareChange, ShareSummary, VersionChange, WatchedWord, WordShare
from modeling.pipeline import sample_words as sampling
from modeling.pipeline.make_dynamics import make_dynamics, run_dynamics
from modeling.pipeline.sample_words import ALL, sample_words
from modeling.pipeline.train import train_first
from tests.factories import make_comment

Cut = ShareSummary.Cut


def shares(version, **fields):
    return WordShare.objects.filter(version=version, **fields)


def summary(version, subject=ALL, cut=Cut.ALL, engine="gradient_x_attention", **fields) -> ShareSummary:
    return ShareSummary.objects.get(version=version, subject=subject, cut=cut, engine=engine, **fields)


@pytest.fixture
def second(trained: Project, config):
    """Another version of the same project, in use now."""
    version = train_first(project=trained, config=config.but(seed=3), install=False)
    put_into_use(project=trained, version=version, kind=VersionChange.Kind.PROMOTED)
    return version


def test_comments_of_test_and_audit_are_read_and_no_others(trained: Project) -> None:
    sample = sample_words(trained)
    splits = trained.datasets.get().comments.filter(pk__in=[one.comment_id for one in sample]).values_list("split", flat=True)
    assert set(splits) == {Split.TEST, Split.AUDIT}
    assert {subject for one in sample for subject in one.subjects} == {ALL, "muslim", "christian", "male"} - {"male"}
    muslim = next(one for one in sample if "muslim" in one.subjects)
    assert [muslim.text[start:end] for start, end in muslim.subjects["muslim"]] == ["muslim"]
    assert {muslim.text[start:end] for start, end in muslim.subjects[ALL]} == {"muslim", "man"}


def test_the_same_comments_are_drawn_each_time_and_months_take_turns(trained: Project, monkeypatch) -> None:
    monkeypatch.setattr(sampling, "MOST_OF_A_SUBJECT", 4)
    dataset = trained.datasets.get()
    for month, count in (("2026-01-05", 9), ("2026-02-05", 2)):
        for i in range(count):
            make_comment(dataset, f"the hindu man is nice {month} {i}", split=Split.TEST, mentions=["hindu"], created_date=month)
    drawn = [one.comment_id for one in sample_words(trained) if "hindu" in one.subjects]
    assert drawn == [one.comment_id for one in sample_words(trained) if "hindu" in one.subjects]
    months = dataset.comments.filter(pk__in=drawn).values_list("created_date__month", flat=True)
    assert sorted(months) == [1, 1, 2, 2]


def test_a_mention_without_a_word_of_the_list_is_not_read(trained: Project) -> None:
    silent = make_comment(trained.datasets.get(), "they are nice people", split=Split.TEST, mentions=["buddhist"])
    assert silent.pk not in {one.comment_id for one in sample_words(trained)}


def test_each_comment_has_a_share_of_both_maps_and_a_summary_says_their_mean(trained: Project) -> None:
    version = trained.champion
    assert make_dynamics(version=version)
    own = shares(version, engine="gradient_x_attention", subject="muslim")
    assert own.count() == shares(version, engine="attention", subject="muslim").count() > 20
    assert all(0 < share < 1 for share in own.values_list("share", flat=True))
    assert len(set(own.values_list("chance", flat=True))) == 1, "every comment of this world has as many words"
    found = summary(version, "muslim")
    assert found.n == own.count()
    assert found.share == pytest.approx(sum(own.values_list("share", flat=True)) / found.n)
    assert found.low < found.share < found.high
    assert found.chance_low < found.chance < found.chance_high
    assert {row.place for row in ShareSummary.objects.filter(version=version, cut=Cut.DATASET)} == {str(trained.datasets.get().pk)}


def test_shares_are_cut_by_month_and_thread_and_few_comments_are_not_enough(trained: Project) -> None:
    comments = trained.datasets.get().comments.filter(split__in=(Split.TEST, Split.AUDIT), text__contains="muslim").order_by("pk")
    ids = list(comments.values_list("pk", flat=True))
    comments.filter(pk__in=ids[:15]).update(created_date="2026-03-01", article_id="a1")
    comments.filter(pk__in=ids[15:18]).update(created_date="2026-04-01", article_id="a2")
    make_dynamics(version=trained.champion)
    march, april = (summary(trained.champion, "muslim", Cut.MONTH, place=month) for month in ("2026-03", "2026-04"))
    assert (march.n, april.n) == (15, 3)
    assert march.share is not None
    assert april.share is None
    dataset = trained.datasets.get().pk
    threads = ShareSummary.objects.filter(version=trained.champion, subject="muslim", cut=Cut.THREAD, engine="attention")
    assert list(threads.values_list("place", "n")) == [(f"{dataset}:a1", 15), (f"{dataset}:a2", 3)]


def test_a_change_of_the_version_in_use_is_paired_on_the_comments_of_both(trained: Project, second) -> None:
    first = trained.version_changes.get(kind="installed").version
    make_dynamics(version=first)
    assert not ShareChange.objects.exists()
    make_dynamics(version=second)
    change = ShareChange.objects.get(subject="muslim", engine="gradient_x_attention")
    assert change.change.version == second
    assert change.n == summary(second, "muslim").n
    assert change.difference == pytest.approx(change.after - change.before)
    assert change.before == pytest.approx(summary(first, "muslim").share)
    assert change.low < change.difference < change.high


def test_a_second_run_reads_only_what_is_new_and_what_left_the_sample_goes(trained: Project, monkeypatch) -> None:
    version = trained.champion
    make_dynamics(version=version)
    before = dict(shares(version).values_list("pk", "share"))
    told: list[int] = []
    make_dynamics(version=version, on_progress=lambda done, total: told.append(done))
    assert told == [], "nothing was left to read"
    assert dict(shares(version).values_list("pk", "share")) == before
    WatchedWord.objects.create(project=trained, word="garden")
    make_dynamics(version=version)
    assert summary(version, "word:garden").n == shares(version, subject="word:garden", engine="attention").count() > 5
    monkeypatch.setattr(sampling, "MOST_OF_A_SUBJECT", 10)
    make_dynamics(version=version)
    assert shares(version, subject="muslim", engine="attention").count() == summary(version, "muslim").n == 10


def test_a_run_works_in_slices_and_goes_to_the_end_of_the_queue_between_them(trained: Project) -> None:
    run = request_dynamics(trained.champion)
    assert request_dynamics(trained.champion) == run, "one that waits is waited for"
    OrmQ.objects.all().delete()
    assert not run_dynamics(run=run, seconds=-1)
    assert run.state == "requested"
    call_command("social_dynamics", id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.progress) == ("done", 1.0)
    assert ShareSummary.objects.filter(version=trained.champion).exists()


def test_what_is_left_of_a_run_is_queued_again_by_the_command(trained: Project, monkeypatch) -> None:
    run = request_dynamics(trained.champion)
    OrmQ.objects.all().delete()
    monkeypatch.setattr("modeling.management.commands.social_dynamics.run_dynamics", lambda run: run_dynamics(run=run, seconds=-1))
    call_command("social_dynamics", id=run.pk)
    assert OrmQ.objects.get().task["args"] == (run.pk,)


def test_a_version_that_reads_other_words_has_no_such_maps_and_the_run_says_so(trained: Project, monkeypatch) -> None:
    monkeypatch.setattr("modeling.ml.attribution.reading.changes_texts", lambda config: True)
    run = request_dynamics(trained.champion)
    with pytest.raises(NoSuchMapError):
        run_dynamics(run=run)
    assert run.state == "failed"
    assert "words replaced" in DynamicsRun.objects.get().error


def test_with_a_comment_its_shares_go(trained: Project) -> None:
    make_dynamics(version=trained.champion)
    comment = shares(trained.champion).first().comment
    comment.delete()
    assert not WordShare.objects.filter(comment=comment.pk).exists()
