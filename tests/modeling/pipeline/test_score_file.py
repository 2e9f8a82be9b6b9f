import csv
import json

import pytest
from django.core.management import call_command

from modeling.pipeline.score_file import score_file


class KilledError(Exception):
    pass


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "texts.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows([number, f"the neighbour is {['kind', 'awful'][number % 2]}\nin the street {number}, “café”"] for number in range(23))
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "scored.csv"


def rows_of(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def run(trained, source, out, die_after: int = 10**9) -> int:
    def on_done(rows: int) -> None:
        if rows >= die_after:
            raise KilledError

    return score_file(source=source, column="text", version=trained.champion, out=out, on_done=on_done)


def test_a_scoring_that_was_killed_goes_on_and_ends_as_if_it_had_not_been(trained, source, out, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("modeling.pipeline.score_file.CHUNK", 5)
    straight = tmp_path / "straight.csv"
    assert run(trained, source, straight) == 0
    with pytest.raises(KilledError):
        run(trained, source, out, die_after=10)
    assert not out.exists(), "a file of that name is whole"
    # Killed while it wrote: half a row stands beyond what the note says.
    with (tmp_path / "scored.csv.part").open("a") as part:
        part.write("10,the neighb")
    assert run(trained, source, out) == 10
    assert out.read_bytes() == straight.read_bytes()
    assert [row["id"] for row in rows_of(out)] == [str(number) for number in range(23)]
    assert {path.name for path in tmp_path.glob("scored*")} == {"scored.csv"}

    # What was begun on another file, or by another version, is no beginning of this one.
    with pytest.raises(KilledError):
        run(trained, source, out, die_after=10)
    source.write_text("id,text\n1,the neighbour is kind\n")
    assert run(trained, source, out) == 0
    assert len(rows_of(out)) == 1
    (tmp_path / "scored.csv.part.json").write_text(json.dumps({"rows": "many"}))
    assert run(trained, source, out) == 0


def test_the_command_writes_a_file_or_to_the_screen(trained, source, out, capsys) -> None:
    call_command("score", str(source), project=trained.slug, out=out)
    call_command("score", str(source), project=trained.slug)
    printed = capsys.readouterr().out
    assert printed.replace("\r\n", "\n") == out.read_text().replace("\r\n", "\n")
    assert {row["model_version"] for row in rows_of(out)} == {"1"}
