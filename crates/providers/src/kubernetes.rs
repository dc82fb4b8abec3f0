//! A cluster's API server: objects as JSON, written by server-side apply under one field manager.
//!
//! The `kube` client on the wire. Kinds are looked up where the server says what it has, and remembered; a kind that it
//! does not have is asked for anew each time, since its definition may come.

use http::{Request, Uri};
use http_body_util::BodyExt;
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, Patch, PatchParams, PropagationPolicy},
    core::{DynamicObject, GroupVersionKind},
    discovery::{ApiCapabilities, ApiResource, Scope, pinned_kind},
};
use pontoon_core::{call::Class, secret::Secret};
use pontoon_engine::{Refusal, ports::Boxed};
use pontoon_wire::{Wire, WireError, credential, full, within};
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use zeroize::Zeroizing;

/// How long the API server may take: it gives up by itself after a minute. Source: kube-apiserver, --request-timeout.
const DEADLINE: Duration = Duration::from_secs(90);
/// The name under which we own fields of objects.
pub const FIELD_MANAGER: &str = "pontoon";

/// Draws tokens for a cluster. They live for hours; what is brought to health with them may take longer.
pub trait Login {
    /// A new one.
    fn token(&self) -> Boxed<'_, Result<Secret, Refusal>>;
}

/// The client of one cluster, with a credential of this run.
pub struct Kubernetes {
    client: Client,
    token: Arc<Mutex<Secret>>,
    login: Option<Box<dyn Login>>,
    kinds: RefCell<BTreeMap<(String, String), (ApiResource, ApiCapabilities)>>,
}

