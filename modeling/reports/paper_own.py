"""The paper's tables for a project's own data and versions, from stored rows: Tables 1, 2 and 4 from what its imports counted, the others from
what was measured on test."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from modeling.labels import AXES, LEVELS, LEXICON_SUFFIX, Level, LevelKind, Split, axis_of
from modeling.measure_texts import text_of
from modeling.models import Dataset, Evaluation, ModelVersion, Project, SubgroupScore, WorkState
from modeling.names import AXIS_NAMES, LEVEL_NAMES, subgroup_name
from modeling.numerals import number
from modeling.reports.figures import Figure

QUALITY = ("accuracy", "macro_precision", "macro_recall", "macro_f1")
TREND = (*QUALITY, "mean_kl_to_uniform")
BIAS = ("mean_kl_to_uniform", "mean_group_kl", "worst_fpr", "fpr_gap", "equal_opportunity_gap")
BY_SUBGROUP = ("precision", "recall", "f1")
AXIS_TABLES = dict(zip(("A1", "A2", "A3", "A4", "A5"), AXES, strict=True))
OWN = frozenset({*map(str, range(1, 9)), *AXIS_TABLES, "F3", "F4"})
"""Keys of the tables that a project may have for itself."""

MOST_VERSIONS = 12
ITERATIONS = 10
LOSSES = (("ce", "L_CE"), ("kl", "L_bias"), ("pairing", gettext_lazy("pairing")), ("feedback", gettext_lazy("feedback")), ("total", "L"))

Cell = str | Figure | None


@dataclass(frozen=True)
class OwnRow:
    group: str | Promise
    label: str | Promise
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class OwnTable:
    columns: tuple[str, ...]
    rows: tuple[OwnRow, ...]
    note: str = ""

    @property
    def width(self) -> int:
        return 1 + len(self.columns)

    def groups(self) -> Iterator[tuple[str, list[OwnRow]]]:
        for name in dict.fromkeys(str(row.group) for row in self.rows):
            yield name, [row for row in self.rows if str(row.group) == name]


@dataclass(frozen=True)
class Counts:
    """Of all of a project's data sets."""

    splits: Counter[str]
    levels: Counter[str]
    mentions: Counter[str]
    axes: Counter[str]
    names: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(self.splits.values())


def own_tables(project: Project) -> dict[str, OwnTable]:
    """By the paper's table. One that has no rows is left out."""
    counts = _counts(project)
    versions = list(_versions(project))
    made: dict[str, OwnTable] = {"1": _splits(counts), "2": _levels(counts), "4": _mentions(counts)} if counts.total else {}
    if versions:
        made |= _measured(project, versions)
    return {key: table for key, table in made.items() if table.rows}


def _counts(project: Project) -> Counts:
    sums: dict[str, Counter[str]] = {name: Counter() for name in ("splits", "levels", "mentions", "axes")}
    found = Dataset.objects.filter(project=project, state=WorkState.DONE).values_list("name", "counts")
    for _name, counts in found:
        for name, counted in counts.items():
            sums[name].update(counted)
    return Counts(**sums, names=tuple(sorted(name for name, _counts in found)))


def _splits(counts: Counts) -> OwnTable:
    rows = [OwnRow("", _("Total"), (f"{counts.total:,}",)), *(OwnRow("", split.value, (f"{counts.splits[split]:,}",)) for split in Split)]
    return OwnTable((_("Comments"),), tuple(rows), _("As imported from %(names)s.") % {"names": ", ".join(counts.names)})


def _levels(counts: Counts) -> OwnTable:
    names, labelled = LEVEL_NAMES[LevelKind.TOXICITY], sum(counts.levels.values())
    rows = [OwnRow("", names[Level(level)], (f"{counts.levels[level]:,}", _per_cent(counts.levels[level], labelled))) for level in LEVELS]
    return OwnTable((_("Comments"), _("Share of labelled")), tuple(rows) if labelled else ())


def _mentions(counts: Counts) -> OwnTable:
    """An axis begins with how many comments mention anybody on it: mentions overlap, and do not add up to that."""
    rows = []
    for axis, members in AXES.items():
        everybody = OwnRow(AXIS_NAMES[axis], _("anybody"), _share(counts.axes[axis], counts.total))
        known = [key for name in members for key in (name, name + LEXICON_SUFFIX) if counts.mentions[key]]
        rows += [everybody, *(OwnRow(AXIS_NAMES[axis], subgroup_name(key), _share(counts.mentions[key], counts.total)) for key in known)]
    note = _("Comments that mention the group; one may mention several, and most mention none.")
    return OwnTable((_("Comments"), _("Share of all")), tuple(rows), note)


