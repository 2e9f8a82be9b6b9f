"""What an annotator says to one prediction, and what is wrong with it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from feedback.rationale import Span, span_error
from modeling.labels import EXTRA_SUBGROUP_PREFIX, LEVELS, SUBGROUPS, BiasPattern, BiasType, Verdict

NOTE_LENGTH = 2000


@dataclass(frozen=True)
class Answer:
    """It reports a bias when `bias_types` is not empty."""

    verdict: str
    corrected_label: str = ""
    bias_types: tuple[str, ...] = ()
    subgroup: str = ""
    pattern: str = ""
    severity: int | None = None
    note: str = ""
    rationale: tuple[Span, ...] = ()

    @property
    def biased(self) -> bool:
        return bool(self.bias_types)

    def validate(self) -> dict[str, str]:
        """Field -> what is wrong with it; empty when the answer can be stored."""
        return {**self._level_errors(), **self._bias_errors()}

    def digest(self, key: UUID) -> str:
        """SHA-256 for the ledger. The random key goes in, so that short answers cannot be guessed from it."""
        canonical = json.dumps({"key": str(key), **asdict(self)}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def _level_errors(self) -> dict[str, str]:
        errors: dict[str, str] = {}
        if self.verdict not in set(Verdict):
            errors["verdict"] = _("Say whether the prediction is correct, incorrect, or that you are unsure.")
        elif self.verdict == Verdict.INCORRECT and self.corrected_label not in LEVELS:
            errors["corrected_label"] = _("Choose the right level, since the prediction is incorrect.")
        elif self.verdict != Verdict.INCORRECT and self.corrected_label:
            errors["corrected_label"] = _("A right level belongs to an incorrect prediction only.")
        if len(self.note) > NOTE_LENGTH:
            errors["note"] = _("Keep the comment below %(most)s characters.") % {"most": f"{NOTE_LENGTH:,}"}
        if error := span_error(self.rationale):
            errors["rationale"] = error
        return errors

    def _bias_errors(self) -> dict[str, str]:
        if not self.biased:
            given = {"subgroup": self.subgroup, "pattern": self.pattern, "severity": self.severity}
            return {name: _("Choose whom the bias concerns first.") for name, value in given.items() if value}
        errors: dict[str, str] = {}
        if not set(self.bias_types) <= set(BiasType) or len(set(self.bias_types)) != len(self.bias_types):
            errors["bias_types"] = _("Choose each kind of bias at most once, from: %(kinds)s.") % {"kinds": ", ".join(BiasType)}
        if self.severity not in (1, 2, 3):
            errors["severity"] = _("Say how severe the bias is, from 1 to 3.")
        if self.pattern and self.pattern not in set(BiasPattern):
            errors["pattern"] = _("Choose how the bias shows from: %(patterns)s.") % {"patterns": ", ".join(BiasPattern)}
        known = self.subgroup in SUBGROUPS or self.subgroup.startswith(EXTRA_SUBGROUP_PREFIX)
        if self.subgroup and (not known or len(self.subgroup) > 60):
            errors["subgroup"] = _("Choose a subgroup from the list.")
        return errors
