"""All that a training sees: arrays, made once from rows. No database, no raw columns."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.config import TrainingConfig
from modeling.errors import NothingToTrainError
from modeling.labels import TOXIC_TARGET
from modeling.ml.counterfactuals import twin
from modeling.ml.mentions import may_have_terms
from modeling.ml.preprocessing import changes_texts, prepare
from modeling.ml.statements import columns_of, identity_statements
from modeling.ml.subgroups import find_mentions
from modeling.ml.swap_rules import Rules
from modeling.ml.swaps import known_axes
from modeling.ml.targets import soft_levels

STATEMENT_KEY = "identity statement"
"""In the place of a text's hash: what we wrote ourselves has no say in the threshold."""

PAIR_KEY = "reported pair"
"""In its place too: a pair says what is alike, not what is toxic."""

NO_LEVEL = (0.3125, 0.375, 0.3125)
"""Of a pair's text, whose weight is 0. Not low, so that no term takes it for a harmless comment; exact in float32."""


@dataclass(frozen=True)
class TrainingData:
    """Labelled comments of the train split.

    texts: n comments. q: (n, 3) soft labels. weights: (n,) of the CE. binary: (n,) whether the source says only toxic or not.
    toxic: (n,) truth of the binary margin and of the threshold. keys: what decides the slice of the threshold (the family where a
    comment has one, else its text hash, so that variants never stand on both sides). twins: an identity-swapped twin or None.
    twin_weights: (n,) of the pairing; 0 where there is no twin. memberships: (n, G) whether a comment mentions each of `subgroups`;
    no columns where nobody asked. multipliers: {subgroup: where its multiplier starts}, 1 for those that are not listed.
    """

    texts: list[str]
    q: NDArray[np.float64]
    weights: NDArray[np.float64]
    binary: NDArray[np.bool_]
    toxic: NDArray[np.bool_]
    keys: list[str]
    twins: list[str | None]
    twin_weights: NDArray[np.float64]
    subgroups: tuple[str, ...] = ()
    memberships: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))
    multipliers: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.texts)
        if not self.subgroups:
            object.__setattr__(self, "memberships", np.zeros((n, 0), dtype=bool))
        sizes = {len(part) for part in (self.weights, self.binary, self.toxic, self.keys, self.twins, self.twin_weights)}
        if sizes != {n} or self.q.shape != (n, 3) or self.memberships.shape != (n, len(self.subgroups)):
            raise ValueError("all parts of the data must have one row for each text")

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, mask: NDArray[np.bool_]) -> Self:
        """The rows where `mask`, (n,), is true."""
        rows = np.flatnonzero(mask)
        return type(self)(
            [self.texts[i] for i in rows],
            self.q[rows],
            self.weights[rows],
            self.binary[rows],
            self.toxic[rows],
            [self.keys[i] for i in rows],
            [self.twins[i] for i in rows],
            self.twin_weights[rows],
            self.subgroups,
            self.memberships[rows],
            self.multipliers,
        )

    def joined(self, other: Self) -> Self:
        """The rows of both, with the subgroups that either knows."""
        columns = tuple(sorted({*self.subgroups, *other.subgroups}))
        return type(self)(
            self.texts + other.texts,
            np.concatenate([self.q, other.q]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.binary, other.binary]),
            np.concatenate([self.toxic, other.toxic]),
            self.keys + other.keys,
            self.twins + other.twins,
            np.concatenate([self.twin_weights, other.twin_weights]),
            columns,
            np.concatenate([self.in_columns(columns), other.in_columns(columns)]),
            other.multipliers | self.multipliers,
        )

    def in_columns(self, columns: tuple[str, ...]) -> NDArray[np.bool_]:
        """(n, G) memberships in the given order; nobody in the columns that are not known here."""
        memberships = np.zeros((len(self), len(columns)), dtype=bool)
        for place, subgroup in enumerate(self.subgroups):
            if subgroup in columns:
                memberships[:, columns.index(subgroup)] = self.memberships[:, place]
        return memberships

    def as_read(self, config: TrainingConfig, mask: str) -> Self:
        """What the encoder is given (`preprocessing.prepare`). Who is mentioned stays known; twins that are now the same go."""
        if not changes_texts(config):
            return self
        texts, twins = prepare(self.texts, config, mask), prepare([other or "" for other in self.twins], config, mask)
        others = [other if self.twins[i] is not None and other != texts[i] else None for i, other in enumerate(twins)]
        weights = np.where([other is not None for other in others], self.twin_weights, 0.0)
        return replace(self, texts=list(texts), twins=others, twin_weights=weights)

    def all_texts(self) -> list[str]:
        """Every distinct text that a forward pass may need: comments and their twins."""
        return list(dict.fromkeys([*self.texts, *(twin for twin in self.twins if twin is not None)]))


