"""Where people look at sites and scans."""

from django.urls import path

from scans.views import looks, pictures, report, rules, scans, sites, workspaces

urlpatterns = [
    path("overview/", sites.overview, name="overview"),
    path("workspaces/<uuid:workspace_id>/delete/", workspaces.delete, name="workspace_delete"),
    path("sites/add/", sites.add, name="site_add"),
    path("sites/<uuid:site_id>/", sites.site, name="site"),
    path("sites/<uuid:site_id>/settings/", sites.settings, name="site_settings"),
    path("sites/<uuid:site_id>/looks/", sites.looks, name="site_looks"),
    path("sites/<uuid:site_id>/delete/", sites.delete, name="site_delete"),
    path("sites/<uuid:site_id>/scan/", scans.start, name="scan_start"),
    path("sites/<uuid:site_id>/scans/", scans.history, name="scan_history"),
    path("sites/<uuid:site_id>/rules/", rules.rules, name="rules"),
    path("sites/<uuid:site_id>/rules/add/", rules.choose, name="rule_choose"),
    path("sites/<uuid:site_id>/rules/add/<slug:kind>/", rules.add, name="rule_add"),
    path("rules/<uuid:rule_id>/", rules.edit, name="rule_edit"),
    path("rules/<uuid:rule_id>/switch/", rules.switch, name="rule_switch"),
    path("rules/<uuid:rule_id>/delete/", rules.delete, name="rule_delete"),
    path("rules/<uuid:rule_id>/restore/", rules.restore, name="rule_restore"),
    path("scans/<uuid:scan_id>/", scans.scan, name="scan"),
    path("scans/<uuid:scan_id>/progress/", scans.progress, name="scan_progress"),
    path("scans/<uuid:scan_id>/cancel/", scans.cancel, name="scan_cancel"),
    path("scans/<uuid:scan_id>/pause/", scans.pause, name="scan_pause"),
    path("scans/<uuid:scan_id>/resume/", scans.resume, name="scan_resume"),
    path("scans/<uuid:scan_id>/issues/<uuid:issue_id>/", report.issue, name="issue"),
    path("scans/<uuid:scan_id>/pages/", report.pages, name="scan_pages"),
    path("scans/<uuid:scan_id>/pages/<uuid:page_id>/", report.page, name="page"),
    path("scans/<uuid:scan_id>/score/", report.score, name="scan_score"),
    path("scans/<uuid:scan_id>/skipped/", report.skipped, name="scan_skipped"),
    path("pages/<uuid:page_id>/recheck/", report.recheck_page, name="page_recheck"),
    path("issues/<uuid:issue_id>/ignore/", report.ignore, name="issue_ignore"),
    path("issues/<uuid:issue_id>/reopen/", report.reopen, name="issue_reopen"),
    path("scans/<uuid:scan_id>/looks/approve/", looks.approve_all, name="looks_approve"),
    path("scans/<uuid:scan_id>/looks/undo/", looks.undo_all, name="looks_undo"),
    path("looks/<uuid:change_id>/approve/", looks.approve, name="look_approve"),
    path("looks/<uuid:change_id>/undo/", looks.undo, name="look_undo"),
    path("baselines/<uuid:baseline_id>.img", pictures.baseline, name="baseline_picture"),
    path("shots/<uuid:shot_id>.img", pictures.shot, name="shot"),
    path("findings/<uuid:finding_id>/picture.webp", pictures.finding, name="finding_picture"),
]
