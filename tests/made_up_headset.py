"""A headset that nobody sells, with other channels than the EPOC's and more of them."""

from rtdreamer.headset import Headset

N = 19
CAP = Headset(
    name="CAP",
    ch_names=tuple(f"C{number}" for number in range(N)),
    sfreq=128.0,
    positions=tuple((0.04 * number, 0.3) for number in range(N)),
    grid=tuple(divmod(3 * number, 9) for number in range(N)),
    ocular=("C0", "C3"),
    range_uv=(-3000.0, 3000.0),
    offset_uv=0.0,
    step_uv=0.1,
    h_freq=45.0,
)