/// Which object: API version, kind, namespace (empty for what belongs to the cluster) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// What an object is.
    pub fn of(object: &Value) -> ObjectRef {
        let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
        ObjectRef {
            api_version: text(&object["apiVersion"]),
            kind: text(&object["kind"]),
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"]),
        }
    }
    /// A reference to what is named.
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
        ObjectRef { api_version: api_version.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

impl Kubernetes {
    /// A client of the server at `base` (`https://….k8s.ondigitalocean.com`) with a token.
    pub fn new(wire: Wire, base: &str, token: Secret) -> Kubernetes {
        let base = base.trim_end_matches('/').to_owned();
        let token = Arc::new(Mutex::new(token));
        let current = token.clone();
        let service = tower::service_fn(move |request: Request<kube::client::Body>| {
            let token = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (wire, base) = (wire.clone(), base.clone());
            async move {
                let (mut parts, body) = request.into_parts();
                let body = body.collect().await.map_err(|e| WireError::Malformed(e.to_string()))?.to_bytes();
                let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
                parts.uri = format!("{base}{path}").parse::<Uri>().map_err(|e| WireError::Malformed(e.to_string()))?;
                let bearer = Zeroizing::new(format!("Bearer {}", token.expose()));
                parts.headers.insert(http::header::AUTHORIZATION, credential(&bearer)?);
                within(&wire, Request::from_parts(parts, body), DEADLINE).await.map(|answer| answer.map(full))
            }
        });
        Kubernetes { client: Client::new(service, "default"), token, login: None, kinds: RefCell::default() }
    }

    /// Draws another token when the server takes the present one no more.
    #[must_use]
    pub fn renewed_by(mut self, login: impl Login + 'static) -> Kubernetes {
        self.login = Some(Box::new(login));
        self
    }

    /// Asks, and asks once more with another token where the present one is over.
    async fn ask<T, F>(&self, question: impl Fn() -> F) -> Result<T, kube::Error>
    where
        F: Future<Output = Result<T, kube::Error>>,
    {
        let answer = question().await;
        if let (Err(kube::Error::Api(status)), Some(login)) = (&answer, &self.login)
            && status.code == 401
            && let Ok(fresh) = login.token().await
        {
            *self.token.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
            return question().await;
        }
        answer
    }

    async fn api(&self, of: &ObjectRef) -> Result<(Api<DynamicObject>, ApiResource), Refusal> {
        let key = (of.api_version.clone(), of.kind.clone());
        let known = self.kinds.borrow().get(&key).cloned();
        let (resource, capabilities) = match known {
            Some(known) => known,
            None => {
                let (group, version) = of.api_version.split_once('/').unwrap_or(("", &of.api_version));
                let kind = GroupVersionKind::gvk(group, version, &of.kind);
                let found = self.ask(|| pinned_kind(&self.client, &kind)).await;
                let found = found.map_err(|e| match refusal(&e) {
                    r if r.class == Class::NotFound || matches!(e, kube::Error::Discovery(_)) => Refusal {
                        class: Class::NotFound,
                        message: format!("no matches for kind \"{}\" in version \"{}\"", of.kind, of.api_version),
                        retry_after: None,
                    },
                    r => r,
                })?;
                self.kinds.borrow_mut().insert(key, found.clone());
                found
            }
        };
        let api = match capabilities.scope {
            Scope::Namespaced if of.namespace.is_empty() => Api::all_with(self.client.clone(), &resource),
            Scope::Namespaced => Api::namespaced_with(self.client.clone(), &of.namespace, &resource),
            Scope::Cluster => Api::all_with(self.client.clone(), &resource),
        };
        Ok((api, resource))
    }

    /// Writes an object as ours; fields of it that others own become ours.
    ///
    /// # Errors
    /// What the server refuses, in its words.
    pub async fn apply(&self, object: &Value) -> Result<Value, Refusal> {
        self.patch(object, PatchParams::apply(FIELD_MANAGER).force()).await
    }

    /// What the object would be if it were written as ours; nothing is.
    ///
    /// # Errors
    /// What the server would refuse, in its words.
    pub async fn dry_run(&self, object: &Value) -> Result<Value, Refusal> {
        self.patch(object, PatchParams::apply(FIELD_MANAGER).force().dry_run()).await
    }

    async fn patch(&self, object: &Value, parameters: PatchParams) -> Result<Value, Refusal> {
        let of = ObjectRef::of(object);
        let (api, _) = self.api(&of).await?;
        let patch = Patch::Apply(object);
        let written = self.ask(|| api.patch(&of.name, &parameters, &patch)).await.map_err(|e| refusal(&e))?;
        serde_json::to_value(written).map_err(|e| unreadable(&e))
    }

    /// An object; none where it or its kind is not there.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn get(&self, of: &ObjectRef) -> Result<Option<Value>, Refusal> {
        let api = match self.api(of).await {
            Ok((api, _)) => api,
            Err(r) if r.class == Class::NotFound => return Ok(None),
            Err(r) => return Err(r),
        };
        let found = self.ask(|| api.get_opt(&of.name)).await.map_err(|e| refusal(&e))?;
        found.map(|o| serde_json::to_value(o).map_err(|e| unreadable(&e))).transpose()
    }

    /// The objects of a kind with these labels, in one namespace or (empty) in all; none where the kind is not there.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn list(&self, api_version: &str, kind: &str, namespace: &str, labels: &str) -> Result<Vec<Value>, Refusal> {
        let of = ObjectRef::new(api_version, kind, namespace, "");
        let api = match self.api(&of).await {
            Ok((api, _)) => api,
            Err(r) if r.class == Class::NotFound => return Ok(Vec::new()),
            Err(r) => return Err(r),
        };
        let mut parameters = ListParams::default();
        if !labels.is_empty() {
            parameters = parameters.labels(labels);
        }
        let all = self.ask(|| api.list(&parameters)).await.map_err(|e| refusal(&e))?;
        let kind = (api_version.to_owned(), kind.to_owned());
        all.items
            .into_iter()
            .map(|o| {
                // Lists leave out what all of their objects are.
                let mut value = serde_json::to_value(o).map_err(|e| unreadable(&e))?;
                value["apiVersion"] = kind.0.as_str().into();
                value["kind"] = kind.1.as_str().into();
                Ok(value)
            })
            .collect()
    }

    /// Deletes an object; true where it was there.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn delete(&self, of: &ObjectRef) -> Result<bool, Refusal> {
        let api = match self.api(of).await {
            Ok((api, _)) => api,
            Err(r) if r.class == Class::NotFound => return Ok(false),
            Err(r) => return Err(r),
        };
        let parameters = DeleteParams { propagation_policy: Some(PropagationPolicy::Background), ..DeleteParams::default() };
        match self.ask(|| api.delete(&of.name, &parameters)).await.map_err(|e| refusal(&e)) {
            Ok(_) => Ok(true),
            Err(r) if r.class == Class::NotFound => Ok(false),
            Err(r) => Err(r),
        }
    }

    /// The server's version, such as `v1.36.1`: whether it answers at all.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn version(&self) -> Result<String, Refusal> {
        self.ask(|| self.client.apiserver_version()).await.map(|v| v.git_version).map_err(|e| refusal(&e))
    }
}

fn unreadable(e: &serde_json::Error) -> Refusal {
    Refusal { class: Class::Unreadable, message: format!("the answer cannot be read: {e}"), retry_after: None }
}

/// What an error of the client means.
fn refusal(e: &kube::Error) -> Refusal {
    let (class, message) = match e {
        kube::Error::Api(status) => {
            let class = match status.code {
                401 | 403 => Class::Denied,
                404 => Class::NotFound,
                409 => Class::Conflict,
                429 => Class::RateLimited,
                500.. => Class::Transient,
                _ => Class::Invalid,
            };
            // Whatever stands before an API server answers without a word.
            let silent = || format!("the API server answered {}", status.code);
            (class, Some(status.message.clone()).filter(|m| !m.is_empty()).unwrap_or_else(silent))
        }
        kube::Error::Service(inner) => {
            // Applying twice is the same as applying once: a lost answer is only a reason to ask again.
            let text = inner.downcast_ref::<WireError>().map_or_else(|| inner.to_string(), WireError::line);
            (Class::Transient, text)
        }
        kube::Error::SerdeError(inner) => (Class::Unreadable, inner.to_string()),
        other => (Class::Transient, other.to_string()),
    };
    Refusal { class, message, retry_after: None }
}
