import pytest
from django.core.management import CommandError, call_command

from biasapp.demonstration import SLUG, steps
from modeling.labels import Split
from modeling.models import Evaluation, Project
from tests.factories import make_version


def test_the_public_passwords_exist_in_the_demonstration_only(settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="BIASAPP_DEMO=1"):
        call_command("prepare_demo")


def test_a_first_start_that_was_killed_before_gate_was_measured_measures_again(db: None) -> None:
    """Else its round would be refused at every start, as nobody knows what gate can tell."""
    project = Project.objects.create(name="Demonstration", slug=SLUG)
    version = make_version(project, champion=True)
    (scored,) = [step for step in steps() if step.name == "predictions"]
    Evaluation.objects.create(version=version, split=Split.TEST, measure="accuracy", value=0.8, n=100)
    assert not scored.is_done()
    Evaluation.objects.create(version=version, split=Split.GATE, measure="accuracy", value=0.8, n=100)
    assert scored.is_done()
