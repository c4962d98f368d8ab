"""What turns wishes into state: Deployment, ReplicaSet, endpoints, Namespace, garbage collection, scheduler, kubelet."""

from servicelab.embedded.controllers.controllers import Controllers
from servicelab.embedded.controllers.deletion import Propagation, delete

__all__ = ["Controllers", "Propagation", "delete"]
