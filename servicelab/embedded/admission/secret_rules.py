"""What Secrets have by default and what they may be."""

import base64

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.admission.other_rules import CONFIG_MAP_LIMIT, IMMUTABLE
from servicelab.embedded.store import Object

OPAQUE = "Opaque"
ACCOUNT_TOKEN, TLS = "kubernetes.io/service-account-token", "kubernetes.io/tls"
ACCOUNT_NAME = "kubernetes.io/service-account.name"
NEEDED = {
    TLS: ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
}
"""Keys that a type must have."""
JSON_TYPES = ("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson")
PASSWORD, PASSWORD_KEYS = "kubernetes.io/basic-auth", ("username", "password")
METADATA_TIMES_ON_CHANGE = 4


def default_secret(secret: Object) -> None:
    """Fill in a Secret; `stringData` becomes part of `data`."""
    if text := secret.pop("stringData", None):
        data = secret.setdefault("data", {})
        data |= {key: base64.b64encode(value.encode()).decode() for key, value in text.items()}
    if not secret.get("type"):
        secret["type"] = OPAQUE


def judge_secret(secret: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a Secret."""
    found = judge_metadata(secret, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    data = secret.get("data", {})
    if old is not None:
        if old["type"] != secret["type"]:
            found.append(causes.invalid("type", secret["type"], "field is immutable"))
        if old.get("immutable"):
            if not secret.get("immutable"):
                found.append(causes.forbidden("immutable", IMMUTABLE))
            if data != old.get("data", {}):
                found.append(causes.forbidden("data", IMMUTABLE))
    for key in sorted(data):
        found += [causes.invalid(f"data[{key}]", key, problem) for problem in words.config_key(key)]
    if sum(len(base64.b64decode(value)) for value in data.values()) > CONFIG_MAP_LIMIT:
        found.append(causes.too_long("data", CONFIG_MAP_LIMIT))
    return found + _judge_type(secret, data)


def _judge_type(secret: Object, data: dict[str, str]) -> list[Cause]:
    kind = secret["type"]
    if kind == ACCOUNT_TOKEN and not secret["metadata"].get("annotations", {}).get(ACCOUNT_NAME):
        return [causes.required(f"metadata.annotations[{ACCOUNT_NAME}]")]
    if kind == PASSWORD and not any(key in data for key in PASSWORD_KEYS):
        return [causes.required(f"data[{key}]") for key in PASSWORD_KEYS]
    found = [causes.required(f"data[{key}]") for key in NEEDED.get(kind, ()) if key not in data]
    if kind in JSON_TYPES and not found:
        found = _judge_json(data[NEEDED[kind][0]], f"data[{NEEDED[kind][0]}]")
    return found


def _judge_json(value: str, field: str) -> list[Cause]:
    from servicelab.embedded.api.decoding import parse_json  # the API imports admission
    from servicelab.embedded.api.failures import Unreadable

    try:
        parse_json(base64.b64decode(value))
    except Unreadable as problem:
        return [causes.invalid(field, "<secret contents redacted>", str(problem))]
    return []


def warn_secret(secret: Object, old: Object | None) -> list[str]:
    """What kubectl prints as `Warning:`; of certificates and keys only that they are none is noticed."""
    if secret["type"] != TLS:
        return []
    for key, what in (("tls.crt", "certificate"), ("tls.key", "key")):
        if b"-----BEGIN " not in base64.b64decode(secret["data"][key]):
            return [f"tls: failed to find any PEM data in {what} input"]
    return []
