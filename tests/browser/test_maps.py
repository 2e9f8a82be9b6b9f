"""Maps of one prediction in a real browser: accessible, by link with and without a script, greyed where chance does as well."""

import json

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from modeling.models import Role
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db(transaction=True)
AGAINST = {"value": 0.4, "chance": 0.1, "limit": 0.3, "passes": True}
WORTH = {"comprehensiveness": AGAINST, "sufficiency": AGAINST, "loo_tau": AGAINST, "words": 6, "orders": 20, "beats_chance": True}


@pytest.fixture
def place(settings, tmp_path):
    """(address, annotator): two maps are there already, the second greyed."""
    settings.MODEL_SERVER_SOCKET, settings.MODELS_DIR = tmp_path / "nobody-listens.sock", tmp_path
    project = make_project()
    prediction = make_prediction(make_version(project, champion=True), make_comment(make_dataset(project), text="The mosque down the road is kind."))
    (tmp_path / prediction.version.directory).mkdir(parents=True)
    config = {"num_hidden_layers": 6, "num_attention_heads": 12}
    (tmp_path / prediction.version.directory / "config.json").write_text(json.dumps(config))
    prediction.explanations.create(spans=[[4, 10, 0.4], [28, 32, 0.3]], figures={"faithfulness": WORTH})
    prediction.explanations.create(engine="occlusion", spans=[[4, 10, 0.4], [28, 32, -0.3]], figures={"faithfulness": WORTH})
    greyed = {**WORTH, "beats_chance": False}
    prediction.explanations.create(engine="attention", spans=[[4, 10, 0.6], [28, 32, 0.2]], figures={"faithfulness": greyed})
    return reverse("modeling:explanation", args=[prediction.pk]), make_member(project, Role.ANNOTATOR)


@pytest.mark.parametrize("engine", ["gradient_x_attention", "occlusion", "attention", "shap"])
def test_every_state_of_the_page_is_accessible(open_page, place, engine):
    address, ann = place
    for size, scheme in ((LAPTOP, "light"), (PHONE, "dark")):
        page = open_page(f"{address}?engine={engine}", user=ann, size=size, scheme=scheme)
        page.evaluate("document.querySelectorAll('#map details').forEach((one) => { one.open = true; })")
        assert_accessible(page)


EDGE = """mark => {
  const brush = document.createElement("canvas").getContext("2d");
  const luminance = (colour) => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...brush.getImageData(0, 0, 1, 1).data].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const { outlineColor, outlineStyle } = getComputedStyle(mark);
  const [low, high] = [outlineColor, getComputedStyle(document.body).backgroundColor].map(luminance).sort((a, b) => a - b);
  return [outlineStyle, (high + 0.05) / (low + 0.05)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shading_that_is_greyed_is_told_by_its_edge_and_seen_in_light_and_dark(open_page, place, scheme):
    address, ann = place
    page = open_page(f"{address}?engine=attention", user=ann, scheme=scheme)
    style, contrast = page.locator("mark.raises").first.evaluate(EDGE)
    assert style == "dashed"
    assert contrast >= 3


def test_on_a_laptop_no_table_of_a_map_asks_to_be_scrolled(open_page, place):
    address, ann = place
    page = open_page(address, user=ann)
    page.evaluate("document.querySelectorAll('#map details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(200)
    assert page.evaluate("[...document.querySelectorAll('.table-scroll')].map((one) => one.scrollWidth - one.clientWidth)") == [0]
    expect(page.locator(".table-scroll[data-scrolls]")).to_have_count(0)


def test_another_map_comes_in_the_place_of_the_first_and_has_its_address(open_page, place):
    address, ann = place
    page = open_page(address, user=ann)
    expect(page.get_by_text("The model leans most on “mosque”")).to_be_visible()
    page.locator("#other-maps + ul").get_by_role("link", name="Attention", exact=True).click()
    expect(page.get_by_text("words picked by chance explain this prediction as well")).to_be_visible()
    expect(page.get_by_label("Layer")).to_be_visible()
    assert page.url.endswith("?engine=attention")
    expect(page.locator("#map")).to_have_count(1)


def test_it_does_without_a_script(open_page, place):
    address, ann = place
    page = open_page(address, user=ann, script=False)
    page.locator("#other-maps + ul").get_by_role("link", name="Attention", exact=True).click()
    expect(page.get_by_label("Head")).to_be_visible()
