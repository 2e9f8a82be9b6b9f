"""Words shaded by what they did to the score."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from modeling.models import Role
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def prediction(client, settings, tmp_path):
    settings.MODEL_SERVER_SOCKET = tmp_path / "nobody-listens.sock"
    cache.clear()
    project = make_project()
    client.force_login(make_member(project, Role.ANNOTATOR))
    comment = make_comment(make_dataset(project), text="The mosque <down> the road is kind.")
    return make_prediction(make_version(project, champion=True), comment)


def url(prediction):
    return reverse("modeling:explanation", args=[prediction.pk])


def test_words_are_shaded_and_a_sentence_says_the_strongest(client, prediction):
    prediction.explanations.create(spans=[[4, 10, 0.4], [30, 34, -0.2]])
    response = client.get(url(prediction), **HTMX)
    html = response.content.decode()
    assert response.status_code == 286
    assert '<mark class="shade-4 raises">mosque</mark>' in html
    assert '<mark class="shade-2 lowers">kind</mark>' in html
    assert "The word “mosque” raised the score most, by 0.40." in html
    assert "&lt;down&gt;" in html
    assert "style=" not in html


def test_without_a_model_server_the_comment_stands_and_it_asks_again(client, prediction):
    response = client.get(url(prediction), **HTMX)
    html = response.content.decode()
    assert response.status_code == 200
    assert "The mosque" in html
    assert f'hx-get="{url(prediction)}?attempt=1"' in html


def test_it_does_not_ask_for_ever(client, prediction):
    response = client.get(url(prediction), {"attempt": 20}, **HTMX)
    html = response.content.decode()
    assert response.status_code == 286
    assert "There is no explanation at the moment" in html
    assert "hx-get" not in html


@pytest.mark.parametrize("attempt", ["x", "-1", "9" * 500])
def test_a_strange_count_is_taken_as_the_first(client, prediction, attempt):
    assert "?attempt=1" in client.get(url(prediction), {"attempt": attempt}, **HTMX).content.decode()


def test_without_htmx_it_is_a_page(client, prediction):
    prediction.explanations.create(spans=[])
    response = client.get(url(prediction))
    assert response.status_code == 200
    assert "<html" in response.content.decode()


def test_a_prediction_that_is_not_there_is_not_found(client, prediction):
    assert client.get(reverse("modeling:explanation", args=[prediction.pk + 1])).status_code == 404
