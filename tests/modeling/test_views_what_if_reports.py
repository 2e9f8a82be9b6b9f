"""Reports of bias in one click, swaps that are none, and taking both back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from modeling import ledger
from modeling.ml.masking import text_hash
from modeling.ml.what_if import pair_key
from modeling.models import CounterfactualPair, LedgerEntry, Role
from modeling.pipeline import report_pair as limits
from modeling.pipeline.decide_swap import left_out, proposed
from modeling.pipeline.freeze_pairs import freeze_pairs
from tests.factories import make_comment, make_cycle, make_dataset, make_member, make_prediction, make_project, make_version
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}
TEXT, TWIN = "The mosque is kind.", "The church is kind."


@pytest.fixture(autouse=True)
def model_server(settings):
    with running_model_server() as server:
        server.toxic = "mosque"
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
    assert "as reports stand, the next cycle learns from this pair." in page
    assert f'value="{TEXT}"' in page
    assert "What you reported" in page
    key = CounterfactualPair.objects.get().pair_key
    response = client.post(reverse("modeling:what-if-take-back", args=[project.slug]), {"key": key}, follow=True)
    assert "Taken back." in response.content.decode()
    assert not CounterfactualPair.objects.exists()


def test_it_is_not_said_that_a_cycle_learns_what_none_is_given(client, project, sign_in):
    sign_in()
    post(client, project, not_equivalent=TWIN)
    sign_in()
    assert "learns nothing from this pair" in post(client, project, htmx=False, biased=TWIN).content.decode(), "as many say the opposite"
    make_comment(make_dataset(project), text="The synagogue is kind.", text_hash=text_hash("The synagogue is kind."), split="gate")
    judging = post(client, project, htmx=False, biased="The synagogue is kind.").content.decode()
    assert "learns nothing from this pair" in judging
    sign_in()
    assert "the next cycle learns from this pair" in post(client, project, htmx=False, biased=TWIN).content.decode()


def test_one_person_counts_once_per_pair_whatever_its_case_and_order(client, project, sign_in):
    sign_in()
    for text, twin in ((TEXT, TWIN), ("THE  mosque is KIND.", "THE  church is KIND."), (TWIN, TEXT)):
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
        {"biased": "Go and hang them.", "kind": "edit", "edited": "Go and hang them.", "text": "I love you all."},
        {"biased": "A kind mosque.", "kind": "edit", "edited": "A kind mosque."},
        {"biased": "Hang all of those church people.", "kind": "edit", "edited": "Hang all of those church people."},
        {"biased": "The church is kind.", "text": "The synagogue is kind."},
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


@pytest.mark.parametrize(("edited", "may"), [("The church is kind.", True), ("Go and hang them.", False)])
def test_a_wording_of_ones_own_is_offered_for_a_report_only_where_it_teaches_something(client, project, sign_in, model_server, edited, may):
    sign_in()
    asked = {"text": TEXT, "kind": "edit", "edited": edited}
    page = client.post(reverse("modeling:what-if", args=[project.slug]), asked).content.decode()
    assert "another level" in page
    assert ("Report as bias" in page) is may
    assert ("Your wording teaches nothing" in page) is not may


def test_nobody_reports_more_in_a_day_than_anybody_reads(client, project, sign_in, monkeypatch):
    monkeypatch.setattr(limits, "MOST_A_DAY", 1)
    user = sign_in()
    post(client, project, biased=TWIN)
    refused = post(client, project, biased="The synagogue is kind.").content.decode()
    assert "You have reported 1 pairs within a day" in refused
    assert "reported as bias" not in refused
    post(client, project, not_equivalent=TWIN)
    assert CounterfactualPair.objects.get().verdict == "not_equivalent", "of the same pair one may say another thing"
    CounterfactualPair.objects.filter(reporter=user).update(created_at=timezone.now() - timedelta(days=1))
    assert "reported as bias" in post(client, project, biased="The synagogue is kind.").content.decode()


def test_ones_own_wording_is_kept_masked(client, project, sign_in):
    sign_in()
    post(client, project, kind="edit", edited="The church of jo@example.org is kind.", biased="The church of [email] is kind.")
    assert CounterfactualPair.objects.get().twin == "The church of [email] is kind."


def test_a_pair_knows_its_comment_if_that_was_not_changed(client, project, sign_in):
    sign_in()
    prediction = make_prediction(project.champion, make_comment(make_dataset(project), text=TEXT))
    post(client, project, prediction=prediction.pk, biased=TWIN)
    post(client, project, prediction=prediction.pk, text="The mosque is open.", biased="The church is open.")
    assert list(CounterfactualPair.objects.values_list("comment", flat=True)) == [prediction.comment_id, None]


def test_a_pair_of_a_long_comments_beginning_is_known_by_the_whole_comment(client, project, sign_in):
    sign_in()
    long = f"{TEXT} {'And so on. ' * 1_000}".strip()
    prediction = make_prediction(project.champion, make_comment(make_dataset(project), text=long))
    beginning = long[:5_000]
    post(client, project, prediction=prediction.pk, text=beginning, biased=beginning.replace("mosque", "church"))
    pair = CounterfactualPair.objects.get()
    assert (pair.text, pair.comment, pair.text_hash) == (beginning, prediction.comment, text_hash(long))


def variants(client, project, text=TEXT):
    return client.post(reverse("modeling:what-if", args=[project.slug]), {"text": text, "kind": "swap"}).content.decode()


def decide(client, project, **button):
    return client.post(reverse("modeling:what-if-decide", args=[project.slug]), button, follow=True).content.decode()


def test_however_many_say_that_a_swap_is_none_they_only_propose_it(client, project, sign_in):
    for _person in range(3):
        sign_in()
        page = post(client, project, htmx=False, not_equivalent=TWIN).content.decode()
        assert "one of them decides whether this swap is left out" in page
        post(client, project, text="A mosque, a park.", not_equivalent="A church, a park.")
    assert CounterfactualPair.objects.count() == 6
    assert left_out(project) == []
    assert "<ins>church</ins>" in variants(client, project)
    assert "propose to leave out" not in page, "leads alone decide"


def test_a_lead_confirms_a_proposal_with_one_click_and_undoes_it(client, project, sign_in):
    sign_in()
    post(client, project, not_equivalent=TWIN)
    lead = sign_in(Role.LEAD)
    page = variants(client, project)
    assert "1 person said so" in page
    assert TEXT in page[page.index("propose to leave out") :], "with the comment that it was said of"
    (rules, count) = proposed(project)
    assert (len(rules), count) == (1, 1)
    assert "This swap is left out from now on." in decide(client, project, leave_out=rules[0].rule)
    own = CounterfactualPair.objects.get(reporter=lead)
    assert (own.verdict, own.by_lead, own.twin, own.text_hash) == ("not_equivalent", True, TWIN, text_hash(TEXT))
    assert "<ins>church</ins>" not in variants(client, project)
    assert "<ins>mosque</ins>" not in variants(client, project, "The church is kind.")
    assert "<ins>synagogue</ins>" in variants(client, project)
    assert "decided already" in decide(client, project, leave_out=rules[0].rule)
    assert "2 people said so, a lead among them" in variants(client, project)
    decide(client, project, allow=rules[0].rule)
    assert "<ins>church</ins>" in variants(client, project)
    assert proposed(project) == ([], 0)
    actions = [entry.action for entry in LedgerEntry.objects.all()]
    assert actions == ["pair.reported", "pair.reported", "swap.left_out", "swap.allowed_again"]
    assert ledger.verify() == []


def test_a_lead_dismisses_a_proposal_until_somebody_says_so_again(client, project, sign_in):
    annotator = sign_in()
    post(client, project, not_equivalent=TWIN)
    sign_in(Role.LEAD)
    (rule,) = proposed(project)[0]
    assert "Dismissed" in decide(client, project, dismiss=rule.rule)
    assert LedgerEntry.objects.last().action == "swap.proposal_dismissed"
    assert proposed(project) == ([], 0)
    assert "<ins>church</ins>" in variants(client, project)
    assert "decided already" in decide(client, project, dismiss=rule.rule)
    client.force_login(annotator)
    post(client, project, not_equivalent=TWIN)
    assert proposed(project)[1] == 1


def test_what_is_decided_of_nothing_is_refused(client, project, sign_in):
    sign_in(Role.LEAD)
    assert "use a button of the list" in decide(client, project)
    assert "Nobody proposes this" in decide(client, project, leave_out="religion|christian|muslim|place")
    assert "there is nothing to allow" in decide(client, project, allow="")
    assert not CounterfactualPair.objects.exists()


def test_a_lead_alone_teaches_it_and_allows_it_again(client, project, sign_in):
    sign_in(Role.LEAD)
    assert "This swap is left out from now on." in post(client, project, htmx=False, not_equivalent=TWIN).content.decode()
    assert "Swaps that are left out" in variants(client, project)
    assert "1 person said so, a lead among them" in variants(client, project)
    rule = left_out(project)[0].rule
    decide(client, project, allow=rule)
    assert left_out(project) == []
    assert "<ins>church</ins>" in variants(client, project)
    assert LedgerEntry.objects.last().action == "swap.allowed_again"


def test_only_what_the_model_shows_is_reported_and_without_it_nothing_is_kept(client, project, sign_in, model_server, settings):
    sign_in()
    model_server.toxic = "kind"
    refused = post(client, project, biased=TWIN, flips="1").content.decode()
    assert "gives both the same level" in refused
    assert model_server.asked[-1]["texts"] == [TEXT, TWIN]
    settings.MODEL_SERVER_SOCKET = "/nowhere/model.sock"
    away = post(client, project, biased=TWIN, flips="1").content.decode()
    assert "Nothing was reported" in away
    assert "Try again in a moment" in away
    assert 'name="biased"' in away, "with the button to do so"
    page = post(client, project, htmx=False, biased=TWIN)
    assert page.status_code == 503
    assert TEXT in page.content.decode()
    assert not CounterfactualPair.objects.exists()
    post(client, project, not_equivalent=TWIN)
    assert CounterfactualPair.objects.exists(), "what nobody has to be asked about is kept"


def test_what_is_learnt_in_one_project_says_nothing_in_another(client, project, sign_in):
    sign_in(Role.LEAD)
    post(client, project, not_equivalent=TWIN)
    other = make_project()
    make_version(other, champion=True)
    assert left_out(other) == []


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


def test_a_report_stays_in_sight_with_what_becomes_of_it(client, project, sign_in):
    sign_in()
    fragment = post(client, project, biased=TWIN).content.decode()
    assert "What you reported" in fragment, "the list follows without a page"
    assert "Waits for the next cycle." in fragment
    assert "What you reported" not in post(client, project, biased="The synagogue is kind.", panel="1").content.decode()
    cycle = make_cycle(project)
    freeze_pairs(cycle=cycle, rejected=())
    page = client.get(reverse("modeling:what-if", args=[project.slug])).content.decode()
    assert page.count(f"Used by cycle {cycle.number}.") == 2
    assert "Pairs that people reported as bias" not in page, "leads alone see those of others"


def test_leads_see_each_reported_pair_once_with_how_many_reported_it(client, project, sign_in):
    for _ in range(2):
        sign_in()
        post(client, project, biased=TWIN)
    make_comment(make_dataset(project), text="The synagogue is kind.", text_hash=text_hash("The synagogue is kind."), split="gate")
    post(client, project, biased="The synagogue is kind.")
    sign_in(Role.LEAD)
    page = client.get(reverse("modeling:what-if", args=[project.slug])).content.decode()
    assert "2 people reported it" in page
    assert "1 person reported it" in page
    assert page.count("Waits for the next cycle.") == 1
    assert page.count("As things stand no cycle learns from it") == 1


def test_the_cycles_page_says_how_many_pairs_it_was_given(client, project, sign_in):
    sign_in()
    post(client, project, biased=TWIN)
    cycle = make_cycle(project)
    freeze_pairs(cycle=cycle, rejected=())
    sign_in(Role.LEAD)
    page = client.get(reverse("modeling:cycle-detail", args=[project.slug, cycle.number])).content.decode()
    assert "<dt>Reported pairs</dt><dd>1 " in page
