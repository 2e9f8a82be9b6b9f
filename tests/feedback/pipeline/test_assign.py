from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback.errors import NotOnPanelError, RoundClosedError
from feedback.models import AnnotationRound, Annotator, Assignment
from feedback.pipeline.annotate import skip
from feedback.pipeline.assign import claim_ahead, claim_next, release_expired
from feedback.tasks import release_expired_leases
from tests.feedback.worlds import World, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db


def expire(place: Assignment) -> None:
    past = timezone.now() - timedelta(minutes=1)
    Assignment.objects.filter(pk=place.pk).update(lease_expires_at=past, claimed_at=past - timedelta(minutes=15))


def test_it_gives_the_first_place_with_a_lease(world: World, ann: Annotator) -> None:
    round = make_round(world)
    place = claim_next(round=round, annotator=ann)
    assert place.item.rank == 0
    assert timedelta(minutes=14) < place.lease_expires_at - timezone.now() <= timedelta(minutes=15)


def test_asking_again_gives_the_same_place(world: World, ann: Annotator) -> None:
    round = make_round(world)
    assert claim_next(round=round, annotator=ann).pk == claim_next(round=round, annotator=ann).pk


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no statistics that could be out of date")
def test_in_a_round_just_opened_a_claim_reads_places_in_their_order_and_sorts_none() -> None:
    """PostgreSQL looks at new rows a minute later by itself; until then it would read all free places at every answer."""
    world = make_world(pool=400)
    make_round(world, items=100, overlap=3)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    round = make_round(world, items=300, overlap=3)
    ann = make_annotator(round.project)
    with CaptureQueriesContext(connection) as asked:
        claim_next(round=round, annotator=ann)
    (claim,) = [query["sql"] for query in asked if "SKIP LOCKED" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {claim}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "assignment_next_place" in plan
    assert "Sort" not in plan


def test_two_annotators_share_an_item_but_never_a_place(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world, items=1, overlap=2)
    first, second = claim_next(round=round, annotator=ann), claim_next(round=round, annotator=ben)
    assert first.item_id == second.item_id
    assert first.pk != second.pk


def test_nobody_gets_the_same_item_twice(world: World, ann: Annotator) -> None:
    round = make_round(world, items=3, overlap=3)
    items = [answer_next(round, ann).item_id for _ in range(3)]
    assert len(set(items)) == 3
    assert claim_next(round=round, annotator=ann) is None


def test_an_expired_place_goes_to_somebody_else(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world, items=1, overlap=1)
    place = claim_next(round=round, annotator=ann)
    assert claim_next(round=round, annotator=ben) is None
    expire(place)
    assert claim_next(round=round, annotator=ben).pk == place.pk


def test_who_comes_back_late_keeps_a_place_that_nobody_wanted(world: World, ann: Annotator) -> None:
    round = make_round(world)
    place = claim_next(round=round, annotator=ann)
    expire(place)
    again = claim_next(round=round, annotator=ann)
    assert again.pk == place.pk
    assert again.lease_expires_at > timezone.now()
    assert timezone.now() - again.claimed_at < timedelta(minutes=1)


def test_the_sweep_frees_expired_places_only(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world)
    expired, fresh = claim_next(round=round, annotator=ann), claim_next(round=round, annotator=ben)
    expire(expired)
    assert release_expired_leases() == 1
    assert Assignment.objects.get(pk=expired.pk).state == Assignment.State.FREE
    assert Assignment.objects.get(pk=fresh.pk).state == Assignment.State.CLAIMED
    assert release_expired() == 0


def test_a_skipped_item_is_still_answered_as_often_as_wanted(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world, items=1, overlap=1)
    skip(assignment_id=claim_next(round=round, annotator=ann).pk, annotator=ann, reason="not my language")
    assert claim_next(round=round, annotator=ann) is None
    assert claim_next(round=round, annotator=ben) is not None


def test_a_round_for_another_panel_is_refused(world: World, ann: Annotator) -> None:
    experts = make_panel(world.project, "expert")
    round = make_round(world, panels=[experts])
    with pytest.raises(NotOnPanelError, match="for the panel expert"):
        claim_next(round=round, annotator=ann)
    assert claim_next(round=round, annotator=make_annotator(world.project, experts)) is not None


def test_a_closed_round_is_refused(world: World, ann: Annotator) -> None:
    round = make_round(world)
    AnnotationRound.objects.filter(pk=round.pk).update(state=AnnotationRound.State.CLOSED)
    with pytest.raises(RoundClosedError, match="takes no more answers"):
        claim_next(round=round, annotator=ann)


def test_a_claim_takes_few_queries(world: World, ann: Annotator) -> None:
    round = make_round(world)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        claim_next(round=round, annotator=ann)
    statements = [query["sql"] for query in queries if not query["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 5


def in_threads(works: list[Callable[[], object]]) -> list[object]:
    def run(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_annotators_who_ask_at_once_never_get_the_same_place(shared_database: None) -> None:
    world = make_world(pool=6)
    round = make_round(world, items=6, overlap=2)
    people = [make_annotator(world.project) for _ in range(6)]

    def work_through(annotator: Annotator) -> list[tuple[int, int]]:
        places = []
        while place := claim_next(round=round, annotator=annotator):
            places.append((place.pk, place.item_id))
            Assignment.objects.filter(pk=place.pk).update(state=Assignment.State.DONE, slot=None)
        return places

    found = in_threads([lambda who=who: work_through(who) for who in people])
    taken = [pk for places in found for pk, _ in places]
    assert len(taken) == len(set(taken)) == 12
    assert set(Counter(item for places in found for _, item in places).values()) == {2}
    assert all(len({item for _, item in places}) == len(places) for places in found)


def test_the_next_place_waits_behind_the_one_in_front(world: World, ann: Annotator) -> None:
    round = make_round(world)
    assert claim_ahead(round_id=round.pk, annotator_id=ann.pk) is None, "nothing is in front"
    front = claim_next(round=round, annotator=ann)
    behind = claim_ahead(round_id=round.pk, annotator_id=ann.pk)
    assert behind != front.pk
    assert claim_ahead(round_id=round.pk, annotator_id=ann.pk) == behind
    assert claim_next(round=round, annotator=ann).pk == front.pk


def test_what_waits_behind_comes_forward_when_the_front_has_ended(world: World, ann: Annotator) -> None:
    round = make_round(world)
    front = claim_next(round=round, annotator=ann)
    behind = claim_ahead(round_id=round.pk, annotator_id=ann.pk)
    skip(assignment_id=front.pk, annotator=ann, reason="language")
    assert Assignment.objects.get(pk=behind).shown_at is None
    assert claim_next(round=round, annotator=ann).pk == behind
    assert Assignment.objects.get(pk=behind).shown_at is not None


def test_in_many_tabs_at_once_one_waits_behind_the_other(shared_database: None) -> None:
    world = make_world(pool=6)
    round, annotator = make_round(world, items=6, overlap=2), make_annotator(world.project)

    def open_tab() -> tuple[int, int | None]:
        return claim_next(round=round, annotator=annotator).pk, claim_ahead(round_id=round.pk, annotator_id=annotator.pk)

    assert len(set(in_threads([open_tab] * 6))) == 1
    assert Assignment.objects.filter(annotator=annotator).count() == 2


def test_one_annotator_in_many_tabs_holds_one_place(shared_database: None) -> None:
    world = make_world(pool=6)
    round = make_round(world, items=6, overlap=2)
    annotator = make_annotator(world.project)
    places = in_threads([lambda: claim_next(round=round, annotator=annotator)] * 6)
    assert len({place.pk for place in places}) == 1
    assert Assignment.objects.filter(annotator=annotator).count() == 1