def _share(count: int, total: int) -> tuple[str, str]:
    return f"{count:,}", _per_cent(count, total)


def _per_cent(count: int, total: int) -> str:
    return f"{100 * count / total:.2f}\N{NO-BREAK SPACE}%" if total else "–"


def _versions(project: Project) -> Iterable[ModelVersion]:
    """Those that were in use, newest first, and the one in use whatever its age."""
    used = ModelVersion.objects.filter(Q(changes__isnull=False) | Q(pk=project.champion_id), project=project).distinct()
    return used.defer("loss_steps", "manifest").order_by("-number")[:MOST_VERSIONS]


def _measured(project: Project, versions: Sequence[ModelVersion]) -> dict[str, OwnTable]:
    names = {*TREND, *BIAS, "mcc", "roc_auc"}
    rows = Evaluation.objects.filter(version__in=versions, split=Split.TEST, source="", month="", measure__in=names)
    found = {(row.version_id, row.measure): Figure.of(row) for row in rows}
    measured = [version for version in reversed(versions) if (version.pk, "accuracy") in found]
    champion = [version for version in measured if version.pk == project.champion_id]

    def table(columns: Sequence[str], of: Sequence[ModelVersion]) -> OwnTable:
        lines = tuple(OwnRow("", str(version), tuple(found.get((version.pk, name)) for name in columns)) for version in of)
        return OwnTable(tuple(text_of(name).label for name in columns), lines, _("On test, with 95 % intervals."))

    made = {"3": table(QUALITY, champion), "F3": table(("roc_auc",), champion), "5": table(("mcc",), champion)}
    made |= {"6": _before_and_after(project, found), "F4": table(TREND, measured), "7": _losses(project), "8": table(BIAS, measured)}
    scores = _subgroup_figures(project)
    return made | {key: _by_subgroup(scores, axis) for key, axis in AXIS_TABLES.items()}


def _before_and_after(project: Project, found: dict[tuple[int, str], Figure]) -> OwnTable:
    """Of the newest cycle whose candidate came into use."""
    changes = project.version_changes.filter(cycle__isnull=False, version__cycle__isnull=False, previous__isnull=False)
    change = changes.select_related("cycle").defer("cycle__live_losses").first()
    if change is None or change.cycle is None:
        return OwnTable((), ())
    pair = {"version": change.version_id, "against": change.previous_id, "split": Split.TEST, "subgroup": ""}
    moved = {row.measure: Figure.of(row) for row in change.cycle.differences.filter(**pair, measure__in=TREND)}
    rows = [
        OwnRow("", text_of(name).label, (found.get((change.previous_id, name)), found.get((change.version_id, name)), moved.get(name)))
        for name in TREND
    ]  # type: ignore[arg-type]  # it has a previous one
    note = _("Cycle %(number)s, on test. The difference is paired.") % {"number": change.cycle.number}
    return OwnTable((_("Before feedback"), _("After feedback"), _("Difference")), tuple(rows), note)


def _losses(project: Project) -> OwnTable:
    """Ten steps of the training of the version in use, the last one always among them."""
    steps = [step for step in (project.champion.loss_steps if project.champion else []) if step.get("total") is not None]
    stride = -(-len(steps) // ITERATIONS) or 1
    shown = steps[::-1][::stride][::-1]
    columns = [(key, label) for key, label in LOSSES if any(step.get(key) is not None for step in shown)]
    rows = tuple(OwnRow("", str(step["step"]), tuple(number(step.get(key)) for key, _label in columns)) for step in shown)
    note = _("Steps of the training of %(version)s; each term unweighted, L as it was minimised.") % {"version": project.champion}
    return OwnTable(tuple(str(label) for _key, label in columns), rows, note)


def _subgroup_figures(project: Project) -> dict[tuple[str, str], Figure]:
    scores = SubgroupScore.objects.filter(version=project.champion_id, split=Split.TEST, measure__in=BY_SUBGROUP).order_by("subgroup")
    return {(row.subgroup, row.measure): Figure.of(row) for row in scores}


def _by_subgroup(found: dict[tuple[str, str], Figure], axis: str) -> OwnTable:
    names = dict.fromkeys(name for name, _measure in found if axis_of(name) == axis)
    rows = [OwnRow("", subgroup_name(name), tuple(found.get((name, measure)) for measure in BY_SUBGROUP)) for name in names]
    return OwnTable(tuple(text_of(name).label for name in BY_SUBGROUP), tuple(rows), _("The version in use, on test; toxic is positive."))
