"""A lead starts the first training from the project's page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from modeling.models import FirstTraining, Role
from tests.factories import make_comment, make_dataset, make_member, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_comment(make_dataset(project), split="train")
    return project


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def url(project, name="first-training"):
    return reverse(f"modeling:{name}", args=[project.slug])


def html_of(response):
    assert response.status_code in (200, 286)
    return response.content.decode()


def test_one_click_asks_for_it_and_shows_how_far_it_is(client, project, lead, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url(project))
    assert response.url == url(project)
    assert FirstTraining.objects.get().requested_by == lead
    assert OrmQ.objects.get().key == "train"
    assert "Waiting for its turn" in html_of(client.get(url(project)))
    assert "The first model is being trained" in html_of(client.get(url(project, "project-detail")))


def test_two_clicks_ask_once(client, project, lead):
    client.post(url(project))
    assert "being trained already" in html_of(client.post(url(project), follow=True))
    assert FirstTraining.objects.count() == 1


def test_what_cannot_be_trained_is_refused_in_words(client, lead, project):
    project.datasets.get().comments.update(split="pool")
    assert "No labelled comment stands in the train split" in html_of(client.post(url(project), follow=True))
    make_version(project, champion=True)
    assert "A version is in use already" in html_of(client.post(url(project), follow=True))
    assert not FirstTraining.objects.exists()


def test_a_training_whose_process_died_says_so_and_can_be_started_again(client, project, lead):
    long_ago = timezone.now() - timedelta(minutes=5)
    FirstTraining.objects.create(project=project, state="running", started_at=long_ago, heartbeat_at=long_ago, stage="training")
    response = client.get(url(project, "first-training-progress"))
    assert response.status_code == 286
    html = html_of(response)
    assert "died without a word" in html
    assert "goes on from its last checkpoint" in html
    assert "The first training failed" in html_of(client.get(url(project, "project-detail")))
    client.post(url(project))
    assert FirstTraining.objects.filter(state="requested").count() == 1


def test_when_it_is_done_the_page_leads_on(client, project, lead):
    FirstTraining.objects.create(project=project, state="done")
    make_version(project, champion=True)
    assert "v1 is in use" in html_of(client.get(url(project)))


def test_annotators_cannot_start_it(client, project):
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert client.post(url(project)).status_code == 403
