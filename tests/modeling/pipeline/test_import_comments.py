"""What a good file becomes: comments with levels, splits, mentions; the report; the ledger entry."""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from modeling.errors import LostClaimError
from modeling.labels import SUBGROUPS, split_of
from modeling.ledger import verify
from modeling.ml.masking import text_hash
from modeling.models import Comment, Dataset, LedgerEntry, Project, RejectedRow, SubgroupMention, WorkState
from modeling.pipeline.import_comments import import_comments
from modeling.pipeline.read_rows import CHUNK

Import = Callable[..., Dataset]

KAGGLE_HEADER = (
    "id,target,comment_text,severe_toxicity,obscene,identity_attack,insult,threat,asian,atheist,bisexual,black,buddhist,christian,female,"
    "heterosexual,hindu,homosexual_gay_or_lesbian,intellectual_or_learning_disability,jewish,latino,male,muslim,other_disability,"
    "other_gender,other_race_or_ethnicity,other_religion,other_sexual_orientation,physical_disability,psychiatric_or_mental_illness,"
    "transgender,white,created_date,publication_id,parent_id,article_id,rating,funny,wow,sad,likes,disagree,sexual_explicit,"
    "identity_annotator_count,toxicity_annotator_count"
)


def kaggle_row(**cells: object) -> dict[str, object]:
    row = dict.fromkeys(KAGGLE_HEADER.split(","), "")
    return {**row, "id": 1, "comment_text": "A Muslim family moved in.", "target": 0.2, "toxicity_annotator_count": 10, **cells}


