//! What is said when an exchange leaves the contract.

use std::fmt;

/// Where in the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Method or path, its parameters included.
    Path,
    /// Query parameters.
    Query,
    /// Body of the request.
    RequestBody,
    /// Status of the reply.
    Status,
    /// A header of the reply.
    ReplyHeader,
    /// Body of the reply.
    ReplyBody,
}

impl Part {
    /// Whether the client is to blame; otherwise it is the server.
    #[must_use]
    pub fn is_request(self) -> bool {
        matches!(self, Self::Path | Self::Query | Self::RequestBody)
    }
}

/// How it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// The document does not know it.
    Undeclared,
    /// The document requires it.
    Missing,
    /// Another JSON type.
    Type,
    /// Null where null is not allowed.
    Null,
    /// None of the values listed.
    Enum,
    /// Not of the format or pattern.
    Format,
    /// Too small, large, short or long.
    Range,
    /// A discriminator names no variant.
    Variant,
    /// A field that only the server may set.
    ReadOnly,
}

/// One way in which an exchange leaves the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Method, path and status.
    pub call: String,
    /// Where in the exchange.
    pub part: Part,
    /// JSON pointer within a body, or the name of the parameter or header; empty for the whole.
    pub at: String,
    /// How it is wrong.
    pub wrong: Wrong,
    /// What was found and what was expected.
    pub said: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, part, at, wrong, said } = self;
        write!(f, "{call}: {part:?} {at:?}: {wrong:?}: {said}")
    }
}
