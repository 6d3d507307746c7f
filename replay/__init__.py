"""The fake headset: paces a recording out on LSL against an advancing target clock."""
