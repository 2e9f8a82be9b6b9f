"""The chart library is written out of its package, never vendored."""

from io import StringIO

from django.core.management import call_command

from biasapp.management.commands.build_assets import BUNDLE


def test_the_bundle_is_written_anew_after_an_upgrade_and_then_stands(settings, tmp_path):
    settings.ASSETS_DIR = tmp_path
    path = tmp_path / BUNDLE
    path.parent.mkdir()
    path.write_text("/* vl-convert 0.1 */\n")
    assert "written" in build()
    assert "window.vegaEmbed=" in path.read_text()
    assert "stands" in build()


def build() -> str:
    out = StringIO()
    call_command("build_assets", stdout=out)
    return out.getvalue()
