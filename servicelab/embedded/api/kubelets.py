"""What the API server says when it cannot reach a node's kubelet."""

from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api
from servicelab.embedded.controllers.node_power import is_on
from servicelab.embedded.store import Object

PORT = 10250


def check_connection(api: Api, pod: Object) -> None:
    """ApiError, as a connection to a container ends, when the Pod's node is stopped."""
    if address := _silent(api, pod):
        message = f"error dialing backend: dial tcp {address}: connect: no route to host"
        raise errors.ApiError(500, "", message, has_details=False)


def check_log(api: Api, pod: Object, container: str) -> None:
    """ApiError, as a request for a log ends, when the Pod's node is stopped."""
    if address := _silent(api, pod):
        metadata = pod["metadata"]
        page = f"https://{address}/containerLogs/{metadata['namespace']}/{metadata['name']}/{container}"
        message = f'Get "{page}": dial tcp {address}: connect: no route to host'
        raise errors.ApiError(500, "", message, has_details=False)


def _silent(api: Api, pod: Object) -> str:
    """The address of a kubelet that does not answer; "" when it does."""
    node, address = pod["spec"].get("nodeName", ""), pod.get("status", {}).get("hostIP", "")
    return "" if is_on(api.store, node) else f"{address}:{PORT}"
