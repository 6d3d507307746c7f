"""For a PsychoPy script: the newest verdict in each frame, without ever waiting for one."""

import math
import sys
import time

import pylsl

(info,) = pylsl.resolve_byprop("type", "Affect", timeout=30)
inlet = pylsl.StreamInlet(info)
for _ in range(int(sys.argv[1])):  # your own loop over frames
    for valence, arousal in inlet.pull_chunk(timeout=0.0)[0][-1:]:
        print("no verdict" if math.isnan(valence) else f"{valence=:.2f} {arousal=:.2f}")
    time.sleep(1 / 60)  # win.flip()
