import os
import tempfile
from contextlib import closing
from threading import Thread

from rtdreamer.lsl.claims import Claims
from rtdreamer.lsl.outlets import MarkerOutlet
from rtdreamer.lsl.twins import Twins


def test_those_that_begin_at_once_get_names_of_their_own(stream_name):
    made = [Twins() for _ in range(3)]
    found = []
    threads = [
        Thread(target=lambda one=one: found.append(one.free(stream_name, f"id-{stream_name}")))
        for one in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in made:
        one.close()
    ids = [f"id-{stream_name}", f"id-{stream_name}-2", f"id-{stream_name}-3"]
    assert sorted(source_id for _, source_id in found) == ids
    with closing(Twins()) as later:  # what ended has left its name
        assert later.free(stream_name, f"id-{stream_name}") == (stream_name, f"id-{stream_name}")


def test_what_is_published_is_taken(stream_name):
    with closing(MarkerOutlet(stream_name, f"id-{stream_name}")), closing(Twins()) as twins:
        assert twins.free(stream_name, f"id-{stream_name}")[1] == f"id-{stream_name}-2"


def test_a_name_is_held_once_and_given_back():
    name = f"a-{os.getpid()}"
    with closing(Claims()) as one, closing(Claims()) as other:
        assert one.take(name)
        assert one.take(name)
        assert not other.take(name)
        assert other.take(name + "-2")
        one.close()
        assert other.take(name)


def test_without_a_folder_for_it_everything_is_free(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with closing(Claims()) as one, closing(Claims()) as other:
        assert one.take("a")
        assert other.take("a")
