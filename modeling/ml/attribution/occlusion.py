"""Which words moved the score: occlusion, each word replaced by the mask token in turn."""

from modeling.ml.attribution.spans import Attribution, masked, with_values, word_spans
from modeling.ml.scorer import Scorer
from modeling.ml.thresholds import scores_of


def occlude(scorer: Scorer, text: str) -> Attribution:
    """[(start, end, drop)]: by how much the toxicity score falls when that stretch of `text` is replaced by the mask token.

    Positive: the words raise the score; negative: they lower it. At most 24 spans: where there are more words, neighbours go together.
    What was masked for privacy is no span. All variants go through the network in one batch.
    """
    places = word_spans(text)
    probabilities = scorer.predict_proba([text, *(masked(text, [place], scorer.mask_token) for place in places)])
    scores = scores_of(probabilities)
    return Attribution(with_values(places, scores[0] - scores[1:]), [float(p) for p in probabilities[0]])
