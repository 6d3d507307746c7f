"""The page of a session, as it is written and as a real browser shows it."""

import base64
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from rtdreamer.data.session import Mark, Session, read_recorded
from rtdreamer.data.session_verdicts import Verdicts
from rtdreamer.model.compiled import read_facts
from rtdreamer.model.released import find_model
from rtdreamer.pictures.session_model import model_card
from rtdreamer.pictures.session_page import build_page
from rtdreamer.pictures.session_pictures import draw_affect, stretches
from rtdreamer.pictures.session_signals import look_at
from tests.recorded_sessions import HOST, SERIAL, Recording, signals, whole_session

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
               None)  # fmt: skip
EVIL = '<script>document.title="taken over"</script><img src=x onerror=alert(1)>"\'&'


class Page(HTMLParser):
    """Tags, attributes and texts, each with the tag that it is in."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.texts.append((self.open[-1] if self.open else "", text.strip()))

    @property
    def plain(self):
        return " ".join(text for tag, text in self.texts if tag not in ("style", "title"))


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return read_recorded(whole_session(tmp_path_factory.mktemp("session") / "a.xdf"))


@pytest.fixture(scope="module")
def text(session):
    return build_page(session, look_at(session), model_card(session, None))


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def pictures_in(page):
    images = [values["src"] for tag, values in page.tags if tag == "img"]
    return [ElementTree.fromstring(base64.b64decode(src.partition(",")[2])) for src in images]


def test_the_page_is_whole_and_holds_all_it_shows(text, page):
    assert not page.open
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object"}
    for _, values in page.tags:
        assert values.get("src", "data:").startswith("data:image/svg+xml;base64,") or (
            "src" not in values
        )
        assert "href" not in values
    assert "http" not in re.sub(r"base64,[^\"]*", "", text)
    assert "url(" not in text.partition("</style>")[0]


def test_the_pictures_are_whole(page):
    found = pictures_in(page)
    assert len(found) == 5
    for picture in found:
        assert picture.tag.endswith("svg")
        assert sum(1 for _ in picture.iter()) > 50


def test_its_parts(page):
    heads = [text for tag, text in page.texts if tag == "h2" and text]
    assert heads == [
        "Valence and arousal", "Withheld verdicts", "Quality of each electrode", "Missing samples",
        "Coupling by band", "Spectra", "Markers", "What live said", "The model", "The recording",
    ]  # fmt: skip


def test_its_figures(session, page):
    verdicts = session.verdicts
    n = len(verdicts.seconds)
    assert f"{n - verdicts.withheld.sum()} of {n}" in page.plain
    assert "94.1 %" in page.plain  # 5120 of 5440 samples
    assert "2.50 s" in page.plain
    # Each of 34 stands for half a second of 42.5 s.
    assert "40.0 %" in page.plain
    assert "too few channels on [removed]" in page.plain
    assert "clip <1> & begins, now" in page.plain
    assert "trained on SIMULATED people" in page.plain


def test_all_markers_are_drawn_however_many_there_are(session):
    for n, word in ((60, "Dotted"), (61, "Ticks at the foot")):
        markers = tuple(Mark(0.5 * k, f"m{k}") for k in range(n))
        marked = replace(session, markers=markers)
        assert f"{word}: markers." in Page(build_page(marked, None, None)).plain
        drawn = draw_affect(marked, marked.verdicts, None)
        plain = draw_affect(replace(session, markers=()), marked.verdicts, None)
        assert drawn.count("<path") + drawn.count("<use") - plain.count("<path") >= n


def test_what_was_said_before_the_first_sample_has_a_time_below_0(session):
    times = {0: "0:00.0", 59.97: "1:00.0", 75.04: "1:15.0", -1.1: "−0:01.1", -61: "−1:01.0",
             -0.01: "0:00.0"}  # fmt: skip
    marks = tuple(Mark(seconds, f"at {seconds}") for seconds in times)
    page = build_page(replace(session, markers=marks, verdicts=None), None, None)
    for seconds, shown in times.items():
        assert f'<td class="t">{shown}</td><td>at {seconds}</td>' in page


def test_no_computer_and_no_headset_is_named(text):
    assert HOST not in text
    assert SERIAL not in text


def test_the_same_session_gives_the_same_page(session, text):
    assert build_page(session, look_at(session), model_card(session, None)) == text


def test_a_model_that_is_another_has_no_base_rate(session, page):
    assert session.about["model_sha256"] == "0" * 64
    assert "this version's file is another one" in page.plain
    assert "The base rate is not known" in page.plain


def test_the_released_model_has_its_base_rate(tmp_path):
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    model = "<model><name>simulated-23</name><simulated>true</simulated></model>"
    stamps = 5000 + np.arange(20.0)
    channels = [("valence", ""), ("arousal", "")]
    recording.add("EPOC-Affect", "Affect", stamps, np.full((20, 2), 0.5), channels, extra=model)
    session = read_recorded(recording.done())
    card = model_card(session, None)
    record = read_facts(find_model("simulated-23"))["record"]
    assert card.base_rate == record.base_rate
    assert (
        "valence {:.2f}, arousal {:.2f}".format(*record.base_rate)
        in Page(build_page(session, None, card)).plain
    )


def test_without_predictions_it_says_what_makes_some(tmp_path):
    session = read_recorded(Recording(tmp_path / "b.xdf").eeg(signals()).done())
    found = Page(build_page(session, look_at(session), model_card(session, None)))
    assert "rtdreamer rescore b.xdf" in found.plain
    assert "had a verdict" not in found.plain
    assert "Rated afterwards" in found.plain
    assert len(pictures_in(found)) == 4


def evil_session():
    n = 1280
    verdicts = Verdicts(
        np.arange(4.0), np.full((4, 2), np.nan), np.full((4, 2), np.nan), (EVIL,) * 4, None,
        ((),) * 4, -1, -1, -1, EVIL, False,
    )  # fmt: skip
    return Session(
        f"{EVIL}.xdf", EVIL, 128.0, signals(n).T.astype(float), np.arange(n), verdicts=verdicts,
        markers=(Mark(1.0, EVIL), Mark(2.0, "$x_1$")), events=(Mark(1.5, EVIL),),
        about={"model_sha256": EVIL, "rtdreamer": EVIL}, notes=(EVIL,), identity={"device": EVIL},
    )  # fmt: skip


@pytest.fixture(scope="module")
def evil_text():
    session = evil_session()
    return build_page(session, look_at(session), model_card(session, None))


def test_nothing_in_a_recording_becomes_part_of_the_page(evil_text):
    found = Page(evil_text)
    assert not any(tag == "script" for tag, _ in found.tags)
    assert not any("onerror" in values for _, values in found.tags)
    assert found.plain.count(EVIL) >= 8


def test_a_session_of_a_few_samples():
    session = Session("a.xdf", "EPOC", 128.0, np.zeros((14, 3)), np.arange(3))
    assert look_at(session) is None
    assert "no whole window" in Page(build_page(session, None, None)).plain


def test_windows_do_not_reach_across_gaps(session):
    found = look_at(session)
    start, n = session.gaps[0]
    ends = np.round(found.seconds * session.sfreq)
    assert ((ends <= start) | (ends - 1280 >= start + n)).all()
    alpha = found.spectrum[:, np.searchsorted(found.freqs, 10.0)]
    assert (alpha > 5 * found.spectrum[:, np.searchsorted(found.freqs, 20.0)]).all()
    assert found.coupling[:, found.bands.index("alpha")].min() > found.coupling[:, 3].max()


def test_stretches_join_neighbours():
    seconds = np.array([1.0, 1.5, 2.0, 2.5, 9.0, 9.5])
    affect = np.full((6, 2), 0.5)
    affect[[1, 2, 4]] = np.nan
    verdicts = Verdicts(seconds, affect, affect, ("",) * 6, None, ((),) * 6, 0, 0, 0, "", False)
    assert stretches(verdicts) == [(1.0, 2.0), (8.5, 9.0)]


def browse(*options):
    return subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", *options],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


needs_browser = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")


@needs_browser
def test_a_browser_shows_every_picture_and_nothing_from_elsewhere(text, tmp_path):
    path = tmp_path / "a.html"
    # The page has no script of its own: this one says what became of its pictures.
    probe = (
        "<script>addEventListener('load', () => { document.title = [...document.images].map("
        "one => one.complete && one.naturalWidth > 100).join() + ';' + "
        "performance.getEntriesByType('resource').filter(one => !one.name.startsWith('data:'))"
        ".length + ';' + (document.body.scrollWidth <= innerWidth) })</script>"
    )
    path.write_text(text.replace("</body>", f"{probe}</body>"), "utf-8")
    shown = browse("--window-size=700,900", "--dump-dom", path.as_uri()).stdout
    assert re.search(r"<title>(.*?)</title>", shown)[1] == "true,true,true,true,true;0;true"


@needs_browser
def test_a_browser_runs_nothing_that_is_in_a_recording(evil_text, tmp_path):
    path = tmp_path / "a.html"
    path.write_text(evil_text, "utf-8")
    shown = browse("--dump-dom", path.as_uri()).stdout
    assert "<title>taken over" not in shown
    assert "<h1>" in shown


@needs_browser
def test_a_browser_draws_and_prints_it(text, tmp_path):
    from matplotlib.image import imread

    path, png, pdf = (tmp_path / f"a.{ending}" for ending in ("html", "png", "pdf"))
    path.write_text(text, "utf-8")
    browse("--hide-scrollbars", "--window-size=800,3000", f"--screenshot={png}", path.as_uri())
    seen = imread(png)[..., :3]
    assert seen.shape[:2] == (3000, 800)
    # Valence is drawn blue, what is withheld sand, and the page ends within it.
    for colour in ((0x00, 0x72, 0xB2), (0xF3, 0xD9, 0xA4), (0x2F, 0x3B, 0x4C)):
        near = np.abs(seen - np.array(colour) / 255).max(axis=2) < 0.02
        assert near.sum() > 100, colour
    browse(f"--print-to-pdf={pdf}", path.as_uri())
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
    assert 2 <= pages <= 8