@dataclass(frozen=True)
class FeedbackData(TrainingData):
    """People's labels: q_i and w_i as handed in, and in `twin_weights` b_i = reliability x severity of the reports of bias."""


def build_training_data(
    *,
    texts: Sequence[str],
    targets: ArrayLike,
    votes: ArrayLike | None = None,
    binary: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    keys: Sequence[str] | None = None,
    mentions: Sequence[Collection[str]] | None = None,
    config: TrainingConfig,
) -> TrainingData:
    """targets: (n,) shares in [0, 1]; votes: (n,), 0 or nan where unknown; binary: (n,), default all False; weights: default 1;
    keys: default the texts' own hashes; mentions: the subgroups of each comment, found by our term list where they are not given
    and the config has a term that asks. Twins are made where the most probable level is low (or at all levels, as the config says)
    and a swap exists. Raises ValueError for an axis left out that there is not."""
    n, without = len(texts), known_axes(config.axes_left_out)
    shares = np.asarray(targets, dtype=np.float64).reshape(n)
    q = soft_levels(shares, votes, config.low_threshold, config.high_threshold).reshape(n, 3)
    paired = (q.argmax(axis=1) == 0) | (config.pairing_levels == "all")
    twins = [twin_of(text, config.seed, without, config.swaps_left_out) if is_paired else None for text, is_paired in zip(texts, paired, strict=True)]
    subgroups, memberships = membership_columns(mentions_of(texts, mentions, config))
    return TrainingData(
        texts=list(texts),
        q=q,
        weights=np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64),
        binary=np.zeros(n, dtype=bool) if binary is None else np.asarray(binary, dtype=bool),
        toxic=shares >= TOXIC_TARGET,
        keys=[text_key(text) for text in texts] if keys is None else list(keys),
        twins=twins,
        twin_weights=np.array([float(other is not None) for other in twins]),
        subgroups=subgroups,
        memberships=memberships,
    )


def with_statements(data: TrainingData, config: TrainingConfig, feedback: TrainingData | None = None) -> TrainingData:
    """`data` and the identity statements that the config asks for: harmless ones are low, hostile ones high.

    They count towards the same columns as the comments of `data` and of `feedback` that mention the same subgroup.
    Raises NothingToTrainError without data: statements alone make no classifier.
    """
    if not len(data):
        raise NothingToTrainError("There are no labelled comments in the train split. Import a data set with labels first.")
    statements = identity_statements(config.statements, config.seed, config.axes_left_out)
    if not statements:
        return data
    texts, hostile = zip(*statements, strict=True)
    # What a frame says is as hostile about anybody, so here the twins of hostile ones are as good as those of harmless ones.
    paired = config.but(pairing_levels="all")
    known = {*data.subgroups, *(feedback.subgroups if feedback else ())}
    mentions = [columns_of(mentioned, known) for mentioned in mentions_of(texts, None, config)]
    keys, targets = [STATEMENT_KEY] * len(texts), np.array(hostile, dtype=float)
    built = build_training_data(texts=texts, targets=targets, keys=keys, mentions=mentions, config=paired)
    return data.joined(replace(built, twin_weights=built.twin_weights * config.statement_pairing))


def as_trained_on(data: TrainingData, feedback: FeedbackData | None, config: TrainingConfig, mask: str) -> tuple[TrainingData, FeedbackData]:
    """Train comments with our statements, and people's labels, both as the encoder is given them."""
    people = feedback or no_feedback()
    return with_statements(data, config, people).as_read(config, mask), people.as_read(config, mask)


