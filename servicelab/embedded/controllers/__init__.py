"""What turns wishes into state: the controller manager, the scheduler and the kubelets of the embedded cluster."""

from servicelab.embedded.controllers.controllers import Controllers
from servicelab.embedded.controllers.deletion import Propagation, delete

__all__ = ["Controllers", "Propagation", "delete"]
