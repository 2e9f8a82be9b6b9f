"""Maps from the attention weights: of one layer, rolled out over all layers, and weighted by their gradient."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modeling.errors import NoSuchMapError
from modeling.ml.attribution.reading import Reading
from modeling.ml.attribution.spans import Attribution, as_shares, with_values
from modeling.ml.classifier import Classifier
from modeling.ml.optimizer import attention


def attention_map(classifier: Classifier, text: str, layer: int | None = None, head: int | None = None) -> Attribution:
    """Shares of the attention that a layer gives to each word, seen from where the vector is pooled; the mean of its heads, or one of them.

    `layer`, `head`: from 1; without them the last layer, all heads. Where the model looked, which is not why (Jain and Wallace 2019).
    Raises NoSuchMapError for a layer or head that is not there.
    """
    reading = Reading.of(classifier, text)
    weights, probabilities = _look(reading)
    chosen = _numbered(weights, layer or len(weights), "layers")[0]
    rows = chosen.mean(dim=0) if head is None else _numbered(chosen, head, "heads")
    return _attribution(reading, _pooled(reading, rows), probabilities)


def attention_rollout(classifier: Classifier, text: str) -> Attribution:
    """Attention followed down through all layers, half of each layer being passed by unread (Abnar and Zuidema 2020)."""
    reading = Reading.of(classifier, text)
    weights, probabilities = _look(reading)
    rolled = torch.eye(weights[0].shape[-1])
    for layer in weights:
        rolled = (layer[0].mean(dim=0) + torch.eye(len(rolled))) / 2 @ rolled
    return _attribution(reading, _pooled(reading, rolled), probabilities)


def gradient_x_attention(classifier: Classifier, text: str) -> Attribution:
    """Attention weighted by what the predicted side of the score gains from it, layer on layer (Chefer et al. 2021, equations 5 and 6).

    Towards a higher score, or a lower one where the predicted level is low. Shares: it has no sign of its own.
    """
    reading = Reading.of(classifier, text)
    _, relevance, probabilities = _weigh(reading)
    return _attribution(reading, _pooled(reading, relevance), probabilities)


def weighed_and_looked(classifier: Classifier, text: str) -> tuple[Attribution, Attribution]:
    """`gradient_x_attention`, and `attention_map` of the last layer, from one pass. Without words behind the end of what the model read."""
    reading = Reading.of(classifier, text)
    last, relevance, probabilities = _weigh(reading)
    read = np.unique(reading.owner[reading.owner >= 0])
    maps = (_attribution(reading, _pooled(reading, rows), probabilities) for rows in (relevance, last[0].mean(dim=0)))
    weighed, looked = (replace(one, spans=[one.spans[place] for place in read]) for one in maps)
    return weighed, looked


def _weigh(reading: Reading) -> tuple[Tensor, Tensor, Tensor]:
    """The last layer's weights, (1, heads, tokens, tokens), the relevance that all layers pass on, (tokens, tokens), and the probabilities."""
    with attention(reading.classifier.module, "eager"):
        weights, probabilities = _attentions(reading)
        score = probabilities[1] / 2 + probabilities[2]
        gradients = torch.autograd.grad(score if int(probabilities.argmax()) else -score, weights)
    relevance = torch.eye(weights[0].shape[-1])
    for layer, gradient in zip(weights, gradients, strict=True):
        relevance = relevance + (layer * gradient)[0].detach().clamp(min=0).mean(dim=0) @ relevance
    return weights[-1].detach(), relevance - torch.eye(len(relevance)), probabilities.detach()


def _look(reading: Reading) -> tuple[tuple[Tensor, ...], Tensor]:
    with attention(reading.classifier.module, "eager"), torch.inference_mode():
        return _attentions(reading)


def _attentions(reading: Reading) -> tuple[tuple[Tensor, ...], Tensor]:
    """Each layer's weights, (1, heads, tokens, tokens), and the text's probabilities, (3,)."""
    module = reading.classifier.module
    found = module.encoder(input_ids=reading.input_ids, attention_mask=reading.attention_mask, output_attentions=True)
    pooled = _pooled(reading, found.last_hidden_state[0])
    return found.attentions, torch.softmax(module.classify(pooled[None]), dim=1)[0]


def _pooled(reading: Reading, rows: Tensor) -> Tensor:
    """(tokens, k) -> (k,), as the classifier pools."""
    return rows[0] if reading.classifier.module.pooling == "cls" else rows.mean(dim=0)


def _numbered(things: tuple[Tensor, ...] | Tensor, number: int, name: str) -> Tensor:
    if not 1 <= number <= len(things):
        raise NoSuchMapError(f"This version has {len(things)} {name}, numbered from 1.")
    return things[number - 1]


def _attribution(reading: Reading, values: Tensor, probabilities: Tensor) -> Attribution:
    summed: NDArray[np.floating] = reading.summed(values.numpy())
    return Attribution(with_values(reading.places, as_shares(summed)), probabilities.tolist())
