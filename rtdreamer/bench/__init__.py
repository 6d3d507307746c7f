"""How fast this machine is, stage by stage, beside the plain way."""
