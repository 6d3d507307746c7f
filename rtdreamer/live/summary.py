"""What is to be said of a session, in words: the one place that both screens render.

``Summariser`` hears what a session tells its sinks; a ``Summary`` is what there is to say now.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from rtdreamer.live.advice import LATELY_S, Advice, Standing, advise
from rtdreamer.live.answer import Answer
from rtdreamer.live.meters import Lately, RateMeter
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.orders import RecordingReport, Report, TrialPlayed
from rtdreamer.live.sampling import is_fast, is_slow, wrong_rate
from rtdreamer.live.sink import FLOWING, PREDICTING, Phase, Sink, State
from rtdreamer.live.steady import Steadied, Steadier
from rtdreamer.live.truth import Truth
from rtdreamer.prediction import Affect, OverTime, Prediction, Quality
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece

SILENT = {
    Phase.WAITING: "there is no stream yet",
    Phase.FILLING: "the window is filling again",
    Phase.STALLED: "nothing usable comes",
    Phase.DISCONNECTED: "the stream is gone",
}
"""Why the other phases bring none."""

STALE_S = 2.0
"""A prediction may be overdue by this much before it is called old."""

LATE_S = 3.0
"""By so much its samples may be late when it comes. Chunks of 2 s alone make up for 2."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is to be said of a session at one moment.

    Attributes
    ----------
    model : ModelFacts
        The model that makes the predictions.
    now : float
        The moment: LSL time, seconds.
    state : State
        Where the session stands.
    newest : Prediction or None
        The last prediction.
    latency_s : float
        How old it was when it came, seconds.
    why_not : str
        Why there is no current verdict, in one line; empty if there is one.
    fill : float
        How much of the first window after the last gap has arrived, 0–1.
    rate : float or None
        Samples a second; None where none arrive, or too few to tell.
    missing : int
        Samples missing so far.
    steadied : tuple of Steadied
        What the last seconds say of valence and of arousal; empty before the first answer.
    silent_s : float
        Seconds since samples last came; 0 before the first.
    lost_lately, skipped_lately : int
        Samples missing and predictions skipped over the last ``LATELY_S``.
    hop : int
        Samples from one prediction to the next, as asked for.
    recording : RecordingReport or None
        How far it is; None if there is none.
    truth : Truth or None
        How the trial that is played was rated; None where no such trial is.
    """

    model: ModelFacts
    now: float
    state: State
    newest: Prediction | None
    latency_s: float
    why_not: str
    fill: float
    rate: float | None
    missing: int
    steadied: tuple[Steadied, ...]
    silent_s: float
    lost_lately: int
    skipped_lately: int
    hop: int
    recording: RecordingReport | None = None
    truth: Truth | None = None

    @property
    def phase(self) -> str:
        """The phase, such as ``filling 52 %``."""
        phase = self.state.phase
        return phase.value + (f" {100 * self.fill:.0f} %" if phase is Phase.FILLING else "")

    @property
    def message(self) -> str:
        """What there is to say of the phase."""
        phase, message = self.state.phase, self.state.message
        if phase is Phase.FILLING:
            return f"{message} · prediction in {math.ceil(self._to_come_s)} s"
        # That of the state is of the first poor window.
        reason = self.newest.reason if self.newest and phase is Phase.POOR else ""
        note = self.newest.note if self.newest and phase in PREDICTING else ""
        said = reason or message
        return f"{said}; {note}" if note and note not in said else said

    @property
    def advice(self) -> Advice:
        """What is the matter and what to do about it, in one line."""
        state = self.state
        if self.recording is not None and (problem := self.recording.problem):
            do = "make room: what is not written is kept for a while, and tried again"
            return Advice(f"the recording cannot be written: {problem} · {do}", True)
        if self.is_late:
            line = f"the stream is {self.latency_s:.0f} s late"
            return Advice(f"{line} · answers begin once it has caught up", True)
        pace = 1.0 if self.rate is None else self.rate / self.model.spec.sfreq
        return advise(
            Standing(
                state.phase,
                state.message,
                self.predicted,
                self._to_come_s,
                self.silent_s,
                self.lost_lately,
                self.lost_lately / (LATELY_S * self.model.spec.sfreq),
                self.skipped_lately,
                self.skipped_lately * self.hop / (LATELY_S * self.model.spec.sfreq),
                wrong_rate(pace, self.model.spec.sfreq),
            )
        )

    @property
    def _to_come_s(self) -> float:
        return (1 - self.fill) * self.model.window_s

    @property
    def stream(self) -> str:
        """The stream's name and its computer's; empty while there is none."""
        stream = self.state.stream
        if stream is None:
            return ""
        return stream.name + (f" on {stream.hostname}" if stream.hostname else "")

    @property
    def rate_is_wrong(self) -> bool:
        """Whether the rate must be another one than the headset's."""
        pace = 1.0 if self.rate is None else self.rate / self.model.spec.sfreq
        speed = 1.0 if self.state.stream is None else self.state.stream.speed
        return is_slow(pace, speed) or is_fast(pace, speed)

    @property
    def predicted(self) -> Prediction | None:
        """The newest prediction, while others follow: its figures are those of now."""
        return self.newest if self.state.phase in PREDICTING else None

    @property
    def is_late(self) -> bool:
        """Whether what is predicted on is of a while ago."""
        return self.predicted is not None and self.latency_s > LATE_S

    @property
    def quality(self) -> Quality | None:
        """Of the newest window; None while one fills, since that one lies before the gap."""
        return self.newest.quality if self.newest and self.fill == 1 else None

    @property
    def verdict(self) -> Affect | None:
        """That of the newest window, if it holds now."""
        return self.newest.affect if self.newest and not self.why_not else None

    @property
    def over_time(self) -> OverTime | None:
        """What the last minute says, beside a verdict that holds now."""
        return self.newest.over_time if self.newest and not self.why_not else None

    @property
    def span(self) -> str:
        """Over how much that is, such as ``over 42 s of EEG``."""
        return f"over {self.over_time.seconds:.0f} s of EEG" if self.over_time else ""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What is said of valence and of arousal; nothing where no verdict holds now."""
        if (verdict := self.verdict) is None:
            return ()
        minute = self.over_time
        over_time = None if minute is None else minute.affect
        rows = zip(("valence", "arousal"), self.model.base_rate, self.steadied, strict=True)
        return tuple(
            Answer(name, getattr(verdict, name), rate, getattr(over_time, name, None), steadied)
            for name, rate, steadied in rows
        )

    @property
    def grade(self) -> str:
        """The quality of the newest window, such as ``0.93, 13 of 14 electrodes``.

        Empty while none is predicted on.
        """
        if (newest := self.predicted) is None:
            return ""
        quality, n_excluded = newest.quality, len(newest.excluded)
        if newest.affect is None:
            # What is wrong may be no electrode's fault: too few samples, or a wrong rate.
            return f"{quality.overall:.2f} {'poor' if quality.bad else 'no verdict'}"
        if n_excluded:
            n_channels = len(quality.channels)
            return f"{quality.overall:.2f}, {n_channels - n_excluded} of {n_channels} electrodes"
        return f"{quality.overall:.2f} {'usable' if quality.bad else 'good'}"

    @property
    def flaws(self) -> str:
        """What is wrong in that window, such as ``F7 flat 0.00, AF3 blink 0.94``; maybe nothing."""
        if (newest := self.predicted) is None:
            return ""
        quality = newest.quality
        channels = zip(quality.ch_names, quality.flaws, quality.channels, strict=True)
        return ", ".join(f"{name} {flaw} {value:.2f}" for name, flaw, value in channels if flaw)


class Summariser(Sink):
    """A sink that knows at any time what there is to say.

    Parameters
    ----------
    model : ModelFacts
        The model that makes the predictions.
    hop : int
        Samples from one prediction to the next, as asked for.
    clock : callable
        LSL time now, seconds.
    """

    def __init__(self, model: ModelFacts, hop: int, clock: Callable[[], float]) -> None:
        self._model = model
        self._hop = hop
        self._clock = clock
        self._state = State(Phase.WAITING, "starting")
        self._newest: Prediction | None = None
        self._came = 0.0
        self._meter = RateMeter()
        self._n_unbroken = 0
        self._missing = 0
        self._steadier = Steadier(model.base_rate, model.width)
        self._heard = math.nan
        self._losses = Lately()
        self._skips = Lately()
        self._recording: RecordingReport | None = None
        self._truth: Truth | None = None

    def on_state(self, state: State) -> None:
        self._state = state

    def on_report(self, report: Report) -> None:
        if isinstance(report, RecordingReport):
            self._recording = report
        elif isinstance(report, TrialPlayed):
            trial = report.trial
            self._truth = None if trial is None else Truth(trial, self._model.high_from)

    def on_samples(self, piece: Piece) -> None:
        self._meter.add(piece)
        self._n_unbroken = piece.n_times + (0 if piece.starts_over else self._n_unbroken)
        self._heard = self._clock()
        self._count_missing(piece.total_missing)
        if piece.from_new_source:
            self._steadier.forget()

    def on_unusable(self, missing: int) -> None:
        """Count them, and the time they took."""
        self._meter.skip((missing - self._missing) / self._model.spec.sfreq)
        self._count_missing(missing)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self._newest, self._came = prediction, self._clock()
        self._skips.count(prediction.skipped, self._came)
        if prediction.affect is not None:
            self._steadier.add(prediction.timestamp, prediction.affect)

    @property
    def means(self) -> Affect | None:
        """What the last seconds say together; None before the first answer."""
        return self._steadier.means

    def summary(self) -> Summary:
        """What there is to say now."""
        now, newest = self._clock(), self._newest
        return Summary(
            model=self._model,
            now=now,
            state=self._state,
            newest=newest,
            latency_s=self._came - newest.timestamp if newest else math.nan,
            why_not=self._why_not(now),
            fill=min(self._n_unbroken / self._model.spec.n_times, 1.0),
            rate=self._meter.rate(now) if self._state.phase in FLOWING else None,
            missing=self._missing,
            steadied=self._steadier.steadied(),
            silent_s=0.0 if math.isnan(self._heard) else now - self._heard,
            lost_lately=self._losses.over(now),
            skipped_lately=self._skips.over(now),
            hop=self._hop,
            recording=self._recording,
            truth=self._truth if self._state.phase in FLOWING else None,
        )

    def _count_missing(self, missing: int) -> None:
        self._missing = missing
        self._losses.count(missing, self._clock())

    def _why_not(self, now: float) -> str:
        newest, phase = self._newest, self._state.phase
        if newest is None:
            return f"no verdict yet: the first takes {self._model.window_s:g} s of EEG"
        if phase not in PREDICTING:
            return f"no verdict: {SILENT[phase]}"
        # By when it came: of data that are late all are old, and yet they keep coming.
        since, spec = now - self._came, self._model.spec
        # Where the machine is slow, the next is due later than asked for. After a start or a gap
        # its own hop holds the filling of a whole window, and tells nothing.
        hop = max(self._hop, newest.hop if newest.hop < spec.n_times else 0)
        if since > STALE_S + hop / spec.sfreq:
            return f"no verdict: nothing new for {since:.0f} s"
        if (late := self._came - newest.timestamp) > LATE_S:
            return f"no verdict: the stream is {late:.0f} s late"
        # The phase is told before the first prediction that it holds for.
        if newest.affect is None or phase is Phase.POOR:
            return f"verdict withheld: {newest.reason or phase.value}"
        return ""
