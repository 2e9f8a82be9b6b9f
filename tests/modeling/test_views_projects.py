"""Projects: list, create, overview, setting."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from modeling.models import LedgerEntry, Membership, Project, RetrainingCycle, Role
from tests.factories import make_comment, make_cycle, make_dataset, make_intake_row, make_member, make_project, make_version
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project("Threads")


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def page(client, name, *args):
    response = client.get(reverse(f"modeling:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


class TestList:
    def test_it_shows_ones_own_projects_and_no_others(self, client, project, lead):
        make_project("Secret")
        html = page(client, "project-list")
        assert "Threads" in html
        assert "Secret" not in html

    def test_a_newcomer_is_told_whom_to_ask(self, client):
        client.force_login(User.objects.create_user("new"))
        assert "Ask a lead to add you" in page(client, "project-list")

    def test_staff_are_told_how_to_start(self, client):
        client.force_login(User.objects.create_user("staff", is_staff=True))
        assert reverse("modeling:project-create") in page(client, "project-list")

    def test_many_projects_are_paged_without_more_queries(self, client, lead, django_assert_max_num_queries):
        for number in range(30):
            Membership.objects.create(project=make_project(f"P{number}"), user=lead, role=Role.LEAD)
        with django_assert_max_num_queries(8):
            html = page(client, "project-list")
        assert "Page 1 of 2" in html


class TestCreate:
    def create(self, client, **values):
        return client.post(reverse("modeling:project-create"), values)

    def test_who_makes_it_is_its_admin_and_the_ledger_says_so(self, client, lead):
        response = self.create(client, name="Letters to the editor")
        project = Project.objects.get(slug="letters-to-the-editor")
        assert response.url == reverse("modeling:project-detail", args=[project.slug])
        assert project.memberships.get(user=lead).role == Role.ADMIN
        assert LedgerEntry.objects.get(action="project.created").actor == lead.username

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"name": ""}, "This field is required"),
            ({"name": "New"}, "is used by the site itself"),
            ({"name": "!!!"}, "No address can be made from this name"),
            ({"name": "A", "slug": "not a slug"}, "letters, numbers, underscores or hyphens"),
        ],
    )
    def test_it_says_what_is_wrong_and_keeps_what_was_typed(self, client, lead, values, said):
        response = self.create(client, **values)
        assert response.status_code == 422
        assert said in response.content.decode()
        assert Project.objects.count() == 1

    def test_an_address_is_taken_once(self, client, project, lead):
        response = self.create(client, name="Other", slug=project.slug)
        assert "Choose another one" in response.content.decode()


class TestOverview:
    def test_an_empty_project_says_how_to_start(self, client, project, lead):
        html = page(client, "project-detail", project.slug)
        assert "Start by importing comments" in html
        assert reverse("modeling:dataset-import", args=[project.slug]) in html

    def test_comments_without_a_model_say_how_to_train_one(self, client, project, lead):
        make_dataset(project)
        html = page(client, "project-detail", project.slug)
        assert reverse("modeling:first-training", args=[project.slug]) in html
        assert f"train_model --project {project.slug}" in html

    def test_a_model_without_feedback_leads_to_the_rounds(self, client, project, lead):
        make_dataset(project)
        make_version(project, champion=True)
        assert "Ask people what the model gets wrong" in page(client, "project-detail", project.slug)

    def test_new_labels_lead_to_a_cycle(self, client, project, lead):
        from modeling.intake import hand_in

        version = make_version(project, champion=True)
        hand_in(project=project, provenance="round 1", rows=[make_intake_row(make_comment(make_dataset(project)), version)], annotation_count=2)
        html = page(client, "project-detail", project.slug)
        assert "1 closed round has not been used yet" in html
        assert reverse("modeling:cycle-start", args=[project.slug]) in html

    def test_a_running_cycle_can_be_found_again(self, client, project, lead):
        make_dataset(project)
        make_cycle(project, RetrainingCycle.State.TRAINING)
        assert "Cycle 1 is under way" in page(client, "project-detail", project.slug)

    def test_the_last_verdict_stands_on_it(self, client, project, lead):
        make_dataset(project)
        make_decided_cycle(project, eligible=False)
        html = page(client, "project-detail", project.slug)
        assert "held" in html
        assert "Held: a subgroup is treated worse" in html

    def test_an_eligible_candidate_asks_for_a_click(self, client, project, lead):
        make_dataset(project)
        make_decided_cycle(project)
        assert "Cycle 1 waits for your click" in page(client, "project-detail", project.slug)

    def test_its_queries_do_not_grow_with_data(self, client, project, lead, django_assert_max_num_queries):
        for _ in range(4):
            make_dataset(project)
            make_decided_cycle(project)
        with django_assert_max_num_queries(14):
            page(client, "project-detail", project.slug)


class TestSettings:
    def save(self, client, project, **fields):
        return client.post(reverse("modeling:project-settings", args=[project.slug]), {"cycle_lane": "middle", **fields})

    def test_promotion_at_once_is_switched_on_and_off_with_a_ledger_entry(self, client, project, lead):
        self.save(client, project, promote_at_once="on")
        project.refresh_from_db()
        assert project.promote_at_once
        self.save(client, project)
        project.refresh_from_db()
        assert not project.promote_at_once
        entries = LedgerEntry.objects.filter(action="project.settings").order_by("sequence")
        assert [entry.payload["promote_at_once"] for entry in entries] == [True, False]

    def test_monthly_cycles_count_from_when_they_were_switched_on(self, client, project, lead):
        self.save(client, project, monthly="on")
        project.refresh_from_db()
        since = project.monthly_since
        assert since is not None
        self.save(client, project, monthly="on", labels_for_cycle="500", cycle_lane="fast")
        project.refresh_from_db()
        assert (project.monthly_since, project.labels_for_cycle, project.cycle_lane) == (since, 500, "fast")
        assert 'value="500"' in page(client, "project-settings", project.slug)
        self.save(client, project)
        project.refresh_from_db()
        assert (project.monthly_since, project.labels_for_cycle) == (None, None)

    @pytest.mark.parametrize("typed", ["0", "-3", "many", "1000001"])
    def test_a_number_of_labels_that_cannot_be_is_explained_and_kept(self, client, project, lead, typed):
        response = self.save(client, project, labels_for_cycle=typed)
        assert response.status_code == 422
        assert f'value="{typed}"' in response.content.decode()
        project.refresh_from_db()
        assert project.labels_for_cycle is None

    def test_what_starts_by_itself_stands_on_the_page_of_the_cycles(self, client, project, lead):
        assert "nothing</span>" in page(client, "cycle-list", project.slug)
        self.save(client, project, monthly="on", labels_for_cycle="500")
        html = page(client, "cycle-list", project.slug)
        for said in ("monthly, next on", "at 500 new labels", "0 of 12 spent in"):
            assert said in html
