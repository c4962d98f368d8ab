"""Defaults and validation per kind, and the allocation of virtual IPs and node ports."""

from servicelab.embedded.admission.admit import Admitted, admit
from servicelab.embedded.admission.causes import Cause, Invalid, Refused

__all__ = ["Admitted", "Cause", "Invalid", "Refused", "admit"]
