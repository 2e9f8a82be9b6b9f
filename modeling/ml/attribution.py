"""Which words moved the score: occlusion, each word replaced by the mask token in turn."""

import re
from dataclasses import dataclass

from modeling.ml.scorer import Scorer
from modeling.ml.thresholds import scores_of

MOST_SPANS = 24
_MASKED = r"\[(?:email|phone|handle|link|ip|card)\]"
_WORD = re.compile(rf"{_MASKED}|\w+(?:['’-]\w+)*")

Span = tuple[int, int, float]


@dataclass(frozen=True)
class Occlusion:
    """Spans of one text with their attribution, and the text's own probabilities (3,), which fall out of the same batch."""

    spans: list[Span]
    probabilities: list[float]


def occlusion(scorer: Scorer, text: str) -> list[Span]:
    """[(start, end, drop)]: by how much the toxicity score falls when that stretch of `text` is replaced by the mask token.

    Positive: the words raise the score; negative: they lower it. start, end: characters. At most 24 spans: where there are more
    words, neighbours go together. What was masked for privacy is no span. All variants go through the network in one batch.
    """
    return occlude(scorer, text).spans


def occlude(scorer: Scorer, text: str) -> Occlusion:
    spans = word_spans(text)
    mask = scorer.mask_token
    probabilities = scorer.predict_proba([text, *(text[:start] + mask + text[end:] for start, end in spans)])
    scores = scores_of(probabilities)
    drops = [(start, end, float(scores[0] - score)) for (start, end), score in zip(spans, scores[1:], strict=True)]
    return Occlusion(drops, [float(p) for p in probabilities[0]])


def word_spans(text: str) -> list[tuple[int, int]]:
    """Words as (start, end); neighbours merged evenly into at most 24, never across a masked span."""
    runs: list[list[tuple[int, int]]] = [[]]
    for match in _WORD.finditer(text):
        if re.fullmatch(_MASKED, match.group()):
            runs.append([])
        else:
            runs[-1].append(match.span())
    size = 1
    while sum(-(-len(run) // size) for run in runs) > MOST_SPANS and size < max(map(len, runs)):
        size += 1
    merged = [(group[0][0], group[-1][1]) for run in runs for i in range(0, len(run), size) if (group := run[i : i + size])]
    return merged[:MOST_SPANS]
