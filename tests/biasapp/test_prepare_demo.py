import pytest
from django.core.management import CommandError, call_command


def test_the_public_passwords_exist_in_the_demonstration_only(settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="BIASAPP_DEMO=1"):
        call_command("prepare_demo")
