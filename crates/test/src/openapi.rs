//! A vendor's published OpenAPI 3.0 document as a judge of what was really said: DigitalOcean's, and GitHub's.
//!
//! [`Contract::check`] takes one request with its reply and answers with every way in which they leave the document:
//! path, method, query, bodies, status. A field that the document does not declare is a violation too, also where the
//! document leaves `additionalProperties` open, because that is where misread field names hide.
//!
//! The document is not part of this repository. It is looked for in `$PONTOON_CONTRACTS`, or else in
//! `../shared/contracts` beside the checkout; [`contract_or_skip`] is how a test asks for it.

mod document;
mod exceptions;
mod exchange;
mod github;
mod judge;
mod pattern;
mod report;
mod routes;
mod scalars;
mod schema;
#[cfg(test)]
mod tests;
mod watch;

pub use exchange::Exchange;
pub use report::{Part, Violation, Wrong};
pub use watch::{ON_PURPOSE, Watch};

use document::Document;
use judge::{Crumb, Judge, Side};
use pontoon_emulator::Vendor;
use routes::{Body, Operation, Place};
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Why a document cannot be used as a contract.
#[derive(Debug)]
pub struct ContractError(String);

impl std::fmt::Display for ContractError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ContractError {}

/// An OpenAPI 3.0 document, compiled: references resolved once, nothing copied while checking.
#[derive(Debug)]
pub struct Contract {
    document: Document,
    vendor: Vendor,
}

/// One operation of the document.
#[derive(Debug, Clone, Copy)]
pub struct OperationInfo<'a> {
    /// In capitals.
    pub method: &'a str,
    /// The path with its parameters in braces.
    pub template: &'a str,
    /// `operationId`.
    pub id: &'a str,
    /// Alternatives of token scopes, each of them a list that is all needed.
    pub scopes: &'a [Vec<String>],
}

impl std::fmt::Display for OperationInfo<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// The folder of contracts: `$PONTOON_CONTRACTS`, or `../shared/contracts` beside the checkout.
#[must_use]
pub fn contracts_dir() -> PathBuf {
    std::env::var_os("PONTOON_CONTRACTS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts")), PathBuf::from)
}

/// The DigitalOcean contract, read once for the whole process, or nothing where it is absent.
///
/// Where it is absent, says so with the name of the test and the reason.
///
/// # Panics
/// When it is absent under `CI=true`: there, a skipped contract test is a failure.
#[must_use]
pub fn contract_or_skip(test: &str) -> Option<&'static Contract> {
    static SHARED: OnceLock<Option<Contract>> = OnceLock::new();
    found_or_skip(SHARED.get_or_init(Contract::load).as_ref(), "digitalocean", test)
}

/// The same for GitHub's contract.
///
/// # Panics
/// As [`contract_or_skip`].
#[must_use]
pub fn github_contract_or_skip(test: &str) -> Option<&'static Contract> {
    static SHARED: OnceLock<Option<Contract>> = OnceLock::new();
    found_or_skip(SHARED.get_or_init(Contract::load_github).as_ref(), "github", test)
}

fn found_or_skip(contract: Option<&'static Contract>, folder: &str, test: &str) -> Option<&'static Contract> {
    if contract.is_none() {
        let why = format!("no {folder}/openapi.json in {} (PONTOON_CONTRACTS)", contracts_dir().display());
        skipped(test, &why);
    }
    contract
}

/// Says that a test was skipped and why, past the capture that keeps what a passing test prints.
///
/// # Panics
/// Under `CI=true`: there, nothing that a witness should have seen may go unseen.
pub fn skipped(test: &str, why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} was skipped, which CI does not allow: {why}");
    // One write, so that tests that run at the same time do not mix their lines.
    let _ = std::io::stderr().write_all(format!("SKIPPED {test}: {why}\n").as_bytes());
}

impl Contract {
    /// The DigitalOcean document of [`contracts_dir`], or nothing where it is absent.
    ///
    /// # Panics
    /// When the document is there and cannot be read or understood: that is no reason to skip.
    #[must_use]
    pub fn load() -> Option<Self> {
        Self::read("digitalocean", Vendor::DigitalOcean)
    }

    /// The same for GitHub's document.
    ///
    /// # Panics
    /// As [`Contract::load`].
    #[must_use]
    pub fn load_github() -> Option<Self> {
        Self::read("github", Vendor::GitHub)
    }

    fn read(folder: &str, vendor: Vendor) -> Option<Self> {
        let path = contracts_dir().join(folder).join("openapi.json");
        if !path.exists() {
            return None;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let contract = Self::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Some(Self { vendor, ..contract })
    }

    /// Whose document it is.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// Compiles a document.
    ///
    /// # Errors
    /// When it is no JSON, or a reference leads nowhere.
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let json: Value = serde_json::from_str(text).map_err(|error| ContractError(error.to_string()))?;
        Document::compile(&json).map(|document| Self { document, vendor: Vendor::DigitalOcean }).map_err(ContractError)
    }

