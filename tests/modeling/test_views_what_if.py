"""What if a comment were about somebody else: the page, its fragment, and what is pinned on it."""

import pytest
from django.urls import reverse

from modeling.ml.what_if import pair_key, swaps
from modeling.models import Role
from modeling.pipeline.report_pair import report_pair
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}
AWFUL = "That awful Muslim neighbour is kind."


@pytest.fixture
def model_server(settings):
    with running_model_server() as server:
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


@pytest.fixture
def project(client):
    project = make_project()
    make_version(project, champion=True)
    client.force_login(make_member(project, Role.ANNOTATOR))
    return project


def url(project, name="what-if"):
    return reverse(f"modeling:{name}", args=[project.slug])


def ask(client, project, text=AWFUL, kind="swap", name="what-if", htmx=False, **more):
    return client.post(url(project, name), {"text": text, "kind": kind, **more}, **(HTMX if htmx else {}))


def test_a_page_without_a_text_says_what_to_do(client, project):
    page = client.get(url(project)).content.decode()
    assert "Type a comment" in page
    assert "Pin a variant" in page


def test_identities_are_swapped_and_the_model_is_asked_once(client, project, model_server):
    page = ask(client, project).content.decode()
    assert len(model_server.asked) == 1
    assert model_server.asked[0]["texts"][0] == AWFUL
    assert "“Muslim” → “Christian”" in page
    assert "<ins>Christian</ins>" in page
    assert "The level stays high in all 7 variants." in page
    assert "swap_rate .00; how far the three probabilities move on average, mean_jsd .000 bits" in page
    assert page.index("The level stays high") < page.index("<summary>The figures</summary>") < page.index("swap_rate")
    assert "n = 7" in page


def test_it_is_said_how_many_swaps_were_not_made(client, project, model_server):
    page = ask(client, project, "A Muslim man, a Christian, a gay teacher and a black woman.").content.decode()
    assert "These are 20 of the " in page
    assert "all the swaps that we know" not in page
    lead = make_member(project, Role.LEAD)
    for made in swaps(AWFUL):
        report_pair(project=project, version=project.champion, text=AWFUL, variant=made, verdict="not_equivalent", by=lead)
        page = ask(client, project).content.decode()
        assert ("6 of the 7 swaps that we know" in page) == (made == swaps(AWFUL)[0])
    assert "All the swaps that we know for this comment are left out" in page


def test_a_word_that_decides_is_found_by_leaving_it_out(client, project, model_server):
    page = ask(client, project, kind="ablation").content.decode()
    assert "The level, high, becomes another in 1 of 6 variants." in page
    assert "without “awful”" in page
    assert "another level" in page
    assert "swap_rate" not in page
    only = ask(client, project, kind="ablation", word="AWFUL").content.decode()
    assert "without “awful”" in only
    assert "without “kind”" not in only


