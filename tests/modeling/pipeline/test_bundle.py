"""A decided cycle is sealed, and its bundle says the same again without the database."""

import hashlib
import json
import re
import zipfile
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from safetensors.numpy import load_file
from scipy.special import softmax

from modeling.errors import NotSealedError
from modeling.intake import request_cycle
from modeling.labels import Arm, Split
from modeling.models import Comment, CycleBundle, LedgerEntry, Prediction, RetrainingCycle
from modeling.pipeline.bundle import seal, write_bundle
from modeling.pipeline.bundle_file import BundleFile
from modeling.pipeline.replay import Checked, replay
from modeling.pipeline.run_cycle import run_cycle
from modeling.pipeline.versions import path_of
from tests.modeling.pipeline.sealed import decided, differing, file_of, npy, rewritten


def test_the_fast_lane_gives_the_same_weights_byte_for_byte(path: Path) -> None:
    found = replay(path)
    assert found.checked is Checked.BYTES
    assert found.same, differing(found)
    assert found.lane == "fast"
    assert not found.needed


def test_the_sealed_head_is_the_one_that_serves(fast, settings) -> None:
    weights = load_file(path_of(fast.candidate) / "model.safetensors")
    with BundleFile.open(file_of(seal(cycle=fast), settings)) as bundle:
        assert np.array_equal(bundle.array("heads/real_weight.npy"), weights["head.weight"])
        stored = np.array(Prediction.objects.filter(version=fast.candidate, comment__split="gate").order_by("comment_id").values_list("p_low"))
        assert bundle.array("gate/p_real.npy")[:, :1] == pytest.approx(stored, abs=1e-7)


@pytest.mark.parametrize("lane", ["fast", "middle"])
def test_every_versions_vectors_and_head_are_in_it_and_give_its_predictions(cycle, config, settings, lane) -> None:
    with BundleFile.open(file_of(seal(cycle=decided(cycle, config.but(epochs=1), lane)), settings)) as bundle:
        versions = bundle.json("cycle.json")["versions"]
        assert set(versions) == {"champion", "none", "echo", "placebo", "real"}
        for split in ("gate", "test"):
            for role, stated in versions.items():
                vectors = bundle.array(f"{split}/vectors_{stated['vectors']}.npy")
                assert vectors.dtype == np.float32
                logits = vectors @ bundle.array(f"heads/{role}_weight.npy").T + bundle.array(f"heads/{role}_bias.npy")
                assert softmax(logits, axis=1) == pytest.approx(bundle.array(f"{split}/p_{role}.npy"), abs=1e-5)


def test_the_arms_of_the_fast_lane_have_one_encoder_and_its_vectors_stand_once(path: Path) -> None:
    with BundleFile.open(path) as bundle:
        assert {stated["vectors"] for stated in bundle.json("cycle.json")["versions"].values()} == {"champion"}
        assert [name for name in bundle.members if name.startswith("gate/vectors")] == ["gate/vectors_champion.npy"]


def test_on_another_machine_measures_and_decision_are_compared(path: Path, tmp_path: Path) -> None:
    with BundleFile.open(path) as bundle:
        facts = bundle.json("cycle.json")
    elsewhere = json.dumps({**facts, "libraries": {"torch": "1.0"}, "machine": {"family": "another"}}).encode()
    found = replay(rewritten(path, tmp_path / "elsewhere.zip", cycle=elsewhere))
    assert found.checked is Checked.MEASURES
    assert "torch" in found.why
    assert "family" in found.why
    assert found.same, differing(found)


@pytest.mark.parametrize("lane", ["middle", "full"])
def test_other_lanes_say_the_same_from_their_predictions_and_what_a_training_would_need(cycle, config, settings, lane) -> None:
    found = replay(file_of(seal(cycle=decided(cycle, config.but(epochs=1), lane)), settings))
    assert found.checked is Checked.PREDICTIONS
    assert found.same, differing(found)
    assert any(cycle.base.manifest["weights_sha256"] in need for need in found.needed)


