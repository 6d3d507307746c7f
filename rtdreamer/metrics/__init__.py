"""How good predictions are, in numbers; pure numpy on arrays."""
