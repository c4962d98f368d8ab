"""A Pod's spec as the API server holds it: what it prints after a change of what cannot change.

Go's own names in Go's own order, every field there. Written from what kind printed (see the recorded cases, whose line
numbers count every line before).
"""

import difflib
import json
from typing import Any

from servicelab.embedded.store import copy_of

Json = dict[str, Any]
TEXT, NO, ZERO = "text", "no", "zero"
"""What stands there when nothing is given: an empty text, false, 0. Otherwise it is null."""
ABSENT = {TEXT: "", NO: False, ZERO: 0}
NAMES = {
    "apiVersion": "APIVersion", "awsElasticBlockStore": "AWSElasticBlockStore", "cephfs": "CephFS", "csi": "CSI",
    "dnsConfig": "DNSConfig", "dnsPolicy": "DNSPolicy", "downwardAPI": "DownwardAPI", "fc": "FC",
    "fsGroup": "FSGroup", "fsGroupChangePolicy": "FSGroupChangePolicy", "gcePersistentDisk": "GCEPersistentDisk",
    "grpc": "GRPC", "hostIP": "HostIP", "httpGet": "HTTPGet", "httpHeaders": "HTTPHeaders", "ip": "IP",
    "iscsi": "ISCSI", "nfs": "NFS", "os": "OS", "rbd": "RBD", "scaleIO": "ScaleIO", "storageos": "StorageOS",
    "seLinuxChangePolicy": "SELinuxChangePolicy", "seLinuxOptions": "SELinuxOptions", "tcpSocket": "TCPSocket",
    "tty": "TTY",
}  # fmt: skip
"""Go names that are more than the name in JSON with a capital."""
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
"""Fields of the spec that the API server keeps in its security context."""