def test_every_measure_and_difference_of_the_cycle_is_made_again(middle, settings) -> None:
    found = replay(file_of(seal(cycle=middle), settings))
    made = {line.what: line.stored for line in found.lines}
    for split in ("gate", "test"):
        assert {f"{split}: measures of {role}" for role in ("champion", "none", "echo", "placebo", "real")} <= set(made)
        assert f"{split}: real - echo, differences and intervals" in made
    rows = middle.candidate.evaluations.filter(split="gate", source="", month="").count()
    rows += middle.candidate.subgroup_scores.filter(split="gate").count()
    assert made["gate: measures of real"] == f"{rows} rows"


def test_forged_weights_labels_predictions_measures_and_verdicts_differ(path: Path, tmp_path: Path) -> None:
    """Each under a manifest that fits, so that only the replay itself can tell."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    decision = json.loads(members["decision.json"])
    decision["eligible"] = not decision["eligible"]
    lines = members["measures.jsonl"].splitlines()
    row = json.loads(lines[0])
    labels = members["labels.jsonl"].replace(b'"q":[0.95,0.04,0.01]', b'"q":[0.01,0.04,0.95]', 1)
    forgeries = {
        "heads_real_weight": members["heads/real_weight.npy"][:-1] + b"\x3e",
        "heads_champion_weight": members["heads/champion_weight.npy"][:-1] + b"\x3e",
        "fast_rows_weights": members["fast/rows_weights.npy"][:-4] + np.float32(9).tobytes(),
        "gate_p_champion": members["gate/p_champion.npy"][:-4] + np.float32(0.5).tobytes(),
        "labels": labels,
        "measures": b"\n".join([json.dumps({**row, "value": 0.123}).encode(), *lines[1:]]),
        "decision": json.dumps(decision).encode(),
    }
    for name, content in forgeries.items():
        assert content not in members.values(), name
        assert differing(replay(rewritten(path, tmp_path / "forged.zip", **{name: content}))), name


@pytest.mark.parametrize("split", ["gate", "test"])
def test_other_vectors_than_those_of_the_comments_differ(path: Path, tmp_path: Path, split: str) -> None:
    """Whatever they are: no rounding that is stored beside them may lead back to the predictions."""
    with BundleFile.open(path) as bundle:
        vectors = bundle.array(f"{split}/vectors_champion.npy")
    rng = np.random.default_rng(0)
    for name, other in {
        "random": rng.standard_normal(vectors.shape).astype(np.float32),
        "another comment's": rng.permutation(vectors),
        "one of them": np.vstack([vectors[:-1], -vectors[-1:]]),
    }.items():
        found = replay(rewritten(path, tmp_path / "forged.zip", **{f"{split}_vectors_champion": npy(other)}))
        assert f"{split}: predictions of real, from its vectors and its head" in differing(found), name


def test_it_is_the_same_bytes_when_it_is_written_again(fast, settings, tmp_path: Path) -> None:
    sealed = seal(cycle=fast)
    assert write_bundle(cycle=fast, path=tmp_path / "again.zip") == (sealed.sha256, sealed.size)
    assert seal(cycle=fast) == sealed
    assert CycleBundle.objects.count() == 1


def test_its_hash_stands_in_the_ledger(fast, settings) -> None:
    sealed = seal(cycle=fast)
    entry = LedgerEntry.objects.get(action="cycle.sealed")
    assert entry.payload == {"sha256": sealed.sha256, "bytes": sealed.size}
    assert hashlib.sha256(file_of(sealed, settings).read_bytes()).hexdigest() == sealed.sha256


def test_no_text_and_nobody_is_in_it_unless_an_admin_asks_for_texts(fast, settings, tmp_path: Path) -> None:
    content = file_of(seal(cycle=fast), settings).read_bytes()
    texts = [text.encode() for text in Comment.objects.exclude(split="audit").values_list("text", flat=True)]
    assert not any(text in content for text in texts)
    assert b"annotator" not in content
    call_command("seal_cycle", project=fast.project.slug, cycle=fast.number, out=tmp_path / "texts.zip", with_texts=True, stdout=StringIO())
    asked = (tmp_path / "texts.zip").read_bytes()
    of_use = Comment.objects.filter(split__in=["train", "gate", "test"]).values_list("text", flat=True)
    assert all(text.encode() in asked for text in of_use)
    assert LedgerEntry.objects.get(action="export").payload["texts"] is True
    assert replay(tmp_path / "texts.zip").same


def test_a_cycle_without_a_verdict_is_not_sealed(cycle) -> None:
    with pytest.raises(NotSealedError, match="has no verdict"):
        seal(cycle=cycle)


@pytest.mark.parametrize("split", [Split.TRAIN, Split.GATE])
def test_a_cycle_whose_data_have_changed_since_is_not_sealed(fast, settings, split) -> None:
    Comment.objects.filter(split=split, target__lt=0.5).update(target=1.0, level="high")
    with pytest.raises(NotSealedError, match="changed since this cycle was decided"):
        seal(cycle=fast)
    assert not list(Path(settings.MODELS_DIR).rglob("*.zip"))
    assert not list(Path(settings.MODELS_DIR).rglob(".incomplete-*"))


def test_a_version_whose_weights_have_changed_is_not_sealed(fast) -> None:
    weights = path_of(fast.champion) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(NotSealedError, match="have changed"):
        seal(cycle=fast)


def test_rows_are_read_and_written_in_parts(fast, settings, monkeypatch, tmp_path: Path) -> None:
    from modeling.pipeline import bundle_fast, bundle_lines, bundle_vectors, frozen_comments

    sealed = seal(cycle=fast)
    monkeypatch.setattr(bundle_fast, "PART", 7)
    monkeypatch.setattr(bundle_vectors, "PART", 7)
    monkeypatch.setattr(bundle_lines, "READ_AT_ONCE", 7)
    monkeypatch.setattr(frozen_comments, "READ_AT_ONCE", 7)
    again, _ = write_bundle(cycle=fast, path=tmp_path / "parts.zip")
    assert replay(tmp_path / "parts.zip").same
    assert len(again) == len(sealed.sha256)


def test_the_command_prints_a_table_or_json_and_ends_well(path: Path) -> None:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    out = StringIO()
    call_command("replay_cycle", path, sha256=sha256, stdout=out)
    assert "the weights, byte for byte" in out.getvalue()
    assert sha256 in out.getvalue()
    out = StringIO()
    call_command("replay_cycle", path, json=True, stdout=out)
    said = json.loads(out.getvalue())
    assert (said["checked"], said["same"]) == ("bytes", True)
    assert {"what", "stored", "replayed", "difference", "same"} == set(said["lines"][0])


def test_the_command_ends_badly_where_something_differs(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        decision = json.loads(archive.read("decision.json"))
    decision["eligible"] = not decision["eligible"]
    forged = rewritten(path, tmp_path / "forged.zip", decision=json.dumps(decision).encode())
    out = StringIO()
    with pytest.raises(CommandError, match="Not the same: gate: all numbers of the decision; gate: decision"):
        call_command("replay_cycle", forged, stdout=out)
    assert "NOT" in out.getvalue()
    with pytest.raises(CommandError, match="another bundle than the one that was sealed"):
        call_command("replay_cycle", forged, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), stdout=out)
    with pytest.raises(CommandError, match="There is no file"):
        call_command("replay_cycle", tmp_path / "none.zip", stdout=out)


def test_it_is_replayed_without_a_database(path: Path, django_db_blocker) -> None:
    with django_db_blocker.block():
        call_command("replay_cycle", path, stdout=StringIO())


def test_a_cycle_that_goes_on_after_another_has_a_bundle_of_its_own(fast, config, gate, settings) -> None:
    first = seal(cycle=fast)
    second = request_cycle(project=fast.project, config=config.but(lane="middle"), gate=gate, lane="middle", in_background=False)
    run_cycle(cycle=second, arms=(Arm.REAL,))
    assert seal(cycle=second).file != first.file
    assert replay(file_of(first, settings)).same
    assert replay(file_of(CycleBundle.of(second), settings)).same


def test_the_command_that_runs_a_cycle_seals_it_after_the_verdict(cycle, config) -> None:
    cycle.training_config = config.but(lane="fast").as_dict()
    cycle.lane = "fast"
    cycle.save()
    out = StringIO()
    call_command("run_cycle", id=cycle.pk, stdout=out)
    assert f"Sealed: SHA-256 {CycleBundle.objects.get(cycle=cycle).sha256}" in out.getvalue()


def test_a_second_delivery_seals_what_a_killed_one_left_open(fast) -> None:
    assert not CycleBundle.objects.exists()
    call_command("run_cycle", id=fast.pk, stdout=StringIO())
    call_command("run_cycle", id=fast.pk, stdout=StringIO())
    assert CycleBundle.objects.get().cycle == fast
    assert LedgerEntry.objects.filter(action="cycle.sealed").count() == 1


def test_a_bundle_that_cannot_be_written_fails_no_cycle(fast) -> None:
    Comment.objects.filter(split="train", target__lt=0.5).update(target=1.0, level="high")
    out = StringIO()
    call_command("run_cycle", id=fast.pk, stdout=out)
    fast.refresh_from_db()
    assert "No bundle was written" in out.getvalue()
    assert fast.state in ("eligible", "held", "promoted")
    assert not fast.error


def test_a_cycle_that_is_judged_again_is_sealed_again(fast, settings) -> None:
    """On a gate that experts have added to; the first verdict's bundle stays."""
    first = seal(cycle=fast)
    RetrainingCycle.objects.filter(pk=fast.pk).update(state="requested")
    fast.refresh_from_db()
    with pytest.raises(NotSealedError, match="is requested and has no verdict"):
        write_bundle(cycle=fast, path=Path(settings.MODELS_DIR) / "early.zip")
    known = Comment.objects.filter(split="pool", feedback_labels=None).first() or Comment.objects.filter(split="audit").first()
    Comment.objects.filter(pk=known.pk).update(split="gate")
    run_cycle(cycle=fast)
    second = seal(cycle=fast)
    assert CycleBundle.of(fast) == second != first
    assert LedgerEntry.objects.filter(action="cycle.sealed").count() == 2
    for bundle in (first, second):
        assert replay(file_of(bundle, settings)).same


def test_it_locks_the_project_first_as_all_do_who_write_to_the_ledger(fast) -> None:
    """Two locks that are taken in two orders stop each other for ever: settling a gate round takes the ledger's before the cycle's."""
    with CaptureQueriesContext(connection) as captured:
        seal(cycle=fast)
    said = [query["sql"] for query in captured]
    last = max(place for place, sql in enumerate(said) if sql.startswith("SAVEPOINT"))
    tables = [found[1] for sql in said[last:] if (found := re.search(r'(?:FROM|INTO) "(\w+)"', sql))]
    assert tables.index("modeling_project") < tables.index("modeling_retrainingcycle") < tables.index("modeling_ledgerentry")


def test_of_a_bundle_that_could_not_be_entered_no_file_is_left(fast, settings) -> None:
    def without_room(execute, sql, *rest):
        if sql.startswith('INSERT INTO "modeling_cyclebundle"'):
            raise OperationalError("could not extend file: No space left on device")
        return execute(sql, *rest)

    with pytest.raises(OperationalError), connection.execute_wrapper(without_room):
        seal(cycle=fast)
    assert list(Path(settings.MODELS_DIR).glob("*/bundles/*")) == []
    assert not LedgerEntry.objects.filter(action="cycle.sealed").exists()
