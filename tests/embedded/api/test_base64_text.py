import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servicelab.embedded.api.base64_text import canonical_base64
from servicelab.embedded.api.failures import Unreadable


@given(st.binary(max_size=40), st.integers(1, 9))
def test_line_breaks_do_not_matter(data, width):
    text = base64.b64encode(data).decode()
    broken = "\r\n".join(text[start : start + width] for start in range(0, len(text), width))
    assert canonical_base64(broken) == text


def strictly_decoded(text):
    """As RFC 4648 has it; Python alone takes more padding than there should be."""
    joined = text.replace("\n", "")
    if len(joined) % 4:
        raise ValueError("no whole number of quartets")
    return base64.b64decode(joined, validate=True)


@given(st.text(st.sampled_from("Ab+/= -\n\u00e9"), max_size=12))
@example("AAAA=")
def test_what_is_refused_is_no_base64(text):
    try:
        read = canonical_base64(text)
    except Unreadable:
        with pytest.raises(ValueError):
            strictly_decoded(text)
    else:
        assert base64.b64decode(read) == strictly_decoded(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [("b!", 1), ("YQ", 0), ("YQ=", 3), ("YQ==YQ==", 4), ("Y===", 1), ("YWJj IGRl", 4)],
)
def test_the_first_wrong_byte_is_named_as_kind_v1_36_3_does(text, place):
    """The places that the recorded cases of Secrets show."""
    with pytest.raises(Unreadable, match=f"^illegal base64 data at input byte {place}$"):
        canonical_base64(text)