def as_csv(rows: list[dict[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def mentions_of(comment: Comment) -> dict[str, tuple[float, str]]:
    return {mention.subgroup: (mention.value, mention.source) for mention in comment.mentions.all()}


def test_a_kaggle_row_keeps_what_the_loop_needs(import_file: Import) -> None:
    cells = {"severe_toxicity": 0.1, "insult": "0.0", "muslim": 1, "female": 0.25, "black": "0.0", "parent_id": "239607.0", "article_id": 317120}
    dataset = import_file(as_csv([kaggle_row(**cells, created_date="2017-03-06 15:21:53.675241+00", rating="approved")]))
    comment = Comment.objects.get()
    assert dataset.state == WorkState.DONE
    assert (comment.external_id, comment.text, comment.target, comment.annotator_count, comment.level) == (
        *("1", "A Muslim family moved in."),
        *(0.2, 10, "low"),
    )
    assert comment.attributes == {"severe_toxicity": 0.1, "insult": 0}
    assert comment.created_date == date(2017, 3, 6)
    assert (comment.article_id, comment.parent_id) == ("317120", "239607")
    assert mentions_of(comment) == {"muslim": (1, "column"), "female": (0.25, "column")}
    assert (dataset.row_count, dataset.rejected_count, dataset.masked_count) == (1, 0, 0)
    assert (dataset.mention_source, dataset.binary_only, dataset.progress) == ("column", False, 1)


def test_the_kaggle_header_has_all_subgroups() -> None:
    assert set(SUBGROUPS) <= set(KAGGLE_HEADER.split(","))


def test_only_id_and_text_are_needed(import_file: Import) -> None:
    import_file("id,comment_text\na,Lovely weather today\n")
    comment = Comment.objects.get()
    assert (comment.target, comment.level, comment.annotator_count, comment.created_date) == (None, "", None, None)
    assert (comment.family, comment.article_id, comment.parent_id, comment.attributes) == ("", "", "", {})
    assert comment.split == split_of(comment.text_hash)


def test_column_names_may_differ_in_case_and_order_and_begin_with_a_byte_order_mark(import_file: Import) -> None:
    import_file("\ufeff Comment_Text ,TARGET,Id\nFine by me,0.5,x1\n")
    assert Comment.objects.values_list("external_id", "text", "target").get() == ("x1", "Fine by me", 0.5)


@pytest.mark.parametrize(("target", "level"), [(0, "low"), (0.29, "low"), (0.3, "mild"), (0.7, "mild"), (0.71, "high"), (1, "high")])
def test_levels_follow_the_thresholds(import_file: Import, target: float, level: str) -> None:
    import_file(f"id,comment_text,target\n1,Hello there,{target}\n")
    assert Comment.objects.get().level == level


def test_a_data_set_may_have_thresholds_of_its_own(import_file: Import) -> None:
    import_file("id,comment_text,target\n1,Hello there,0.25\n", low_threshold=0.2, high_threshold=0.8)
    assert Comment.objects.get().level == "mild"


def test_the_masked_text_is_the_comment(import_file: Import) -> None:
    dataset = import_file("id,comment_text\n1,Write to bob@example.com or @bob\n2,No need\n")
    comment = Comment.objects.get(external_id="1")
    assert comment.text == "Write to [email] or [handle]"
    assert comment.text_hash == text_hash("Write to [email] or [handle]")
    assert comment.split == split_of(comment.text_hash)
    assert dataset.masked_count == 1


def test_texts_over_several_lines_and_in_any_script_survive(import_file: Import) -> None:
    text = 'First line\nsecond, "quoted" – naïve 日本 🙂'
    import_file(as_csv([{"id": 1, "comment_text": text.replace("\n", "\r\n")}]))
    assert Comment.objects.get().text == text


def test_mentions_come_from_the_term_list_where_there_is_no_identity_column(import_file: Import) -> None:
    dataset = import_file("id,comment_text,x_ramadan\n1,My Muslim neighbours and a gay couple at iftar,0.75\n2,Nothing of the kind,0\n")
    assert dataset.mention_source == "lexicon"
    assert mentions_of(Comment.objects.get(external_id="1")) == {
        "muslim": (1, "lexicon"),
        "homosexual_gay_or_lesbian": (1, "lexicon"),
        "x_ramadan": (0.75, "column"),
    }
    assert mentions_of(Comment.objects.get(external_id="2")) == {}


def test_one_identity_column_is_enough_to_believe_the_columns(import_file: Import) -> None:
    dataset = import_file("id,comment_text,black,x_place\n1,A gay Muslim couple,0.5,1\n")
    assert dataset.mention_source == "column"
    assert mentions_of(Comment.objects.get()) == {"black": (0.5, "column"), "x_place": (1, "column")}


@pytest.mark.parametrize(
    ("rows", "is_binary"),
    [
        ("1,One,0\n2,Two,1\n3,Three,1.0\n", True),
        ("1,One,0\n2,Two,0.5\n", False),
        ("1,One,\n2,Two,\n", False),
    ],
)
def test_labels_of_0_and_1_without_votes_are_binary(import_file: Import, rows: str, is_binary: bool) -> None:
    assert import_file("id,comment_text,target\n" + rows).binary_only is is_binary


def test_labels_of_0_and_1_with_votes_are_not_binary(import_file: Import) -> None:
    assert import_file("id,comment_text,target,toxicity_annotator_count\n1,One,0,3\n2,Two,1,3\n").binary_only is False


@pytest.mark.parametrize(
    "written",
    [
        "2017-03-06 15:21:53.675241+00",
        "2017-03-06",
        "2017-03-06T15:21:53Z",
        "2017-3-6",
        "2017/03/06 15:21",
        "2017-03-06 15:21:53 UTC",
        "2017-03-06T15:21:53+05:30",
    ],
)
def test_dates_are_read_as_people_write_them(import_file: Import, written: str) -> None:
    import_file(f"id,comment_text,created_date\n1,Hello there,{written}\n")
    assert Comment.objects.get().created_date == date(2017, 3, 6)


# Sentiment


def test_vader_tweets_come_in_by_the_same_path(import_file: Import) -> None:
    rows = "1,2.726315789,95,2 2 4,So lucky to have friends @bob\n2,-3.2,20,-4 -3,Worst day\n3,0.4,20,1 0,A cat\n"
    dataset = import_file("id,mean,n,ratings,text\n" + rows, level_kind="sentiment")
    first, second, third = Comment.objects.order_by("pk")
    assert (first.text, first.level, first.annotator_count) == ("So lucky to have friends [handle]", "high", 95)
    assert first.target == pytest.approx((2.726315789 + 4) / 8)
    assert (second.level, third.level) == ("low", "mild")
    assert (dataset.row_count, dataset.binary_only) == (3, False)


def test_sentiment_may_come_with_the_jigsaw_header(import_file: Import) -> None:
    import_file("id,comment_text,target\n1,Great,0.9\n", level_kind="sentiment")
    assert Comment.objects.values_list("text", "target", "level").get() == ("Great", 0.9, "high")


def test_a_mean_outside_the_scale_is_rejected(import_file: Import) -> None:
    import_file("id,mean,n,ratings,text\n1,4.5,20,5,Hello\n2,1,20,1,Hi\n", level_kind="sentiment")
    assert str(RejectedRow.objects.get()) == "line 2: mean is '4.5', not a number from -4 to 4"


# Kinds of files


def test_every_kind_of_file_gives_the_same_comments(import_file: Import, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"id": str(n), "comment_text": f"Remark {n} – naïve", "target": n / 10, "black": None if n % 2 else 0.5, "created_date": "2017-03-06"}
        for n in range(9)
    ]
    lines = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows")
    files = {
        "a.csv": as_csv(rows).encode(),
        "a.CSV.gz": gzip.compress(as_csv(rows).encode()),
        "a.jsonl": lines.encode(),
        "a.ndjson.gz": gzip.compress(lines.encode()),
        "a.parquet": (tmp_path / "rows").read_bytes(),
    }
    columns = ("external_id", "text", "text_hash", "split", "target", "level", "created_date", "mentions__subgroup", "mentions__value")
    found = [list(Comment.objects.filter(dataset=import_file(content, name)).values_list(*columns)) for name, content in files.items()]
    assert len(found[0]) == 9
    assert all(comments == found[0] for comments in found)


def test_parquet_may_hold_numbers_dates_and_gaps(import_file: Import) -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "comment_text": ["One", "Two"],
            "target": [0.5, float("nan")],
            "created_date": pd.to_datetime(["2017-03-06 15:21:53.675241", None]),
            "parent_id": [7.0, float("nan")],
            "toxicity_annotator_count": [4, 10],
        }
    )
    out = io.BytesIO()
    frame.to_parquet(out)
    import_file(out.getvalue(), "comments.parquet")
    rows = Comment.objects.order_by("pk").values_list("external_id", "target", "created_date", "parent_id", "annotator_count")
    assert list(rows) == [("1", 0.5, date(2017, 3, 6), "7", 4), ("2", None, None, "", 10)]


