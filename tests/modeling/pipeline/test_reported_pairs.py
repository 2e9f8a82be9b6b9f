"""Pairs that people reported as bias: frozen with a cycle, trained on in one arm, in the bundle and its replay."""

import zipfile
from io import BytesIO
from itertools import permutations

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from modeling.config import TrainingConfig
from modeling.gate_truth import fresh_count, move_to_gate
from modeling.intake import request_cycle
from modeling.labels import Arm
from modeling.ml.masking import text_hash
from modeling.ml.swap_rules import rule_of
from modeling.ml.swaps import SWAPS
from modeling.ml.what_if import Variant, VariantKind, pair_key
from modeling.models import Comment, CounterfactualPair, CyclePair, LedgerEntry, RetrainingCycle, Role
from modeling.pipeline.bundle import seal, write_bundle
from modeling.pipeline.bundle_file import BundleFile
from modeling.pipeline.decide_swap import allow_again, dismiss
from modeling.pipeline.freeze_pairs import MOST_OF_ONE, MOST_WEIGHT_OF_ONE, digest_of, is_taken
from modeling.pipeline.replay import Checked, replay
from modeling.pipeline.report_pair import report_pair, take_back_pair
from modeling.pipeline.training_rows import arm_labels
from tests.factories import make_comment, make_member
from tests.modeling.pipeline.sealed import decided, differing, file_of, rewritten

RULE = "religion|christian|muslim|adjective"


@pytest.fixture
def people(trained):
    return [make_member(trained, Role.ANNOTATOR) for _ in range(4)]


def report(project, by, place="street", verdict="biased"):
    text, twin = (f"the {who} man is nice in the {place}" for who in ("muslim", "christian"))
    variant = Variant(twin, VariantKind.SWAP, "muslim", "christian", RULE)
    return report_pair(project=project, version=project.champion, text=text, variant=variant, verdict=verdict, by=by)


def again(cycle, config, gate) -> RetrainingCycle:
    """Another cycle, on what stands reported by now."""
    cycle.project.cycles.filter(state="requested").update(state="cancelled")
    return request_cycle(project=cycle.project, config=config.but(lane="fast"), gate=gate, in_background=False)


def test_each_pair_is_frozen_once_with_its_share_of_reporters_and_no_name(cycle, config, gate, people):
    for one in people:
        report(cycle.project, one)
    report(cycle.project, people[0], "rain")
    rows = list(again(cycle, config, gate).pairs.order_by("reporters"))
    assert [(row.reporters, row.weight) for row in rows] == [(1, pytest.approx(1 / 3)), (4, 1)]
    assert {field.name for field in CyclePair._meta.fields}.isdisjoint({"reporter", "user"})
    said = LedgerEntry.objects.filter(action="cycle.requested").last().payload
    assert (said["pairs"], said["pairs_sha256"]) == (2, digest_of(CyclePair.objects.all()))


def test_what_comes_or_goes_later_changes_nothing_in_it(cycle, config, gate, people):
    pair = report(cycle.project, people[0])
    frozen = again(cycle, config, gate)
    take_back_pair(project=cycle.project, key=pair.pair_key, by=people[0])
    report(cycle.project, people[1], "rain")
    assert [row.text for row in frozen.pairs.all()] == ["the muslim man is nice in the street"]


def test_who_says_that_a_pair_is_not_equivalent_takes_from_its_weight(cycle, config, gate, people):
    report(cycle.project, people[0], verdict="not_equivalent")
    report(cycle.project, people[1])
    assert not again(cycle, config, gate).pairs.exists()
    report(cycle.project, people[2])
    assert again(cycle, config, gate).pairs.get().weight == pytest.approx(1 / 3)


def test_who_said_so_no_longer_counts_once_a_lead_allows_the_swap_or_dismisses_it(cycle, config, gate, people):
    lead = make_member(cycle.project, Role.LEAD)
    for decide, against in ((allow_again, lead), (dismiss, people[1])):
        report(cycle.project, people[0])
        report(cycle.project, against, verdict="not_equivalent")
        assert not again(cycle, config, gate).pairs.exists()
        decide(project=cycle.project, rule=RULE, by=lead)
        assert again(cycle, config, gate).pairs.get().weight == pytest.approx(1 / 3)


