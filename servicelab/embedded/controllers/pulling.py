"""Images: which exist on the nodes, and what the kubelet says of those that do not."""

import hashlib
import re
from collections.abc import Sequence

REFERENCE = re.compile(
    r"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
DEFAULT_REGISTRY = "docker.io"


def is_image_name(image: str) -> bool:
    """Whether the text can name an image at all."""
    return REFERENCE.fullmatch(image) is not None


def why_unreadable(image: str) -> str:
    """What is said of a text that names no image."""
    _, _, name = full_name(image).partition("/")
    name = name.partition(":")[0]
    why = "invalid reference format"
    if name != name.lower():
        why += f": repository name ({name}) must be lowercase"
    return f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {why}'


def full_name(image: str) -> str:
    """The name a container runtime asks a registry for: `nginx` is `docker.io/library/nginx:latest`."""
    first, slash, _ = image.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        path = image if slash else f"library/{image}"
        image = f"{DEFAULT_REGISTRY}/{path}"
    last = image.rsplit("/", 1)[-1]
    return image if ":" in last or "@" in last else f"{image}:latest"


def not_there(image: str, images: Sequence[str]) -> str:
    """Why a pull fails, in words that help; images of the cluster's own Pods are of no use to a learner."""
    useful = [name for name in images if "/coredns" not in name]
    return (
        f'failed to pull image "{full_name(image)}": the embedded cluster has no registry; '
        f"the images it has are: {', '.join(useful)}"
    )


def image_id(image: str) -> str:
    """What `imageID` says; the embedded cluster has no image contents, so this identifies the name."""
    return f"sha256:{hashlib.sha256(full_name(image).encode()).hexdigest()}"
