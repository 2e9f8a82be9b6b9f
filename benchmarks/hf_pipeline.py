"""The peer of the scorer: the same weights in a plain `transformers.pipeline("text-classification", batch_size=32)`, in fp32."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PretrainedConfig, PreTrainedModel, pipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from modeling.labels import LEVELS
from modeling.ml.classifier import BiasBert, Classifier

BATCH_SIZE = 32


class _Wrapped(PreTrainedModel):
    """A version's module with the face that the pipeline expects: `input_ids`, `attention_mask` in, `logits` out. Nothing else is added."""

    config_class = PretrainedConfig
    _supports_sdpa = True  # the attention that the encoder itself uses, in both

    def __init__(self, module: BiasBert) -> None:
        config = copy.deepcopy(module.encoder.config)
        config.num_labels, config.problem_type = len(LEVELS), "single_label_classification"
        config.id2label = dict(enumerate(map(str, LEVELS)))
        config.label2id = {name: i for i, name in config.id2label.items()}
        super().__init__(config)
        self.module = module

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> SequenceClassifierOutput:
        return SequenceClassifierOutput(logits=self.module(input_ids=input_ids, attention_mask=attention_mask))


class HfPipeline:
    def __init__(self, classifier: Classifier) -> None:
        torch.set_grad_enabled(False)
        self._most = classifier.config.max_tokens
        model = _Wrapped(classifier.module.eval()).eval()
        self._pipeline = pipeline("text-classification", model=model, tokenizer=classifier.tokenizer, device="cpu", batch_size=BATCH_SIZE, top_k=None)

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """(n, 3), in the order of the texts; padding and order of batches are the pipeline's own."""
        answers: list[list[dict[str, Any]]] = self._pipeline(list(texts), truncation=True, max_length=self._most)
        return np.array([[next(one["score"] for one in answer if one["label"] == str(level)) for level in LEVELS] for answer in answers])
