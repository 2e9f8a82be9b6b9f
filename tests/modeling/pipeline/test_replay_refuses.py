"""What a replay refuses in words, or finds to differ: bundles that are broken, incomplete or hostile."""

import json
import zipfile
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from modeling.errors import BundleRefusedError
from modeling.pipeline import replay_limits
from modeling.pipeline.bundle_file import BundleFile
from modeling.pipeline.replay import replay
from tests.modeling.pipeline.sealed import changed_json, differing, npy, rewritten


@pytest.mark.parametrize("other", [np.full((80, 16), np.nan, dtype=np.float32), np.zeros((80, 16)), np.zeros((79, 16), dtype=np.float32)])
def test_vectors_that_are_no_vectors_are_refused(path: Path, tmp_path: Path, other: np.ndarray) -> None:
    with pytest.raises(BundleRefusedError, match="do not fit together"):
        replay(rewritten(path, tmp_path / "forged.zip", gate_vectors_champion=npy(other)))


def test_parts_that_do_not_fit_together_are_refused(path: Path, tmp_path: Path) -> None:
    with BundleFile.open(path) as bundle:
        facts = bundle.json("cycle.json")
    del facts["gate_config"]
    with pytest.raises(BundleRefusedError, match="do not fit together"):
        replay(rewritten(path, tmp_path / "other.zip", cycle=json.dumps(facts).encode()))


