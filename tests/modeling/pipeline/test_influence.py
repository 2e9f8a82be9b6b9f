"""What is kept of each person's part in a round's labels, and what is not."""

import shutil
from io import StringIO

import pytest
from django.core.management import call_command

from modeling.labels import Split
from modeling.models import Comment, FeedbackLabel, GateLook, LabelInfluence, LabelSource, RetrainingCycle
from modeling.pipeline.frozen_comments import frozen_of
from modeling.pipeline.influence import MINIMUM_LABELS, measure_influence
from modeling.pipeline.versions import path_of


def name(cycle: RetrainingCycle, source: str, labels: slice) -> None:
    chosen = FeedbackLabel.objects.filter(batch__in=cycle.batches.all())[labels]
    LabelSource.objects.bulk_create(LabelSource(label=label, source=source) for label in chosen)


@pytest.fixture
def named(cycle: RetrainingCycle) -> RetrainingCycle:
    """A middle-lane cycle on 24 labels: one person has a part in all, one in 18, one in fewer than may be told of."""
    name(cycle, "ann", slice(None))
    name(cycle, "ben", slice(18))
    name(cycle, "cat", slice(MINIMUM_LABELS - 1))
    return cycle


def test_each_persons_part_and_the_whole_round_are_measured_on_train_alone(named: RetrainingCycle) -> None:
    assert measure_influence(cycle=named) == 3
    whole, ann, ben = LabelInfluence.objects.order_by("source")
    assert (whole.source, ann.source, ben.source) == ("", "ann", "ben")
    assert 0 < whole.comment_count < len(frozen_of(cycle=named, split=Split.TRAIN).comment_id)
    assert whole.label_count >= ann.label_count >= ben.label_count >= MINIMUM_LABELS
    for row in (whole, ann, ben):
        assert row.low < row.effect < row.high
        assert row.loss > 0
    assert not GateLook.objects.exists()


def test_parts_of_a_label_add_up_to_all_of_it(cycle: RetrainingCycle) -> None:
    name(cycle, "ann", slice(None))
    name(cycle, "ben", slice(None))
    measure_influence(cycle=cycle)
    whole, ann, ben = LabelInfluence.objects.order_by("source").values_list("effect", flat=True)
    assert ann == pytest.approx(ben)
    assert ann + ben == pytest.approx(whole)


def test_measured_again_it_stays_as_it_was(named: RetrainingCycle) -> None:
    measure_influence(cycle=named)
    assert measure_influence(cycle=named) == 0
    assert LabelInfluence.objects.count() == 3


def test_labels_without_sources_are_not_measured(cycle: RetrainingCycle) -> None:
    assert measure_influence(cycle=cycle) == 0


def test_on_comments_of_too_few_families_nothing_is_measured(named: RetrainingCycle) -> None:
    """Their spread would be told too small, or not at all."""
    Comment.objects.in_split(Split.TRAIN).update(family="one thread")
    assert measure_influence(cycle=named) == 0


def test_what_goes_wrong_takes_nothing_from_the_verdict(named: RetrainingCycle) -> None:
    call_command("run_cycle", id=named.pk, stdout=StringIO())
    LabelInfluence.objects.all().delete()
    shutil.rmtree(path_of(named.base))
    out = StringIO()
    call_command("run_cycle", id=named.pk, stdout=out)
    assert "was not measured: FileNotFoundError" in out.getvalue()
    assert "Sealed: SHA-256" in out.getvalue()


def test_a_cycle_that_has_its_verdict_is_measured(named: RetrainingCycle) -> None:
    call_command("run_cycle", id=named.pk, stdout=StringIO())
    assert named.influences.count() == 3
