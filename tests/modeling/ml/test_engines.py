import json

import numpy as np
import pytest

from modeling.errors import WeightsChangedError
from modeling.ml import openvino_engine
from modeling.ml.classifier import MANIFEST, TORCH_BF16, TORCH_FP32, save_version
from modeling.ml.encoder import file_sha256
from modeling.ml.engines import GateComments, accept, candidates, choose_engine, load_scorer
from modeling.ml.openvino_engine import BF16, ENGINE_BIN, ENGINE_XML, INT8, INT8_PARTIAL
from modeling.ml.server import ModelService
from modeling.ml.stored_head import Head, probabilities
from modeling.ml.tokens import scoring_batches
from tests.modeling.ml.conftest import WORDS

RNG = np.random.default_rng(0)
TEXTS = [" ".join(RNG.choice(WORDS, RNG.integers(1, 25))) for _ in range(120)]
LEVELS = np.eye(3, dtype=np.float32)


def agreement(equal: int, n: int):
    """Predictions of two engines that say the same level of `equal` of n comments."""
    return LEVELS[np.zeros(n, dtype=int)], LEVELS[np.array([0] * equal + [1] * (n - equal), dtype=int)]


# The upper limit is (p + z2/2n + z sqrt(p (1 - p)/n + z2/4n2)) / (1 + z2/n), z = 1.96. For 98 of 100: .99445 and for 97: .98974.
@pytest.mark.parametrize(
    ("equal", "n", "accepted"), [(98, 100, True), (97, 100, False), (984, 1000, True), (983, 1000, False), (3948, 4000, True), (3947, 4000, False)]
)
def test_an_engine_is_accepted_while_99_percent_equal_levels_are_not_excluded(equal, n, accepted):
    shown = accept(*agreement(equal, n), {}, threshold=0.5)
    assert shown.accepted == accepted
    assert (shown.overall["equal"], shown.overall["n"]) == (equal / n, n)
    assert shown.refused_for == ([] if accepted else ["overall"])


def test_each_subgroup_of_a_hundred_must_agree_and_a_smaller_one_cannot_tell():
    reference, found = agreement(3996, 4000)
    last = np.arange(4000) >= 3900  # with all four differences
    shown = accept(reference, found, {"muslim": last, "few": np.arange(4000) >= 3901}, threshold=0.5)
    assert shown.refused_for == ["muslim"]
    assert set(shown.subgroups) == {"muslim"}
    # 96 of 100
    assert shown.subgroups["muslim"]["high"] == pytest.approx(0.98434, abs=1e-5)


def test_nothing_is_accepted_unseen():
    shown = accept(*agreement(0, 0), {}, threshold=0.5)
    assert (shown.accepted, shown.refused_for) == (False, ["no comments"])


def test_flags_and_scores_are_compared_at_the_threshold_of_the_version():
    reference = np.array([[0.5, 0.0, 0.5], [0.9, 0.0, 0.1]], dtype=np.float32)
    found = np.array([[0.6, 0.0, 0.4], [0.9, 0.0, 0.1]], dtype=np.float32)
    shown = accept(reference, found, {}, threshold=0.45)
    assert (shown.equal_flags, shown.mean_score_difference) == (0.5, pytest.approx(0.05))


def test_engines_are_tried_in_the_order_of_their_speed(config):
    assert candidates(config.but(precision="bfloat16"), build=True) == [BF16, INT8, INT8_PARTIAL, TORCH_BF16, TORCH_FP32]
    assert candidates(config.but(precision="bfloat16"), build=False) == [TORCH_BF16, TORCH_FP32]
    assert candidates(config.but(precision="float32"), build=True) == [TORCH_FP32]


@pytest.fixture(scope="module")
def built(tmp_path_factory, tiny_classifier):
    """A version with an int8 engine, shown on comments whose levels are far apart."""
    directory = tmp_path_factory.mktemp("models") / "v1"
    gate = GateComments(confident(tiny_classifier, TEXTS))
    manifest = save_version(
        directory, tiny_classifier, {}, lambda files: {"engine": choose_engine(tiny_classifier, [INT8, TORCH_FP32], gate, TEXTS[:20], files)}
    )
    return directory, manifest


@pytest.fixture(scope="module")
def tiny_classifier(tiny_encoder):
    import torch

    from modeling.config import TrainingConfig
    from modeling.ml.classifier import new_classifier

    with torch.random.fork_rng():
        torch.manual_seed(1)
        fresh = new_classifier(TrainingConfig(max_tokens=32, threads=1), str(tiny_encoder))
    torch.nn.init.normal_(fresh.module.head.weight, std=0.5, generator=torch.Generator().manual_seed(2))
    return fresh


def confident(classifier, texts):
    ordered = np.sort(classifier.at("float32").predict_proba(texts), axis=1)
    return [text for text, p in zip(texts, ordered, strict=True) if p[2] - p[1] > 0.2]


def test_the_manifest_tells_what_the_engine_showed(built):
    directory, manifest = built
    stated = manifest["engine"]
    assert (stated["engine"], stated["reference"]) == (INT8, TORCH_FP32)
    assert stated["files"] == {name: file_sha256(directory / name) for name in (ENGINE_BIN, ENGINE_XML)}
    (shown,) = stated["tried"]
    assert shown["accepted"]
    assert {"overall", "subgroups", "equal_flags", "mean_score_difference"} <= set(shown)
    assert json.loads((directory / MANIFEST).read_text())["engine"] == stated


