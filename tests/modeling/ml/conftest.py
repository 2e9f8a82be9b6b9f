"""A tiny BERT with random weights and a vocabulary of a few words: every mechanism of the real one, in milliseconds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from modeling.config import TrainingConfig
from modeling.ml.classifier import Classifier, new_classifier
from modeling.ml.data import TrainingData, build_training_data

_WORDS = (
    "a an the my is are was i he she her his we they and at in on to of nice kind lovely good awful vile stupid rotten idiot people neighbour "
    "family man woman muslim christian jewish hindu sikh catholic atheist buddhist muslims christians gay straight lesbian street garden bread "
    "tea cake walk dog cat rain bus email . , ! ' [ ]"
)
WORDS = _WORDS.split()
NICE, VILE = ("nice", "kind", "lovely", "good"), ("awful", "vile", "stupid", "rotten")


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory as a hub would give it: 3 layers of 16 dimensions."""
    directory = tmp_path_factory.mktemp("encoder")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(WORDS)]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = BertModel(
            BertConfig(
                vocab_size=len(vocabulary),
                hidden_size=16,
                num_hidden_layers=3,
                num_attention_heads=2,
                intermediate_size=32,
                max_position_embeddings=64,
                initializer_range=0.2,
                hidden_dropout_prob=0.1,
            )
        )
    encoder.save_pretrained(directory)
    BertTokenizer(vocab={word: i for i, word in enumerate(vocabulary)}).save_pretrained(directory)
    return directory


@pytest.fixture
def config() -> TrainingConfig:
    return TrainingConfig(
        epochs=2,
        batch_size=8,
        learning_rate=1e-2,
        head_learning_rate=2e-2,
        statements=0,
        max_tokens=32,
        precision="float32",
        threshold_share=0.2,
        threads=1,
        feedback_label_weight=4.0,
    )


@pytest.fixture
def classifier(tiny_encoder: Path, config: TrainingConfig) -> Classifier:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        fresh = new_classifier(config, str(tiny_encoder))
    torch.nn.init.normal_(fresh.module.head.weight, std=0.5, generator=torch.Generator().manual_seed(2))
    return replace(fresh, threshold=0.4)


@pytest.fixture
def data(config: TrainingConfig) -> TrainingData:
    return make_data(80, config)


def make_data(count: int, config: TrainingConfig, seed: int = 0) -> TrainingData:
    """Half nice, half vile comments; a third of them mention a subgroup."""
    rng = np.random.default_rng(seed)
    texts, targets = [], []
    for i in range(count):
        toxic = i % 2
        adjective, other = rng.choice(VILE if toxic else NICE, 2)
        who = rng.choice(["muslim", "christian", "gay", "neighbour", "bus", "garden"])
        thing = rng.choice(["bread", "tea", "cake", "walk", "dog", "cat", "rain"], rng.integers(1, 5))
        texts.append(f"the {who} was {adjective} and {other} , {' '.join(thing)} .")
        targets.append(0.9 if toxic else 0.0)
    return build_training_data(texts=texts, targets=targets, votes=np.full(count, 10), config=config)
