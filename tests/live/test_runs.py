"""One session after the other, over real streams: what is chosen is followed, and what cannot be
is said."""

import threading
import time
import uuid

import pytest

from rtdreamer.data.session_file import read_session
from rtdreamer.live.follow import FollowConfig
from rtdreamer.live.orders import (
    BegunAnew,
    FollowStream,
    RecordingReport,
    Said,
    StreamsFound,
    UseModel,
)
from rtdreamer.live.remote import RemoteConfig
from rtdreamer.live.runs import Runs
from rtdreamer.live.session_facts import record_config
from rtdreamer.live.sink import Phase
from tests.onlookers import Inbox, Kept

END_S = 30
MODEL = "simulated-100-ridge"


class Running:
    """Sessions in a thread of their own."""

    def __init__(self, folder, **how):
        self.inbox, self.kept, self.stop = Inbox(), Kept(), threading.Event()
        record = record_config(
            folder, "P001", "S001", model=MODEL, profile=None, hop=64, in_torch=False
        )
        name = f"no-such-{uuid.uuid4().hex}"
        config = FollowConfig(name, 64, publish=False, record=record, **how)
        self.runs = Runs(
            RemoteConfig(config, MODEL), self.kept, self.inbox.take,
            self.stop.is_set,
        )  # fmt: skip
        self.error = None
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        try:
            self.runs.run()
        except Exception as error:
            self.error = error

    def of(self, kind):
        return [report for report in self.kept.reports if isinstance(report, kind)]

    def until(self, condition):
        deadline = time.monotonic() + END_S
        while not condition():
            assert time.monotonic() < deadline, (self.kept.states, self.kept.reports)
            assert self.thread.is_alive(), self.error
            time.sleep(0.02)


@pytest.fixture
def running(tmp_path):
    one = Running(tmp_path)
    yield one
    one.stop.set()
    one.thread.join(END_S)
    assert not one.thread.is_alive()
    assert one.error is None


def test_streams_are_chosen_and_models_changed_without_a_restart(running, headset, stream_name):
    one = running
    headset(source_id=f"{stream_name}-id", prefill=11.0)

    def there():
        found = one.of(StreamsFound)
        return [s for s in found[-1].streams if s.name == stream_name] if found else []

    one.until(there)
    (stream,) = there()
    assert {*one.kept.phases} == {Phase.WAITING}
    # One that is not there is waited for, and another can be chosen meanwhile.
    one.inbox.give(FollowStream(f"{stream_name}-nobody", ""))
    one.until(lambda: one.of(BegunAnew))
    one.inbox.give(FollowStream(stream.name, stream.source_id))
    one.until(lambda: one.kept.predictions)
    assert one.kept.predictions[0].model == "simulated-100-ridge"
    assert [report.why for report in one.of(BegunAnew)] == [
        f"following {stream_name}-nobody", f"following {stream_name}",
    ]  # fmt: skip
    # What was to be recorded from the first stream on is, from the first that is followed.
    one.until(lambda: any(report.path for report in one.of(RecordingReport)))
    # A model that is not there changes nothing.
    one.inbox.give(UseModel("no-such-model"))
    one.until(lambda: any(said.is_problem for said in one.of(Said)))
    assert one.of(Said)[-1].line.startswith("the model stays: no model 'no-such-model'")
    one.inbox.give(UseModel("simulated-23-spectral"))
    one.until(lambda: len(one.of(BegunAnew)) == 3)
    assert one.of(BegunAnew)[-1].model.name == "simulated-23-spectral"
    one.until(lambda: Phase.FILLING in one.kept.phases[-1:])
    # The recording was of the session that has ended, and is whole.
    (path,) = {report.path for report in one.of(RecordingReport) if report.path}
    assert not read_session(path, synchronise=False).note
    assert any(said.line.startswith("recorded 0:") for said in one.of(Said))


def test_a_stream_that_cannot_be_used_is_said_and_another_can_be_chosen(
    running, headset, stream_name
):
    one = running
    headset(ch_names=["A", "B", "C", "D"])
    one.inbox.give(FollowStream(stream_name, ""))
    one.until(
        lambda: one.kept.states and one.kept.states[-1].message.startswith("choose a stream: ")
    )
    assert one.kept.states[-1].phase is Phase.WAITING
    assert stream_name in one.kept.states[-1].message
    one.inbox.give(FollowStream("another", ""))
    one.until(lambda: len(one.of(BegunAnew)) == 2)
