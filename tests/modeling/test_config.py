"""Settings of a training say what they do not know, and come back from JSON as they were."""

import json

import pytest

from modeling.config import TrainingConfig


@pytest.mark.parametrize("name", ["pairing_levels", "preprocessing", "feedback_form", "device", "precision"])
def test_a_word_that_a_setting_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be one of .*, not 'bf16'"):
        TrainingConfig(**{name: "bf16"})


def test_settings_come_back_from_json_as_they_were() -> None:
    config = TrainingConfig(axes_left_out=("age",), precision="float32")
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