_CONTAINER = (
    f"name:{TEXT} image:{TEXT} command args workingDir:{TEXT} ports:ContainerPort envFrom:EnvFromSource env:EnvVar "
    "resources!ResourceRequirements resizePolicy:ContainerResizePolicy restartPolicy restartPolicyRules "
    "volumeMounts:VolumeMount volumeDevices livenessProbe:Probe readinessProbe:Probe startupProbe:Probe "
    f"lifecycle:Lifecycle terminationMessagePath:{TEXT} terminationMessagePolicy:{TEXT} imagePullPolicy:{TEXT} "
    f"securityContext:SecurityContext stdin:{NO} stdinOnce:{NO} tty:{NO}"
)
_REQUIRED, _PREFERRED = (f"{when}DuringSchedulingIgnoredDuringExecution" for when in ("required", "preferred"))
_KEY = f"name:{TEXT} key:{TEXT} optional"
_FILES = "items:KeyToPath defaultMode optional"
STRUCTS = {
    "PodSpec": (
        "volumes:Volume initContainers:Container containers:Container ephemeralContainers:EphemeralContainer "
        f"restartPolicy:{TEXT} terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy:{TEXT} nodeSelector "
        f"serviceAccountName:{TEXT} automountServiceAccountToken nodeName:{TEXT} securityContext:PodSecurityContext "
        f"imagePullSecrets:Reference hostname:{TEXT} subdomain:{TEXT} setHostnameAsFQDN affinity:Affinity "
        f"schedulerName:{TEXT} tolerations:Toleration hostAliases:HostAlias priorityClassName:{TEXT} priority "
        "preemptionPolicy dnsConfig:PodDNSConfig readinessGates:PodReadinessGate runtimeClassName overhead "
        "enableServiceLinks topologySpreadConstraints:TopologySpreadConstraint os:PodOS "
        "schedulingGates:PodSchedulingGate resourceClaims resources hostnameOverride schedulingGroup"
    ),
    "PodSecurityContext": (
        f"hostNetwork:{NO} hostPID:{NO} hostIPC:{NO} shareProcessNamespace hostUsers seLinuxOptions windowsOptions "
        "runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy "
        "sysctls:Sysctl seccompProfile:SeccompProfile appArmorProfile seLinuxChangePolicy"
    ),
    "Container": _CONTAINER,
    "EphemeralContainer": f"{_CONTAINER} targetContainerName:{TEXT}",
    "ContainerPort": f"name:{TEXT} hostPort:{ZERO} containerPort:{ZERO} protocol:{TEXT} hostIP:{TEXT}",
    "EnvFromSource": f"prefix:{TEXT} configMapRef:OptionalReference secretRef:OptionalReference",
    "OptionalReference": f"name:{TEXT} optional",
    "Reference": f"name:{TEXT}",
    "EnvVar": f"name:{TEXT} value:{TEXT} valueFrom:EnvVarSource",
    "EnvVarSource": (
        "fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector configMapKeyRef:Key secretKeyRef:Key "
        "fileKeyRef"
    ),
    "ObjectFieldSelector": f"apiVersion:{TEXT} fieldPath:{TEXT}",
    "ResourceFieldSelector": f"containerName:{TEXT} resource:{TEXT} divisor",
    "Key": _KEY,
    "ResourceRequirements": "limits requests claims",
    "ContainerResizePolicy": f"resourceName:{TEXT} restartPolicy:{TEXT}",
    "VolumeMount": (
        f"name:{TEXT} readOnly:{NO} recursiveReadOnly mountPath:{TEXT} subPath:{TEXT} mountPropagation "
        f"subPathExpr:{TEXT}"
    ),
    "Probe": (
        "exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:GRPCAction "
        f"initialDelaySeconds:{ZERO} timeoutSeconds:{ZERO} periodSeconds:{ZERO} successThreshold:{ZERO} "
        f"failureThreshold:{ZERO} terminationGracePeriodSeconds"
    ),
    "ExecAction": "command",
    "HTTPGetAction": f"path:{TEXT} port:{ZERO} host:{TEXT} scheme:{TEXT} httpHeaders:HTTPHeader",
    "HTTPHeader": f"name:{TEXT} value:{TEXT}",
    "TCPSocketAction": f"port:{ZERO} host:{TEXT}",
    "GRPCAction": f"port:{ZERO} service",
    "Lifecycle": "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal",
    "LifecycleHandler": "exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction sleep:SleepAction",
    "SleepAction": f"seconds:{ZERO}",
    "SecurityContext": (
        "capabilities:Capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot "
        "readOnlyRootFilesystem allowPrivilegeEscalation procMount seccompProfile:SeccompProfile appArmorProfile"
    ),
    "Capabilities": "add drop",
    "SeccompProfile": f"type:{TEXT} localhostProfile",
    "Sysctl": f"name:{TEXT} value:{TEXT}",
    "Volume": (
        f"name:{TEXT} hostPath:HostPath emptyDir:EmptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret:Secret "
        "nfs iscsi glusterfs persistentVolumeClaim:Claim rbd quobyte flexVolume cinder cephfs flocker "
        "downwardAPI:DownwardAPI fc azureFile configMap:ConfigMap vsphereVolume azureDisk photonPersistentDisk "
        "projected:Projected portworxVolume scaleIO storageos csi ephemeral image"
    ),
    "HostPath": f"path:{TEXT} type",
    "EmptyDir": f"medium:{TEXT} sizeLimit",
    "Secret": f"secretName:{TEXT} {_FILES}",
    "ConfigMap": f"name:{TEXT} {_FILES}",
    "Claim": f"claimName:{TEXT} readOnly:{NO}",
    "DownwardAPI": "items:DownwardFile defaultMode",
    "DownwardFile": f"path:{TEXT} fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector mode",
    "KeyToPath": f"key:{TEXT} path:{TEXT} mode",
    "Projected": "sources:Projection defaultMode",
    "Projection": (
        "secret:SecretProjection downwardAPI:DownwardProjection configMap:SecretProjection "
        "serviceAccountToken:Token clusterTrustBundle podCertificate"
    ),
    "SecretProjection": f"name:{TEXT} items:KeyToPath optional",
    "DownwardProjection": "items:DownwardFile",
    "Token": f"audience:{TEXT} expirationSeconds:{ZERO} path:{TEXT}",
    "Toleration": f"key:{TEXT} operator:{TEXT} value:{TEXT} effect:{TEXT} tolerationSeconds",
    "HostAlias": f"ip:{TEXT} hostnames",
    "PodDNSConfig": "nameservers searches options:PodDNSConfigOption",
    "PodDNSConfigOption": f"name:{TEXT} value",
    "PodReadinessGate": f"conditionType:{TEXT}",
    "PodSchedulingGate": f"name:{TEXT}",
    "PodOS": f"name:{TEXT}",
    "Affinity": "nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAffinity",
    "NodeAffinity": f"{_REQUIRED}:NodeSelector {_PREFERRED}:PreferredNodes",
    "NodeSelector": "nodeSelectorTerms:NodeSelectorTerm",
    "NodeSelectorTerm": "matchExpressions:NodeRequirement matchFields:NodeRequirement",
    "NodeRequirement": f"key:{TEXT} operator:{TEXT} values",
    "PreferredNodes": f"weight:{ZERO} preference!NodeSelectorTerm",
    "PodAffinity": f"{_REQUIRED}:PodAffinityTerm {_PREFERRED}:PreferredPods",
    "PreferredPods": f"weight:{ZERO} podAffinityTerm!PodAffinityTerm",
    "PodAffinityTerm": (
        f"labelSelector namespaces topologyKey:{TEXT} namespaceSelector matchLabelKeys mismatchLabelKeys"
    ),
    "TopologySpreadConstraint": (
        f"maxSkew:{ZERO} topologyKey:{TEXT} whenUnsatisfiable:{TEXT} labelSelector minDomains nodeAffinityPolicy "
        "nodeTaintsPolicy matchLabelKeys"
    ),
}
"""By struct: its fields in order, each with what it is: `:` a list or pointer, `!` a struct that is always there."""


def internal_form(struct: str, value: Json) -> Json:
    """`value` with Go's names, in Go's order, with every field."""
    form: Json = {}
    for entry in STRUCTS[struct].split():
        always = "!" in entry
        name, _, kind = entry.replace("!", ":").partition(":")
        found = value.get(name, {} if always else ABSENT.get(kind))
        form[NAMES.get(name, name[0].upper() + name[1:])] = _formed(found, kind)
    return form


def _formed(value: Any, kind: str) -> Any:
    if kind not in STRUCTS or value is None:
        return value
    return [internal_form(kind, one) for one in value] if isinstance(value, list) else internal_form(kind, value)


def difference(old: Json, new: Json) -> str:
    """What differs between two Pod specs, in the API server's form: a unified diff without its head."""
    before, after = (json.dumps(pod_spec_form(spec), indent=1).splitlines() for spec in (old, new))
    return "".join(f"{line}\n" for line in list(difflib.unified_diff(before, after, lineterm=""))[2:])


def pod_spec_form(spec: Json) -> Json:
    """A whole Pod spec; what is the host's stands in its security context."""
    moved = copy_of(spec)
    moved["securityContext"] = {**moved.get("securityContext", {}), **{k: spec[k] for k in HOST_FIELDS if k in spec}}
    return internal_form("PodSpec", moved)


def template_form(template: Json) -> Json:
    """A Pod template."""
    metadata = template.get("metadata", {})
    ordered = json.loads(json.dumps(metadata, sort_keys=True))
    return {**ordered, "Spec": pod_spec_form(template["spec"])}
