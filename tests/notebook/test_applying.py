"""What is sent to the learner's cluster, and what is said about it."""

import pytest

from servicelab.checks import Names
from servicelab.manifests import read
from servicelab.notebook.applying import apply

TEXT = """
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: NAME}
addressType: IPv4
endpoints:
  - addresses: [192.0.2.10]
"""


@pytest.mark.parametrize(
    ("name", "names", "sent", "said"),
    [
        ("plain", Names({}), "192.0.2.10", ""),
        ("stands-in", Names({}, {"192.0.2.10": "10.244.1.7"}), "10.244.1.7", "192.0.2.10 was sent as 10.244.1.7.\n"),
        ("another", Names({}, {"192.0.2.99": "10.244.1.7"}), "192.0.2.10", ""),
    ],
)
def test_an_address_that_stands_for_another_is_sent_as_that_and_said_to_be(embedded_server, name, names, sent, said):
    good, words = apply(embedded_server, read(TEXT.replace("NAME", name)).manifests, "default", names)
    assert (good, words) == (True, f"{said}endpointslice.discovery.k8s.io/{name} created")
    path = f"/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/{name}"
    assert embedded_server.rest.get(path)["endpoints"][0]["addresses"] == [sent]
