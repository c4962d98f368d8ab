"""Variants: stable, nobody's can be told from another's, equal in shape, and no value stands for two things."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from servicelab.checks.variant import Variant
from servicelab.course import load_course
from servicelab.course.catalogue import CourseError, Exercise, Varied
from servicelab.course.variant import (
    COMMON_PORTS,
    another,
    code_of,
    normalised,
    reference,
    secret_from,
    secret_of,
    variant,
)

COURSE = load_course()
EXERCISES = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.slug)
ADA = Variant(
    {"service": "web", "port": 80, "targetPort": 8080}, {"service": "orders", "port": 6203, "targetPort": 80}, b"x"
)


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("http://web.shop:80/hostname", "http://orders.shop:6203/hostname"),
        ("app=web,team=shop", "app=orders,team=shop"),
        ("webhook web-1 my-web web_2 web.yaml", "webhook web-1 my-web web_2 web.yaml"),
        ("port 80, 8080 and 80.", "port 6203, 80 and 6203."),
        ("180 805 10.80.0.1 1.80 --p=80", "180 805 10.80.0.1 1.80 --p=6203"),
        ("Web WEB", "Web WEB"),
    ],
)
def test_whole_words_are_replaced_all_at_once(written, rendered):
    assert ADA.rendered(written) == rendered


def test_a_variant_is_stable():
    """These values are in students' hands: what changes them changes every class's exercises."""
    own = variant(COURSE.exercise("clusterip"), secret_of(b"a key", "Ada@Example.org "))
    assert own.values == {"service": "billing", "namespace": "library", "port": 6966, "targetPort": 7035}


def test_ids_are_one_however_they_are_written():
    assert normalised(" Ada@EXAMPLE.org ") == "ada@example.org"
    assert (
        secret_of(b"key", "ADA") == secret_of(b"key", "ada") != secret_of(b"other", "ada") != secret_of(b"key", "eve")
    )


@given(st.binary(min_size=10, max_size=10))
def test_a_code_is_a_secret(secret):
    assert secret_from(code_of(secret)) == secret
    assert secret_from(code_of(secret).lower().replace("-", " ")) == secret


@pytest.mark.parametrize("code", ["", "ABCD", "1111-1111-1111-1111", "ABCD-EFGH-IJKL-MNOP-QRST-UVWX"])
def test_what_is_no_code_is_said_to_be_none(code):
    with pytest.raises(ValueError, match="is no code"):
        secret_from(code)


@EXERCISES
@given(secret=st.binary(min_size=1, max_size=16), fresh=st.integers(0, 3))
def test_no_two_values_are_equal_and_none_is_the_references_or_a_default(exercise, secret, fresh):
    own = variant(exercise, secret, fresh)
    values = list(own.values.values())
    assert len(set(values)) == len(values) == len(exercise.varies)
    assert not set(values) & {*own.references.values(), *COMMON_PORTS}
    assert [type(value) for value in values] == [type(value) for value in own.references.values()]
    assert own == variant(exercise, secret, fresh)
    assert not set(another(exercise, own).values.values()) & set(values)


@EXERCISES
def test_words_stay_words_in_yaml(exercise):
    for varied in exercise.varies:
        for word in varied.words:
            assert yaml.safe_load(word) == word


def test_orders_differ_and_the_references_is_as_written():
    things = list("abcd")
    exercise = COURSE.exercise("clusterip")
    assert reference(exercise).order("x", things) == things
    orders = {"".join(variant(exercise, bytes([number])).order("x", things)) for number in range(60)}
    assert len(orders) > 15
    assert {"".join(sorted(order)) for order in orders} == {"abcd"}


@pytest.mark.parametrize(
    "wrong",
    [{"words": ()}, {"words": ("x",), "numbers": (1, 2)}, {"numbers": (1, 2)}, {"reference": 80, "words": ("x",)}],
)
def test_a_wrong_pool_is_the_authors_error(wrong):
    with pytest.raises(CourseError, match="varies x"):
        Varied(**{"name": "x", "reference": "web", **wrong})


def test_an_exercise_may_vary_nothing():
    plain = Exercise("x", "u", "l", "t", 1, "g", "f", ("n",), ("m",), ("v1/Service",))
    assert variant(plain, b"secret").rendered("http://web:80") == "http://web:80"
