"""Duplicates and variants never cross splits, whatever order they come in."""

from collections.abc import Callable
from itertools import count

import pytest
from django.db.models import Count

from modeling.labels import Split, split_of
from modeling.ml.masking import text_hash
from modeling.models import Comment, Dataset

Import = Callable[..., Dataset]


def family_in(split: Split) -> str:
    return next(name for name in (f"family {n}" for n in count()) if split_of(name) == split)


def text_in(split: Split, about: str = "remark") -> str:
    return next(text for text in (f"A {about} of number {n}" for n in count()) if split_of(text_hash(text)) == split)


def splits() -> dict[str, str]:
    return dict(Comment.objects.values_list("external_id", "split"))


def rows(*cells: tuple[str, str, str]) -> str:
    return "id,family,comment_text\n" + "".join(",".join(row) + "\n" for row in cells)


@pytest.fixture
def nothing_crosses() -> Callable[[], bool]:
    def check() -> bool:
        by_text = Comment.objects.values("text_hash").annotate(n=Count("split", distinct=True)).filter(n__gt=1)
        by_family = Comment.objects.exclude(family="").values("family").annotate(n=Count("split", distinct=True)).filter(n__gt=1)
        return not by_text.exists() and not by_family.exists()

    return check


def test_a_text_without_family_goes_by_its_hash(import_file: Import) -> None:
    import_file(rows(("1", "", "Hello   there"), ("2", "", "hello there"), ("3", "", text_in(Split.GATE))))
    assert splits()["1"] == splits()["2"] == split_of(text_hash("hello there"))
    assert splits()["3"] == "gate"


def test_variants_share_the_split_of_their_family(import_file: Import) -> None:
    import_file(rows(*[(str(n), family_in(Split.TEST), f"Variant {n} of one original") for n in range(30)]))
    assert set(splits().values()) == {"test"}


def test_the_same_text_gets_the_same_split_in_every_data_set(import_file: Import) -> None:
    text = text_in(Split.POOL)
    import_file(rows(("1", "", text)))
    import_file(rows(("2", "", text.upper())))
    assert splits() == {"1": "pool", "2": "pool"}


def test_what_stands_in_the_project_wins_and_the_family_follows(import_file: Import, nothing_crosses: Callable[[], bool]) -> None:
    """Variants before and after the duplicate follow it."""
    test = family_in(Split.TEST)
    import_file(rows(("1", family_in(Split.TRAIN), "Seen before")))
    import_file(rows(("2", test, "First variant"), ("3", test, "Seen before"), ("4", test, "Last variant")))
    assert splits() == {"1": "train", "2": "train", "3": "train", "4": "train"}
    assert nothing_crosses()


def test_within_a_file_the_first_row_wins(import_file: Import, nothing_crosses: Callable[[], bool]) -> None:
    gate = family_in(Split.GATE)
    import_file(rows(("1", family_in(Split.TRAIN), "Said twice"), ("2", gate, "A variant"), ("3", gate, "said  twice"), ("4", "", "SAID TWICE")))
    assert set(splits().values()) == {"train"}
    assert nothing_crosses()


def test_chains_of_duplicates_and_variants_end_up_together(import_file: Import, nothing_crosses: Callable[[], bool]) -> None:
    a, b, c = family_in(Split.TRAIN), family_in(Split.TEST), family_in(Split.AUDIT)
    import_file(rows(("1", b, "Bridge one"), ("2", c, "Bridge two"), ("3", c, "Bridge one"), ("4", a, "Bridge two"), ("5", "", "Bridge two")))
    assert len(set(splits().values())) == 1
    assert nothing_crosses()


def test_a_family_that_has_moved_takes_its_later_variants_along(import_file: Import, nothing_crosses: Callable[[], bool]) -> None:
    """Also in a data set of its own, months later."""
    test = family_in(Split.TEST)
    import_file(rows(("1", family_in(Split.TRAIN), "Seen before")))
    import_file(rows(("2", test, "Seen before")))
    import_file(rows(("3", test, "A variant from next month")))
    assert splits()["3"] == "train"
    assert nothing_crosses()


def test_a_frozen_text_stays_even_where_its_family_is_torn(import_file: Import) -> None:
    """Two data sets froze them apart before: exact duplicates matter more than variants."""
    gate = family_in(Split.GATE)
    import_file(rows(("1", family_in(Split.TRAIN), "Seen before"), ("2", gate, "Its family is elsewhere")))
    import_file(rows(("3", gate, "Seen before"), ("4", gate, "A variant")))
    assert splits()["3"] == "train"
    assert splits()["1"] == "train"


def test_other_projects_do_not_matter(import_file: Import, make_comment: Callable[..., Comment], make_dataset: Callable[..., Dataset]) -> None:
    from modeling.models import Project

    other = make_dataset(project=Project.objects.create(name="Other", slug="other"))
    text = text_in(Split.POOL)
    make_comment(text, dataset=other, split="train", external_id="theirs")
    import_file(rows(("1", "", text)))
    assert splits() == {"theirs": "train", "1": "pool"}


def test_look_ups_go_by_the_chunk_and_not_by_the_row(import_file: Import, django_assert_max_num_queries: Callable) -> None:
    import_file(rows(("1", "", "Warm the caches up")))
    with django_assert_max_num_queries(60):
        import_file(rows(*[(str(n), f"f{n}", f"Remark {n} about the bus") for n in range(5_000)]))
