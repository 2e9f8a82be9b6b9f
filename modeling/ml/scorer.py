"""What scores texts, whatever computes underneath: tokenise ahead in a thread, compute chunk by chunk, in the order of the texts."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

Progress = Callable[[int, int], None]
OnDone = Callable[[int], None]
TokenRows = list[list[int]]
OfRows = Callable[[TokenRows, OnDone], NDArray[np.float32]]

CHUNK = 10_000
"""Texts tokenised and sorted at a time: enough for full batches of every length, and memory does not grow with the number of texts."""


def ignore_done(_: int) -> None:
    pass


class Scorer(ABC):
    """A version's predictions by one engine. Back-ends: `classifier.Classifier` (torch), `openvino_engine.OpenVinoScorer`.

    `engine`: its name in the manifest. `threshold`: flagged = toxicity score >= it.
    """

    threshold: float

    @property
    @abstractmethod
    def engine(self) -> str: ...

    @property
    @abstractmethod
    def mask_token(self) -> str:
        """What stands for a word that is left out."""

    @abstractmethod
    def read(self, texts: Sequence[str]) -> TokenRows:
        """Token ids of each text, cut at the most tokens. Called in a thread beside `probabilities`."""

    @abstractmethod
    def probabilities(self, rows: TokenRows, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
        """(n, 3) in the order of `rows`; `on_done(rows so far)`, rising, from the calling thread."""

    @abstractmethod
    def vectors(self, rows: TokenRows, on_done: OnDone = ignore_done) -> NDArray[np.float32]:
        """(n, d) in the order of `rows`: the pooled vectors that the head turns into probabilities; `on_done` as above."""

    def embed(self, texts: Sequence[str], on_progress: Progress | None = None) -> NDArray[np.float32]:
        """The vectors of texts, (n, d); `on_progress(done, total)` after each batch."""
        on_done = (lambda done: on_progress(done, len(texts))) if on_progress else ignore_done
        return np.concatenate([self.vectors([]), *self.embed_chunks(chunked(texts), on_done)])

    def embed_chunks(self, chunks: Iterable[Sequence[str]], on_done: OnDone = ignore_done) -> Iterator[NDArray[np.float32]]:
        """As `predict_chunks`, of vectors."""
        return self._through(self.vectors, chunks, on_done)

    def predict_proba(self, texts: Sequence[str], on_progress: Progress | None = None) -> NDArray[np.float32]:
        """Probabilities of low, mild, high, (n, 3); `on_progress(done, total)` after each batch."""
        on_done = (lambda done: on_progress(done, len(texts))) if on_progress else ignore_done
        return np.concatenate([np.empty((0, 3), dtype=np.float32), *self.predict_chunks(chunked(texts), on_done)])

    def predict_chunks(self, chunks: Iterable[Sequence[str]], on_done: OnDone = ignore_done) -> Iterator[NDArray[np.float32]]:
        """Probabilities of each chunk, one array each; `on_done(texts so far)`. The next chunk is asked for before one is computed,
        in the calling thread (it may read a database), and tokenised meanwhile."""
        return self._through(self.probabilities, chunks, on_done)

    def _through(self, of_rows: OfRows, chunks: Iterable[Sequence[str]], on_done: OnDone) -> Iterator[NDArray[np.float32]]:
        before = 0
        for rows in tokenised_ahead(self.read, chunks):
            yield of_rows(rows, lambda done, before=before: on_done(before + done))
            before += len(rows)


def head_probabilities(vectors: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 3) of pooled vectors (n, d), by a head (3, d) and its bias (3,).

    In float64: in float32 the sum depends on how many rows it is made for, and a probability moves by 2e-7 in other company.
    """
    logits = vectors.astype(np.float64) @ weight.T.astype(np.float64) + bias
    return (softmax(logits, axis=1) if len(logits) else logits).astype(np.float32)


def chunked(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), CHUNK):
        yield texts[start : start + CHUNK]


def tokenised_ahead(read: Callable[[Sequence[str]], TokenRows], chunks: Iterable[Sequence[str]]) -> Iterator[TokenRows]:
    """Token rows of each chunk, one chunk ahead: the tokeniser releases the interpreter, so it costs no time of the computing."""
    with ThreadPoolExecutor(1, thread_name_prefix="tokenise") as pool:
        waiting: Future[TokenRows] | None = None
        for chunk in chunks:
            ahead = pool.submit(read, chunk)
            if waiting:
                yield waiting.result()
            waiting = ahead
        if waiting:
            yield waiting.result()
