import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from feedback.errors import InvalidRoundError, RoundClosedError
from feedback.models import AnnotationItem, AnnotationRound
from feedback.pipeline.close_round import close_round
from feedback.pipeline.plan_joining import choose_joining_method, set_known_answers
from modeling.models import Comment, LedgerEntry
from tests.api_client import client_of
from tests.factories import make_comment, make_dataset, make_prediction
from tests.feedback.worlds import LOW, World, add_comment, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world: World) -> AnnotationRound:
    return make_round(world, items=4, overlap=1)


def known(round: AnnotationRound) -> list[str]:
    return sorted(AnnotationItem.objects.filter(round=round).exclude(gold_label="").values_list("gold_label", flat=True))


def closed(round: AnnotationRound) -> AnnotationRound:
    answer_next(round, make_annotator(round.project), LOW)
    return close_round(round=round, start_cycle=False)


def test_a_round_has_a_method_unless_another_is_chosen(world: World, round: AnnotationRound) -> None:
    assert round.joining_method == "dawid_skene"
    assert choose_joining_method(round=round, method="mace", by=world.lead).joining_method == "mace"
    assert LedgerEntry.objects.get(action="round.method_chosen").payload == {"method": "mace"}


def test_a_method_is_not_chosen_for_what_it_makes_of_the_labels(round: AnnotationRound) -> None:
    with pytest.raises(RoundClosedError, match="can no longer be changed"):
        choose_joining_method(round=closed(round), method="mace")
    with pytest.raises(RoundClosedError):
        set_known_answers(round=round, levels={round.items.first().comment_id: "low"})


def test_an_unknown_method_is_refused(round: AnnotationRound) -> None:
    with pytest.raises(InvalidRoundError, match="Choose one of the methods"):
        choose_joining_method(round=round, method="mean")


def test_known_answers_are_kept_with_the_items_and_recorded(world: World, round: AnnotationRound) -> None:
    comments = list(round.items.values_list("comment_id", flat=True))
    assert set_known_answers(round=round, levels={comments[0]: "high", comments[1]: "low"}, by=world.lead) == 2
    assert known(round) == ["high", "low"]
    entry = LedgerEntry.objects.get(action="round.answers_known")
    assert entry.payload["count"] == 2
    assert "high" not in str(entry.payload)


def test_an_answer_for_a_comment_outside_the_round_changes_nothing(round: AnnotationRound) -> None:
    other = make_world(pool=1)
    stranger = make_round(other, items=1).items.first().comment_id
    with pytest.raises(InvalidRoundError, match=r"is not in round 1\. Nothing was changed"):
        set_known_answers(round=round, levels={round.items.first().comment_id: "low", stranger: "low"})
    with pytest.raises(InvalidRoundError, match="There is no level"):
        set_known_answers(round=round, levels={round.items.first().comment_id: "awful"})
    assert known(round) == []


def test_the_command_reads_a_file(world: World, round: AnnotationRound, tmp_path) -> None:
    external = round.items.first().comment.external_id
    file = tmp_path / "known.csv"
    file.write_text(f"id,level\n{external},high\n")
    out = io.StringIO()
    call_command("set_known_answers", str(file), project=world.project.slug, round=1, stdout=out)
    assert "1 answers of round 1 are known now" in out.getvalue()
    assert known(round) == ["high"]
    file.write_text("id,level\nnobody,high\n")
    with pytest.raises(CommandError, match="Round 1 has no comment 'nobody'"):
        call_command("set_known_answers", str(file), project=world.project.slug, round=1)


def test_an_id_of_two_data_sets_is_refused_until_the_file_says_which(world: World, tmp_path) -> None:
    other = make_dataset(world.project, name="the other one")
    alike = [add_comment(world), make_comment(other)]
    make_prediction(world.version, alike[1])
    Comment.objects.filter(pk__in=[comment.pk for comment in alike]).update(external_id="77")
    round, file = make_round(world, items=14), tmp_path / "known.csv"
    file.write_text("id,level\n77,high\n")
    with pytest.raises(CommandError, match="77 stands for comments of several data sets"):
        call_command("set_known_answers", str(file), project=world.project.slug, round=1)
    assert known(round) == []
    file.write_text("id,level,dataset\n77,high,the other one\n")
    call_command("set_known_answers", str(file), project=world.project.slug, round=1, stdout=io.StringIO())
    assert round.items.exclude(gold_label="").get().comment.dataset == other


def test_a_wrong_known_answer_is_taken_back_with_an_empty_level(world: World, round: AnnotationRound, tmp_path) -> None:
    item = round.items.first()
    set_known_answers(round=round, levels={item.comment_id: "high"})
    file, out = tmp_path / "known.csv", io.StringIO()
    file.write_text(f"id,level\n{item.comment.external_id},\n")
    call_command("set_known_answers", str(file), project=world.project.slug, round=1, stdout=out)
    assert known(round) == []
    assert "1 were taken back" in out.getvalue()
    set_known_answers(round=round, levels={item.comment_id: "high"})
    body = {"level": "", "comments": [item.comment_id]}
    assert client_of(world.lead).post(f"/api/v1/rounds/{round.pk}/known-answers/", body, format="json").json() == {"count": 1}
    assert known(round) == []


def test_the_api_sets_both(world: World, round: AnnotationRound) -> None:
    api, address = client_of(world.lead), f"/api/v1/rounds/{round.pk}/"
    chosen = api.post(f"{address}joining/method/", {"method": "gold_weighted"}, format="json").json()
    assert chosen["joining_method"] == "gold_weighted"
    comment = round.items.first().comment_id
    assert api.post(f"{address}known-answers/", {"level": "mild", "comments": [comment]}, format="json").json() == {"count": 1}
    assert known(round) == ["mild"]
    wrong_bodies = [{"level": "mild", "comments": []}, {"level": "awful", "comments": [comment]}, {"level": "mild"}]
    for wrong in [*wrong_bodies, {"level": "mild", "comments": [10**9]}]:
        assert api.post(f"{address}known-answers/", wrong, format="json").status_code == 400, wrong
    assert known(round) == ["mild"]


def test_annotators_never_see_a_known_answer(world: World, round: AnnotationRound) -> None:
    AnnotationItem.objects.filter(round=round).update(gold_label="high")
    annotator = make_annotator(world.project)
    place = client_of(annotator.user).post(f"/api/v1/rounds/{round.pk}/claim/").json()
    assert "gold" not in str(place)


def test_a_lead_chooses_on_the_rounds_page(client, world: World, round: AnnotationRound) -> None:
    client.force_login(world.lead)
    page = reverse("feedback:round-detail", args=[world.project.slug, round.number])
    assert "Choose another method" in client.get(page).content.decode()
    address = reverse("feedback:round-method", args=[world.project.slug, round.number])
    assert "The answers will be joined by MACE" in client.post(address, {"method": "mace"}, follow=True).content.decode()
    assert "Choose one of the methods" in client.post(address, {"method": "mean"}, follow=True).content.decode()
    round.refresh_from_db()
    assert round.joining_method == "mace"
