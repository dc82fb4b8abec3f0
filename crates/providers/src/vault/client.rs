//! The client: one server, and the token that it speaks with, once there is one.

use super::error::{VaultError, failed, unanswered, unreadable};
use crate::{
    budget::Budget,
    rest::{Rest, json},
};
use bytes::Bytes;
use http::{Method, Response};
use pontoon_core::secret::Secret;
use pontoon_wire::{Wire, WireError};
use serde_json::Value;
use std::{cell::RefCell, rc::Rc};

/// One server.
pub struct Vault {
    rest: Rest,
    namespace: Option<String>,
    token: RefCell<Option<Secret>>,
}

impl Vault {
    /// A client at a base address (`https://vault.example.com:8200`), without a token.
    pub fn new(wire: Wire, base: &str, budget: Rc<Budget>) -> Vault {
        Vault { rest: Rest::new(wire, base, budget), namespace: None, token: RefCell::new(None) }
    }
    /// In a namespace of Vault Enterprise.
    #[must_use]
    pub fn in_namespace(self, namespace: &str) -> Vault {
        Vault { namespace: Some(namespace.into()), ..self }
    }
    /// Speaks with this token from now on.
    pub fn use_token(&self, token: Secret) {
        *self.token.borrow_mut() = Some(token);
    }
    /// Whether it has a token.
    pub fn has_token(&self) -> bool {
        self.token.borrow().is_some()
    }

    pub(super) async fn raw(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Response<Bytes>, WireError> {
        // Vault refuses what another site's page might have sent: this header no page can set.
        let mut headers = vec![("x-vault-request", "true")];
        let token = self.token.borrow().clone();
        let proof = token.as_ref().map(|t| ("x-vault-token", t.expose()));
        headers.extend(self.namespace.as_deref().map(|n| ("x-vault-namespace", n)));
        self.rest.send(method, path, proof, &headers, body).await
    }

    pub(super) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, VaultError> {
        let answer = self.raw(&method, path, body).await.map_err(|e| unanswered(&method, path, &e))?;
        if !answer.status().is_success() {
            return Err(failed(&method, path, &answer));
        }
        json(&answer).map_err(|e| unreadable(&method, path, &e))
    }
    pub(super) async fn get(&self, path: &str) -> Result<Value, VaultError> {
        self.call(Method::GET, path, None).await
    }
    /// What is not there is none.
    pub(super) async fn find(&self, path: &str) -> Result<Option<Value>, VaultError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(e) if e.status == Some(404) => Ok(None),
            Err(e) => Err(e),
        }
    }
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, VaultError> {
        self.call(Method::POST, path, Some(body)).await
    }
}
