//! Deployments, StatefulSets, DaemonSets and Jobs of charts, written briefly.

use super::Values;
use super::object::object;
use serde_json::{Value, json};

/// A workload with one main container, driven by values as charts commonly take them.
///
/// ```ignore
/// Workload::deployment("x", labels, selector, "registry/x:1.0").account("x").port("http", 80).values(release.at("x")).build()
/// ```
#[derive(Debug, Clone)]
pub struct Workload {
    kind: &'static str,
    name: String,
    labels: Value,
    spec: Value,
    pod: Value,
    meta: Value,
    connects: Vec<Value>,
    container: Value,
    others: Vec<Value>,
}

impl Workload {
    fn new(kind: &'static str, name: &str, labels: Value, selector: &Value, image: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            spec: json!({ "selector": { "matchLabels": selector } }),
            meta: json!({ "labels": labels }),
            labels,
            pod: json!({}),
            connects: Vec::new(),
            container: json!({ "name": name, "image": image, "imagePullPolicy": "IfNotPresent" }),
            others: Vec::new(),
        }
    }

    /// A Deployment of one replica.
    #[must_use]
    pub fn deployment(name: &str, labels: Value, selector: &Value, image: &str) -> Self {
        let mut it = Self::new("Deployment", name, labels, selector, image);
        it.spec["replicas"] = 1.into();
        it
    }

    /// A StatefulSet of one replica behind the service `service`.
    #[must_use]
    pub fn stateful_set(name: &str, service: &str, labels: Value, selector: &Value, image: &str) -> Self {
        let mut it = Self::new("StatefulSet", name, labels, selector, image);
        it.spec["replicas"] = 1.into();
        it.spec["serviceName"] = service.into();
        it
    }

    /// A DaemonSet.
    #[must_use]
    pub fn daemon_set(name: &str, labels: Value, selector: &Value, image: &str) -> Self {
        Self::new("DaemonSet", name, labels, selector, image)
    }

    /// A Job.
    #[must_use]
    pub fn job(name: &str, labels: Value, image: &str) -> Self {
        let mut it = Self::new("Job", name, labels, &Value::Null, image);
        it.spec = json!({});
        it.pod["restartPolicy"] = "OnFailure".into();
        it
    }

    /// The main container's name, when it is not the workload's.
    #[must_use]
    pub fn container(mut self, name: &str) -> Self {
        self.container["name"] = name.into();
        self
    }

    /// How many replicas.
    #[must_use]
    pub fn replicas(mut self, count: i64) -> Self {
        self.spec["replicas"] = count.into();
        self
    }

    /// The service account that its pods run as.
    #[must_use]
    pub fn account(mut self, name: &str) -> Self {
        self.pod["serviceAccountName"] = name.into();
        self
    }

    /// A port of the main container.
    #[must_use]
    pub fn port(mut self, name: &str, number: i64) -> Self {
        push(&mut self.container["ports"], json!({ "name": name, "containerPort": number, "protocol": "TCP" }));
        self
    }

    /// Arguments of the main container, after those that it has.
    #[must_use]
    pub fn args<T: Into<Value>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        for arg in args {
            push(&mut self.container["args"], arg.into());
        }
        self
    }

    /// An environment variable with a plain value.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        push(&mut self.container["env"], json!({ "name": name, "value": value }));
        self
    }

    /// An environment variable as it stands in a pod's specification.
    #[must_use]
    pub fn env_item(mut self, item: Value) -> Self {
        push(&mut self.container["env"], item);
        self
    }

    /// An environment variable from a Secret's key.
    #[must_use]
    pub fn env_secret(mut self, name: &str, secret: &str, key: &str) -> Self {
        push(
            &mut self.container["env"],
            json!({ "name": name, "valueFrom": { "secretKeyRef": { "name": secret, "key": key } } }),
        );
        self
    }

    /// A volume, mounted into the main container at `path`; `source` is such as `{"secret": {"secretName": "x"}}`.
    #[must_use]
    pub fn volume(mut self, name: &str, path: &str, source: Value) -> Self {
        let mut volume = json!({ "name": name });
        for (key, value) in source.as_object().into_iter().flatten() {
            volume[key.as_str()] = value.clone();
        }
        push(&mut self.pod["volumes"], volume);
        self.mount(name, path)
    }

    /// A mount into the main container, of a volume or of a claim template.
    #[must_use]
    pub fn mount(mut self, name: &str, path: &str) -> Self {
        push(&mut self.container["volumeMounts"], json!({ "name": name, "mountPath": path }));
        self
    }

    /// A claim template of a StatefulSet, mounted at `path`; the class is the default one when it is empty.
    #[must_use]
    pub fn claims(mut self, name: &str, path: &str, class: &str, size: &str) -> Self {
        let claim = json!({ "metadata": { "name": name }, "spec": super::object::claim_spec(class, size) });
        push(&mut self.spec["volumeClaimTemplates"], claim);
        self.mount(name, path)
    }

    /// Resources of the main container, when values give none.
    #[must_use]
    pub fn resources(mut self, resources: Value) -> Self {
        self.container["resources"] = resources;
        self
    }

    /// HTTP probes of the main container, for readiness and liveness.
    #[must_use]
    pub fn probe(mut self, path: &str, port: impl Into<Value>) -> Self {
        let probe = json!({ "httpGet": { "path": path, "port": port.into(), "scheme": "HTTP" } });
        self.container["readinessProbe"] = probe.clone();
        self.container["livenessProbe"] = probe;
        self
    }

    /// Security contexts that pass the `restricted` pod security standard, where values give no other.
    #[must_use]
    pub fn restricted(mut self) -> Self {
        self.pod["securityContext"] = json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } });
        self.container["securityContext"] = json!({
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "readOnlyRootFilesystem": true,
            "runAsNonRoot": true,
            "seccompProfile": { "type": "RuntimeDefault" },
        });
        self
    }

    /// The pods' security context, unless `value` is null.
    #[must_use]
    pub fn pod_security(self, value: &Value) -> Self {
        if value.is_null() { self } else { self.pod("securityContext", value.clone()) }
    }

    /// The main container's security context, unless `value` is null.
    #[must_use]
    pub fn container_security(mut self, value: &Value) -> Self {
        if !value.is_null() {
            self.container["securityContext"] = value.clone();
        }
        self
    }

    /// A connection that its pods must be able to make before they are Ready: `{ "to": "host:port", "tls": bool,
    /// "user": …, "password": … }`, or `to` = `kubernetes`.
    #[must_use]
    pub fn connects(mut self, connection: Value) -> Self {
        self.connects.push(connection);
        self
    }

    /// That its pods need the API server.
    #[must_use]
    pub fn needs_api(self) -> Self {
        self.connects(json!({ "to": "kubernetes" }))
    }

    /// Another container beside the main one.
    #[must_use]
    pub fn beside(mut self, container: Value) -> Self {
        self.others.push(container);
        self
    }

    /// A container that runs before the others.
    #[must_use]
    pub fn init(mut self, container: Value) -> Self {
        push(&mut self.pod["initContainers"], container);
        self
    }

    /// Any field of the pod's specification.
    #[must_use]
    pub fn pod(mut self, field: &str, value: Value) -> Self {
        self.pod[field] = value;
        self
    }

    /// Any field of the workload's specification.
    #[must_use]
    pub fn spec(mut self, field: &str, value: Value) -> Self {
        self.spec[field] = value;
        self
    }

    /// What charts commonly take from values: `replicaCount` or `replicas`, `resources`, `nodeSelector`, `tolerations`,
    /// `affinity`, `topologySpreadConstraints`, `priorityClassName`, `podLabels`, `podAnnotations`, `extraArgs` (a
    /// list), `extraEnv`, `env` (lists), `extraEnvFrom`, `envFrom`, `extraVolumes`, `volumes`, `extraVolumeMounts`,
    /// `volumeMounts`, `imagePullSecrets`. Security contexts differ too much between charts: say
    /// [`Self::pod_security`], [`Self::container_security`].
    #[must_use]
    pub fn values(mut self, values: Values) -> Self {
        for key in ["replicaCount", "replicas"] {
            if matches!(self.kind, "Deployment" | "StatefulSet") && values.at(key).0.is_number() {
                self.spec["replicas"] = values.at(key).0.clone();
            }
        }
        for key in
            ["nodeSelector", "tolerations", "affinity", "topologySpreadConstraints", "priorityClassName", "imagePullSecrets"]
        {
            let value = values.or(key, Value::Null);
            if !value.is_null() {
                self.pod[key] = value;
            }
        }
        self.container["resources"] = values.or("resources", self.container["resources"].clone());
        for (from, to) in [("podLabels", "labels"), ("podAnnotations", "annotations")] {
            for (key, value) in values.map(from) {
                self.meta[to][key.as_str()] = value;
            }
        }
        for (from, to) in [
            ("extraArgs", "args"),
            ("env", "env"),
            ("extraEnv", "env"),
            ("extraEnvs", "env"),
            ("envFrom", "envFrom"),
            ("extraEnvFrom", "envFrom"),
            ("extraEnvsFrom", "envFrom"),
            ("volumeMounts", "volumeMounts"),
            ("extraVolumeMounts", "volumeMounts"),
        ] {
            values.list(from).into_iter().for_each(|item| push(&mut self.container[to], item));
        }
        for from in ["volumes", "extraVolumes"] {
            values.list(from).into_iter().for_each(|item| push(&mut self.pod["volumes"], item));
        }
        self
    }

    /// The object.
    #[must_use]
    pub fn build(self) -> Value {
        let Self { kind, name, labels, mut spec, mut pod, meta, connects, mut container, others } = self;
        if container["resources"].is_null()
            && let Some(fields) = container.as_object_mut()
        {
            fields.remove("resources");
        }
        let mut containers = vec![container];
        containers.extend(others);
        pod["containers"] = Value::Array(containers);
        spec["template"] = json!({ "metadata": meta, "spec": pod });
        if !connects.is_empty() {
            spec["template"]["_connects"] = Value::Array(connects);
        }
        let api = if kind == "Job" { "batch/v1" } else { "apps/v1" };
        object(api, kind, &name, &labels, json!({ "spec": spec }))
    }
}

/// Puts an item at the end of a list that may not be there yet.
pub(crate) fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(items) => items.push(item),
        other => *other = Value::Array(vec![item]),
    }
}
