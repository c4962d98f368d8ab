"""Collects the facts about this machine, all at once: what waits for a program waits beside the others."""

import os
import platform
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from servicelab.cluster import kind_program
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.home import DEFAULT_NAME, Home
from servicelab.cluster.machine import ask_docker, ask_host, engine
from servicelab.cluster.machine.facts import Facts, Inotify
from servicelab.cluster.machine.inotify import PER_NODE

Told = TypeVar("Told")


def collect(home: Home, cluster: str = DEFAULT_NAME, bundle: Bundle | None = None) -> Facts:
    """The facts for a cluster of that name, made from that bundle."""
    with ThreadPoolExecutor() as at_once:
        answer = at_once.submit(ask_docker.ask)
        kubectl = at_once.submit(ask_host.kubectl_version, home, bundle)
    facts = Facts(
        cluster=cluster,
        system=platform.system(),
        kernel=platform.release(),
        docker=answer.result(),
        has_podman=shutil.which("podman") is not None,
        bundle_architecture=bundle.architecture if bundle else None,
        proxies=ask_host.proxies(os.environ),
        kubectl=kubectl.result(),
        has_kind=_known(partial(kind_program.find, bundle)) is not None,
    )
    if engine.judge(facts):  # a Docker that does not answer this does not answer the rest either
        return facts
    with ThreadPoolExecutor() as at_once:
        nodes_asked = at_once.submit(_known, ask_docker.list_nodes)
        image_asked = at_once.submit(_known, partial(ask_docker.wanted_image, bundle))
        fetching = at_once.submit(_known, partial(ask_docker.images_to_fetch, bundle))
        network_asked = at_once.submit(_known, ask_docker.network_of_kind)
    nodes, image, network = nodes_asked.result(), image_asked.result(), network_asked.result()
    if nodes is None or image is None:
        return facts
    facts = replace(
        facts,
        has_cluster=any(node.cluster == cluster for node in nodes),
        stopped_nodes=tuple(node.name for node in nodes if node.cluster == cluster and not node.runs),
        image=image,
        to_fetch=tuple(fetching.result() or ()),
        taken_ports=ask_host.taken_ports(nodes),
        subnet=network.subnet if network else None,
        memory=ask_host.memory(facts),
    )
    with ThreadPoolExecutor() as at_once:
        lost = at_once.submit(ask_host.lost_registries, facts)
        swallowed = at_once.submit(_known, partial(ask_host.swallowed, facts, network))
        inside = at_once.submit(_known, partial(ask_docker.look_inside, home, facts))
        running = sum(node.runs for node in nodes)
        inotify = ask_host.inotify_here(running) if facts.is_native else None
    seen = inside.result() or ask_docker.Inside()
    if seen.inotify_limit is not None and not facts.is_native:
        inotify = Inotify(seen.inotify_limit, running * PER_NODE, counted=False)
    return replace(
        facts,
        image=replace(image, takes_cgroup_v1=seen.takes_cgroup_v1),
        lost_registries=lost.result(),
        swallowed=swallowed.result(),
        disk=ask_host.disk(facts) or seen.disk,
        inotify=inotify,
    )


def _known(ask: Callable[[], Told]) -> Told | None:
    """What was asked for; None when this machine does not tell."""
    try:
        return ask()
    except (MachineError, OSError, ValueError, KeyError):
        return None
