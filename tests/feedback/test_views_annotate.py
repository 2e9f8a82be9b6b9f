"""The annotator's page: consent, answer, skip, undo; with htmx and as plain forms."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, AnnotationRound, Assignment
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.views.work import kinds_of
from modeling.labels import LevelKind
from modeling.models import SubgroupMention
from tests.factories import make_dataset
from tests.feedback.worlds import LOW, add_comment, answer_next, make_annotator, make_round

pytestmark = pytest.mark.django_db

AHEAD = {"HTTP_X_WANTS": "ahead"}
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> {{ 7|add:7 }} {% now "Y" %}'


@pytest.fixture
def round(world):
    return make_round(world)


def url(name, round, *args):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number, *args])


def open_page(client, round):
    response = client.get(url("annotate", round))
    assert response.status_code == 200
    return response


def held(ann):
    """What stands in front."""
    return Assignment.objects.get(annotator=ann, state="claimed", shown_at__isnull=False)


def behind(ann):
    return Assignment.objects.get(annotator=ann, state="claimed", shown_at=None)


def answer(client, round, place, headers=None, **fields):
    data = {"key": str(uuid.uuid4()), "verdict": "correct", **fields}
    return client.post(url("submit", round, place.pk), data, **(headers or {}))


def test_the_page_goes_over_the_wire_compressed(signed_in, round):
    whole = open_page(signed_in, round)
    packed = signed_in.get(url("annotate", round), headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(whole.content) / 2


def test_the_content_warning_stands_before_the_first_item(client, ann, round):
    client.force_login(ann.user)
    page = client.get(url("annotate", round))
    assert "Some of what you will read is hurtful" in page.content.decode()
    assert "is how rude, hateful or threatening a comment is" in page.content.decode()
    assert not Assignment.objects.filter(state="claimed").exists()
    response = client.post(url("consent", round))
    assert response.url == url("annotate", round)
    ann.refresh_from_db()
    assert ann.consented_at is not None
    open_page(client, round)
    assert held(ann)


def test_nobody_answers_before_the_content_warning(client, ann, round):
    client.force_login(ann.user)
    place = claim_next(round=round, annotator=ann)
    assert answer(client, round, place).status_code == 403
    assert not Annotation.objects.exists()


def test_the_page_shows_the_comment_and_what_the_model_says(signed_in, ann, round):
    page = open_page(signed_in, round).content.decode()
    place = held(ann)
    assert place.item.comment.text in page
    assert re.search(r'The model says: toxicity\s*<span class="level mild">\s*mild', page)
    assert "50\N{NO-BREAK SPACE}%" in page
    assert reverse("modeling:explanation", args=[place.item.prediction_id]) in page


def test_guidelines_stay_at_hand_while_working(signed_in, world):
    round = make_round(world, guidelines="Judge the words.")
    assert url("guidelines", round) in open_page(signed_in, round).content.decode()
    assert "Judge the words." in signed_in.get(url("guidelines", round)).content.decode()


def test_the_predicted_level_is_no_correction_of_itself(signed_in, round):
    page = open_page(signed_in, round).content.decode()
    assert re.findall(r'<label class="segment"><input type="radio" name="corrected_label" value="(\w+)"', page) == ["low", "high"]
    assert re.findall(r'<label class="segment" hidden><input type="radio" name="corrected_label" value="(\w+)"', page) == ["mild"]


def test_a_sentiment_data_set_speaks_of_negative_and_positive(signed_in, world, round):
    world.dataset.level_kind = LevelKind.SENTIMENT
    world.dataset.save()
    page = open_page(signed_in, round).content.decode()
    assert re.search(r'The model says: sentiment\s*<span class="level mild">\s*neutral', page)
    assert "negative" in page
    assert "is the mood of a comment" in page
    assert "how rude" not in page


def test_a_project_of_one_kind_is_not_searched_for_what_its_levels_measure(round, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert kinds_of(round) == [LevelKind.TOXICITY]


def test_a_round_of_toxicity_speaks_of_toxicity_alone_where_another_data_set_is_of_sentiment(world, round):
    make_dataset(world.project, level_kind=LevelKind.SENTIMENT)
    assert kinds_of(round) == [LevelKind.TOXICITY]


def test_subgroups_that_the_comment_mentions_come_first_and_extras_never(signed_in, ann, round):
    place = claim_next(round=round, annotator=ann)
    for name in ("muslim", "x_dialect"):
        SubgroupMention.objects.create(comment=place.item.comment, subgroup=name, source="column")
    page = open_page(signed_in, round).content.decode()
    assert page.index("Mentioned in this comment") < page.index('value="muslim"') < page.index('value="asian"')
    assert "x_dialect" not in page


def test_without_javascript_an_answer_leads_back_to_the_page_with_the_next_item(signed_in, ann, round):
    open_page(signed_in, round)
    first = held(ann)
    response = answer(signed_in, round, first)
    assert response.status_code == 302
    assert response.url == url("annotate", round)
    page = open_page(signed_in, round).content.decode()
    assert Annotation.objects.get().verdict == "correct"
    assert held(ann).item.comment.text in page
    assert first.item.comment.text not in page


def test_the_page_holds_the_next_item_ready(signed_in, ann, round):
    page = open_page(signed_in, round).content.decode()
    assert held(ann).item.comment.text in page
    assert behind(ann).item.comment.text in page.partition('<template id="ahead">')[2]


def test_one_post_stores_the_answer_and_brings_the_item_after_the_next(signed_in, ann, round):
    open_page(signed_in, round)
    first, second = held(ann), behind(ann)
    response = answer(signed_in, round, first, AHEAD)
    fragment = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in fragment
    assert held(ann) == second
    assert response["X-Front"] == str(second.pk)
    assert f'data-place="{behind(ann).pk}"' in fragment
    assert behind(ann).item.comment.text in fragment
    assert Annotation.objects.get().assignment == first


def test_the_same_answer_again_brings_the_same_items_and_stores_nothing_more(signed_in, ann, round):
    open_page(signed_in, round)
    first, key = held(ann), str(uuid.uuid4())
    once, again = (answer(signed_in, round, first, AHEAD, key=key) for _ in range(2))
    assert (once["X-Front"], once.content) == (again["X-Front"], again.content)
    assert Annotation.objects.count() == 1
    assert Assignment.objects.filter(annotator=ann, state="claimed").count() == 2


def test_the_last_items_come_without_one_behind_them(signed_in, ann, round):
    open_page(signed_in, round)
    fronts = [(answer(signed_in, round, held(ann), AHEAD)) for _ in range(4)]
    assert [bool(response["X-Front"]) for response in fronts] == [True, True, True, False]
    assert [bool(response.content) for response in fronts] == [True, True, False, False]


def test_a_full_answer_is_stored_as_given(signed_in, ann, round):
    open_page(signed_in, round)
    given = {
        "verdict": "incorrect",
        "corrected_label": "low",
        "bias_types": ["religious", "cultural"],
        "subgroup": "muslim",
        "pattern": "identity_term",
        "severity": "2",
        "note": "a harmless remark",
    }
    answer(signed_in, round, held(ann), **given)
    stored = Annotation.objects.get()
    assert (stored.verdict, stored.corrected_label, stored.bias_types) == ("incorrect", "low", ["religious", "cultural"])
    assert (stored.subgroup, stored.pattern, stored.severity, stored.note) == ("muslim", "identity_term", 2, "a harmless remark")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"verdict": ""}, "Choose Correct, Incorrect or Not sure (1, 2 or 3)."),
        ({"verdict": "incorrect"}, "Choose the level that it should be."),
        ({"bias_types": ["racial"]}, "Say how bad the bias is."),
        ({"note": "x" * 2001}, "Keep the comment below 2,000 characters."),
    ],
)
@pytest.mark.parametrize("headers", [{}, AHEAD], ids=["plain", "script"])
def test_what_is_missing_is_said_and_what_was_typed_is_kept(signed_in, ann, round, fields, message, headers):
    open_page(signed_in, round)
    place = held(ann)
    response = answer(signed_in, round, place, headers, **{"note": "my own words", **fields})
    page = response.content.decode()
    assert response.status_code == 422
    assert message in page
    assert not Annotation.objects.exists()
    assert held(ann) == place
    if headers:
        assert list(response.json()) == ["errors"]
    else:
        assert fields.get("note", "my own words") in page
        assert place.item.comment.text in page


@pytest.mark.parametrize(
    ("fields", "question"),
    [
        ({"verdict": ""}, "verdict"),
        ({"verdict": "incorrect"}, "corrected"),
        ({"bias_types": ["racial"]}, "severity"),
    ],
)
def test_the_question_that_lacks_its_answer_is_marked_and_tied_to_the_words(signed_in, ann, round, fields, question):
    open_page(signed_in, round)
    page = answer(signed_in, round, held(ann), **fields).content.decode()
    assert re.findall(r'<fieldset[^>]* aria-invalid="true" aria-describedby="(\w+)-error"', page) == [question]
    assert f'id="{question}-error"' in page


def test_a_skip_is_no_answer_in_the_count(signed_in, ann, round):
    open_page(signed_in, round)
    answer(signed_in, round, held(ann))
    open_page(signed_in, round)
    signed_in.post(url("skip", round, held(ann).pk), {"reason": "language"})
    assert 'data-done="1"' in open_page(signed_in, round).content.decode()


def test_the_button_correct_beats_a_verdict_that_was_ticked_before(signed_in, ann, round):
    open_page(signed_in, round)
    answer(signed_in, round, held(ann), verdict="incorrect", corrected_label="low", agree="1")
    stored = Annotation.objects.get()
    assert (stored.verdict, stored.corrected_label) == ("correct", "")


def test_details_of_a_bias_that_is_not_reported_are_dropped(signed_in, ann, round):
    open_page(signed_in, round)
    answer(signed_in, round, held(ann), corrected_label="low", subgroup="muslim", severity="2", pattern="dialect")
    stored = Annotation.objects.get()
    assert (stored.corrected_label, stored.subgroup, stored.severity, stored.pattern, stored.biased) == ("", "", None, "", False)


def test_a_double_click_stores_one_answer(signed_in, ann, round):
    open_page(signed_in, round)
    place, key = held(ann), str(uuid.uuid4())
    for _ in range(2):
        assert answer(signed_in, round, place, key=key).status_code == 302
    assert Annotation.objects.count() == 1


def test_an_answer_to_an_item_that_went_to_somebody_else_says_so_and_goes_on(signed_in, ann, ben, round):
    open_page(signed_in, round)
    place = held(ann)
    Assignment.objects.filter(pk=place.pk).update(annotator=ben)
    assert "given to somebody else" in answer(signed_in, round, place, AHEAD).json()["reason"]
    answer(signed_in, round, place)
    page = open_page(signed_in, round).content.decode()
    assert "given to somebody else" in page
    assert not Annotation.objects.exists()
    assert held(ann).item.comment.text in page


def test_an_answer_to_a_closed_round_says_that_earlier_ones_are_kept(signed_in, ann, round):
    answer_next(round, ann, LOW)
    open_page(signed_in, round)
    place = held(ann)
    close_round(round=round, start_cycle=False)
    refused = answer(signed_in, round, place, AHEAD)
    assert (refused.status_code, list(refused.json())) == (409, ["reason"])
    answer(signed_in, round, place)
    page = open_page(signed_in, round).content.decode()
    assert "Everything that you answered before is stored" in page
    assert "This round is closed" in page
    assert Annotation.objects.count() == 1


def test_when_nothing_is_left_the_page_says_thank_you(signed_in, ann, world):
    round = make_round(world, items=1, overlap=1)
    open_page(signed_in, round)
    answer(signed_in, round, held(ann))
    page = open_page(signed_in, round).content.decode()
    assert "Nothing is left for you here" in page
    assert "You answered 1 comment in this round" in page


@pytest.mark.parametrize("headers", [{}, AHEAD], ids=["plain", "script"])
def test_an_item_is_skipped_with_a_reason(signed_in, ann, round, headers):
    open_page(signed_in, round)
    place = held(ann)
    response = signed_in.post(url("skip", round, place.pk), {"reason": "language"}, **headers)
    assert response.status_code == (200 if headers else 302)
    place.refresh_from_db()
    assert (place.state, place.skip_reason, place.flagged) == ("skipped", "language", False)


def test_a_flag_goes_to_the_lead(signed_in, ann, round, client):
    open_page(signed_in, round)
    place = held(ann)
    signed_in.post(url("skip", round, place.pk), {"reason": "names a real person", "flagged": "on"})
    client.force_login(round.opened_by)
    page = client.get(reverse("feedback:round-detail", args=[round.project.slug, round.number])).content.decode()
    assert "names a real person" in page
    assert place.item.comment.text in page


def test_a_skip_without_a_reason_is_not_taken(signed_in, ann, round):
    open_page(signed_in, round)
    place = held(ann)
    for headers in ({}, AHEAD):
        response = signed_in.post(url("skip", round, place.pk), {"flagged": "on"}, **headers)
        assert response.status_code == 422
        assert "Say in a few words why" in response.content.decode()
    place.refresh_from_db()
    assert place.state == "claimed"


def test_annotate_leads_to_the_newest_open_round(signed_in, world, round):
    newest = make_round(world)
    response = signed_in.get(reverse("feedback:annotate-next", args=[world.project.slug]))
    assert response.url == url("annotate", newest)
    AnnotationRound.objects.update(state="closed")
    assert "No round is open for you" in signed_in.get(reverse("feedback:annotate-next", args=[world.project.slug])).content.decode()


def test_hostile_text_is_shown_and_never_run(client, world):
    add_comment(world, text=HOSTILE)
    round = make_round(world, items=13, overlap=1, strategy="random", guidelines=HOSTILE)
    ann = make_annotator(world.project)
    client.force_login(ann.user)
    # In Markdown a quotation mark is none of an attribute, and stands as it is.
    assert_escaped(client.get(url("annotate", round)).content.decode().replace('alert("x")', "alert(&quot;x&quot;)"))
    ann.consented_at = timezone.now()
    ann.save()
    place = Assignment.objects.get(item__comment__text=HOSTILE)
    Assignment.objects.exclude(pk=place.pk).delete()
    assert_escaped(open_page(client, round).content.decode())
    response = answer(client, round, place, bias_types=["racial"], note=HOSTILE)
    assert_escaped(response.content.decode())
    client.post(url("skip", round, place.pk), {"reason": HOSTILE, "flagged": "on"})
    client.force_login(world.lead)
    assert_escaped(client.get(reverse("feedback:round-detail", args=[round.project.slug, round.number])).content.decode())


def assert_escaped(page):
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "{{ 7|add:7 }}" in page, "text is never rendered as a template"


def test_an_answer_costs_a_bounded_number_of_queries(signed_in, ann, round, django_assert_max_num_queries):
    open_page(signed_in, round)
    place = held(ann)
    with django_assert_max_num_queries(22):
        answer(signed_in, round, place, AHEAD)


def test_a_visit_of_the_page_costs_a_bounded_number_of_queries(signed_in, round, django_assert_max_num_queries):
    open_page(signed_in, round)
    with django_assert_max_num_queries(24):
        open_page(signed_in, round)


def test_the_page_is_not_kept_by_caches(signed_in, round):
    assert "no-store" in open_page(signed_in, round)["Cache-Control"]
