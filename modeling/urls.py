"""URLs of projects, data sets, versions, cycles and the dashboard."""

from django.urls import path

from modeling.views import (
    bundles,
    compare,
    curves,
    cycles,
    dashboard,
    datasets,
    dynamics,
    explanations,
    paper,
    losses,
    projects,
    training,
    trends,
    versions,
    what_if,
    what_if_reports,
)

app_name = "modeling"

PROJECT = "projects/<slug:slug>/"
DATASET = PROJECT + "datasets/<int:pk>/"
CYCLE = PROJECT + "cycles/<int:number>/"

urlpatterns = [
    path("paper/", paper.paper, name="paper"),
    path("projects/", projects.project_list, name="project-list"),
    path("projects/new/", projects.project_create, name="project-create"),
    path("projects/predictions/<int:pk>/explanation/", explanations.explanation, name="explanation"),
    path("projects/predictions/<int:pk>/what-if/", what_if.what_if_of, name="what-if-of"),
    path(PROJECT, projects.project_detail, name="project-detail"),
    path(PROJECT + "train/", training.first_training, name="first-training"),
    path(PROJECT + "train/progress/", training.first_training_progress, name="first-training-progress"),
    path(PROJECT + "settings/", projects.project_settings, name="project-settings"),
    path(PROJECT + "datasets/", datasets.dataset_list, name="dataset-list"),
    path(PROJECT + "datasets/import/", datasets.dataset_import, name="dataset-import"),
    path(DATASET, datasets.dataset_detail, name="dataset-detail"),
    path(DATASET + "progress/", datasets.dataset_progress, name="dataset-progress"),
    path(PROJECT + "versions/", versions.version_list, name="version-list"),
    path(PROJECT + "roll-back/", versions.roll_back, name="roll-back"),
    path(PROJECT + "roll-back/undo/", versions.roll_back_undo, name="roll-back-undo"),
    path(PROJECT + "cycles/", cycles.cycle_list, name="cycle-list"),
    path(PROJECT + "cycles/start/", cycles.cycle_start, name="cycle-start"),
    path(CYCLE, cycles.cycle_detail, name="cycle-detail"),
    path(CYCLE + "progress/", cycles.cycle_progress, name="cycle-progress"),
    path(CYCLE + "cancel/", cycles.cycle_cancel, name="cycle-cancel"),
    path(CYCLE + "retry/", cycles.cycle_retry, name="cycle-retry"),
    path(CYCLE + "judge-again/", cycles.cycle_judge_again, name="cycle-judge-again"),
    path(CYCLE + "promote/", cycles.cycle_promote, name="cycle-promote"),
    path(CYCLE + "bundle/", bundles.cycle_bundle, name="cycle-bundle"),
    path(CYCLE + "seal/", bundles.cycle_seal, name="cycle-seal"),
    path(PROJECT + "what-if/", what_if.what_if_page, name="what-if"),
    path(PROJECT + "what-if/pins/", what_if.what_if_pins, name="what-if-pins"),
    path(PROJECT + "what-if/report/", what_if_reports.what_if_report, name="what-if-report"),
    path(PROJECT + "what-if/take-back/", what_if_reports.what_if_take_back, name="what-if-take-back"),
    path(PROJECT + "what-if/decide/", what_if_reports.what_if_decide, name="what-if-decide"),
    path(PROJECT + "social-dynamics/", dynamics.social_dynamics, name="social-dynamics"),
    path(PROJECT + "social-dynamics/progress/", dynamics.social_dynamics_progress, name="social-dynamics-progress"),
    path(PROJECT + "social-dynamics/again/", dynamics.social_dynamics_again, name="social-dynamics-again"),
    path(PROJECT + "social-dynamics/watch/", dynamics.social_dynamics_watch, name="social-dynamics-watch"),
    path(PROJECT + "social-dynamics/unwatch/", dynamics.social_dynamics_unwatch, name="social-dynamics-unwatch"),
    path(PROJECT + "social-dynamics/comments/", dynamics.social_dynamics_comments, name="social-dynamics-comments"),
    path(PROJECT + "trends/", trends.trends_page, name="trends"),
    path(PROJECT + "dashboard/", dashboard.dashboard_page, name="dashboard"),
    path(PROJECT + "dashboard/curves/", curves.curves_page, name="dashboard-curves"),
    path(PROJECT + "dashboard/compare/", compare.compare_page, name="dashboard-compare"),
    path(PROJECT + "dashboard/losses/", losses.losses_page, name="dashboard-losses"),
    path(PROJECT + "dashboard/measure-again/", curves.measure_again, name="measure-again"),
    path(PROJECT + "paper/", paper.project_paper, name="project-paper"),
]
