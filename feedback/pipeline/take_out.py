"""All that is kept about one person in a project, as a zip of JSON Lines and CSV: for that person, and nobody else.

Which rows are about a person is read off the models: whatever names an annotator, a person's part in a round, or the account, by a field of
that name. A model that comes later is in it without a line here.
"""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Participation, RoundName
from modeling import ledger
from modeling.models import CounterfactualPair, LabelInfluence, LedgerEntry
from modeling.reports.csv_cells import plain_cell

READ_AT_ONCE = 2_000
KEPT_IN_MEMORY = 8 * 2**20
"""Bytes; a larger file goes to disk."""

LINKS = {"annotator": Annotator, "participation": Participation, "user": get_user_model()}
"""Field -> what it points to, where a row is about a person."""

JUDGED = {
    "round": "item__round__number",
    "dataset": "item__comment__dataset__name",
    "comment": "item__comment__external_id",
    "text": "item__comment__text",
    "predicted_label": "item__prediction__predicted_label",
}
"""What an answer was about: without it nobody could read their own answers."""


def _told_later(state: str) -> models.Case:
    """What somebody was asked for, as soon as the round is over: before, it would give away which answers are known."""
    return models.Case(models.When(**{state: AnnotationRound.State.OPEN}, then=models.Value("")), default=models.F("purpose"))


MORE: dict[type[models.Model], dict[str, str | models.Case]] = {
    Annotation: {**JUDGED, "purpose": _told_later("item__round__state")},
    Assignment: {"purpose": _told_later("round__state")},
}
"""Columns beside those of a model, or in their place."""

ABOUT = """Everything that is kept about you in the project {project}, made when you asked for it.

Each table is there twice: as JSON Lines (.jsonl) and for a spreadsheet (.csv). answers holds what you said and what it was about; places
what you were given and skipped; reported_pairs what you said in the what-if; ledger the entries that were written in your name. Rows that
are about others are not here: what somebody else answered, and who decided on what you wrote. Comments are as you saw them. What an
answer was asked for (purpose) is empty while its round is open.
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class _Table:
    name: str
    columns: list[str]
    rows: Callable[[], Iterator[Row]]


def take_out(*, annotator: Annotator) -> IO[bytes]:
    """The open file, at its beginning. Rows are streamed into it; the ledger says that it was made."""
    file = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - the caller streams and closes it
    counts = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", ABOUT.format(project=annotator.project.name))
        for table in _tables(annotator):
            counts[table.name] = _write(bundle, table)
    with transaction.atomic():
        ledger.append(actor=annotator.user, action="export.own_data", subject=f"annotator {annotator.pk}", payload=counts)
    file.seek(0)
    return file


def _tables(annotator: Annotator) -> Iterator[_Table]:
    account = {name: getattr(annotator.user, name) for name in ("username", "first_name", "last_name", "email", "date_joined", "last_login")}
    yield _Table("account", list(account), lambda: iter([account]))
    yield _rows("annotator", Annotator.objects.filter(pk=annotator.pk).order_by("pk"))
    for model, link in _about_a_person():
        yield _rows(NAMES.get(model, model._meta.model_name), _own(model, link, annotator), MORE.get(model, {}))
    yield _rows("reported_pairs", CounterfactualPair.objects.filter(project=annotator.project_id, reporter=annotator.user_id).order_by("pk"))
    names = RoundName.objects.filter(annotator=annotator).values("name")
    yield _rows("influence", LabelInfluence.objects.filter(source__in=names).order_by("pk"))
    yield _rows("ledger", LedgerEntry.objects.filter(actor=annotator.user.get_username()).order_by("sequence"))


NAMES: dict[type[models.Model], str] = {Annotation: "answers", Assignment: "places", Participation: "parts_in_rounds"}


def _about_a_person() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_app_config("feedback").get_models():
        for field in model._meta.concrete_fields:
            if model is not Annotator and LINKS.get(field.name, models.Model) is field.related_model:
                yield model, field.name


def _own(model: type[models.Model], link: str, annotator: Annotator) -> models.QuerySet[Any]:
    """What stands in front of somebody now is left out: it would say for what they are being asked."""
    found = model._base_manager.order_by("pk")
    if link == "annotator":
        found = found.filter(annotator=annotator)
    elif link == "participation":
        found = found.filter(participation__annotator=annotator)
    else:
        found = found.filter(user=annotator.user)
    return found.exclude(state=Assignment.State.CLAIMED) if model is Assignment else found


def _rows(name: str, found: models.QuerySet[Any], more: Mapping[str, str | models.Case] = MappingProxyType({})) -> _Table:
    """The columns of its model but those that name other people, and `more`: name -> path."""
    own = [field.attname for field in found.model._meta.concrete_fields if not _names_another(field)]
    paths: dict[str, str | models.Case] = {**{column: column for column in own}, **more}

    def rows() -> Iterator[Row]:
        for values in found.values_list(*paths.values()).iterator(READ_AT_ONCE):
            yield dict(zip(paths, values, strict=True))

    return _Table(name, list(paths), rows)


def _names_another(field: "models.Field[Any, Any]") -> bool:
    return field.related_model in LINKS.values() and field.name not in LINKS


def _write(bundle: zipfile.ZipFile, table: _Table) -> int:
    count = 0
    with bundle.open(f"{table.name}.jsonl", "w", force_zip64=True) as out:
        for row in table.rows():
            count += 1
            out.write((json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False) + "\n").encode())
    with bundle.open(f"{table.name}.csv", "w", force_zip64=True) as out, io.TextIOWrapper(out, "utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(table.columns)
        writer.writerows([_cell(row[column]) for column in table.columns] for row in table.rows())
    return count


def _cell(value: Any) -> Any:
    return plain_cell(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False) if isinstance(value, list | dict) else value)
