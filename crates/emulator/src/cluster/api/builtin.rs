//! The kinds that an API server of 1.36 serves by itself, and those whose definitions DOKS preinstalls.
//!
//! Source: Kubernetes API reference 1.36; DOKS documentation, preinstalled components.

/// One built-in kind: group, versions (the preferred first), kind, plural, singular is the kind in small letters.
pub(crate) struct Builtin {
    /// Group; empty for the core.
    pub group: &'static str,
    /// Versions, the preferred first.
    pub versions: &'static [&'static str],
    /// Kind.
    pub kind: &'static str,
    /// Plural.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Short names.
    pub short: &'static [&'static str],
    /// Categories, such as `all`.
    pub categories: &'static [&'static str],
    /// Whether it has a status that is written apart.
    pub status: bool,
    /// Whether it can be scaled.
    pub scale: bool,
}

const ALL: &[&str] = &["all"];
const NONE: &[&str] = &[];
const V1: &[&str] = &["v1"];

const fn kind(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    namespaced: bool,
    short: &'static [&'static str],
) -> Builtin {
    Builtin { group, versions: V1, kind, plural, namespaced, short, categories: NONE, status: false, scale: false }
}

impl Builtin {
    const fn status(mut self) -> Self {
        self.status = true;
        self
    }
    const fn scale(mut self) -> Self {
        self.scale = true;
        self
    }
    const fn all(mut self) -> Self {
        self.categories = ALL;
        self
    }
    const fn at(mut self, versions: &'static [&'static str]) -> Self {
        self.versions = versions;
        self
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const NET: &str = "networking.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// Every built-in kind.
pub(crate) const BUILTINS: &[Builtin] = &[
    kind("", "ComponentStatus", "componentstatuses", false, &["cs"]),
    kind("", "ConfigMap", "configmaps", true, &["cm"]),
    kind("", "Endpoints", "endpoints", true, &["ep"]),
    kind("", "Event", "events", true, &["ev"]),
    kind("", "LimitRange", "limitranges", true, &["limits"]),
    kind("", "Namespace", "namespaces", false, &["ns"]).status(),
    kind("", "Node", "nodes", false, &["no"]).status(),
    kind("", "PersistentVolumeClaim", "persistentvolumeclaims", true, &["pvc"]).status(),
    kind("", "PersistentVolume", "persistentvolumes", false, &["pv"]).status(),
    kind("", "Pod", "pods", true, &["po"]).status().all(),
    kind("", "PodTemplate", "podtemplates", true, NONE),
    kind("", "ReplicationController", "replicationcontrollers", true, &["rc"]).status().scale().all(),
    kind("", "ResourceQuota", "resourcequotas", true, &["quota"]).status(),
    kind("", "Secret", "secrets", true, NONE),
    kind("", "ServiceAccount", "serviceaccounts", true, &["sa"]),
    kind("", "Service", "services", true, &["svc"]).status().all(),
    kind(ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false, NONE),
    kind(ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false, NONE).status(),
    kind(ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", false, NONE),
    kind(ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false, NONE),
    kind("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false, &["crd", "crds"]).status(),
    kind("apiregistration.k8s.io", "APIService", "apiservices", false, NONE).status(),
    kind("apps", "ControllerRevision", "controllerrevisions", true, NONE),
    kind("apps", "DaemonSet", "daemonsets", true, &["ds"]).status().all(),
    kind("apps", "Deployment", "deployments", true, &["deploy"]).status().scale().all(),
    kind("apps", "ReplicaSet", "replicasets", true, &["rs"]).status().scale().all(),
    kind("apps", "StatefulSet", "statefulsets", true, &["sts"]).status().scale().all(),
    kind("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true, &["hpa"]).status().all().at(&["v2"]),
    kind("batch", "CronJob", "cronjobs", true, &["cj"]).status().all(),
    kind("batch", "Job", "jobs", true, NONE).status().all(),
    kind("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", false, &["csr"]).status(),
    kind("coordination.k8s.io", "Lease", "leases", true, NONE),
    kind("discovery.k8s.io", "EndpointSlice", "endpointslices", true, NONE),
    kind("events.k8s.io", "Event", "events", true, &["ev"]),
    kind("flowcontrol.apiserver.k8s.io", "FlowSchema", "flowschemas", false, NONE).status(),
    kind("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "prioritylevelconfigurations", false, NONE).status(),
    kind(NET, "Ingress", "ingresses", true, &["ing"]).status(),
    kind(NET, "IngressClass", "ingressclasses", false, NONE),
    kind(NET, "IPAddress", "ipaddresses", false, &["ip"]),
    kind(NET, "NetworkPolicy", "networkpolicies", true, &["netpol"]),
    kind(NET, "ServiceCIDR", "servicecidrs", false, NONE).status(),
    kind("node.k8s.io", "RuntimeClass", "runtimeclasses", false, NONE),
    kind("policy", "PodDisruptionBudget", "poddisruptionbudgets", true, &["pdb"]).status(),
    kind(RBAC, "ClusterRole", "clusterroles", false, NONE),
    kind(RBAC, "ClusterRoleBinding", "clusterrolebindings", false, NONE),
    kind(RBAC, "Role", "roles", true, NONE),
    kind(RBAC, "RoleBinding", "rolebindings", true, NONE),
    kind("scheduling.k8s.io", "PriorityClass", "priorityclasses", false, &["pc"]),
    kind(STORAGE, "CSIDriver", "csidrivers", false, NONE),
    kind(STORAGE, "CSINode", "csinodes", false, NONE),
    kind(STORAGE, "CSIStorageCapacity", "csistoragecapacities", true, NONE),
    kind(STORAGE, "StorageClass", "storageclasses", false, &["sc"]),
    kind(STORAGE, "VolumeAttachment", "volumeattachments", false, NONE).status(),
    kind(STORAGE, "VolumeAttributesClass", "volumeattributesclasses", false, &["vac"]),
];

/// Definitions that DOKS puts into a VPC-native cluster: group, versions (the stored one first), kind, plural,
/// namespaced, short names.
pub(crate) type Preinstalled = (&'static str, &'static [&'static str], &'static str, &'static str, bool, &'static [&'static str]);

const GATEWAY: &str = "gateway.networking.k8s.io";
const CILIUM: &str = "cilium.io";
const SNAPSHOT: &str = "snapshot.storage.k8s.io";

/// Source: Gateway API 1.4 standard channel with TLSRoute; Cilium 1.18; CSI external-snapshotter 8.
pub(crate) const PREINSTALLED: &[Preinstalled] = &[
    (GATEWAY, &["v1", "v1beta1"], "GatewayClass", "gatewayclasses", false, &["gc"]),
    (GATEWAY, &["v1", "v1beta1"], "Gateway", "gateways", true, &["gtw"]),
    (GATEWAY, &["v1", "v1beta1"], "HTTPRoute", "httproutes", true, NONE),
    (GATEWAY, &["v1"], "GRPCRoute", "grpcroutes", true, NONE),
    (GATEWAY, &["v1beta1"], "ReferenceGrant", "referencegrants", true, &["refgrant"]),
    (GATEWAY, &["v1", "v1alpha3"], "BackendTLSPolicy", "backendtlspolicies", true, &["btlspolicy"]),
    (GATEWAY, &["v1alpha2"], "TLSRoute", "tlsroutes", true, NONE),
    (CILIUM, &["v2"], "CiliumNetworkPolicy", "ciliumnetworkpolicies", true, &["cnp", "ciliumnp"]),
    (CILIUM, &["v2"], "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", false, &["ccnp"]),
    (CILIUM, &["v2"], "CiliumEndpoint", "ciliumendpoints", true, &["cep", "ciliumep"]),
    (CILIUM, &["v2"], "CiliumIdentity", "ciliumidentities", false, &["ciliumid"]),
    (CILIUM, &["v2"], "CiliumNode", "ciliumnodes", false, &["cn", "ciliumn"]),
    (CILIUM, &["v2"], "CiliumEnvoyConfig", "ciliumenvoyconfigs", true, &["cec"]),
    (CILIUM, &["v2"], "CiliumClusterwideEnvoyConfig", "ciliumclusterwideenvoyconfigs", false, &["ccec"]),
    (CILIUM, &["v2alpha1"], "CiliumGatewayClassConfig", "ciliumgatewayclassconfigs", true, &["cgcc"]),
    (CILIUM, &["v2alpha1"], "CiliumL2AnnouncementPolicy", "ciliuml2announcementpolicies", false, &["l2announcement"]),
    (CILIUM, &["v2", "v2alpha1"], "CiliumLoadBalancerIPPool", "ciliumloadbalancerippools", false, &["lbippool"]),
    (SNAPSHOT, &["v1"], "VolumeSnapshot", "volumesnapshots", true, &["vs"]),
    (SNAPSHOT, &["v1"], "VolumeSnapshotClass", "volumesnapshotclasses", false, &["vsclass", "vsclasses"]),
    (SNAPSHOT, &["v1"], "VolumeSnapshotContent", "volumesnapshotcontents", false, &["vsc", "vscs"]),
];