    /// Every operation, by path and method.
    pub fn operations(&self) -> impl Iterator<Item = OperationInfo<'_>> {
        self.document.routes.operations().map(Operation::info)
    }

    /// The operation that answers `method` on a concrete `path`.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<OperationInfo<'_>> {
        let found = self.document.routes.find(path, method)?;
        found.operation.map(Operation::info)
    }

    /// The token scopes of an operation, from its `security`: all of the first alternative. Empty where the document
    /// demands nothing but a valid token, or does not know the operation. `path` may be a template or concrete.
    #[must_use]
    pub fn scope(&self, method: &str, path: &str) -> Vec<String> {
        self.operation(method, path).and_then(|operation| operation.scopes.first().cloned()).unwrap_or_default()
    }

    /// Every way in which the exchange leaves the document, the documented exceptions aside; empty when it keeps it.
    #[must_use]
    pub fn check(&self, exchange: &Exchange) -> Vec<Violation> {
        let mut found = Vec::new();
        let Some(route) = self.document.routes.find(&exchange.path, &exchange.method) else {
            return vec![exchange.violation(Part::Path, "", Wrong::Undeclared, "no such path")];
        };
        let Some(operation) = route.operation else {
            return vec![exchange.violation(Part::Path, "", Wrong::Undeclared, "no such method on this path")];
        };
        self.path(operation, &route.values, exchange, &mut found);
        self.query(operation, exchange, &mut found);
        self.request(operation, exchange, &mut found);
        self.reply(operation, exchange, &mut found);
        found.retain(|violation| match self.vendor {
            Vendor::GitHub => !github::documented(operation, exchange, violation),
            _ => !exceptions::documented(operation, exchange, violation),
        });
        found
    }

    fn path(&self, operation: &Operation, values: &[String], exchange: &Exchange, found: &mut Vec<Violation>) {
        for (name, value) in operation.names().zip(values) {
            let declared = operation.parameters.iter().find(|p| p.place == Place::Path && p.name == name);
            if let Some(schema) = declared.and_then(|parameter| parameter.schema) {
                let value = self.document.typed(schema, value);
                self.judge(Part::Path, Side::Request, exchange).value(&[schema], &value, Crumb::named(name), found);
            }
        }
    }

    fn query(&self, operation: &Operation, exchange: &Exchange, found: &mut Vec<Violation>) {
        let given = exchange.parameters();
        for (name, text) in &given {
            // `tag=a&tag=b` and `tag[]=a` are both ways of repeating one.
            let plain = name.strip_suffix("[]").unwrap_or(name);
            match operation.parameters.iter().find(|p| p.place == Place::Query && (p.name == *name || p.name == plain)) {
                None => found.push(exchange.violation(Part::Query, name, Wrong::Undeclared, "undeclared parameter")),
                Some(parameter) => {
                    if let Some(schema) = parameter.schema {
                        let value = self.document.typed(schema, text);
                        let judge = self.judge(Part::Query, Side::Request, exchange);
                        judge.value(&[schema], &value, Crumb::named(name), found);
                    }
                }
            }
        }
        let missing = |p: &&routes::Parameter| p.required && !given.iter().any(|(name, _)| *name == p.name);
        for parameter in operation.parameters.iter().filter(|p| p.place == Place::Query).filter(missing) {
            found.push(exchange.violation(Part::Query, &parameter.name, Wrong::Missing, "required parameter"));
        }
    }

    fn request(&self, operation: &Operation, exchange: &Exchange, found: &mut Vec<Violation>) {
        match (&operation.body, &exchange.request_body) {
            (None, None) => {}
            (Some(body), None) => {
                if body.required {
                    found.push(exchange.violation(Part::RequestBody, "", Wrong::Missing, "a body is required"));
                }
            }
            (None, Some(_)) => {
                found.push(exchange.violation(Part::RequestBody, "", Wrong::Undeclared, "no body is declared"));
            }
            (Some(body), Some(value)) => {
                if let Some(schema) = body.json() {
                    let judge = self.judge(Part::RequestBody, Side::Request, exchange);
                    judge.value(&[schema], value, Crumb::ROOT, found);
                }
            }
        }
    }

    fn reply(&self, operation: &Operation, exchange: &Exchange, found: &mut Vec<Violation>) {
        let Some(reply) = operation.replies.get(&exchange.status).or(operation.other.as_ref()) else {
            let said = format!("{} is not declared", exchange.status);
            found.push(exchange.violation(Part::Status, "", Wrong::Undeclared, &said));
            return;
        };
        for (name, schema) in &reply.headers {
            if let Some(text) = exchange.response_headers.get(name).and_then(|value| value.to_str().ok()) {
                let value = self.document.typed(*schema, text);
                let judge = self.judge(Part::ReplyHeader, Side::Reply, exchange);
                judge.value(&[*schema], &value, Crumb::named(name), found);
            }
        }
        match &exchange.response_body {
            None if reply.body.is_empty() => {}
            None => found.push(exchange.violation(Part::ReplyBody, "", Wrong::Missing, "a body is declared")),
            Some(_) if reply.body.is_empty() => {
                found.push(exchange.violation(Part::ReplyBody, "", Wrong::Undeclared, "no body is declared"));
            }
            Some(value) => self.reply_body(&reply.body, value, exchange, found),
        }
    }

    fn reply_body(&self, body: &Body, value: &Value, exchange: &Exchange, found: &mut Vec<Violation>) {
        let said = exchange.response_headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = said.split(';').next().unwrap_or_default().trim();
        match body.content.iter().find(|(declared, _)| declared == kind) {
            None => {
                let said = format!("content type {kind:?} is not declared");
                found.push(exchange.violation(Part::ReplyHeader, "content-type", Wrong::Undeclared, &said));
            }
            Some((_, Some(schema))) if kind.ends_with("json") => {
                self.judge(Part::ReplyBody, Side::Reply, exchange).value(&[*schema], value, Crumb::ROOT, found);
            }
            Some(_) => {}
        }
    }

    fn judge<'a>(&'a self, part: Part, side: Side, exchange: &'a Exchange) -> Judge<'a> {
        Judge { schemas: &self.document.schemas, part, side, exchange }
    }
}
