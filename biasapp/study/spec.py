"""What a study is: printed, kept in the ledger when it begins, and compared when it goes on. No Django."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from feedback.crowd.attackers import dissenting, guessing
from feedback.crowd.simulation import Script, Scripted
from modeling.labels import Lane

HONEST, GUESSING, DISSENTING = "honest", "guessing", "dissenting"
GENERATOR = "demonstration"
ROUND_SHARE = 0.2
MOST_A_MONTH = 15_000


@dataclass(frozen=True)
class Group:
    """Scripted people of one kind on one panel. `accuracy`: chance to see the true level in the first month, which changes by `drift` every
    month after. A `dissenting` one finds comments that mention `aim` harmless where others find them mild; a `guessing` one does not read."""

    panel: str
    kind: str
    count: int
    script: str = HONEST
    accuracy: float = 0.85
    bias_recall: float = 0.8
    false_reports: float = 0.02
    drift: float = 0.0
    aim: str = ""

    def scripted(self, month: int) -> Scripted:
        """In the study's month `month`, from 0."""
        if self.script == GUESSING:
            return guessing()
        accuracy = min(max(self.accuracy + self.drift * month, 0.0), 1.0)
        return dissenting(self.aim, accuracy) if self.script == DISSENTING else Script(accuracy, self.bias_recall, self.false_reports)


PANELS = (
    Group("Crowd", "crowd", 5, accuracy=0.82, bias_recall=0.7, false_reports=0.03, drift=-0.01),
    Group("Crowd", "crowd", 1, script=GUESSING),
    Group("Experts", "expert", 2, accuracy=0.93, bias_recall=0.9, false_reports=0.01),
    Group("Community", "community", 2, script=DISSENTING, aim="muslim"),
)
"""Careless people, experts, a crowd that tires, and a community with a reading of its own."""


@dataclass(frozen=True)
class StudySpec:
    months: int = 6
    comments_per_month: int = 1_500
    baseline: int = 0
    """Comments from before the first month on which the first version is trained; 0: all there are."""
    seed: int = 0
    """Of rounds, people and training."""
    data_seed: int = 0
    """Of the comments: which there are, and which come when. Studies of several seeds on the same data differ in nothing else."""
    lane: str = Lane.MIDDLE.value
    overlap: int = 2
    data: str = GENERATOR
    """The names of the files, or the demonstration's generator."""
    round_share: float = ROUND_SHARE
    groups: tuple[Group, ...] = PANELS

    @property
    def is_from_files(self) -> bool:
        return self.data != GENERATOR

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "groups": [asdict(group) for group in self.groups]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        # Of a study that was begun before the two were told apart.
        values = {"data_seed": values["seed"], **values}
        return cls(**{**values, "groups": tuple(Group(**group) for group in values["groups"])})

    def sentences(self) -> list[str]:
        """For whoever reads what was simulated."""
        first = f"{self.months} months of up to {self.comments_per_month:,} comments from {self.data}, seed {self.seed} "
        first += f"(of the data {self.data_seed}), {self.lane} lane."
        each = (
            f"Each month a round of {self.round_share:.0%} of its pool with {self.overlap} answers a comment, all of them scripted; then one cycle."
        )
        return [first, each, *(_said(group) for group in self.groups)]


def _said(group: Group) -> str:
    who = f"{group.panel} ({group.kind}), {group.count}: "
    if group.script == GUESSING:
        return who + "any level, without reading."
    said = f"{who}see the true level with chance {group.accuracy:.2f}"
    said += f" ({group.drift:+.2f} a month)" if group.drift else ""
    if group.script == DISSENTING:
        return f"{said}, but find mild comments that mention {group.aim} harmless."
    return f"{said}, report {group.bias_recall:.2f} of over-rated mentions and {group.false_reports:.2f} of all else."
