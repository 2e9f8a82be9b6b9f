"""Maps fitted to the scores of many variants of a text, words masked in all sorts of company: SHAP and LIME, each by its own library."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from modeling.ml.attribution.spans import Attribution, Place, masked, with_values, word_spans
from modeling.ml.scorer import Scorer
from modeling.ml.thresholds import scores_of

SHAP_EVALUATIONS = 200
LIME_SAMPLES = 300
_AT_ONCE = 32
SEED = 0

Floats = NDArray[np.floating]


def shap_map(scorer: Scorer, text: str) -> Attribution:
    """Owen values over SHAP's own tree of neighbouring words (its `PartitionExplainer`), masked words against present ones."""
    from shap.explainers import PartitionExplainer
    from shap.maskers._text import partition_tree

    places = word_spans(text)
    if len(places) < 2:
        return _few(scorer, text, places)
    masker = _Presence(len(places), partition_tree(_segments(text, places), []))
    with _seeded():
        explainer = PartitionExplainer(lambda present: _scores(scorer, text, places, present), masker)
        values = explainer(np.ones((1, len(places))), max_evals=SHAP_EVALUATIONS, batch_size=_AT_ONCE, silent=True).values[0]
    return Attribution(with_values(places, values), _probabilities(scorer, text))


def lime_map(scorer: Scorer, text: str) -> Attribution:
    """The weights of a linear model of the score, fitted near the text on which words are masked (`LimeTextExplainer`).

    It is handed a stand-in of the text, a number for each span, so that what it leaves out are our spans and never what was masked for privacy.
    """
    from lime.lime_text import LimeTextExplainer

    places = word_spans(text)
    if not places:
        return _few(scorer, text, places)
    explainer = LimeTextExplainer(bow=False, split_expression=r"\s+", mask_string="-", random_state=SEED, feature_selection="none")

    def probabilities(stand_ins: list[str]) -> Floats:
        present = np.array([[word != "-" for word in stand_in.split()] for stand_in in stand_ins], dtype=np.float64)
        scores = _scores(scorer, text, places, present)
        return np.stack([1 - scores, scores], axis=1)

    stand_in = " ".join(map(str, range(len(places))))
    fitted = explainer.explain_instance(stand_in, probabilities, num_features=len(places), num_samples=LIME_SAMPLES)
    weights = dict(fitted.as_map()[1])
    return Attribution(with_values(places, [weights.get(i, 0.0) for i in range(len(places))]), _probabilities(scorer, text))


class _Presence:
    """What SHAP calls a masker, of a text that is a row of ones: which of its spans are there."""

    def __init__(self, count: int, clustering: Floats) -> None:
        self.shape, self.clustering = (1, count), clustering

    def __call__(self, present: NDArray[np.bool_], _: Floats) -> Floats:
        return np.asarray(present, dtype=np.float64)[None]


def _segments(text: str, places: list[Place]) -> list[str]:
    """Each span with what follows up to the next: by that SHAP's tree knows where a sentence ends."""
    ends = [*(start for start, _ in places[1:]), places[-1][1]]
    return [text[start:end].strip() for (start, _), end in zip(places, ends, strict=True)]


def _few(scorer: Scorer, text: str, places: list[Place]) -> Attribution:
    """One word's value needs no sharing out, and none's no fitting."""
    scores = _scores(scorer, text, places, np.array([[1.0] * len(places), [0.0] * len(places)]))
    return Attribution(with_values(places, [scores[0] - scores[1]] * len(places)), _probabilities(scorer, text))


def _scores(scorer: Scorer, text: str, places: list[Place], present: Floats) -> Floats:
    """(n,) of variants; present: (n, spans), 0 where a span is masked."""
    variants = [masked(text, [place for place, here in zip(places, row, strict=True) if not here], scorer.mask_token) for row in present]
    return scores_of(scorer.predict_proba(variants))


def _probabilities(scorer: Scorer, text: str) -> list[float]:
    return [float(p) for p in scorer.predict_proba([text])[0]]


@contextmanager
def _seeded() -> Iterator[None]:
    """SHAP breaks ties by numpy's global generator."""
    before = np.random.get_state()
    np.random.seed(SEED)
    try:
        yield
    finally:
        np.random.set_state(before)