def test_ones_own_wording_is_masked_before_the_model_sees_it(client, project, model_server):
    page = ask(client, project, kind="edit", edited="Write to jo@example.org.").content.decode()
    assert model_server.asked[0]["texts"] == [AWFUL, "Write to [email]."]
    assert "1 private detail was masked" in page
    assert "your wording" in page


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": ""}, "This field is required"),
        ({"text": "x" * 5_001}, "at most 5000 characters"),
        ({"kind": "magic"}, "Select a valid choice"),
        ({"kind": "edit"}, "Write the comment as you would word it."),
        ({"kind": "edit", "edited": AWFUL}, "Change something in it."),
        ({"text": "a\0b"}, "Null characters"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_what_was_typed(client, project, model_server, sent, said):
    for htmx in (False, True):
        response = ask(client, project, htmx=htmx, **sent)
        assert response.status_code == 422
        assert said in response.content.decode()
    assert not model_server.asked


def test_without_the_model_server_nothing_typed_is_lost(client, project, settings, tmp_path):
    settings.MODEL_SERVER_SOCKET = tmp_path / "nobody.sock"
    response = ask(client, project)
    assert response.status_code == 503
    page = response.content.decode()
    assert "The model server is not running" in page
    assert AWFUL in page
    fragment = ask(client, project, htmx=True)
    assert fragment.status_code == 200, "htmx shows no other"
    assert "ask again in a moment" in fragment.content.decode()


def test_a_text_that_names_nobody_says_so(client, project, model_server):
    assert "No word in this comment names somebody" in ask(client, project, "An awful street.").content.decode()


def test_what_is_typed_is_shown_as_text(client, project, model_server):
    page = ask(client, project, "<script>alert(1)</script> Muslims").content.decode()
    assert "<script>alert" not in page


def test_without_a_version_it_says_how_to_get_one(client):
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    assert "No model version yet" in client.get(url(project)).content.decode()


def test_from_a_prediction_it_begins_with_its_comment_and_its_version(client, project, model_server):
    prediction = make_prediction(make_version(project), make_comment(make_dataset(project), text=AWFUL))
    panel = reverse("modeling:what-if-of", args=[prediction.pk])
    fragment = client.get(panel, **HTMX).content.decode()
    assert model_server.asked[0]["directory"] == prediction.version.directory
    assert "“Muslim” → “Christian”" in fragment
    assert "<html" not in fragment
    assert "in a new tab" in fragment
    assert AWFUL in client.get(panel, follow=True).content.decode(), "a page, without a script"


def test_a_comment_longer_than_any_model_reads_is_asked_about_by_its_beginning(client, project, model_server):
    long = f"{AWFUL} {'And so on. ' * 1_000}"
    version = make_version(project)
    version.manifest["config"] = {"max_tokens": 160}
    version.save()
    prediction = make_prediction(version, make_comment(make_dataset(project), text=long))
    panel = client.get(reverse("modeling:what-if-of", args=[prediction.pk]), **HTMX).content.decode()
    page = client.get(url(project), {"prediction": prediction.pk}).content.decode()
    for shown in (panel, page):
        assert "“Muslim” → “Christian”" in shown
        assert "its first 5000 characters" in shown
        assert "reads the beginning of a text only, 160 words" in shown
    assert model_server.asked[0]["texts"][0] == long[:5_000]


def test_predictions_that_are_not_theirs_are_not_found(client, project, model_server):
    version, dataset = project.champion, make_dataset(project)
    other = make_project()
    foreign = make_prediction(make_version(other), make_comment(make_dataset(other)))
    for prediction in (foreign, make_prediction(version, make_comment(dataset, split="gate"))):
        assert client.get(url(project), {"prediction": prediction.pk}).status_code == 404
        for headers in ({}, HTMX):
            response = client.get(reverse("modeling:what-if-of", args=[prediction.pk]), **headers)
            assert response.status_code == 404
            assert "Location" not in response.headers, "the address would name the project"
        assert ask(client, project, prediction=prediction.pk).status_code == 404
    assert not model_server.asked


def test_pairs_are_pinned_compared_and_unpinned(client, project, model_server):
    christian = AWFUL.replace("Muslim", "Christian")
    page = ask(client, project, name="what-if-pins", pin=pair_key(AWFUL, christian)).content.decode()
    assert "As it stands" in page
    assert "“Muslim” → “Christian”" in page
    again = client.get(url(project)).content.decode()
    assert "said by v1" in again, "they stay while others are asked about"
    key = client.session["what_if_pins"][project.slug][0]["key"]
    ask(client, project, name="what-if-pins", pin=pair_key(AWFUL, AWFUL.replace("Muslim", "Hindu")))
    client.post(url(project, "what-if-pins"), {"unpin": key})
    assert [pin["variant"]["after"] for pin in client.session["what_if_pins"][project.slug]] == ["Hindu"]
    fragment = client.post(url(project, "what-if-pins"), {"unpin": ""}, **HTMX).content.decode()
    assert "Pin a variant" in fragment
    assert "<html" not in fragment


def test_a_pin_is_of_a_variant_that_there_is_and_six_are_kept(client, project, model_server):
    ask(client, project, name="what-if-pins", pin="Anything at all.")
    assert "what_if_pins" not in client.session
    for other in ("Christian", "Catholic", "Jewish", "Hindu", "Buddhist", "Sikh", "Atheist"):
        ask(client, project, name="what-if-pins", pin=pair_key(AWFUL, AWFUL.replace("Muslim", other)))
    kept = client.session["what_if_pins"][project.slug]
    assert [pin["variant"]["after"] for pin in kept] == ["Catholic", "Jewish", "Hindu", "Buddhist", "Sikh", "Atheist"]


def test_of_a_long_text_each_variant_shows_the_part_around_its_change(client, project, model_server):
    text = f"{'Before it rained. ' * 60}{AWFUL}{' Then it snowed.' * 60}"
    page = ask(client, project, text).content.decode()
    near = page.split('class="said-instead" dir="auto">')[1].split("</p>")[0]
    assert "<ins>" in near
    assert near.count("…") == 2
    assert len(near) < 400
    assert page.count("<summary>The whole text") == 7
    assert "The whole text" not in ask(client, project).content.decode()


def test_ones_own_wording_is_not_called_optional(client, project):
    page = client.get(url(project)).content.decode()
    assert "optional" not in page.split("In your wording</label>")[0][-80:]
    assert "In your wording</label>" in page
