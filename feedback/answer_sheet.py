"""The annotator's form: what it sends is read as an answer, and what it sent is shown again where that cannot be stored.

Not a `django.forms.Form`: one is read at every answer, and building nine fields anew takes longer than storing the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from feedback.pipeline.annotate import Answer
from modeling.labels import Verdict

if TYPE_CHECKING:
    from django.http import QueryDict

    from feedback.models import Annotation

MISSING: Mapping[str, str] = {
    "verdict": "Choose Correct, Incorrect or Not sure (1, 2 or 3).",
    "corrected_label": "Choose the level that it should be.",
    "severity": "Say how bad the bias is.",
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
    note: str = ""
    key: str = field(default_factory=lambda: str(uuid4()))
    errors: Mapping[str, str] = field(default_factory=dict)
    missing = MISSING

    @classmethod
    def of(cls, answered: "Annotation") -> "AnswerSheet":
        """As it was when this was answered, for somebody who takes it back."""
        names = ("verdict", "corrected_label", "subgroup", "pattern", "note")
        severity = str(answered.severity or "")
        return cls(**{name: getattr(answered, name) for name in names}, bias_types=tuple(answered.bias_types), severity=severity)

    @classmethod
    def read(cls, sent: "QueryDict") -> "AnswerSheet":
        """The button "Correct" sends the form at once, and beats a verdict that was ticked before."""
        values: dict[str, Any] = {name: sent.get(name, "") for name in ("corrected_label", "subgroup", "pattern", "severity", "note", "key")}
        verdict = Verdict.CORRECT.value if "agree" in sent else sent.get("verdict", "")
        sheet = cls(verdict=verdict, bias_types=tuple(sent.getlist("bias_types")), **values)
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
            note=self.note.strip().replace("\r\n", "\n"),
            **(details if self.bias_types else {}),
        )

    def _find_errors(self) -> dict[str, str]:
        found = self.answer.validate()
        errors = {name: MISSING[name] if name in MISSING and not getattr(self, name) else text for name, text in found.items()}
        try:
            UUID(self.key)
        except ValueError:
            errors["key"] = "This form was sent without its key. Reload the page and answer again."
        return errors
