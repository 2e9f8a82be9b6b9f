"""Known answers by a file: of items that were drawn, and of other comments of the pool, which come in for this alone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from feedback.errors import InvalidRoundError
from feedback.known_answers import read_known_answers
from feedback.models import Annotation, AnnotationItem, AnnotationRound
from feedback.pipeline.close_round import close_round
from feedback.pipeline.plan_joining import set_known_answers
from modeling.models import Comment, FeedbackLabel
from tests.api_client import client_of
from tests.factories import make_comment, make_dataset, make_prediction
from tests.feedback.worlds import World, add_comment, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world: World) -> AnnotationRound:
    return make_round(world, items=3, overlap=1)


def undrawn(round: AnnotationRound) -> Comment:
    return Comment.objects.exclude(annotation_items__round=round).first()


def url(name, round):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number])


def test_a_comment_of_the_pool_comes_in_for_this_alone_and_makes_no_label() -> None:
    world = make_world(pool=41)
    round = make_round(world, items=40, overlap=1)
    other = undrawn(round)
    assert set_known_answers(round=round, levels={other.pk: "mild"}) == 1
    item = AnnotationItem.objects.get(comment=other)
    assert (item.gold_label, item.is_drawn, item.assignments.count()) == ("mild", False, 0)
    AnnotationRound.objects.filter(pk=round.pk).update(gold_rate=0.5)
    round.refresh_from_db()
    ann = make_annotator(world.project)
    # A known answer may come first or, by chance, late; so long as 40 others last, it comes. Without one of these no round can close.
    while not (Annotation.of_any_purpose.filter(annotator=ann, item=item).exists() and Annotation.objects.filter(annotator=ann).exists()):
        answer_next(round, ann)
    batch = close_round(round=round, start_cycle=False).batch
    assert not FeedbackLabel.objects.filter(batch=batch, comment=other).exists()


def test_what_the_model_has_not_scored_or_is_not_in_the_pool_stays_out(world: World, round: AnnotationRound) -> None:
    unscored, gate = make_comment(world.dataset), add_comment(world, split="gate")
    for comment in (unscored, gate):
        with pytest.raises(InvalidRoundError, match="Nothing was changed"):
            set_known_answers(round=round, levels={comment.pk: "mild"})
    assert round.items.count() == 3


def test_a_file_is_read_by_the_data_sets_ids(round: AnnotationRound) -> None:
    drawn, other = round.items.first().comment, undrawn(round)
    lines = ["id,level", f"{drawn.external_id},high", f"{other.external_id}, low"]
    assert read_known_answers(round, lines) == {drawn.pk: "high", other.pk: "low"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["id,level", "nobody,low"], "has no comment 'nobody'"),
        (["name,level", "a,low"], "no column 'id'"),
        (["id,level"], "has 0 rows"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(round: AnnotationRound, lines: list[str], message: str) -> None:
    with pytest.raises(InvalidRoundError, match=message):
        read_known_answers(round, lines)


def test_a_data_set_that_is_named_is_the_one_meant_though_the_round_has_the_id_of_another(world: World, round: AnnotationRound) -> None:
    drawn = round.items.first().comment
    namesake = make_comment(make_dataset(world.project, name="other"))
    Comment.objects.filter(pk=namesake.pk).update(external_id=drawn.external_id)
    make_prediction(world.version, namesake)
    assert read_known_answers(round, ["id,level", f"{drawn.external_id},high"]) == {drawn.pk: "high"}
    assert read_known_answers(round, ["id,level,dataset", f"{drawn.external_id},high,other"]) == {namesake.pk: "high"}


def test_a_comment_with_two_levels_is_sent_back(round: AnnotationRound) -> None:
    known = round.items.first().comment.external_id
    assert len(read_known_answers(round, ["id,level", f"{known},high", f"{known},high"])) == 1
    with pytest.raises(InvalidRoundError, match="twice, with different levels"):
        read_known_answers(round, ["id,level", f"{known},high", f"{known},low"])


def test_the_page_takes_a_file_and_tells_what_is_known(client, world: World, round: AnnotationRound) -> None:
    client.force_login(world.lead)
    other = undrawn(round)
    file = SimpleUploadedFile("known.csv", f"id,level\n{other.external_id},high\n".encode())
    page = client.post(url("round-known-answers", round), {"file": file}, follow=True).content.decode()
    assert "1 answers are set. Annotators do not see them." in page
    assert AnnotationItem.objects.get(comment=other).gold_label == "high"
    assert "Choose a CSV file" in client.post(url("round-known-answers", round), follow=True).content.decode()
    binary = SimpleUploadedFile("known.csv", b"\xff\xfe\x00")
    assert "no CSV file in UTF-8" in client.post(url("round-known-answers", round), {"file": binary}, follow=True).content.decode()


def test_the_lead_reads_following_quality_and_pauses_by_api(world: World, round: AnnotationRound) -> None:
    AnnotationRound.objects.filter(pk=round.pk).update(blind_share=0.2)
    ann = make_annotator(world.project)
    answer_next(round, ann)
    lead, base = client_of(world.lead), f"/api/v1/rounds/{round.pk}/"
    found = lead.get(base + "following/").json()
    assert (found["moved"]["value"], found["agree_shown"]["n"], found["pull"]["value"]) == (None, 1, None)
    assert lead.get(base + "quality/").json()["results"][0]["annotator"] == ann.pk
    assert lead.get(base + "pauses/").json()["results"] == []
    for name in ("following/", "quality/", "pauses/"):
        assert client_of(ann.user).get(base + name).status_code == 403


def test_the_rounds_page_says_that_there_is_not_enough_to_tell_who_follows(client, world: World, round: AnnotationRound) -> None:
    client.force_login(world.lead)
    assert "Do people follow the machine?" not in client.get(url("round-detail", round)).content.decode()
    AnnotationRound.objects.filter(pk=round.pk).update(blind_share=0.2)
    page = client.get(url("round-detail", round)).content.decode()
    assert "Do people follow the machine?" in page
    assert "not enough data" in page
