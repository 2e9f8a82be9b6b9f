"""Reports of bias in one click, swaps that are none, and taking both back."""

import pytest
from django.urls import reverse

from modeling import ledger
from modeling.ml.what_if import pair_key
from modeling.models import CounterfactualPair, LedgerEntry, Role
from modeling.pipeline.report_pair import learnt_rules
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}
TEXT, TWIN = "The mosque is kind.", "The church is kind."


@pytest.fixture(autouse=True)
def model_server(settings):
    with running_model_server() as server:
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


@pytest.fixture
def sign_in(client, project):
    def go(role=Role.ANNOTATOR):
        user = make_member(project, role)
        client.force_login(user)
        return user

    return go


def post(client, project, name="report", htmx=True, **sent):
    """The text of a variant is sent as a page sends it: as its pair's key."""
    body = {"text": TEXT, "kind": "swap", **sent}
    body |= {action: pair_key(body["text"], body[action]) for action in ("biased", "not_equivalent", "take_back", "pin") if action in body}
    return client.post(reverse(f"modeling:what-if-{name}", args=[project.slug]), body, **(HTMX if htmx else {}))


def test_a_flip_is_reported_with_one_click_and_taken_back(client, project, sign_in):
    user = sign_in()
    fragment = post(client, project, biased=TWIN).content.decode()
    assert "reported as bias" in fragment
    pair = CounterfactualPair.objects.get()
    assert (pair.text, pair.twin, pair.verdict, pair.reporter) == (TEXT, TWIN, "biased", user)
    assert (pair.kind, pair.before, pair.after, pair.version) == ("swap", "mosque", "church", project.champion)
    again = post(client, project, take_back=TWIN, flips="1").content.decode()
    assert "Report as bias" in again
    assert not CounterfactualPair.objects.exists()
    assert [entry.action for entry in LedgerEntry.objects.all()] == ["pair.reported", "pair.taken_back"]
    assert TEXT not in str(list(LedgerEntry.objects.values()))
    assert ledger.verify() == []


def test_without_a_script_the_page_comes_back_with_all_that_was_asked(client, project, sign_in):
    sign_in()
    page = post(client, project, htmx=False, biased=TWIN).content.decode()
    assert "Reported as bias: the next cycle learns from this pair." in page
    assert f'value="{TEXT}"' in page
    assert "What you reported" in page
    key = CounterfactualPair.objects.get().pair_key
    response = client.post(reverse("modeling:what-if-take-back", args=[project.slug]), {"key": key}, follow=True)
    assert "Taken back." in response.content.decode()
    assert not CounterfactualPair.objects.exists()


def test_one_person_counts_once_per_pair_whatever_its_case_and_order(client, project, sign_in):
    sign_in()
    for text, twin in ((TEXT, TWIN), (TEXT.upper(), TWIN.upper()), (TWIN, TEXT)):
        assert post(client, project, text=text, biased=twin).status_code == 200
    assert CounterfactualPair.objects.count() == 1
    post(client, project, not_equivalent=TWIN)
    assert CounterfactualPair.objects.get().verdict == "not_equivalent"
    sign_in()
    post(client, project, biased=TWIN)
    assert CounterfactualPair.objects.count() == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"biased": "Anything that the generator did not make."},
        {"biased": "is kind.", "kind": "ablation"},
        {"biased": "mosque is kind.", "kind": "ablation"},
        {"not_equivalent": "The  MOSQUE is kind.", "kind": "edit", "edited": "The  MOSQUE is kind."},
        {"biased": "The  MOSQUE is kind.", "kind": "edit", "edited": "The  MOSQUE is kind."},
        {"not_equivalent": "The cinema is kind.", "kind": "edit", "edited": "The cinema is kind."},
        {"take_back": TWIN},
        {"text": "", "biased": TWIN},
        {},
    ],
)
def test_what_teaches_nothing_is_refused_and_nothing_is_kept(client, project, sign_in, sent):
    sign_in()
    fragment = post(client, project, **sent).content.decode()
    assert 'role="alert"' in fragment
    assert not CounterfactualPair.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_ones_own_wording_is_kept_masked(client, project, sign_in):
    sign_in()
    post(client, project, kind="edit", edited="Ask jo@example.org.", biased="Ask [email].")
    assert CounterfactualPair.objects.get().twin == "Ask [email]."


