"""The demonstration: accounts, made-up data, a first model, an open round. Each step is skipped when it stands already."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from feedback.models import AnnotationRound, Annotator, Panel, SamplingStrategy
from feedback.pipeline.sample import open_round
from modeling.config import TrainingConfig
from modeling.labels import Split
from modeling.models import Dataset, Membership, Project, Role, WorkState

PASSWORD = "demo-only-4711"  # noqa: S105 - printed at every start of the demonstration, refused outside it
SLUG = "demonstration"
ROUND_ITEMS, ROUND_OVERLAP = 300, 2


@dataclass(frozen=True)
class Account:
    username: str
    role: Role
    panel: str
    what: str


ACCOUNTS = (
    Account("annotator", Role.ANNOTATOR, Panel.Kind.CROWD, gettext_lazy("judges predictions, on the crowd panel")),
    Account("expert", Role.ADJUDICATOR, Panel.Kind.EXPERT, gettext_lazy("judges predictions, on the expert panel")),
    Account("lead", Role.LEAD, "", gettext_lazy("opens and closes rounds, runs cycles, promotes")),
    Account("admin", Role.ADMIN, "", gettext_lazy("imports and exports as well")),
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    name: str
    is_done: Callable[[], bool]
    do: Callable[[Say], None]


def steps() -> Iterator[Step]:
    yield Step("accounts", lambda: User.objects.filter(username="admin").exists(), make_people)
    yield Step("comments", lambda: _dataset() is not None, _load_comments)
    yield Step("first model", lambda: project_of_demonstration().champion is not None, _train)
    yield Step("predictions", _is_scored, _score)
    yield Step("round", lambda: AnnotationRound.objects.filter(project=project_of_demonstration()).exists(), _open_round)


def project_of_demonstration() -> Project:
    return Project.objects.select_related("champion").get(slug=SLUG)


def _dataset() -> Dataset | None:
    return Dataset.objects.filter(project__slug=SLUG, state=WorkState.DONE).first()


@transaction.atomic
def make_people(say: Say) -> None:
    project, _ = Project.objects.get_or_create(slug=SLUG, defaults={"name": "Demonstration"})
    for account in ACCOUNTS:
        user = User.objects.create_user(account.username, password=PASSWORD)
        Membership.objects.create(project=project, user=user, role=account.role)
        if account.panel:
            panel, _ = Panel.objects.get_or_create(project=project, name=account.panel.capitalize(), defaults={"kind": account.panel})
            Annotator.objects.create(project=project, user=user, panel=panel)


def _load_comments(say: Say) -> None:
    from modeling.demonstration.recipe import write_csv
    from modeling.pipeline.import_comments import import_comments

    path = Path(settings.VAR_DIR) / "demonstration.csv"
    say("writing made-up comments")
    rows = write_csv(path, seed=0)
    Dataset.objects.filter(project__slug=SLUG, name="Demonstration").delete()
    dataset = Dataset.objects.create(project=project_of_demonstration(), name="Demonstration", file_name=path.name, made_up=True)
    import_comments(dataset=dataset, path=path, on_progress=lambda done: say(f"{done:,} of {rows:,} comments"))
    path.unlink()


def _train(say: Say) -> None:
    from modeling.pipeline.train import train_first

    def on_step(step: dict) -> None:
        if step.get("step") is not None:
            say(f"step {step['step']} of {step['steps']}, loss {step['total']:.3f}")

    say("reading comments, loading MiniLM")
    train_first(project=project_of_demonstration(), config=TrainingConfig(), on_step=on_step)


def _is_scored() -> bool:
    """Gate is measured last, and a round asks what it can tell."""
    return project_of_demonstration().champion.evaluations.filter(split=Split.GATE).exists()


def _score(say: Say) -> None:
    from modeling.pipeline.evaluate import evaluate_in_use
    from modeling.pipeline.predict import score_comments
    from modeling.pipeline.signals import store_signals

    version = project_of_demonstration().champion
    score_comments(version=version, on_progress=lambda done, total: say(f"{done:,} of {total:,} comments"))
    say("measuring")
    evaluate_in_use(version=version)
    say("looking for signs of bias")
    store_signals(version=version)


def _open_round(say: Say) -> None:
    open_round(
        project=project_of_demonstration(),
        name=timezone.now().strftime("%B"),
        item_count=ROUND_ITEMS,
        overlap=ROUND_OVERLAP,
        strategy=SamplingStrategy.BIAS_SEEKING,
        by=User.objects.get(username="lead"),
    )
