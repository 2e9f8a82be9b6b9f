"""What a study is: stated in sentences, kept in the ledger, compared when it goes on."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from biasapp.study.begin import StudyRefusedError, begin, spec_of
from biasapp.study.spec import PANELS, Group, StudySpec
from feedback.crowd.attackers import Dissenting, Guessing
from feedback.crowd.simulation import Script
from modeling.models import Membership, Role
from tests.factories import make_project


def test_it_survives_the_ledgers_json():
    spec = StudySpec(months=3, seed=7, lane="fast")
    assert StudySpec.from_dict(json.loads(json.dumps(spec.as_dict()))) == spec


def test_one_begun_before_the_data_had_a_seed_of_their_own_goes_on_as_it_was():
    known = StudySpec(seed=7, data_seed=7).as_dict()
    del known["data_seed"]
    assert StudySpec.from_dict(known) == StudySpec(seed=7, data_seed=7)


def test_accuracy_drifts_by_month_and_stays_a_chance():
    group = Group("Crowd", "crowd", 1, accuracy=0.9, drift=-0.1)
    assert [round(group.scripted(month).accuracy, 3) for month in (0, 1, 20)] == [0.9, 0.8, 0.0]


def test_each_kind_answers_as_stated():
    assert [type(group.scripted(0)) for group in PANELS] == [Script, Guessing, Script, Dissenting]


def test_accuracies_biases_and_drift_are_said():
    said = "\n".join(StudySpec(comments_per_month=15_000, seed=3).sentences())
    assert "seed 3 (of the data 0)" in said
    assert "6 months of up to 15,000 comments" in said
    assert "a round of 20% of its pool" in said
    assert "0.82 (-0.01 a month)" in said
    assert "find mild comments that mention muslim harmless" in said
    assert "any level, without reading" in said


@pytest.mark.django_db
def test_it_is_begun_once_and_found_again():
    spec = StudySpec(months=2)
    project, by = begin(slug="study-0", spec=spec)
    assert spec_of("study-0") == spec
    assert begin(slug="study-0", spec=spec) == (project, by)
    assert project.promote_at_once
    assert "simulated" in project.name
    assert not by.has_usable_password()


@pytest.mark.django_db
def test_other_options_are_refused_and_named():
    begin(slug="study-0", spec=StudySpec(months=2))
    with pytest.raises(StudyRefusedError, match="months was 2"):
        begin(slug="study-0", spec=StudySpec(months=3))


@pytest.mark.django_db
def test_a_project_of_people_is_never_used():
    project = make_project()
    with pytest.raises(StudyRefusedError, match="is no study"):
        begin(slug=project.slug, spec=StudySpec())


@pytest.mark.django_db
def test_a_person_may_look_at_it_as_its_lead():
    person = User.objects.create_user("mira")
    project, _ = begin(slug="study-0", spec=StudySpec(), lead=person)
    assert Membership.objects.get(project=project, user=person).role == Role.LEAD


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"months": 0}, "1 to 24 months"),
        ({"comments_per_month": 15_001}, "15,000 comments"),
        ({"overlap": 99}, "from 1 to 10"),
        ({"lead": "nobody"}, "There is no account 'nobody'"),
        ({"data": Path("/nowhere")}, "no file of comments"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_stored(options, said):
    with pytest.raises(CommandError, match=said):
        call_command("run_study", **options)
    assert spec_of("study-0") is None