def test_json_lines_may_differ_in_their_keys(import_file: Import) -> None:
    import_file('{"id": 1, "comment_text": "One"}\n{"comment_text": "Two", "id": 2, "target": 1, "tags": ["a"]}\n', "a.jsonl")
    assert list(Comment.objects.order_by("pk").values_list("external_id", "target")) == [("1", None), ("2", 1)]


def test_a_column_that_first_appears_late_in_json_lines_is_not_lost_in_silence(import_file: Import) -> None:
    early = "".join(f'{{"id": {n}, "comment_text": "Remark {n}"}}\n' for n in range(CHUNK))
    import_file(early + '{"id": "z", "comment_text": "Late", "black": 1}\n', "a.jsonl")
    assert str(RejectedRow.objects.get()) == f"line {CHUNK + 1}: has a column that the first 2,000 rows lack: black"


def test_a_limit_stops_reading(import_file: Import) -> None:
    rows = "".join(f"{n},Remark number {n}\n" for n in range(CHUNK + 100))
    assert import_file("id,comment_text\n" + rows, limit=7).row_count == 7
    assert import_file("id,comment_text\n" + rows, limit=CHUNK + 1).row_count == CHUNK + 1


def test_long_files_come_in_chunks_and_tell_their_progress(make_dataset: Callable[..., Dataset], tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("id,comment_text\n" + "".join(f"{n},Remark number {n}\n" for n in range(2 * CHUNK + 5)))
    told: list[int] = []
    dataset = import_comments(dataset=make_dataset(state="requested"), path=path, on_progress=told.append)
    assert told == [CHUNK, 2 * CHUNK, 2 * CHUNK + 5]
    assert dataset.row_count == Comment.objects.filter(dataset=dataset).count() == 2 * CHUNK + 5
    assert set(Comment.objects.values_list("split", flat=True)) == {"train", "pool", "gate", "test", "audit"}


# Ledger and state


def test_the_ledger_says_what_was_imported(import_file: Import, db: None) -> None:
    alice = User.objects.create_user("alice")
    content = "id,comment_text,target\n1,Write to bob@example.com,0\n2,Fine,1\n3,,1\n"
    dataset = import_file(content, requested_by=alice, name="tweets")
    entry = LedgerEntry.objects.get()
    splits = Counter(Comment.objects.values_list("split", flat=True))
    assert (entry.actor, entry.action, entry.subject) == ("alice", "import", f"data set {dataset.pk}")
    assert entry.payload == {
        "name": "tweets",
        "project": "field-study",
        "file_name": "comments.csv",
        "level_kind": "toxicity",
        "sha256": dataset.sha256,
        "mention_source": "lexicon",
        "binary_only": True,
        "row_count": 2,
        "rejected_count": 1,
        "masked_count": 1,
        "splits": dict(splits),
    }
    assert verify() == []


def test_a_data_set_that_is_done_is_not_imported_into_again(make_dataset: Callable[..., Dataset], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,comment_text\n1,Hello\n")
    dataset = make_dataset(state="requested")
    import_comments(dataset=dataset, path=path)
    with pytest.raises(LostClaimError):
        import_comments(dataset=dataset, path=path)
    assert Comment.objects.count() == 1


def test_a_run_that_was_killed_leaves_nothing_that_counts_and_nothing_after_the_next(
    make_dataset: Callable[..., Dataset], make_comment: Callable[..., Comment], project: Project, tmp_path: Path
) -> None:
    dataset = make_dataset(state="running")
    left_over = make_comment("Left over", dataset=dataset, external_id="1")
    SubgroupMention.objects.create(comment=left_over, subgroup="black", source="lexicon")
    RejectedRow.objects.create(dataset=dataset, line=9, reason="left over")
    assert Comment.objects.of(project).count() == 0
    Dataset.objects.filter(pk=dataset.pk).update(state="failed")  # as lifecycle.fail_lost does
    path = tmp_path / "a.csv"
    path.write_text("id,comment_text\n1,Hello\n2,There\n")
    import_comments(dataset=dataset, path=path)
    assert list(Comment.objects.order_by("pk").values_list("text", flat=True)) == ["Hello", "There"]
    assert SubgroupMention.objects.count() == RejectedRow.objects.count() == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), RuntimeError("disk full")], ids=lambda error: type(error).__name__)
