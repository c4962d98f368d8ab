"""How ownership divides values of a kind: which maps and lists are owned as a whole, which by their parts.

Read from the OpenAPI schema in the facts: `x-kubernetes-list-type`, `x-kubernetes-list-map-keys`,
`x-kubernetes-map-type`, and, where these are missing, the strategic merge patch's keys.
"""

from enum import StrEnum
from functools import cache
from typing import Any

from servicelab.embedded import facts


class Kind(StrEnum):
    """What a value is made of."""

    SCALAR = "scalar"
    LIST = "list"
    MAP = "map"
    ANY = "any"


class Shape:
    """One type. `atomic` values have one owner; other lists are sets, or maps by `keys`; other maps are owned by field.

    `scalar` is what a scalar may be: string, numeric, boolean or untyped (any scalar). Of what is `whole` there is
    nothing inside that could be owned.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self._properties: dict[str, Any] = schema.get("properties", {})
        self._additional: Any = schema.get("additionalProperties")
        self._items: dict[str, Any] = schema.get("items", {})
        self._fields: dict[str, Shape] = {}
        self._steps: dict[str, tuple[str, Shape]] = {}
        self._element: Shape | None = None
        self.kind = _kind(schema)
        self.open = bool(schema.get("x-kubernetes-preserve-unknown-fields")) or self._additional is True
        self.scalar = _scalar(schema)
        self.keys: tuple[str, ...] = ()
        self.atomic = False
        if self.kind is Kind.MAP:
            self.atomic = schema.get("x-kubernetes-map-type") == "atomic"
        elif self.kind is Kind.LIST:
            self.atomic, self.keys = _list_type(schema)
        self.whole = self.atomic or self.kind is Kind.SCALAR

    def declares(self, name: str) -> bool:
        """Whether a field of this name is one of the type's own."""
        return name in self._properties

    def field(self, name: str) -> "Shape | None":
        """The type of a map's field; None where the schema knows no such field."""
        found = self._fields.get(name)
        if found is None:
            if name in self._properties:
                found = Shape(_resolved(self._properties[name]))
            elif isinstance(self._additional, dict):
                found = Shape(_resolved(self._additional))
            elif self.open or (self.kind is Kind.ANY) or not (self._properties or self._additional is not None):
                found = ANYTHING
            else:
                return None
            if name in self._properties:
                self._fields[name] = found
        return found

    def step(self, name: str) -> "tuple[str, Shape] | None":
        """How a path goes on to a map's field, and that field's type; None where the schema knows no such field."""
        known = self._steps.get(name)
        if known is None:
            inner = self.field(name)
            if inner is None:
                return None
            known = f"f:{name}", inner
            if self.declares(name):
                self._steps[name] = known
        return known

    @property
    def element(self) -> "Shape":
        """The type of a list's elements."""
        if self._element is None:
            self._element = Shape(_resolved(self._items)) if self._items else ANYTHING
        return self._element

    def default_of_key(self, name: str) -> Any:
        """What an element of a list has for a key that it does not give; None when nothing is laid down."""
        return _resolved(self._items).get("properties", {}).get(name, {}).get("default")


def of_value(shape: Shape, value: Any) -> Shape:
    """The shape itself, or for a type that may be anything what the value suggests."""
    if shape.kind is not Kind.ANY:
        return shape
    return ANY_MAP if isinstance(value, dict) else ANY_LIST if isinstance(value, list) else ANY_SCALAR


@cache
def shape_of(struct: str) -> Shape:
    """The shape of a kind by the name of its struct (`facts.struct_of`)."""
    custom = facts.custom_schema(struct)
    if custom is None:
        return Shape(facts.schema(struct))
    text = {"type": "string"}
    metadata = {"$ref": f"#/components/schemas/{facts.META}.ObjectMeta"}
    return Shape(
        {**custom, "properties": {**custom["properties"], "apiVersion": text, "kind": text, "metadata": metadata}}
    )


def _kind(schema: dict[str, Any]) -> Kind:
    if schema.get("type") == "array":
        return Kind.LIST
    if schema.get("type") == "object" or "properties" in schema or "additionalProperties" in schema:
        return Kind.MAP
    if "type" in schema or "oneOf" in schema or schema.get("x-kubernetes-int-or-string"):
        return Kind.SCALAR
    return Kind.ANY


def _scalar(schema: dict[str, Any]) -> str:
    if schema.get("format") in ("date-time", "int-or-string"):
        return "untyped"
    words = {"string": "string", "integer": "numeric", "number": "numeric", "boolean": "boolean"}
    return words.get(schema.get("type", ""), "untyped")


def _list_type(schema: dict[str, Any]) -> tuple[bool, tuple[str, ...]]:
    match schema.get("x-kubernetes-list-type"):
        case "map":
            return False, tuple(schema["x-kubernetes-list-map-keys"])
        case "set":
            return False, ()
        case None if "merge" in schema.get("x-kubernetes-patch-strategy", "").split(","):
            key = schema.get("x-kubernetes-patch-merge-key")
            return False, (key,) if key else ()
    return True, ()


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, with its reference followed; what stands beside the reference stays."""
    reference = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", ()) if "$ref" in part), None)
    if reference is None:
        return schema
    own = {key: value for key, value in schema.items() if key.startswith("x-kubernetes-") or key == "default"}
    return facts.schema(reference.rsplit("/", 1)[-1]) | own


ANYTHING = Shape({})
ANY_MAP, ANY_LIST, ANY_SCALAR = Shape({"type": "object"}), Shape({"type": "array"}), Shape({"oneOf": []})
