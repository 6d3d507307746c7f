import pytest

from rtdreamer.counting import are, counted


@pytest.mark.parametrize(
    ("n", "said", "verb"),
    [(0, "0 samples", "are"), (1, "1 sample", "is"), (2, "2 samples", "are")],
)
def test_one_is_counted_as_one(n, said, verb):
    assert counted(n, "sample") == said
    assert are(n) == verb
