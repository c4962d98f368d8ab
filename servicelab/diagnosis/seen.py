"""What no object shows and somebody found out: by sending requests, and by looking into Pods."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from servicelab.network.listeners import Listener
from servicelab.network.verdict import Verdict


@dataclass(frozen=True)
class Seen:
    """Observations on a cluster with real traffic; without arguments there are none.

    `verdict`: how the request itself ended. `by_address`: the same one to the virtual IP in place of the name.
    `direct`: by Pod (`namespace/name`), a request from the same place to the Pod's own address and target port.
    `nearby`: the same from the Pod's own node. `sockets`: by Pod, the ports that its kernel says are listened on.
    `here`: whether the learner's own machine was answered where a client outside is.
    """

    verdict: Verdict | None = None
    by_address: Verdict | None = None
    direct: Mapping[str, Verdict] = field(default_factory=dict)
    nearby: Mapping[str, Verdict] = field(default_factory=dict)
    sockets: Mapping[str, tuple[Listener, ...]] = field(default_factory=dict)
    here: bool | None = None
