"""Addresses that a task writes stand for those that Pods of the fixture have in this run."""

from dataclasses import replace

import pytest
from lightkube.resources.core_v1 import Pod

from servicelab.cluster.base import MachineError
from servicelab.course import load_course
from servicelab.course.engine import prepared
from servicelab.course.stand_ins import stand_ins
from servicelab.course.variant import reference

COURSE = load_course()
EXERCISE = COURSE.exercise("hand-written")


def test_each_run_takes_the_address_that_its_own_pod_has(embedded_cluster):
    own = reference(EXERCISE)
    with prepared(EXERCISE, COURSE, embedded_cluster, own) as lab:
        machine = embedded_cluster.api.get(Pod, "machine", namespace=lab.real("vault"))
        assert lab.names.addresses == {"192.0.2.10": machine.status.podIP}
        elsewhere = replace(EXERCISE, stands_for={"192.0.2.10": "vault/nobody"})
        with pytest.raises(MachineError, match="stands for the Pod nobody in the namespace vault"):
            stand_ins(elsewhere, embedded_cluster, own, lab.real)
