import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import DataError
from rtdreamer.evaluation import benchmark
from rtdreamer.evaluation.benchmark import make_cells, read_cell, run_cells
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.signal.features import Spec
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.windows import WindowPlan
from tests.made_up_runs import make_run, same_run
from tests.made_up_windows import make_windows
from tests.mutations import spoiled

RUN = EvaluationRun(None, Spec(), WindowPlan(), TrainingConfig(), "loso", None, "logistic")
JUDGED = make_run(n_people=2, n_trials=2)
(CELL,) = make_cells([None], [RUN], [0])


def test_each_data_set_meets_each_method_and_seed():
    data = ["simulated:subjects=4", "simulated:subjects=5"]
    settings = TrainingConfig(epochs=3)
    spectral = replace(RUN, method="spectral", plan=WindowPlan(None), config=settings)
    cells = make_cells(data, [RUN, spectral], [3, 4])
    asked = [(c.run.data, c.run.config.seed, c.run.method) for c in cells]
    assert asked == [(d, s, m) for d in data for s in (3, 4) for m in ("logistic", "spectral")]
    assert len({cell.name for cell in cells}) == len({cell.key for cell in cells}) == 8
    for cell in cells:
        own = {"logistic": RUN, "spectral": spectral}[cell.run.method]
        config = replace(own.config, seed=cell.run.config.seed)
        as_asked = replace(own, data=cell.run.data, config=config)
        assert cell.run == as_asked
        assert cell.key == as_asked.key()


def test_each_method_is_judged_on_windows_of_its_own(tmp_path, monkeypatch):
    """Also where methods differ in nothing but whether they see people relative to themselves."""
    absolute = replace(RUN, method="as-written", spec=Spec(standardise=False))
    last = replace(absolute, method="last", plan=WindowPlan(None))
    asked = [RUN, absolute, last, replace(RUN, method="ridge")]
    read, judged = [], []

    def load(data, spec, plan, *others):
        read.append((spec, plan))
        return make_windows(3, 2)

    def judge(run, *others, **more):
        judged.append((run.method, run.spec, run.plan))
        raise DataError("that will do")

    monkeypatch.setattr(benchmark, "load_windows", load)
    monkeypatch.setattr(benchmark, "cross_validate", judge)
    run_cells(make_cells([None], asked, [0, 1]), tmp_path, tmp_path)
    # What is the same for several methods and seeds is read once.
    assert read == [(q.spec, q.plan) for q in asked[:3]]
    assert judged == [(q.method, q.spec, q.plan) for q in asked] * 2


@pytest.mark.parametrize(
    "data",
    [
        [None, "simulated"],
        ["simulated:seed=0", None],
        ["simulated:subjects=3,seed=0", "simulated:seed=0,subjects=3"],
    ],
)
def test_the_same_data_twice_are_refused(data):
    with pytest.raises(DataError, match="is given twice"):
        make_cells(data, [RUN], [0])


@pytest.mark.parametrize(
    "names",
    [("öl.mat", "äl.mat"), ("日本.mat", "中国.mat"), ("a-b.mat", "a_b.mat"), ("a-A", "a_a")],
)
def test_other_data_have_other_files_whatever_their_names(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text(name, encoding="utf-8")
    data = [str(tmp_path / name) for name in names]
    cells = make_cells(data, [RUN], [0, 1])
    assert len({cell.name.casefold() for cell in cells}) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_.=-]+", cell.name) for cell in cells)
    # In whatever order they are named.
    assert {c.name for c in make_cells(data[::-1], [RUN], [0, 1])} == {c.name for c in cells}


def test_a_finished_cell_is_read_back(tmp_path):
    assert read_cell(tmp_path, CELL) is None
    benchmark._write_cell(tmp_path, CELL, JUDGED)
    assert same_run(read_cell(tmp_path, CELL), JUDGED)
    assert read_cell(tmp_path, replace(CELL, key="another")) is None


@given(data=st.data(), ending=st.sampled_from([".csv", ".json"]))
def test_a_spoilt_cell_is_not_taken(tmp_path_factory, data, ending):
    folder = tmp_path_factory.getbasetemp() / "spoilt-cells"
    benchmark._write_cell(folder, CELL, JUDGED)
    path = CELL.file(folder).with_suffix(ending)
    content = path.read_bytes()
    changed = data.draw(spoiled(content))
    path.write_bytes(changed)
    found = read_cell(folder, CELL)
    # Spaces may be added to JSON, and a change may undo another.
    assert found is None or (same_run(found, JUDGED) and (ending == ".json" or changed == content))
