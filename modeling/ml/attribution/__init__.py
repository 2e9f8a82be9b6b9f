"""What each word did to the toxicity score of a comment, .5 p(mild) + p(high), by any of the engines; the same call gives the same map."""

from collections.abc import Callable

from modeling.map_engines import MapEngine, MapKey
from modeling.ml.attribution.attention import attention_map, attention_rollout, gradient_x_attention, weighed_and_looked
from modeling.ml.attribution.gradients import gradient_x_input, integrated_gradients
from modeling.ml.attribution.occlusion import occlude
from modeling.ml.attribution.sampled import lime_map, shap_map
from modeling.ml.attribution.spans import MOST_SPANS, Attribution, Place, Span, masked, without, word_spans
from modeling.ml.classifier import Classifier
from modeling.ml.scorer import Scorer

__all__ = [
    "MOST_SPANS",
    "Attribution",
    "Place",
    "Span",
    "attribute",
    "masked",
    "needs_weights",
    "occlude",
    "weighed_and_looked",
    "without",
    "word_spans",
]

BY_SCORES: dict[MapEngine, Callable[[Scorer, str], Attribution]] = {
    MapEngine.OCCLUSION: occlude,
    MapEngine.SHAP: shap_map,
    MapEngine.LIME: lime_map,
}
"""From scores of variants: they explain what serves, whatever engine computes it."""

BY_WEIGHTS: dict[MapEngine, Callable[[Classifier, str], Attribution]] = {
    MapEngine.INTEGRATED_GRADIENTS: integrated_gradients,
    MapEngine.GRADIENT_X_ATTENTION: gradient_x_attention,
    MapEngine.GRADIENT_X_INPUT: gradient_x_input,
    MapEngine.ATTENTION_ROLLOUT: attention_rollout,
}
"""From inside of the network: its weights in float32, by torch."""


def needs_weights(engine: MapEngine) -> bool:
    return engine not in BY_SCORES


def attribute(key: MapKey, text: str, scorer: Scorer, weights: Callable[[], Classifier]) -> Attribution:
    """`weights` is called where the engine looks inside the network. Raises NoSuchMapError where this version has no such map."""
    if key.engine == MapEngine.ATTENTION:
        return attention_map(weights(), text, key.layer, key.head)
    if key.engine in BY_WEIGHTS:
        return BY_WEIGHTS[key.engine](weights(), text)
    return BY_SCORES[key.engine](scorer, text)
