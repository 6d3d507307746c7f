"""What stops a soak."""


class SoakError(Exception):
    """Something is not as it should be."""


def demand(condition, message):
    """Raise SoakError unless the condition holds."""
    if not condition:
        raise SoakError(message)
