from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded.api.failures import Unreadable
from servicelab.embedded.api.quantity import amount, canonical


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0.5", "500m"), ("1000m", "1"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("100M", "100M"), ("0", "0"),
        ("1000", "1k"), ("1500", "1500"), ("64Mi", "64Mi"), ("512", "512"), ("1e3", "1e3"), ("-1", "-1"),
    ],
)  # fmt: skip
def test_canonical(written, kept):
    assert canonical(written) == kept


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "1Q", "Mi", "1 Mi", ".", "1mm", "1e999999999", "1" * 99])
def test_no_quantity(text):
    with pytest.raises(Unreadable):
        canonical(text)


@given(st.integers(0, 10**15), st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi"]))
def test_the_amount_stays_the_same(number, suffix):
    text = f"{number}{suffix}"
    kept = canonical(text)
    assert amount(kept) == amount(text)
    assert canonical(kept) == kept


def test_finer_than_a_billionth_is_rounded_up():
    assert amount(canonical("0.0000000001")) == Fraction(1, 10**9)
