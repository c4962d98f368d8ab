"""Who may log in: the administrator, learners bound to one namespace, and nobody in particular.

A learner logs in with the token of a ServiceAccount, which is good as long as that ServiceAccount is there. Only the
tokens' hashes are kept.
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from servicelab.embedded.resources import SERVICE_ACCOUNTS
from servicelab.embedded.store import Store

CREDENTIAL = "authentication.kubernetes.io/credential-id"


@dataclass(frozen=True)
class User:
    """One who asks. `namespace`: the only one where this user may do things; empty for all, None for none at all."""

    name: str
    groups: tuple[str, ...]
    namespace: str | None = ""
    uid: str = ""
    extra: Mapping[str, list[str]] = field(default_factory=dict)


ADMINISTRATOR = User("kubernetes-admin", ("kubeadm:cluster-admins", "system:authenticated"))
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",), None)


@dataclass(frozen=True)
class Login:
    """What is kept of a token that was given out."""

    hash: str
    id: str
    namespace: str
    account: str
    uid: str


class NoSuchAccount(Exception):
    """There is no such ServiceAccount."""


class Users:
    """The learners' logins, kept in a file that only its owner reads (in memory without one)."""

    def __init__(self, store: Store, file: Path | None = None) -> None:
        self._store = store
        self._file = file
        kept = json.loads(file.read_text()) if file is not None and file.exists() else []
        self._logins = {login.hash: login for login in (Login(**one) for one in kept)}

    def give_token(self, namespace: str, account: str) -> str:
        """A new token for a ServiceAccount, good for its namespace alone. Raises NoSuchAccount."""
        found = self._store.get(SERVICE_ACCOUNTS, namespace, account)
        if found is None:
            raise NoSuchAccount
        token = secrets.token_urlsafe(32)
        login = Login(_hash(token), str(uuid.uuid4()), namespace, account, found["metadata"]["uid"])
        self._logins[login.hash] = login
        self._keep()
        return token

    def of_token(self, token: str) -> User | None:
        """Whose token it is; None when nobody's, or when its ServiceAccount is no more."""
        login = self._logins.get(_hash(token))
        if login is None or not self._is_there(login):
            return None
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{login.namespace}", "system:authenticated")
        name = f"system:serviceaccount:{login.namespace}:{login.account}"
        return User(name, groups, login.namespace, login.uid, {CREDENTIAL: [f"JTI={login.id}"]})

    def _is_there(self, login: Login) -> bool:
        account = self._store.get(SERVICE_ACCOUNTS, login.namespace, login.account)
        return account is not None and account["metadata"]["uid"] == login.uid

    def _keep(self) -> None:
        from servicelab.embedded.certificates import write_private

        self._logins = {login.hash: login for login in self._logins.values() if self._is_there(login)}
        if self._file is not None:
            write_private(self._file, json.dumps([asdict(login) for login in self._logins.values()]).encode())


def administrator_with(certificate: bytes) -> User:
    """The administrator who shows this certificate (DER)."""
    identity = f"X509SHA256={hashlib.sha256(certificate).hexdigest()}"
    return User(ADMINISTRATOR.name, ADMINISTRATOR.groups, extra={CREDENTIAL: [identity]})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
