"""What screens are told of a model: the band's width, where it was measured and holds."""

from dataclasses import replace

import pytest

from rtdreamer.live.loading import facts_of
from rtdreamer.live.steady import Width
from rtdreamer.model.measured import Measured, Settling, write_measured
from rtdreamer.model.released import DEFAULT_MODEL, load_model, released_models
from tests.untrained import untrained

SETTLING = Settling(
    0.8, (0.7, 0.5), ("a",), ("b",), True, 10, 120, (0.81, 0.79), (0.75, 0.7), (0.87, 0.88)
)


def told(settling):
    return facts_of(untrained(metrics=write_measured(Measured(None, settling))), None).width


def test_a_width_is_told_where_it_was_measured_and_holds():
    assert told(SETTLING) == Width((0.7, 0.5), 0.8, "simulated people")
    assert told(replace(SETTLING, simulated=False)) == Width((0.7, 0.5), 0.8, "people")
    assert told(replace(SETTLING, high=(0.79, 0.88))) is None
    assert told(None) is None


@pytest.mark.parametrize("name", released_models())
def test_of_released_models_all_was_measured_on_people_they_never_saw(name):
    model = load_model(name)
    measured, record = model.measured, model.record
    assert measured.deletion is not None
    assert all(measured.deletion.holds(kind) for kind in ("electrodes", "bands", "edges"))
    assert measured.settling is not None
    if name == DEFAULT_MODEL:
        assert measured.settling.holds
    assert "seed 1," in record.data
    data = (*measured.deletion.data, *measured.settling.learned_from, *measured.settling.data)
    assert not any("seed 1," in cohort for cohort in data)
