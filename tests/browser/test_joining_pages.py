"""How a round's answers were joined, in a real browser: accessible, narrow and wide, light and dark."""

import pytest

from feedback.models import AnnotationRound
from feedback.pipeline.answer import Answer
from feedback.pipeline.close_round import close_round
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.feedback.worlds import CORRECT, World, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)

COPIED = Answer("incorrect", "low", ("religious",), "muslim", "", 2, "This is plainly an attack on our neighbours.")


@pytest.fixture
def world() -> World:
    return make_world(pool=8)


@pytest.fixture
def closed(world: World) -> AnnotationRound:
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert", weight=2)
    round = make_round(world, items=4, overlap=3)
    for panel, answer in ((crowd, COPIED), (crowd, COPIED), (experts, CORRECT)):
        person = make_annotator(world.project, panel)
        for _ in range(4):
            answer_next(round, person, answer)
    return close_round(round=round, by=world.lead, start_cycle=False)


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["laptop-light", "phone-dark"])
def test_every_page_is_accessible_and_fits(open_page, live_server, world: World, closed: AnnotationRound, size, scheme) -> None:
    opened = make_round(world, items=2)
    page = open_page(f"/projects/{world.project.slug}/rounds/{closed.number}/", user=world.lead, size=size, scheme=scheme)
    page.get_by_text("Would another method have said otherwise?").click()
    assert_accessible(page)
    for address in (f"{closed.number}/weights/", f"{closed.number}/disputed/", f"{closed.number}/doubtful/", f"{opened.number}/"):
        page.goto(f"{live_server.url}/projects/{world.project.slug}/rounds/{address}")
        for summary in page.locator("main details > summary").all():
            summary.click()
        assert_accessible(page)
