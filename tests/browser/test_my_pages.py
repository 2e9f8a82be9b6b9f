"""A person's own pages in a real browser: accessible, narrow and wide, light and dark, and without JavaScript."""

import pytest

from feedback.models import AnnotationRound, Annotator, RoundName
from feedback.pipeline.close_round import close_round
from feedback.pipeline.rights import request_erasure
from modeling.models import LabelInfluence
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_cycle
from tests.feedback.worlds import BIASED, CORRECT, World, add_comment, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = 10


@pytest.fixture
def world() -> World:
    world = make_world(pool=0)
    for _ in range(ITEMS):
        add_comment(world, mentions=["muslim"])
    return world


@pytest.fixture
def me(world: World) -> Annotator:
    return make_annotator(world.project)


@pytest.fixture
def closed(world: World, me: Annotator) -> AnnotationRound:
    """Five others say otherwise, and a cycle has measured what the labels changed."""
    round = make_round(world, items=ITEMS, overlap=6)
    for person, answer in ((me, BIASED), *((make_annotator(world.project), CORRECT) for _ in range(5))):
        for _ in range(ITEMS):
            answer_next(round, person, answer)
    close_round(round=round, start_cycle=False)
    cycle = make_cycle(world.project, "held")
    values = {"cycle": cycle, "batch": round.batch, "loss": 0.5, "comment_count": 300, "label_count": ITEMS}
    LabelInfluence.objects.create(source=RoundName.objects.get(annotator=me).name, effect=-0.02, low=-0.03, high=-0.01, **values)
    LabelInfluence.objects.create(source="", effect=-0.04, low=-0.09, high=0.01, **values)
    return round


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["laptop-light", "phone-dark"])
def test_every_page_is_accessible_and_fits(open_page, live_server, world: World, me: Annotator, closed: AnnotationRound, size, scheme) -> None:
    address = f"/projects/{world.project.slug}"
    page = open_page(f"{address}/my-work/", user=me.user, size=size, scheme=scheme)
    page.get_by_text("you report more often").wait_for()
    page.get_by_text("made the model’s error on those comments smaller").wait_for()
    assert_accessible(page)
    for path in (f"my-work/{closed.number}/", "my-data/"):
        page.goto(f"{live_server.url}{address}/{path}")
        assert_accessible(page)
    page.get_by_role("button", name="Ask for erasure").click()
    page.get_by_text("Nothing was removed").wait_for()
    assert_accessible(page)
    request_erasure(annotator=me)
    page.goto(f"{live_server.url}{address}/my-data/")
    assert_accessible(page)


def test_a_lead_sees_who_asked_for_erasure(open_page, world: World, me: Annotator, closed: AnnotationRound) -> None:
    request_erasure(annotator=me)
    page = open_page(f"/projects/{world.project.slug}/erasure-requests/", user=world.lead, size=PHONE, scheme="light")
    page.get_by_text("1 request waits").wait_for()
    assert_accessible(page)
