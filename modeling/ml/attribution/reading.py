"""One text as the network's tokens, and which span each token belongs to: attributions of tokens become those of words."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modeling.errors import NoSuchMapError
from modeling.ml.attribution.spans import Place, Span, with_values, word_spans
from modeling.ml.classifier import Classifier
from modeling.ml.preprocessing import changes_texts

LEVEL_SCORES = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Reading:
    """`owner`: (tokens,) the span that each token belongs to, -1 for none: special tokens, punctuation, what was masked for privacy."""

    classifier: Classifier
    input_ids: Tensor
    attention_mask: Tensor
    places: list[Place]
    owner: NDArray[np.int64]

    @classmethod
    def of(cls, classifier: Classifier, text: str) -> "Reading":
        """Raises NoSuchMapError for versions that read another text than the one that people see: its tokens lie nowhere in theirs."""
        if changes_texts(classifier.config):
            raise NoSuchMapError("This version reads comments with words replaced, so only maps that mask words can be made of it.")
        classifier.module.eval()
        encoded = classifier.tokenizer(
            [text], truncation=True, max_length=classifier.config.max_tokens, return_offsets_mapping=True, return_tensors="pt"
        )
        places = word_spans(text)
        owner = np.array([_owner(text, start, end, places) for start, end in encoded["offset_mapping"][0].tolist()], dtype=np.int64)
        return cls(classifier, encoded["input_ids"], encoded["attention_mask"], places, owner)

    def spans(self, values: NDArray[np.floating]) -> list[Span]:
        """(tokens,) summed within each span."""
        return with_values(self.places, self.summed(values))

    def summed(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        owned = self.owner >= 0
        return np.bincount(self.owner[owned], values[owned], minlength=len(self.places))

    def embeddings(self) -> Tensor:
        """(1, tokens, d), before positions are added."""
        return self.classifier.module.encoder.get_input_embeddings()(self.input_ids).detach()

    def masked_embeddings(self) -> Tensor:
        """The same with the mask token in the place of every token of a span."""
        ids = self.input_ids.clone()
        ids[0, torch.from_numpy(self.owner >= 0)] = self.classifier.tokenizer.mask_token_id
        return self.classifier.module.encoder.get_input_embeddings()(ids).detach()

    def logits_of(self, embeddings: Tensor) -> Tensor:
        """(n, 3) of variants of this text's embeddings, (n, tokens, d), in float32."""
        return self.classifier.module(attention_mask=self.attention_mask.expand(len(embeddings), -1), inputs_embeds=embeddings)

    def scores_of(self, embeddings: Tensor) -> Tensor:
        """(n,) toxicity scores."""
        return torch.softmax(self.logits_of(embeddings), dim=1) @ torch.tensor(LEVEL_SCORES)


def _owner(text: str, start: int, end: int, places: list[Place]) -> int:
    start += len(text[start:end]) - len(text[start:end].lstrip())  # some tokenisers count the blank before a word to it
    return next((i for i, (first, last) in enumerate(places) if first <= start < end <= last), -1)
