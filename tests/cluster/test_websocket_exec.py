"""Commands in Pods go to the API server itself, whatever proxies the environment names."""

import contextlib
import socket
import threading

from lightkube.config.kubeconfig import KubeConfig

from servicelab.cluster.base import MachineError
from servicelab.cluster.websocket_exec import Executor


def test_it_goes_round_the_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        config = KubeConfig.from_server(f"http://127.0.0.1:{server.getsockname()[1]}").get()

        def ask() -> None:
            with contextlib.suppress(MachineError):  # what answers below is no API server
                Executor(config).run("default", "client", ["true"], timeout=20)

        asking = threading.Thread(target=ask)
        asking.start()
        connection, _ = server.accept()
        assert connection.recv(64).startswith(b"GET /api/v1/namespaces/default/pods/client/exec")
        connection.close()
        asking.join(30)
