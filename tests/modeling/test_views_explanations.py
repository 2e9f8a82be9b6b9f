"""Words shaded by what they did to the score."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from modeling.map_engines import MapEngine
from modeling.models import Role
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}
AGAINST = {"value": 0.4, "chance": 0.1, "limit": 0.3, "passes": True}
FAITHFULNESS = {"comprehensiveness": AGAINST, "sufficiency": AGAINST, "loo_tau": None, "words": 6, "orders": 20, "beats_chance": True}
BY_CHANCE = {**FAITHFULNESS, "sufficiency": {**AGAINST, "passes": False}, "beats_chance": False}


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
    prediction.explanations.create(engine="occlusion", spans=[[4, 10, 0.4], [30, 34, -0.2]])
    response = client.get(f"{url(prediction)}?engine=occlusion", **HTMX)
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


@pytest.mark.parametrize("attempt", ["x", "-1", "²", "9" * 500])
def test_a_strange_count_is_taken_as_the_first(client, prediction, attempt):
    assert "?attempt=1" in client.get(url(prediction), {"attempt": attempt}, **HTMX).content.decode()


def test_without_htmx_it_is_a_page(client, prediction):
    prediction.explanations.create(spans=[])
    response = client.get(url(prediction))
    assert response.status_code == 200
    assert "<html" in response.content.decode()


def test_a_prediction_that_is_not_there_is_not_found(client, prediction):
    assert client.get(reverse("modeling:explanation", args=[prediction.pk + 1])).status_code == 404


@pytest.fixture
def server(settings, prediction):
    with running_model_server() as server:
        server.answer = {"spans": [[4, 10, 0.4]], "probabilities": [0.2, 0.5, 0.3], "faithfulness": FAITHFULNESS}
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


def page_of(client, prediction, **query):
    return client.get(url(prediction), query).content.decode()


def test_the_page_tells_what_the_map_is_worth_and_lists_its_words(client, prediction, server):
    html = page_of(client, prediction)
    assert server.asked[0]["measured"] is True
    assert "Beyond what 95 % of 20 orders of the same 6 words or stretches of words reach by chance." in html
    assert '<th scope="row" dir="auto">mosque</th><td class="num">40\N{NO-BREAK SPACE}%</td>' in html
    assert html.count("<tr>") == 1 + 2 + 1 + 1


def test_beside_a_comment_nobody_waits_for_the_figures(client, prediction, server):
    client.get(url(prediction), **HTMX)
    assert server.asked[0]["measured"] is False


def test_a_map_that_chance_would_make_as_well_is_greyed_and_says_so(client, prediction):
    prediction.explanations.create(spans=[[4, 10, 0.4]], figures={"faithfulness": BY_CHANCE})
    for html in (client.get(url(prediction), **HTMX).content.decode(), page_of(client, prediction)):
        assert 'class="explanation greyed"' in html
        assert "words picked by chance explain this prediction as well" in html
        assert "leans most" not in html


@pytest.mark.parametrize(("figures", "is_checked"), [({}, False), ({"faithfulness": FAITHFULNESS}, True), ({"faithfulness": BY_CHANCE}, True)])
def test_a_map_says_whether_it_has_been_checked_against_chance(client, prediction, figures, is_checked):
    prediction.explanations.create(spans=[[4, 10, 0.4]], figures=figures)
    html = client.get(url(prediction), **HTMX).content.decode()
    assert ("Not checked yet:" in html) is not is_checked
    assert ("greyed" in html) is (figures.get("faithfulness") == BY_CHANCE)


def test_of_few_words_it_says_that_there_is_not_enough(client, prediction):
    prediction.explanations.create(spans=[[4, 10, 0.4]], figures={"faithfulness": {**FAITHFULNESS, "words": 3, "beats_chance": None}})
    html = page_of(client, prediction)
    assert "Not enough data" in html
    assert "greyed" not in html


@pytest.mark.parametrize("engine", MapEngine)
def test_each_map_has_an_address_and_links_to_all_others(client, prediction, engine):
    prediction.explanations.create(engine=engine, spans=[[4, 10, 0.4], [30, 34, 0.2]], figures={"faithfulness": FAITHFULNESS})
    html = page_of(client, prediction, engine=engine)
    assert all(f'href="{url(prediction)}?engine={other}"' in html for other in MapEngine if other != engine)
    assert 'aria-current="page"' in html
    assert "mosque" in html


def test_attention_says_where_the_model_looked_and_not_why(client, prediction, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    directory = tmp_path / prediction.version.directory
    directory.mkdir(parents=True)
    (directory / "config.json").write_text('{"num_hidden_layers": 6, "num_attention_heads": 12}')
    prediction.explanations.create(engine="attention.6.2", spans=[[4, 10, 0.4]], figures={"faithfulness": FAITHFULNESS})
    html = page_of(client, prediction, engine="attention", layer=6, head=2)
    assert "The model looked most at “mosque”: 40\N{NO-BREAK SPACE}% of what it gave to words. That is where it looked, not why it decided." in html
    assert html.count("<option") == 6 + 1 + 12 + 1
    assert "<option selected>2</option>" in html
    assert "raised the score" not in html


def test_what_integrated_gradients_miss_is_told(client, prediction):
    figures = {"faithfulness": FAITHFULNESS, "convergence_delta": -0.0012, "difference": 0.41}
    prediction.explanations.create(engine="integrated_gradients", spans=[[4, 10, 0.4]], figures=figures)
    html = page_of(client, prediction, engine="integrated_gradients")
    assert "should add up to +.410" in html
    assert ".0012 is missing" in html


def test_a_slow_map_is_waited_for_on_the_page(client, prediction):
    html = page_of(client, prediction, engine="shap")
    assert "This map is being made" in html
    assert f'hx-get="{url(prediction)}?engine=shap&amp;attempt=1"' in html
    prediction.explanations.create(engine="shap", spans=[[4, 10, 0.4]], figures={"faithfulness": FAITHFULNESS})
    fragment = client.get(url(prediction), {"engine": "shap", "attempt": 1}, **HTMX)
    assert fragment.status_code == 286
    assert (fragment["HX-Retarget"], fragment["HX-Reswap"]) == ("#map", "outerHTML")
    assert "<html" not in fragment.content.decode()
    assert "shade-4" in fragment.content.decode()


def test_while_it_is_waited_for_only_the_asking_is_renewed(client, prediction):
    """What is in focus stays so, and nothing is announced again."""
    fragment = client.get(url(prediction), {"engine": "shap", "attempt": 3}, **HTMX)
    html = fragment.content.decode()
    assert f'hx-get="{url(prediction)}?engine=shap&amp;attempt=4"' in html
    assert "<p" not in html
    assert "HX-Retarget" not in fragment
    last = client.get(url(prediction), {"engine": "shap", "attempt": 90}, **HTMX)
    assert "could not be made now" in last.content.decode()
    assert last["HX-Retarget"] == "#map"


@pytest.mark.parametrize(
    ("engine", "said", "figures"),
    [
        ("occlusion", "The word “mosque” raised the score most, by 0.40.", "Change of the score"),
        ("shap", "By this map “mosque” adds most to the score: 0.40 of it.", "Part of the score"),
        ("integrated_gradients", "By this map “mosque” adds most to the score: 0.40 of it.", "Part of the score"),
        ("gradient_x_input", "“mosque” pushes the score up most.", "Slope of the score"),
        ("gradient_x_attention", "The model leans most on “mosque”: it carries 40\N{NO-BREAK SPACE}% of the weight.", "Share"),
    ],
)
def test_each_map_says_what_its_figures_are_and_no_more(client, prediction, engine, said, figures):
    prediction.explanations.create(engine=engine, spans=[[4, 10, 0.4]], figures={"faithfulness": FAITHFULNESS})
    html = page_of(client, prediction, engine=engine)
    assert said in html
    assert f'<th scope="col" class="num">{figures}</th>' in html


def test_a_comment_without_words_says_so(client, prediction):
    prediction.explanations.create(spans=[])
    assert "There are no words by which this could be explained." in client.get(url(prediction), **HTMX).content.decode()


@pytest.mark.parametrize("query", [{"engine": "tea"}, {"engine": "lime", "layer": 1}, {"engine": "attention", "layer": 99}, {"head": 2}])
def test_a_map_that_cannot_be_is_refused_with_a_way_on(client, prediction, server, query):
    response = client.get(url(prediction), query)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert f'href="{url(prediction)}?engine=occlusion"' in response.content.decode()
    assert not server.asked


def test_a_layer_that_the_version_lacks_is_said_in_words(client, prediction, server):
    server.answer = {"error": "This version has 6 layers, numbered from 1.", "kind": "no_such_map"}
    response = client.get(url(prediction), {"engine": "attention", "layer": 9})
    assert response.status_code == 422
    assert "This version has 6 layers" in response.content.decode()


def test_its_page_leads_back_to_the_project(client, prediction):
    prediction.explanations.create(spans=[])
    page = client.get(url(prediction)).content.decode()
    project = prediction.version.project
    assert f'<a href="{reverse("modeling:project-detail", args=[project.slug])}">{project.name}</a>' in page.split("<h1", 1)[0].split("</header>")[-1]
