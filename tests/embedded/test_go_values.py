import pytest

from servicelab.embedded import go_values

VALUE = {"b": [1, "x", None, True], "a": {}}


def test_plain() -> None:
    assert go_values.plain(VALUE) == "map[a:map[] b:[1 x <nil> true]]"


def test_syntax() -> None:
    assert go_values.syntax(VALUE) == (
        'map[string]interface {}{"a":map[string]interface {}{}, "b":[]interface {}{1, "x", interface {}(nil), true}}'
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("x", "string"),
        (1, "int64"),
        (1.5, "float64"),
        (True, "bool"),
        ([], "[]interface {}"),
        ({}, "map[string]interface {}"),
    ],
)
def test_type_name(value: object, name: str) -> None:
    assert go_values.type_name(value) == name