def test_whatever_breaks_it_off_no_row_is_left(make_dataset: Callable[..., Dataset], tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,comment_text\n" + "".join(f"{n},Remark {n} by a gay man\n" for n in range(CHUNK + 1)))
    dataset = make_dataset(state="requested")

    def break_off(rows: int) -> None:
        assert Comment.objects.filter(dataset=dataset).exists()
        raise error

    with pytest.raises(type(error)):
        import_comments(dataset=dataset, path=path, on_progress=break_off)
    dataset.refresh_from_db()
    cause = "RuntimeError: disk full" if isinstance(error, RuntimeError) else "it was stopped"
    assert dataset.error == f"The import broke off ({cause}). Nothing was imported; start it again."
    assert dataset.state == WorkState.FAILED
    assert Comment.objects.count() == SubgroupMention.objects.count() == 0
    assert LedgerEntry.objects.get().action == "import.failed"


def test_a_run_taken_for_dead_does_not_finish(make_dataset: Callable[..., Dataset], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,comment_text\n1,Hello\n")
    dataset = make_dataset(state="requested")
    with pytest.raises(LostClaimError):
        import_comments(dataset=dataset, path=path, on_progress=lambda rows: Dataset.objects.filter(pk=dataset.pk).update(state="failed"))
    assert Comment.objects.count() == 0


def test_a_run_that_was_overtaken_leaves_the_other_ones_rows_alone(make_dataset: Callable[..., Dataset], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,comment_text\n1,Hello\n")
    dataset = make_dataset(state="requested")

    def overtake(rows: int) -> None:
        if rows == 1 and Dataset.objects.filter(pk=dataset.pk, state="running").update(state="failed"):
            import_comments(dataset=Dataset.objects.get(pk=dataset.pk), path=path)

    with pytest.raises(LostClaimError):
        import_comments(dataset=dataset, path=path, on_progress=overtake)
    dataset.refresh_from_db()
    assert (dataset.state, dataset.row_count, Comment.objects.count()) == (WorkState.DONE, 1, 1)
