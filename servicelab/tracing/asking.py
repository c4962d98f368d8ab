"""What a person may write for a target: a URL, a host and port, or `svc/NAME`."""

from servicelab.network.entrances import Entrance, best_entrance, entrances
from servicelab.network.objects import Service
from servicelab.network.places import Place, Target, parse_target
from servicelab.network.state import ClusterState


def read_target(text: str, source: Place, state: ClusterState, namespace: str) -> Target:
    """The target meant by `http://web/hostname`, `web:80/hostname` (then HTTP), or `svc/NAME`, `svc/NAME:PORT` and
    `svc/NAMESPACE/NAME`: the address of that Service that one asks at `source`.

    Raises ValueError with a sentence for the learner.
    """
    if not text.startswith("svc/"):
        return parse_target(text if "://" in text else f"http://{text}")
    service, port = find_service(text, state, namespace)
    return best_entrance(ports_of(state, service, port), source).target


def find_service(text: str, state: ClusterState, namespace: str) -> tuple[Service, str]:
    """The Service that `svc/NAME` names, and the port behind a colon (empty without). ValueError when there is none."""
    words, _, port = text.removeprefix("svc/").partition(":")
    space, _, name = words.rpartition("/")
    service = state.services.get((space or namespace, name))
    if service is None:
        others = [one.key for one in state.services.values() if one.name == name]
        there = sorted(one.name for one in state.services.values() if one.namespace == (space or namespace))
        hint = f"There is {' and '.join(others)}" if others else f"It has {', '.join(there) or 'none'}"
        raise ValueError(f"there is no Service {name} in the namespace {space or namespace}. {hint}.")
    return service, port


def ports_of(state: ClusterState, service: Service, port: str) -> list[Entrance]:
    """The ways to one port of a Service, by its name or number; to the first without one. ValueError without any."""
    found = entrances(state, service)
    numbers = {str(one.port): one.name or str(one.port) for one in service.ports}
    wanted = numbers.get(port, port) if port else next((one.port for one in found), "")
    chosen = [one for one in found if one.port == wanted]
    if not chosen:
        has = ", ".join(f"{one.name} ({one.port})" if one.name else str(one.port) for one in service.ports)
        raise ValueError(f"Service {service.key} has no port {port or 'that can be asked'}; it has {has or 'none'}.")
    return chosen
