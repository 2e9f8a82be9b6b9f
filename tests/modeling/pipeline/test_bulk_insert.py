"""The fast path writes what the ORM would."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from modeling.models import Comment, Dataset, SubgroupMention
from modeling.pipeline.bulk_insert import bulk_insert, reserve_ids

COLUMNS = ("comment_id", "subgroup", "value", "source")


def test_rows_arrive_as_they_were_given(make_comment: Callable[..., Comment]) -> None:
    comment = make_comment()
    bulk_insert(model=SubgroupMention, columns=COLUMNS, rows=iter([(comment.pk, "black", 0.5, "column"), (comment.pk, "x_a\tb\\n'", 1, "lexicon")]))
    rows = SubgroupMention.objects.order_by("pk").values_list("comment", "subgroup", "value", "source")
    assert list(rows) == [(comment.pk, "black", 0.5, "column"), (comment.pk, "x_a\tb\\n'", 1, "lexicon")]


def test_no_rows_are_no_error(db: None) -> None:
    bulk_insert(model=SubgroupMention, columns=COLUMNS, rows=[])
    assert SubgroupMention.objects.count() == 0


def test_constraints_of_the_database_hold(make_comment: Callable[..., Comment]) -> None:
    comment = make_comment()
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk_insert(model=SubgroupMention, columns=COLUMNS, rows=[(comment.pk, "black", 1, "column")] * 2)
    assert SubgroupMention.objects.count() == 0


def test_reserved_ids_are_new_and_the_orm_goes_on_after_them(make_dataset: Callable[..., Dataset], make_comment: Callable[..., Comment]) -> None:
    dataset = make_dataset()
    before = make_comment(dataset=dataset)
    with transaction.atomic():
        ids = list(reserve_ids(model=Comment, count=3))
        columns = ("id", "dataset_id", "external_id", "text", "text_hash", "family", "split", "level", "attributes", "article_id", "parent_id")
        rows = [(pk, dataset.pk, f"bulk {pk}", "Text", "hash", "", "pool", "", '{"insult": 0.5}', "", "") for pk in ids]
        bulk_insert(model=Comment, columns=columns, rows=rows)
    after = make_comment(dataset=dataset)
    assert len({before.pk, *ids, after.pk}) == 5
    assert before.pk < min(ids) <= max(ids) < after.pk
    assert Comment.objects.get(pk=ids[0]).attributes == {"insult": 0.5}


def test_ids_of_deleted_rows_are_not_given_again(make_comment: Callable[..., Comment]) -> None:
    gone = make_comment()
    last = gone.pk
    gone.delete()
    with transaction.atomic():
        assert min(reserve_ids(model=Comment, count=1)) > last