def test_the_engine_serves_the_version_and_keeps_its_levels(built, tiny_classifier):
    scorer = load_scorer(built[0])
    assert (scorer.engine, scorer.threshold, scorer.mask_token) == (INT8, tiny_classifier.threshold, "[MASK]")
    exact, found = (one.predict_proba(TEXTS) for one in (tiny_classifier.at("float32"), scorer))
    assert found.shape == exact.shape
    assert np.abs(found - exact).max() < 0.2  # random weights of 16 dimensions: int8 is coarse on them
    assert np.abs(found - exact).mean() < 0.02


def test_a_text_scores_the_same_in_any_order_and_company(built):
    scorer = load_scorer(built[0])
    p = scorer.predict_proba(TEXTS)
    shuffled = RNG.permutation(len(TEXTS))
    assert np.abs(scorer.predict_proba([TEXTS[i] for i in shuffled]) - p[shuffled]).max() < 1e-5
    alone = np.concatenate([scorer.predict_proba([text]) for text in TEXTS[:20]])
    assert np.abs(alone - p[:20]).max() < 1e-5
    assert scorer.predict_proba(TEXTS).tobytes() == p.tobytes()
    assert scorer.predict_proba([]).shape == (0, 3)


def test_an_engine_gives_the_vectors_that_its_predictions_come_from(built):
    """A bundle proves predictions by them: those of another engine would not do."""
    scorer, head = load_scorer(built[0]), Head.of_version(built[0])
    vectors = scorer.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), head.weight.shape[1]), np.float32)
    assert np.abs(probabilities(head.logits(vectors)) - scorer.predict_proba(TEXTS)).max() < 1e-5
    assert scorer.embed([]).shape == (0, head.weight.shape[1])


def test_the_few_variants_that_somebody_waits_for_are_shared_out_over_the_streams(built, monkeypatch):
    batches = []

    def noted(lengths, token_budget):
        batches.extend(scoring_batches(lengths, token_budget))
        yield from batches

    monkeypatch.setattr("torch.get_num_threads", lambda: 2)
    monkeypatch.setattr(openvino_engine, "scoring_batches", noted)
    found = load_scorer(built[0]).predict_proba([TEXTS[0]] * 8)
    assert [len(batch) for batch in batches] == [4, 4]
    assert (found == found[0]).all()


def test_progress_of_an_engine_rises_to_the_number_of_texts(built):
    seen = []
    load_scorer(built[0]).predict_proba(TEXTS, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(TEXTS), len(TEXTS))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_the_server_answers_with_the_engine(built):
    service = ModelService(built[0].parent)
    answer = service.answer(json.dumps({"op": "predict", "directory": "v1", "texts": TEXTS[:5]}).encode())
    assert answer["probabilities"] == [pytest.approx(row, abs=1e-5) for row in load_scorer(built[0]).predict_proba(TEXTS[:5]).tolist()]
    assert service.answer(json.dumps({"op": "explain", "directory": "v1", "text": "vile cake"}).encode())["spans"]


@pytest.mark.parametrize("name", [ENGINE_BIN, ENGINE_XML])
def test_a_changed_engine_is_refused(built, tmp_path, name):
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in built[0].iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    content = bytearray((copy / name).read_bytes())
    content[-1] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(WeightsChangedError, match=name):
        load_scorer(copy)


def test_an_engine_that_is_refused_makes_room_for_the_next_and_stays_on_record(tiny_classifier, tmp_path):
    nothing_to_show_it_on = GateComments([])
    stated = choose_engine(tiny_classifier, [TORCH_BF16, TORCH_FP32], nothing_to_show_it_on, [], tmp_path)
    assert stated["engine"] == TORCH_FP32
    assert [(one["engine"], one["refused_for"]) for one in stated["tried"]] == [(TORCH_BF16, ["no comments"])]


def test_an_engine_that_cannot_be_made_costs_no_version(tiny_classifier, tmp_path):
    stated = choose_engine(tiny_classifier, ["openvino_int4", TORCH_FP32], GateComments(TEXTS[:5]), [], tmp_path)
    assert stated["engine"] == TORCH_FP32
    assert "could not be made" in stated["tried"][0]["refused_for"][0]
    assert not list(tmp_path.iterdir())


def test_a_version_without_an_engine_is_computed_by_torch(classifier, tmp_path):
    save_version(tmp_path / "v1", classifier, {})
    assert load_scorer(tmp_path / "v1").engine == TORCH_FP32  # as its config says


@pytest.mark.parametrize("says", [{"needs_exact_sums": True}, {}])
def test_an_engine_that_is_not_right_on_this_processor_is_left_to_torch(built, tmp_path, monkeypatch, says):
    """{}: from before it was asked."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in built[0].iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((copy / MANIFEST).read_text())
    del manifest["engine"]["needs_exact_sums"]
    manifest["engine"] |= says
    (copy / MANIFEST).write_text(json.dumps(manifest))
    monkeypatch.setattr("modeling.ml.engines.int8_is_fast", lambda: False)
    assert load_scorer(copy).engine.startswith("torch")
    monkeypatch.setattr("modeling.ml.engines.int8_is_fast", lambda: True)
    assert load_scorer(copy).engine == INT8