def build_feedback_data(
    *,
    texts: Sequence[str],
    q: ArrayLike,
    weights: ArrayLike,
    bias_weights: ArrayLike,
    mentions: Sequence[Collection[str]] | None = None,
    config: TrainingConfig,
) -> FeedbackData:
    """q: (n, 3) people's soft labels; weights: (n,) of the CE; bias_weights: (n,) b_i, 0 where no bias was reported; mentions: as above.

    Where bias was reported and a swap exists the comment is paired with its twin; where none does (dialect, stereotype,
    profanity), the label's weight is all that acts. Raises ValueError for an axis left out that there is not.
    """
    n, without = len(texts), known_axes(config.axes_left_out)
    labels = np.asarray(q, dtype=np.float64).reshape(n, 3)
    reported = np.asarray(bias_weights, dtype=np.float64).reshape(n)
    twins = [twin_of(text, config.seed, without, config.swaps_left_out) if b > 0 else None for text, b in zip(texts, reported, strict=True)]
    subgroups, memberships = membership_columns(mentions_of(texts, mentions, config))
    return FeedbackData(
        texts=list(texts),
        q=labels,
        weights=np.asarray(weights, dtype=np.float64).reshape(n),
        binary=np.zeros(n, dtype=bool),
        toxic=labels @ np.array([0.0, 0.5, 1.0]) >= TOXIC_TARGET,
        keys=[text_key(text) for text in texts],
        twins=twins,
        twin_weights=np.where([other is not None for other in twins], reported, 0.0),
        subgroups=subgroups,
        memberships=memberships,
    )


def build_pairs(*, texts: Sequence[str], twins: Sequence[str], weights: ArrayLike) -> FeedbackData:
    """Pairs that people reported, with their b_i: rows without a label, which nothing but the pairing reads."""
    n = len(texts)
    return FeedbackData(
        texts=list(texts),
        q=np.tile(NO_LEVEL, (n, 1)),
        weights=np.zeros(n),
        binary=np.zeros(n, dtype=bool),
        toxic=np.zeros(n, dtype=bool),
        keys=[PAIR_KEY] * n,
        twins=list(twins),
        twin_weights=np.asarray(weights, dtype=np.float64).reshape(n),
    )


def no_feedback() -> FeedbackData:
    empty = np.zeros(0)
    return FeedbackData([], np.zeros((0, 3)), empty, empty.astype(bool), empty.astype(bool), [], [], empty)


def mentions_of(texts: Sequence[str], mentions: Sequence[Collection[str]] | None, config: TrainingConfig) -> Sequence[Collection[str]]:
    """Who is mentioned in each text, as given, or by our term list. Nobody where no term of the loss asks: a million texts take minutes."""
    if not config.asks_for_subgroups:
        return [()] * len(texts)
    return list(find_mentions(texts)) if mentions is None else mentions


def membership_columns(mentions: Sequence[Collection[str]]) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """(the subgroups mentioned anywhere, sorted; (n, G) who is mentioned where)."""
    subgroups = tuple(sorted({subgroup for mentioned in mentions for subgroup in mentioned}))
    places = {subgroup: place for place, subgroup in enumerate(subgroups)}
    memberships = np.zeros((len(mentions), len(subgroups)), dtype=bool)
    for row, mentioned in enumerate(mentions):
        memberships[row, [places[subgroup] for subgroup in mentioned]] = True
    return subgroups, memberships


def text_key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def twin_of(text: str, seed: int, without: Collection[str] = (), rejected: Rules = ()) -> str | None:
    """The one twin of a text under a seed: whatever else is trained with it, it stays the same (so its states can be cached)."""
    if not may_have_terms(text):  # making the generator takes longer than looking
        return None
    return twin(text, np.random.default_rng([seed, int(text_key(text)[:15], 16)]), without, rejected)


def in_slice(key: str, share: float) -> bool:
    """Whether a key falls in the slice of train that is kept for the threshold and for early stopping.

    Salted, because the split itself was drawn from a hash of the same key.
    """
    if key in (STATEMENT_KEY, PAIR_KEY):
        return False
    digest = hashlib.sha256(b"threshold slice\0" + key.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
