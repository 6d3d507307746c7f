"""Windows of trials, and the fit to them."""
