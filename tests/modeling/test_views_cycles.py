"""Cycles: start, live progress, verdict, promotion."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from modeling.intake import hand_in
from modeling.models import FeedbackBatch, GateLook, GateTruth, RetrainingCycle, Role, VersionChange
from tests.factories import make_comment, make_cycle, make_dataset, make_intake_row, make_member, make_project, make_version
from tests.modeling.decided import losses, make_decided_cycle

pytestmark = pytest.mark.django_db
State = RetrainingCycle.State


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def url(name, project, *args):
    return reverse(f"modeling:{name}", args=[project.slug, *args])


def html_of(response):
    assert response.status_code in (200, 286, 422)
    return response.content.decode()


def make_batch(project):
    version = project.champion or make_version(project, champion=True)
    comment = make_comment(make_dataset(project))
    return hand_in(project=project, provenance="round 1: November", rows=[make_intake_row(comment, version)], annotation_count=14)


class TestList:
    def test_without_a_cycle_it_says_what_one_does(self, client, project, lead):
        html = html_of(client.get(url("cycle-list", project)))
        assert "No cycle yet" in html
        assert url("cycle-start", project) in html

    def test_it_filters_by_state(self, client, project, lead):
        make_cycle(project, State.FAILED, error="out of memory")
        make_cycle(project, State.CANCELLED)
        html = html_of(client.get(url("cycle-list", project), {"state": "failed"}))
        assert "Cycle 1" in html
        assert "Cycle 2" not in html
        assert "No cycle is promoted" in html_of(client.get(url("cycle-list", project), {"state": "promoted"}))

    def test_pages_do_not_ask_more_for_more_cycles(self, client, project, lead, django_assert_max_num_queries):
        for _ in range(30):
            make_cycle(project, State.FAILED)
        with django_assert_max_num_queries(16):
            html = html_of(client.get(url("cycle-list", project)))
        assert "Page 1 of 2" in html


class TestStart:
    def test_without_a_model_it_says_what_to_do_first(self, client, project, lead):
        assert "There is no model in use yet" in html_of(client.get(url("cycle-start", project)))

    def test_without_labels_it_leads_to_the_rounds(self, client, project, lead):
        make_version(project, champion=True)
        html = html_of(client.get(url("cycle-start", project)))
        assert "No labels have been handed in" in html
        assert reverse("feedback:round-list", args=[project.slug]) in html

    def test_it_shows_what_will_be_used_and_what_the_gate_will_ask(self, client, project, lead):
        make_batch(project)
        html = html_of(client.get(url("cycle-start", project)))
        for said in ("round 1: November", "14", "Jigsaw score", "no worse by more than .01 on", "Middle lane", "Seed"):
            assert said in html

    def test_it_starts_a_cycle_on_the_lane_and_seed_that_were_chosen(self, client, project, lead):
        make_batch(project)
        response = client.post(url("cycle-start", project), {"lane": "fast", "seed": "5"})
        cycle = RetrainingCycle.objects.get()
        assert response.url == url("cycle-detail", project, 1)
        assert (cycle.lane, cycle.training_config["seed"], cycle.requested_by) == ("fast", 5, lead)
        assert list(cycle.batches.all()) == list(FeedbackBatch.objects.all())

    def test_a_second_one_at_the_same_time_is_refused_in_words(self, client, project, lead):
        make_batch(project)
        make_cycle(project, State.TRAINING)
        assert "A cycle is under way" in html_of(client.get(url("cycle-start", project)))
        response = client.post(url("cycle-start", project), {"lane": "middle", "seed": "0"})
        assert response.status_code == 422
        assert "Wait for it, or cancel it" in html_of(response)
        assert RetrainingCycle.objects.count() == 1

    def test_a_seed_that_is_no_number_is_kept_and_explained(self, client, project, lead):
        make_batch(project)
        html = html_of(client.post(url("cycle-start", project), {"lane": "middle", "seed": "-3"}))
        assert "greater than or equal to 0" in html
        assert 'value="-3"' in html


class TestWhileItRuns:
    def running(self, project, **fields):
        now = timezone.now()
        moving = {"stage": "training echo", "progress": 0.3, "message": "step 4 of 8", "live_losses": losses(steps=4, arms=("none", "echo"))}
        times = {"started_at": now - timedelta(seconds=30), "heartbeat_at": now}
        return make_cycle(project, State.TRAINING, **{**moving, **times, **fields})

    def test_it_shows_stage_bar_estimate_and_the_parts_of_the_loss(self, client, project, lead):
        cycle = self.running(project)
        html = html_of(client.get(url("cycle-detail", project, cycle.number)))
        for said in ("Training echo", "step 4 of 8", "about 1 min left", "<polyline", "pairing", "Cancel this cycle", 'hx-trigger="every 1s"'):
            assert said in html

    def test_polling_brings_the_progress_alone(self, client, project, lead, django_assert_max_num_queries):
        cycle = self.running(project)
        with django_assert_max_num_queries(6):
            response = client.get(url("cycle-progress", project, cycle.number))
        assert response.status_code == 200
        assert "hx-trigger" in html_of(response)
        assert "<html" not in html_of(response)
        assert "Cancel" not in html_of(response), "a button that is replaced every second cannot be pressed by keyboard"

    def test_waiting_is_shown_as_waiting(self, client, project, lead):
        cycle = make_cycle(project, queued_at=timezone.now() - timedelta(minutes=2))
        html = html_of(client.get(url("cycle-detail", project, cycle.number)))
        assert "Waiting for its turn" in html
        assert "whoever runs the server can start it" in html

    @pytest.mark.parametrize("eligible", [True, False])
    def test_the_last_answer_stops_the_polling_and_brings_the_verdict(self, client, project, lead, eligible):
        make_decided_cycle(project, eligible=eligible)
        response = client.get(url("cycle-progress", project, 1))
        assert response.status_code == 286
        assert response["HX-Retarget"] == "#cycle"
        html = html_of(response)
        assert "hx-trigger" not in html
        assert f"Cycle 1 has ended: {'eligible' if eligible else 'held'}." in html

    def test_a_cycle_whose_process_died_ends_its_own_polling(self, client, project, lead):
        before = timezone.now() - timedelta(minutes=5)
        cycle = self.running(project, started_at=before, heartbeat_at=before)
        response = client.get(url("cycle-progress", project, cycle.number))
        assert response.status_code == 286
        assert "died without a word" in html_of(response)

    def test_cancelling_is_confirmed_where_what_is_lost_is_said(self, client, project, lead):
        cycle = make_cycle(project)
        page = html_of(client.get(url("cycle-detail", project, cycle.number)))
        assert page.index("What it has trained is lost") < page.index("Cancel it, and lose its training")

    def test_a_waiting_cycle_is_cancelled_at_once(self, client, project, lead):
        cycle = make_cycle(project)
        html = html_of(client.post(url("cycle-cancel", project, cycle.number), follow=True))
        assert "It was stopped on request" in html
        cycle.refresh_from_db()
        assert cycle.state == State.CANCELLED

    def test_a_running_cycle_is_asked_to_stop(self, client, project, lead):
        cycle = self.running(project)
        html = html_of(client.post(url("cycle-cancel", project, cycle.number), follow=True))
        assert "Stopping at its next step" in html
        cycle.refresh_from_db()
        assert cycle.cancel_requested

    def test_what_has_ended_cannot_be_cancelled(self, client, project, lead):
        make_decided_cycle(project)
        assert "has come to an end already" in html_of(client.post(url("cycle-cancel", project, 1), follow=True))


class TestVerdict:
    def shown(self, client, project, **fields):
        make_decided_cycle(project, **fields)
        return html_of(client.get(url("cycle-detail", project, 1)))

    def test_an_eligible_candidate_is_offered_with_its_evidence(self, client, project, lead):
        html = self.shown(client, project)
        for said in ("Eligible", "Candidate v5 against champion v1", "Promote v5", "People’s labels helped:", "+.031", "+.011 to +.051", "n = 1,204"):
            assert said in html
        assert "anyway" not in html

    def test_a_held_candidate_says_why_and_asks_for_a_reason(self, client, project, lead):
        html = self.shown(client, project, eligible=False)
        for said in (
            "Held",
            "v5 is better on the Jigsaw score, but does worse",
            "Why, in numbers",
            "False alarms on transgender rose by .110",
            "Promote v5 anyway, with a reason",
            "harmed",
            "cannot tell",
        ):
            assert said in html

    @pytest.mark.parametrize(("effect", "said"), [(-0.05, "People’s labels did harm:"), (0.0, "It cannot be told whether")])
    def test_it_does_not_flatter_peoples_labels(self, client, project, lead, effect, said):
        assert said in self.shown(client, project, effect=effect)

    def test_both_splits_stand_on_it_and_only_gate_decides(self, client, project, lead):
        html = self.shown(client, project)
        assert 'id="gate"' in html
        assert 'id="test"' in html
        assert html.count("must be better") == 1

    def test_it_says_what_changes_when_a_sentence_is_about_other_people(self, client, project, lead):
        html = self.shown(client, project)
        said = html[html.index('id="other-people"') :]
        for words in ("Champion v1", "Candidate v5", "share of pairs whose level changes", "n = 3,544 pairs", ".120", ".100 to .150", ".070"):
            assert words in said
        assert "The gate does not ask about this." in said

    def test_a_candidate_from_before_probes_is_not_measured_yet(self, client, project, lead):
        make_decided_cycle(project).candidate.probe_scores.all().delete()
        html = html_of(client.get(url("cycle-detail", project, 1)))
        assert html.count("not measured yet") == 3

    def test_subgroups_without_enough_comments_say_so_with_their_n(self, client, project, lead):
        html = self.shown(client, project)
        assert "Hindu" in html
        assert 'cannot tell</span> <span class="aside">n = 12' in html

    def test_it_asks_the_database_a_fixed_number_of_times(self, client, project, lead, django_assert_max_num_queries):
        for _ in range(3):
            make_decided_cycle(project)
        with django_assert_max_num_queries(19):
            client.get(url("cycle-detail", project, 2))

    def test_a_verdict_against_another_champion_can_only_be_read(self, client, project, lead):
        make_decided_cycle(project)
        make_version(project, champion=True)
        html = html_of(client.get(url("cycle-detail", project, 1)))
        assert "it can no longer be promoted" in html
        assert "Promote v5" not in html

    def test_a_failed_cycle_says_what_happened_and_what_is_safe(self, client, project, lead):
        make_cycle(project, State.FAILED, error="MemoryError: too much", stage="training real")
        html = html_of(client.get(url("cycle-detail", project, 1)))
        for said in ("The cycle failed", "MemoryError: too much", "training real", "v1 is still in use", "Start another cycle"):
            assert said in html

    def test_a_missing_cycle_is_not_found(self, client, project, lead):
        assert client.get(url("cycle-detail", project, 9)).status_code == 404


class TestPromotion:
    def test_one_click_brings_an_eligible_candidate_into_use(self, client, project, lead):
        cycle = make_decided_cycle(project)
        html = html_of(client.post(url("cycle-promote", project, 1), follow=True))
        project.refresh_from_db()
        assert project.champion == cycle.candidate
        assert "v5 is in use now" in html
        assert "Roll back to v1" in html
        assert VersionChange.objects.first().by == lead

    def test_a_held_one_needs_a_written_reason(self, client, project, lead):
        make_decided_cycle(project, eligible=False)
        response = client.post(url("cycle-promote", project, 1), {"reason": "  "})
        assert response.status_code == 422
        html = html_of(response)
        assert "Write down why" in html
        assert '<details class="override" open>' in html
        project.refresh_from_db()
        assert project.champion.number == 1

    def test_a_held_one_with_a_reason_comes_into_use_and_shows_it(self, client, project, lead):
        make_decided_cycle(project, eligible=False)
        html = html_of(client.post(url("cycle-promote", project, 1), {"reason": "The harm rests on 12 <b>comments</b>."}, follow=True))
        assert "promoted all the same" in html
        assert "so the gate holds it back" in html, "not that the champion of then stays in use"
        assert "The harm rests on 12 &lt;b&gt;comments&lt;/b&gt;." in html
        assert VersionChange.objects.first().kind == VersionChange.Kind.OVERRIDDEN

    def test_what_was_typed_is_kept_when_it_is_refused(self, client, project, lead):
        make_decided_cycle(project, eligible=False)
        response = client.post(url("cycle-promote", project, 1), {"reason": "Because " + "x" * 2000})
        assert response.status_code == 422
        assert "Because xxx" in html_of(response)

    def test_a_candidate_compared_with_another_champion_is_refused_in_words(self, client, project, lead):
        make_decided_cycle(project)
        other = make_version(project, champion=True)
        html = html_of(client.post(url("cycle-promote", project, 1)))
        project.refresh_from_db()
        assert project.champion == other
        assert "Start a new cycle" in html


class TestTheGatesSpending:
    def look(self, cycle, number, **fields):
        values = {
            "year": timezone.now().year,
            "number": number,
            "alpha": 0.05 / 12,
            "provenance": "the cycle’s verdict",
            "decided_at": timezone.now(),
        }
        return GateLook.objects.create(project=cycle.project, cycle=cycle, **{**values, "decision": cycle.decision, **fields})

    def test_the_verdict_says_which_look_it_was(self, client, project, lead):
        self.look(make_decided_cycle(project, eligible=False), 3)
        html = html_of(client.get(url("cycle-detail", project, 1)))
        assert f"Look 3 of 12 in {timezone.now().year}, tested at .0042" in html
        assert "Looks at gate" in html

    def test_a_look_that_had_nothing_to_spend_says_so(self, client, project, lead):
        self.look(make_decided_cycle(project, eligible=False), 13, alpha=0)
        assert "with nothing left to test at" in html_of(client.get(url("cycle-detail", project, 1)))

    def test_who_starts_a_cycle_without_a_look_left_is_told_before(self, client, project, lead):
        make_batch(project)
        cycle = make_decided_cycle(project, eligible=False)
        for number in range(1, 12):
            self.look(cycle, number)
        assert "11 of 12 are spent" in html_of(client.get(url("cycle-start", project)))
        self.look(cycle, 12)
        html = html_of(client.get(url("cycle-start", project)))
        assert "its candidate will be held whatever it gains" in html

    def test_new_truth_in_gate_offers_to_judge_again(self, client, project, lead):
        cycle = make_decided_cycle(project, eligible=False)
        self.look(cycle, 1)
        assert "Judge it again" not in html_of(client.get(url("cycle-detail", project, 1)))
        comment = make_comment(make_dataset(project), split="gate")
        said = {"q_low": 1.0, "q_mild": 0.0, "q_high": 0.0, "annotation_count": 2, "agreement": 1.0, "labelled_at": timezone.now()}
        GateTruth.objects.create(comment=comment, provenance="gate round 2", was_shown=True, **said)
        html = html_of(client.get(url("cycle-detail", project, 1)))
        assert "Judge it again" in html
        assert "1 comment that experts labelled" in html
        html = html_of(client.post(url("cycle-judge-again", project, 1), follow=True))
        assert "It is judged again" in html
        assert "Stop, and keep the verdict that it has" in html

    def test_stopping_it_then_keeps_the_verdict(self, client, project, lead):
        cycle = make_decided_cycle(project, eligible=False)
        RetrainingCycle.objects.filter(pk=cycle.pk).update(state="requested")
        client.post(url("cycle-cancel", project, 1))
        cycle.refresh_from_db()
        assert cycle.state == State.HELD

    def test_when_it_fails_then_the_cause_is_shown_and_it_can_go_on(self, client, project, lead):
        cycle = make_decided_cycle(project, eligible=False)
        RetrainingCycle.objects.filter(pk=cycle.pk).update(state="failed", error="MemoryError")
        html = html_of(client.get(url("cycle-detail", project, 1)))
        assert "MemoryError" in html
        assert "Start this cycle again" in html