def test_nobody_teaches_the_model_alone(cycle, config, gate, people):
    for number in range(MOST_OF_ONE + 5):
        report(cycle.project, people[0], f"rain {number}")
    texts = set(again(cycle, config, gate).pairs.values_list("text", flat=True))
    assert len(texts) == MOST_OF_ONE
    keys = CounterfactualPair.objects.order_by("pk").values_list("pair_key", flat=True)
    assert [is_taken(project=cycle.project, key=key, rejected=()) for key in keys] == [False] * 5 + [True] * MOST_OF_ONE
    assert "the muslim man is nice in the rain 0" not in texts, "the newest count"


def test_what_one_person_reports_weighs_little_together(cycle, config, gate, people):
    """A pair of several is theirs by equal parts: what one has too much of is taken from that one's part."""
    for number in range(40):
        report(cycle.project, people[0], f"rain {number}")
    for one in people[:3]:
        report(cycle.project, one)
    weights = dict(again(cycle, config, gate).pairs.values_list("text", "weight"))
    of_all, kept = weights.pop("the muslim man is nice in the street"), MOST_WEIGHT_OF_ONE / (41 / 3)
    assert of_all == pytest.approx((2 + kept) / 3)
    assert sum(weights.values()) + kept / 3 == pytest.approx(MOST_WEIGHT_OF_ONE)


@pytest.mark.parametrize("split", ["gate", "test", "audit"])
def test_what_judges_versions_never_reaches_training(cycle, config, gate, people, split):
    pair = report(cycle.project, people[0])
    comment = make_comment(cycle.project.datasets.get(), pair.twin.upper(), split=split)
    Comment.objects.filter(pk=comment.pk).update(text_hash=text_hash(comment.text))
    assert not again(cycle, config, gate).pairs.exists()


def test_a_long_comment_that_judges_versions_is_known_by_whoever_was_asked_about_it(cycle, config, gate, people):
    """Who typed its beginning reports first."""
    text, twin = "the muslim man is nice", "the christian man is nice"
    comment = make_comment(cycle.project.datasets.get(), f"{text} and so on", split="gate", text_hash=text_hash(f"{text} and so on"))
    variant = Variant(twin, VariantKind.SWAP, "muslim", "christian", RULE)
    for by, of in ((people[0], None), (people[1], comment)):
        about = {"project": cycle.project, "version": cycle.project.champion, "comment": of}
        report_pair(**about, text=text, variant=variant, verdict="biased", by=by)
    assert not again(cycle, config, gate).pairs.exists()


def test_a_rejected_swap_is_neither_a_pair_nor_a_twin_of_the_next_cycle(cycle, config, gate, people):
    report(cycle.project, people[0])
    lead = make_member(cycle.project, Role.LEAD)
    report(cycle.project, lead, "rain", verdict="not_equivalent")
    next_one = again(cycle, config, gate)
    assert not next_one.pairs.exists()
    asked = TrainingConfig.from_dict(next_one.training_config)
    assert asked.swaps_left_out == (RULE,)
    assert "swaps_left_out" not in cycle.training_config, "a cycle without any reads as before"


@pytest.mark.parametrize(
    ("text", "twin", "rule"),
    [
        ("the muslim man in the mosque", "the christian man in the church", "religion|christian|muslim|adjective+place"),
        ("the muslim man in the mosque", "the christian man in the church", ""),
        ("the muslim man in the mosque", "the christian woman in the church", ""),
    ],
)
def test_a_rule_leaves_out_every_pair_that_makes_its_exchange_however_it_was_entered(cycle, config, gate, people, text, twin, rule):
    """A rule about mosques speaks of Muslims at mosques too; of what was typed, as of two exchanges at once, no rule was noted."""
    project, lead = cycle.project, make_member(cycle.project, Role.LEAD)
    pair = Variant(twin, VariantKind.SWAP if rule else VariantKind.EDIT, "muslim", "christian", rule)
    report_pair(project=project, version=project.champion, text=text, variant=pair, verdict="biased", by=people[0])
    assert again(cycle, config, gate).pairs.exists()
    mosque = Variant("a church", VariantKind.SWAP, "mosque", "church", "religion|christian|muslim|place")
    report_pair(project=project, version=project.champion, text="a mosque", variant=mosque, verdict="not_equivalent", by=lead)
    assert not again(cycle, config, gate).pairs.exists()


def test_texts_are_read_of_those_pairs_alone_that_are_frozen(cycle, config, gate, people):
    """They are long, and the whole database waits while a cycle is asked for."""
    for number in range(MOST_OF_ONE + 1):
        report(cycle.project, people[0], f"rain {number}")
    with CaptureQueriesContext(connection) as asked:
        again(cycle, config, gate)
    reading = [one["sql"] for one in asked if '"modeling_counterfactualpair"."text"' in one["sql"]]
    assert reading
    assert all('"modeling_counterfactualpair"."id" IN (' in sql for sql in reading)