HOSTILE = {
    "no versions": lambda facts: facts.update(versions=[]),
    "no candidate": lambda facts: facts["versions"].pop("real"),
    "a role that no cycle has": lambda facts: facts["versions"].update({"../real": facts["versions"]["real"]}),
    "a version that is a word": lambda facts: facts["versions"].update(real="v2"),
    "an engine that nobody knows": lambda facts: facts["versions"]["real"].update(engine="abacus"),
    "no level to test at": lambda facts: facts["gate_config"].update(alpha=0),
    "a level so small that the tests of harm need any number of draws": lambda facts: facts["gate_config"].update(alpha=1e-300),
    "no level for the primary test": lambda facts: facts["gate_config"].update(primary_alpha=0),
    "resamples without end": lambda facts: facts["gate_config"].update(primary_resamples=10**9),
    "resamples that are half": lambda facts: facts["gate_config"].update(primary_resamples=0.5),
    "no resamples": lambda facts: facts.update(measure_resamples=0),
    "resamples of differences without end": lambda facts: facts.update(measure_resamples=10**9),
    "a threshold that is no number": lambda facts: facts["versions"]["real"].update(threshold={}),
    "libraries that are a list": lambda facts: facts.update(libraries=["torch"]),
    "a measure that nobody knows": lambda facts: facts["gate_config"].update(primary_measure="luck"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_bundle_is_refused_in_words_and_soon(path: Path, tmp_path: Path, change) -> None:
    with pytest.raises(CommandError):
        call_command("replay_cycle", rewritten(path, tmp_path / "hostile.zip", cycle=changed_json(path, "cycle.json", change)), stdout=StringIO())


CLEARED = "\x1b[2J\x1b]0;sealed\x07 \x9b1m \u202ereversed\nsame  everything"
"""Clears a terminal, names its window, turns a line round, and adds one."""


def of_measure(decision: dict) -> None:
    decision["primary"]["measure"] = CLEARED


@pytest.mark.parametrize(
    ("member", "name", "change"),
    [
        ("cycle", "cycle.json", lambda facts: facts.update(project=CLEARED)),
        ("cycle", "cycle.json", lambda facts: facts["libraries"].update(torch=CLEARED)),
        ("cycle", "cycle.json", lambda facts: facts["gate_config"].update(primary_measure=CLEARED)),
        ("decision", "decision.json", of_measure),
    ],
)
def test_words_of_a_bundle_cannot_steer_the_terminal(path: Path, tmp_path: Path, member: str, name: str, change) -> None:
    hostile = rewritten(path, tmp_path / "hostile.zip", **{member: changed_json(path, name, change)})
    out, said = StringIO(), ""
    try:
        call_command("replay_cycle", hostile, stdout=out)
    except CommandError as error:
        said = str(error)
    assert "\\x1b[2J" in out.getvalue() + said
    assert all(letter.isprintable() for letter in (out.getvalue() + said).replace("\n", ""))
    assert "\nsame  everything" not in out.getvalue() + said


def test_the_name_of_a_member_cannot_steer_the_terminal_either(path: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.zip"
    hostile.write_bytes(path.read_bytes())
    with zipfile.ZipFile(hostile, "a") as archive:
        archive.writestr(CLEARED, b"")
    with pytest.raises(CommandError, match=r"^\\x1b\[2J") as refused:
        call_command("replay_cycle", hostile, stdout=StringIO())
    assert str(refused.value).isprintable()


def test_json_is_escaped_as_json_is(path: Path, tmp_path: Path) -> None:
    out = StringIO()
    content = changed_json(path, "cycle.json", lambda facts: facts.update(project=CLEARED))
    call_command("replay_cycle", rewritten(path, tmp_path / "hostile.zip", cycle=content), json=True, stdout=out)
    assert json.loads(out.getvalue())["project"] == CLEARED
    assert all(letter.isprintable() for letter in out.getvalue().replace("\n", ""))


@pytest.mark.parametrize("content", [b"[]", b"null", b"7", b'"fast"', b"{}", b"[" * 100_000])
def test_facts_that_are_something_else_are_refused(path: Path, tmp_path: Path, content: bytes) -> None:
    for name in ("cycle", "fast_config", "gate_subgroups", "decision"):
        if (name, content) != ("gate_subgroups", b"[]"):
            with pytest.raises(BundleRefusedError):
                replay(rewritten(path, tmp_path / "hostile.zip", **{name: content}))


def test_rows_of_more_numbers_than_any_training_has_are_refused(path: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(replay_limits, "MOST_ROW_NUMBERS", 1_000)
    with pytest.raises(BundleRefusedError, match="are too many"):
        replay(path)


def test_what_is_left_out_differs(path: Path, tmp_path: Path) -> None:
    """Asked both ways: a bundle that states less than a cycle has is not the same."""
    with zipfile.ZipFile(path) as archive:
        measures = archive.read("measures.jsonl").splitlines(keepends=True)
    of_a_pair = b"".join(line for line in measures if b'"against":"echo"' not in line)
    bound = [json.loads(line) for line in measures]
    no_limits = b"".join(json.dumps({name: row[name] for name in row if name != "low"}).encode() + b"\n" for row in bound)
    said = {
        "no measures": ("measures", b"", "gate: measures of champion"),
        "one measure less": ("measures", b"".join(measures[1:]), "gate: measures of champion"),
        "a pair less": ("measures", of_a_pair, "test: real - echo, differences and intervals"),
        "no lower limits": ("measures", no_limits, "gate: real - champion, differences and intervals"),
    }
    for key in ("checks", "subgroups"):
        content = changed_json(path, "decision.json", lambda decision, key=key: decision.update({key: []}))
        said[f"no {key}"] = ("decision", content, "gate: all numbers of the decision")
    content = changed_json(path, "decision.json", lambda decision: decision.pop("subgroups_counted"))
    said["not who was counted"] = ("decision", content, "gate: all numbers of the decision")
    for name, (member, content, line) in said.items():
        assert line in differing(replay(rewritten(path, tmp_path / "less.zip", **{member: content}))), name


def test_a_measure_that_no_cycle_has_or_that_stands_there_twice_is_refused(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        measures = archive.read("measures.jsonl")
    first = json.loads(measures.splitlines()[0])
    surplus = json.dumps({**first, "version": "placebo", "against": "champion"}).encode() + b"\n"
    for added, said in ((measures.splitlines(keepends=True)[0], "twice"), (surplus, "no cycle measures")):
        with pytest.raises(BundleRefusedError, match=said):
            replay(rewritten(path, tmp_path / "more.zip", measures=measures + added))
