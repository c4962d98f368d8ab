"""Values as Go's formatting verbs print them; the API server's messages quote them so."""

import json
from typing import Any

TYPES = ((bool, "bool"), (int, "int64"), (float, "float64"), (str, "string"), (list, "[]interface {}"))


def plain(value: Any) -> str:
    """`%v`: `map[spec:map[ports:x]]`."""
    match value:
        case dict():
            return "map[" + " ".join(f"{key}:{plain(value[key])}" for key in sorted(value)) + "]"
        case list():
            return "[" + " ".join(plain(item) for item in value) + "]"
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
    return str(value)


def syntax(value: Any) -> str:
    """`%#v`: `map[string]interface {}{"a":5}`."""
    match value:
        case dict():
            inner = ", ".join(f"{json.dumps(key)}:{syntax(value[key])}" for key in sorted(value))
            return f"map[string]interface {{}}{{{inner}}}"
        case list():
            return f"[]interface {{}}{{{', '.join(syntax(item) for item in value)}}}"
        case None:
            return "interface {}(nil)"
        case str():
            return json.dumps(value)
    return plain(value)


def type_name(value: Any) -> str:
    """`%T`: `string`."""
    return next((name for kind, name in TYPES if isinstance(value, kind)), "map[string]interface {}")