def test_the_longest_rule_that_swaps_can_give_finds_room():
    longest = CounterfactualPair._meta.get_field("rule").max_length
    for swap_list, families in SWAPS.items():
        places = [(swap_list, number) for number in range(len(families))]
        for one, other in permutations(places, 2):
            assert len(rule_of(one, other, families[one[1]])) <= longest


def test_only_the_real_arm_learns_from_them_and_the_others_keep_their_places(cycle, config, gate, people):
    report(cycle.project, people[0])
    frozen = again(cycle, config, gate)
    label_count = cycle.batches.get().labels.count()
    weights = {}
    for arm in Arm.NONE, Arm.ECHO, Arm.PLACEBO, Arm.REAL:
        data = arm_labels(cycle=frozen, arm=arm, config=config).trained_on(config)
        weights[arm] = data.twin_weights[label_count:].tolist()
    assert weights == {Arm.NONE: [], Arm.ECHO: [0], Arm.PLACEBO: [0], Arm.REAL: [pytest.approx(1 / 3)]}


def head_of(cycle, settings):
    with BundleFile.open(file_of(seal(cycle=cycle), settings)) as bundle:
        return bundle.array("heads/real_weight.npy"), bundle.array("heads/echo_weight.npy")


def test_the_candidate_is_another_with_them_and_the_bundle_proves_it_byte_for_byte(cycle, config, gate, people, settings, tmp_path):
    for one in people:
        report(cycle.project, one)
    with_pairs = decided(again(cycle, config, gate), config, "fast")
    path = file_of(seal(cycle=with_pairs), settings)
    found = replay(path)
    assert (found.checked, found.same) == (Checked.BYTES, True), differing(found)
    assert next(line.stored for line in found.lines if line.what == "reported pairs in the rows") == "1 frozen"
    assert b"muslim man is nice in the street" not in path.read_bytes()
    write_bundle(cycle=with_pairs, path=tmp_path / "texts.zip", texts=True)
    assert b"muslim man is nice in the street" in (tmp_path / "texts.zip").read_bytes()
    forged = rewritten(path, tmp_path / "forged.zip", pairs=b"")
    assert [line.what for line in replay(forged).lines if not line.same] == ["reported pairs in the rows"]
    real, echo = head_of(with_pairs, settings)
    CounterfactualPair.objects.all().delete()
    without = decided(again(cycle, config, gate), config, "fast")
    other_real, other_echo = head_of(without, settings)
    assert not np.array_equal(real, other_real)
    assert np.array_equal(echo, other_echo)


def test_without_pairs_a_bundle_has_no_such_member(path):
    with zipfile.ZipFile(BytesIO(path.read_bytes())) as archive:
        assert "pairs.jsonl" not in archive.namelist()


def test_both_orders_and_copies_are_one_pair():
    assert pair_key("A  mosque", "a church") == pair_key("a Church", "a mosque")


def add_to_pool(project, *texts) -> list[Comment]:
    """With their hashes as an import gives them."""
    dataset = project.datasets.first()
    return [make_comment(dataset, text, text_hash=text_hash(text), split="pool") for text in texts]


def fresh(project) -> int:
    return fresh_count(project=project, shown=())


def test_what_was_reported_or_trained_on_as_a_pair_is_never_drawn_to_judge(cycle, config, gate, people):
    project = cycle.project
    before = fresh(project)
    add_to_pool(project, "the muslim man is nice in the street", "The christian man is NICE in the  street", "a muslim man in the rain")
    assert fresh(project) == before + 3
    pair = report(project, people[0])
    assert fresh(project) == before + 1, "who reported has met it, typed or not, in either wording"
    assert again(cycle, config, gate).pairs.count() == 1
    take_back_pair(project=project, key=pair.pair_key, by=people[0])
    assert fresh(project) == before + 1, "a cycle was given it, and keeps it"
    with transaction.atomic():
        drawn = move_to_gate(project=project, count=before + 1, seed=0, provenance="gate round 1", shown=())
    hashes = Comment.objects.filter(pk__in=[one.comment_id for one in drawn]).values_list("text_hash", flat=True)
    assert {pair.text_hash, pair.twin_hash}.isdisjoint(hashes)
