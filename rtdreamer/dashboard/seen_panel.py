"""What the model sees, and instead of it the spectrum of an electrode that is looked into."""

from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from rtdreamer.dashboard import panel
from rtdreamer.dashboard.heads import HeadsView
from rtdreamer.dashboard.keys import Command
from rtdreamer.dashboard.spectrum import SpectrumView
from rtdreamer.signal.features import Spec

SEEN = ("What the model sees", "by band")


class SeenPanel(panel.Panel):
    """A panel of heads, over which the spectrum of an electrode can be opened.

    Attributes
    ----------
    heads : HeadsView
        The heads.
    spectrum : SpectrumView
        Of the electrode that is looked into.
    """

    opened = pyqtSignal()
    """A head or a spectrum was opened or closed."""

    def __init__(self, spec: Spec) -> None:
        self.heads = HeadsView(spec)
        self.spectrum = SpectrumView(spec.headset, spec.bands)
        self._n_channels = spec.headset.n_channels
        self._last = -1
        self._stack = QStackedWidget()
        for view in (self.heads, self.spectrum):
            # In a place of its own, which it leaves where it fails.
            place = QWidget()
            column = QVBoxLayout(place)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(view)
            self._stack.addWidget(place)
        super().__init__(*SEEN, self._stack)
        self.heads.opened.connect(self.opened)
        self.heads.electrode_clicked.connect(self.open_electrode)
        self.spectrum.clicked.connect(self.close_electrode)

    @property
    def commands(self) -> list[Command]:
        """What can be done here by key."""
        bands = range(len(self.heads.heads))
        return [
            *(Command((f"{n + 1}",), "", "", partial(self.open_band, n)) for n in bands),
            Command((), f"1 … {len(bands)}", "one band large, with its values", self.heads.refresh),
            Command(("E",), "E, Shift E", "spectrum of the next electrode, or the one before",
                    self.open_next),
            Command(("Shift+E",), "", "", self.open_previous),
        ]  # fmt: skip

    @property
    def is_large(self) -> bool:
        """Whether there is more to be seen than all heads, small."""
        return self.heads.open_band is not None or self.spectrum.electrode is not None

    def open_band(self, band: int) -> None:
        """Show a band large, by its index; or all of them, if it is seen already."""
        if self.spectrum.electrode is not None:
            self.close_electrode()
            if self.heads.open_band == band:
                return
        self.heads.open(band)

    def open_electrode(self, electrode: int) -> None:
        """Show the spectrum of an electrode, by its index; or close it, if it is open already."""
        if electrode == self.spectrum.electrode:
            self.close_electrode()
        else:
            self._last = electrode
            self._look_into(electrode)

    def open_next(self) -> None:
        """Show the spectrum of the next electrode; at first, of the one that was open last."""
        self._step(1)

    def open_previous(self) -> None:
        """Show the spectrum of the one before."""
        self._step(-1)

    def close_electrode(self) -> None:
        """Show the heads again."""
        self._look_into(None)

    def close_all(self) -> None:
        """Show all heads."""
        self._look_into(None)
        self.heads.open(None)

    def _step(self, by: int) -> None:
        is_open = self.spectrum.electrode is not None
        place = self._last + by if is_open else max(self._last, 0)
        self._last = place % self._n_channels
        self._look_into(self._last)

    def _look_into(self, electrode: int | None) -> None:
        self.spectrum.choose(electrode)
        self._stack.setCurrentIndex(0 if electrode is None else 1)
        title, caption = SEEN
        if electrode is not None:
            title, caption = f"Spectrum of {self.spectrum.name}", "a click or Esc closes it"
        self.heading.setText(title)
        self.caption.setText(caption)
        self.opened.emit()
