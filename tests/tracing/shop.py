"""A small shop on any cluster: two Pods behind `web` (NodePort and LoadBalancer), a client, a Service of nobody."""

import yaml

from servicelab.network.places import PodPlace

SPACE = "shop"
FROM_POD = PodPlace(SPACE, "client")
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
NODE_PORT = 30007
MANIFESTS = f"""
apiVersion: v1
kind: Pod
metadata: {{name: client}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{{name: main, image: "{IMAGE}", args: [pause]}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: "{IMAGE}"
          args: [netexec]
          readinessProbe: {{httpGet: {{path: /healthz, port: 8080}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec:
  type: LoadBalancer
  selector: {{app: web}}
  ports: [{{name: http, port: 80, targetPort: 8080, nodePort: {NODE_PORT}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: nobody}}
spec:
  type: NodePort
  selector: {{app: nobody}}
  ports: [{{port: 80}}]
"""
PATHS = {"Pod": "/api/v1", "Service": "/api/v1", "Deployment": "/apis/apps/v1"}


def shop_on(cluster, space=SPACE):
    """Make the shop, wait until it answers, and give the cluster back."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}
    cluster.rest.send("POST", "/api/v1/namespaces", json=namespace)

    def has_account():
        return cluster.rest.items(f"/api/v1/namespaces/{space}/serviceaccounts")

    cluster.wait_until("the namespace's ServiceAccount", has_account)
    for one in yaml.safe_load_all(MANIFESTS):
        kind = one["kind"]
        cluster.rest.send("POST", f"{PATHS[kind]}/namespaces/{space}/{kind.lower()}s", json=one)

    def is_ready():
        pods = cluster.rest.items(f"/api/v1/namespaces/{space}/pods")
        ready = [c for pod in pods for c in pod.get("status", {}).get("conditions", ()) if c["type"] == "Ready"]
        service = cluster.rest.get(f"/api/v1/namespaces/{space}/services/web")
        return len(pods) == 3 and all(c["status"] == "True" for c in ready) and len(ready) == 3 and ingress(service)

    cluster.wait_until("the shop to be ready", is_ready, timeout=90)
    return cluster


def remove_shop(cluster, space=SPACE):
    """Remove the shop, and wait until its node port is free again."""
    cluster.rest.send("DELETE", f"/api/v1/namespaces/{space}")

    def is_gone():
        return space not in [one["metadata"]["name"] for one in cluster.rest.items("/api/v1/namespaces")]

    cluster.wait_until("the shop to be gone", is_gone)


def ingress(service):
    """The Service's load-balancer addresses."""
    return [one["ip"] for one in service["status"]["loadBalancer"].get("ingress") or ()]
