"""Comments by month: by their dates, or dealt by a seed and marked so."""

import csv
import tracemalloc

import pytest

from biasapp.study.months import BASELINE, files_of, month_of, parts_of
from biasapp.study.spec import StudySpec

SPEC = StudySpec(months=2, comments_per_month=15_000, data="comments.csv")


def write(path, rows, header=("id", "comment_text", "target", "created_date")):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def dated(tmp_path):
    rows = [(i, f"comment {i}", 0.1, f"2026-{1 + i % 4:02d}-1{i % 10}") for i in range(40)]
    return write(tmp_path / "comments.csv", rows)


@pytest.fixture
def undated(tmp_path):
    return write(tmp_path / "comments.csv", [(i, f"comment {i}", 0.1, "") for i in range(90)])


def ids(part):
    return [row["id"] for row in part.rows]


def test_the_last_months_are_studied_and_what_was_before_is_the_baseline(dated):
    before, *months = parts_of(SPEC, [dated])
    assert [part.month for part in months] == ["2026-03", "2026-04"]
    assert [len(ids(part)) for part in (before, *months)] == [20, 10, 10]
    assert not before.dealt
    assert all(month_of(row) == part.month for part in months for row in part.rows)


def test_comments_without_dates_are_dealt_by_the_seed_and_marked_so(undated):
    before, *months = parts_of(SPEC, [undated])
    assert before.month == BASELINE
    assert all(part.dealt for part in (before, *months))
    assert sum(len(ids(part)) for part in (before, *months)) == 90
    assert all(15 < len(ids(part)) < 45 for part in (before, *months))
    assert all(month_of(row) == part.month for part in months for row in part.rows)
    assert not any(row["created_date"] for row in before.rows)


def test_one_seed_of_the_data_deals_the_same_again_and_another_does_not(undated):
    dealt = [ids(part) for part in parts_of(SPEC, [undated])]
    assert dealt == [ids(part) for part in parts_of(SPEC, [undated])]
    assert dealt != [ids(part) for part in parts_of(StudySpec(months=2, comments_per_month=15_000, data_seed=1), [undated])]


def test_studies_of_other_seeds_have_the_same_comments_in_the_same_months(undated):
    first, other = (parts_of(StudySpec(months=2, comments_per_month=20, seed=seed), [undated]) for seed in (0, 1))
    assert [list(part.rows) for part in first] == [list(part.rows) for part in other]


def test_a_month_has_no_more_comments_than_were_asked_for(dated):
    before, first, second = parts_of(StudySpec(months=2, comments_per_month=4, baseline=6), [dated])
    assert [len(ids(part)) for part in (before, first, second)] == [6, 4, 4]
    assert ids(first) == sorted(ids(first), key=int)


def test_what_has_no_label_is_left_out(tmp_path):
    path = write(tmp_path / "c.csv", [*[(i, f"comment {i}", 0.1, "") for i in range(9)], (9, "no label", "", "")])
    assert sum(len(ids(part)) for part in parts_of(SPEC, [path])) == 9


def test_ids_of_several_files_are_told_apart(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / f"{name}.csv", [(i, f"{name} {i}", 0.1, "") for i in range(20)])
    (tmp_path / "notes.txt").write_text("not for us")
    found = files_of(tmp_path)
    assert [path.name for path in found] == ["one.csv", "two.csv"]
    names = [row["id"] for part in parts_of(SPEC, found) for row in part.rows]
    assert len(set(names)) == 40
    assert "one-3" in names


def test_comments_are_never_all_in_memory(tmp_path):
    """Of millions each would take some kilobytes, before the first one is imported."""
    long = " ".join(["word"] * 1_000)
    path = write(tmp_path / "c.csv", [(i, f"{i} {long}", 0.1, "") for i in range(4_000)])
    tracemalloc.start()
    parts = parts_of(StudySpec(months=2, comments_per_month=100, data="c.csv"), [path])
    parts[0].write(tmp_path / "before.csv")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(ids(part)) for part in parts[1:]] == [100, 100]
    assert most < path.stat().st_size / 4


def test_too_few_comments_and_no_files_are_refused_with_a_reason(tmp_path):
    with pytest.raises(ValueError, match="too few for 2 months"):
        parts_of(SPEC, [write(tmp_path / "c.csv", [(1, "one", 0.1, "")])])
    with pytest.raises(ValueError, match="no file of comments"):
        files_of(tmp_path / "nowhere")


def test_the_generator_is_studied_where_no_file_is_named():
    before, *months = parts_of(StudySpec(months=6, comments_per_month=50), [])
    assert [part.month for part in months] == [f"2026-{month:02d}" for month in range(5, 11)]
    assert {len(ids(part)) for part in months} == {50}
    assert len(ids(before)) > 1_000


def test_a_part_is_written_as_an_import_takes_it(dated, tmp_path):
    part = parts_of(SPEC, [dated])[1]
    part.write(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open() as file:
        assert list(csv.DictReader(file)) == list(part.rows)
