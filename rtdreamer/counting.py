"""Numbers of things, as people say them. Imports nothing of ours."""


def counted(n: int, noun: str) -> str:
    """Say how many there are of what: ``0 samples``, ``1 sample``, ``2 samples``.

    Parameters
    ----------
    n : int
        How many.
    noun : str
        What one is called; more have an ``s`` behind it.
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def are(n: int) -> str:
    """Return the verb for so many: ``is`` for one, ``are`` for any other number."""
    return "is" if n == 1 else "are"
