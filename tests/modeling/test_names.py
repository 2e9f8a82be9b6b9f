"""Names on pages: those of `labels`, but within a translator's reach."""

import pytest
from django.utils.functional import Promise

from modeling.labels import AXES, LEXICON_SUFFIX, SUBGROUPS, Level, LevelKind, subgroup_label
from modeling.names import AXIS_NAMES, LEVEL_NAMES, SUBGROUP_NAMES, subgroup_name


@pytest.mark.parametrize("subgroup", [*SUBGROUPS, "x_teenagers", *(name + LEXICON_SUFFIX for name in SUBGROUPS)])
def test_a_subgroup_is_called_on_a_page_as_in_what_is_stored(subgroup):
    assert subgroup_name(subgroup) == subgroup_label(subgroup)


def test_whatever_has_a_name_of_ours_can_be_translated():
    assert set(SUBGROUP_NAMES) == set(SUBGROUPS)
    assert {name: str(said) for name, said in AXIS_NAMES.items()} == {axis: axis for axis in AXES}
    assert {kind: set(names) for kind, names in LEVEL_NAMES.items()} == {kind: set(Level) for kind in LevelKind}
    said = [*AXIS_NAMES.values(), *SUBGROUP_NAMES.values(), *(name for names in LEVEL_NAMES.values() for name in names.values())]
    assert all(isinstance(name, Promise) for name in said)