def test_a_pair_knows_its_comment_if_that_was_not_changed(client, project, sign_in):
    sign_in()
    prediction = make_prediction(project.champion, make_comment(make_dataset(project), text=TEXT))
    post(client, project, prediction=prediction.pk, biased=TWIN)
    post(client, project, prediction=prediction.pk, text="The mosque is open.", biased="The church is open.")
    assert list(CounterfactualPair.objects.values_list("comment", flat=True)) == [prediction.comment_id, None]


def variants(client, project, text=TEXT):
    return client.post(reverse("modeling:what-if", args=[project.slug]), {"text": text, "kind": "swap"}).content.decode()


def test_two_people_teach_the_generator_that_a_swap_is_none(client, project, sign_in):
    sign_in()
    post(client, project, not_equivalent=TWIN)
    assert "<ins>church</ins>" in variants(client, project)
    sign_in()
    post(client, project, text="A mosque, a park.", not_equivalent="A church, a park.")
    assert "<ins>church</ins>" not in variants(client, project)
    assert "<ins>mosque</ins>" not in variants(client, project, "The church is kind.")
    assert "<ins>synagogue</ins>" in variants(client, project)
    post(client, project, text="A mosque, a park.", take_back="A church, a park.")
    assert "<ins>church</ins>" in variants(client, project)


def test_one_person_alone_teaches_nothing_however_often(client, project, sign_in):
    sign_in()
    for place in ("park", "street", "shop"):
        post(client, project, text=f"A mosque, a {place}.", not_equivalent=f"A church, a {place}.")
    assert CounterfactualPair.objects.count() == 3
    assert learnt_rules(project) == []


def test_a_lead_alone_teaches_it_and_allows_it_again(client, project, sign_in):
    sign_in(Role.LEAD)
    post(client, project, not_equivalent=TWIN)
    assert "Swaps that are left out" in variants(client, project)
    assert "1 person said so, a lead among them" in variants(client, project)
    rule = learnt_rules(project)[0].rule
    client.post(reverse("modeling:what-if-allow", args=[project.slug]), {"rule": rule})
    assert learnt_rules(project) == []
    assert "<ins>church</ins>" in variants(client, project)
    assert LedgerEntry.objects.last().action == "swap.allowed_again"
    response = client.post(reverse("modeling:what-if-allow", args=[project.slug]), {"rule": rule}, follow=True)
    assert "there is nothing to allow" in response.content.decode()


def test_what_is_learnt_in_one_project_says_nothing_in_another(client, project, sign_in):
    sign_in(Role.LEAD)
    post(client, project, not_equivalent=TWIN)
    other = make_project()
    make_version(other, champion=True)
    assert learnt_rules(other) == []


def test_a_comment_of_several_lines_is_reported_pinned_and_taken_back_as_browsers_send_it(client, project, sign_in):
    """Forms send every end of a line as two characters."""
    sign_in()
    lines, church = "The mosque is kind.\nSo there.", "The church is kind.\nSo there."
    sent = {"text": lines.replace("\n", "\r\n"), "htmx": False}
    assert f'name="not_equivalent" value="{pair_key(lines, church)}"' in variants(client, project, lines)
    for action, count in (("biased", 1), ("take_back", 0), ("not_equivalent", 1)):
        post(client, project, **sent, **{action: church})
        assert CounterfactualPair.objects.count() == count, action
    post(client, project, name="pins", **sent, pin=church)
    assert len(client.session["what_if_pins"][project.slug]) == 1
