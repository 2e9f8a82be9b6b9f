"""URLs of modeling's endpoints, below `/api/v1/`."""

from django.urls import path

from modeling.api import bundles, cycles, dashboards, datasets, dynamics, explanations, measures, monthly_reports, scoring, trends, what_if

PROJECT = "projects/<slug:slug>/"
CYCLE = PROJECT + "cycles/<int:number>/"

urlpatterns = [
    path(PROJECT + "datasets/", datasets.Datasets.as_view(), name="dataset-list"),
    path(PROJECT + "datasets/<int:pk>/", datasets.DatasetDetail.as_view(), name="dataset-detail"),
    path(PROJECT + "datasets/<int:pk>/rejected-rows/", datasets.RejectedRows.as_view(), name="rejected-row-list"),
    path(PROJECT + "cycles/", cycles.Cycles.as_view(), name="cycle-list"),
    path(CYCLE, cycles.CycleDetail.as_view(), name="cycle-detail"),
    path(CYCLE + "differences/", cycles.CycleDifferences.as_view(), name="cycle-differences"),
    path(CYCLE + "promote/", cycles.Promote.as_view(), name="cycle-promote"),
    path(CYCLE + "retry/", cycles.Retry.as_view(), name="cycle-retry"),
    path(CYCLE + "judge-again/", cycles.JudgeAgain.as_view(), name="cycle-judge-again"),
    path(CYCLE + "cancel/", cycles.Cancel.as_view(), name="cycle-cancel"),
    path(CYCLE + "bundle/", bundles.CycleBundle.as_view(), name="cycle-bundle"),
    path(PROJECT + "roll-back/", cycles.RollBack.as_view(), name="roll-back"),
    path(PROJECT + "roll-back/undo/", cycles.UndoRollBack.as_view(), name="roll-back-undo"),
    path(PROJECT + "measures/", measures.Measures.as_view(), name="measure-list"),
    path(PROJECT + "measures/subgroups/", measures.SubgroupMeasures.as_view(), name="subgroup-measure-list"),
    path(PROJECT + "measures/probes/", measures.ProbeMeasures.as_view(), name="probe-measure-list"),
    path(PROJECT + "social-dynamics/", dynamics.WordShares.as_view(), name="word-share-list"),
    path(PROJECT + "social-dynamics/changes/", dynamics.ShareChanges.as_view(), name="share-change-list"),
    path(PROJECT + "social-dynamics/network/", dynamics.CoMentions.as_view(), name="co-mention-list"),
    path(PROJECT + "dashboard/", dashboards.DashboardView.as_view(), name="dashboard"),
    path(PROJECT + "dashboard/curves/", dashboards.CurvesView.as_view(), name="dashboard-curves"),
    path(PROJECT + "dashboard/compare/", dashboards.CompareView.as_view(), name="dashboard-compare"),
    path(PROJECT + "dashboard/losses/", dashboards.LossesView.as_view(), name="dashboard-losses"),
    path(PROJECT + "trends/", trends.Trends.as_view(), name="trend-list"),
    path(PROJECT + "trends/changes/", trends.Changes.as_view(), name="before-after-list"),
    path(PROJECT + "reports/", monthly_reports.MonthlyReports.as_view(), name="monthly-report-list"),
    path(PROJECT + "reports/<int:pk>/", monthly_reports.MonthlyReportFile.as_view(), name="monthly-report-file"),
    path(PROJECT + "predictions/<int:pk>/explanation/", explanations.PredictionExplanation.as_view(), name="prediction-explanation"),
    path(PROJECT + "score/", scoring.Score.as_view(), name="score"),
    path(PROJECT + "what-if/", what_if.WhatIfView.as_view(), name="what-if"),
    path(PROJECT + "what-if/reports/", what_if.PairReports.as_view(), name="pair-report-list"),
    path(PROJECT + "what-if/reports/<slug:key>/", what_if.PairReport.as_view(), name="pair-report"),
]
