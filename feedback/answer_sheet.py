"""The annotator's form: what it sends is read as an answer, and what it sent is shown again where that cannot be stored.

Not a `django.forms.Form`: one is read at every answer, and building nine fields anew takes longer than storing the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.utils.translation import gettext, gettext_lazy

from feedback.pipeline.answer import Answer
from feedback.rationale import Span, read_spans, written
from modeling.labels import Verdict

if TYPE_CHECKING:
    from django.http import QueryDict

MISSING: Mapping[str, str] = {
    "verdict": gettext_lazy("Choose Correct, Incorrect or Not sure (1, 2 or 3)."),
    "corrected_label": gettext_lazy("Choose the level that it should be."),
    "severity": gettext_lazy("Say how bad the bias is."),
}
"""What is not answered, in the words of the page."""


@dataclass(frozen=True)
class AnswerSheet:
    """`errors`: field -> what is wrong with it. `key`: a new one for each sheet, so that the same answer sent twice is stored once."""

    verdict: str = ""
    corrected_label: str = ""
    bias_types: tuple[str, ...] = ()
    subgroup: str = ""
    pattern: str = ""
    severity: str = ""
    rationale: tuple[Span, ...] = ()
    note: str = ""
    seconds: float | None = None
    key: str = field(default_factory=lambda: str(uuid4()))
    errors: Mapping[str, str] = field(default_factory=dict)
    missing = MISSING

    @classmethod
    def of(cls, taken_back: Mapping[str, Any]) -> "AnswerSheet":
        """As it was when this was answered, for somebody who took it back."""
        rationale = tuple((start, end) for start, end in taken_back["rationale"])
        typed = {"bias_types": tuple(taken_back["bias_types"]), "severity": str(taken_back["severity"] or ""), "rationale": rationale}
        return cls(**{**taken_back, **typed})

    @classmethod
    def read(cls, sent: "QueryDict") -> "AnswerSheet":
        """The button "Correct" sends the form at once, and beats a verdict that was ticked before."""
        values: dict[str, Any] = {name: sent.get(name, "") for name in ("corrected_label", "subgroup", "pattern", "severity", "note", "key")}
        verdict = Verdict.CORRECT.value if "agree" in sent else sent.get("verdict", "")
        # Where the script does not run, words are ticked in a list, and the hidden field still holds what was marked before.
        rationale = read_spans(sent.getlist("word") if "word_list" in sent else [sent.get("rationale", "")])
        more = {"bias_types": tuple(sent.getlist("bias_types")), "rationale": rationale, "seconds": _seconds(sent.get("seconds", ""))}
        sheet = cls(verdict=verdict, **values, **more)
        return cls(**{**vars(sheet), "errors": sheet._find_errors()})

    @property
    def answer(self) -> Answer:
        """A right level counts with "incorrect" only, and details of a bias only with a kind of bias: people change their minds."""
        severity = int(self.severity) if self.severity.isdecimal() and len(self.severity) == 1 else None
        details = {"subgroup": self.subgroup, "pattern": self.pattern, "severity": severity}
        return Answer(
            verdict=self.verdict,
            corrected_label=self.corrected_label if self.verdict == Verdict.INCORRECT else "",
            bias_types=self.bias_types,
            rationale=self.rationale,
            note=self.note.strip().replace("\r\n", "\n"),
            **(details if self.bias_types else {}),
        )

    @property
    def marked(self) -> str:
        """The marked words as the form sends them."""
        return written(self.rationale)

    def _find_errors(self) -> dict[str, str]:
        found = self.answer.validate()
        errors = {name: str(MISSING[name]) if name in MISSING and not getattr(self, name) else text for name, text in found.items()}
        try:
            UUID(self.key)
        except ValueError:
            errors["key"] = gettext("This form was sent without its key. Reload the page and answer again.")
        return errors


def _seconds(sent: str) -> float | None:
    """None where the page does not say, or says nonsense: then the server's own clock counts."""
    try:
        seconds = float(sent)
    except ValueError:
        return None
    return seconds if isfinite(seconds) else None
