//! A refusal: the vendor's error body with its status.

/// What the vendor answers instead of doing what was asked: `{id, message, request_id}` with a status.
///
/// Whatever the request had changed so far is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status, 400 to 599.
    pub status: u16,
    /// The vendor's word for the class of error, such as `not_found`.
    pub id: String,
    /// The sentence for people.
    pub message: String,
    /// Seconds for the `retry-after` header.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal of any status.
    pub fn new(status: u16, id: &str, message: impl Into<String>) -> Self {
        Self { status, id: id.to_owned(), message: message.into(), retry_after: None }
    }

    /// 404 with the vendor's usual sentence.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404, "not_found", "The resource you requested could not be found.")
    }

    /// 400: the request cannot be read, or an argument makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// 401 with the vendor's usual sentence.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "Unable to authenticate you.")
    }

    /// 403: not allowed, or not possible for this object.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// 409: in conflict with what exists.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "conflict", message)
    }

    /// 412: the account or object is not in the state that this call needs.
    pub fn precondition_failed(message: impl Into<String>) -> Self {
        Self::new(412, "precondition_failed", message)
    }

    /// 422: understood and refused.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, "unprocessable_entity", message)
    }

    /// 429 with the seconds to wait.
    #[must_use]
    pub fn too_many_requests(retry_after: u64) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(429, "too_many_requests", "API rate limit exceeded.") }
    }

    /// 500 with the vendor's usual sentence.
    #[must_use]
    pub fn server_error() -> Self {
        Self::new(500, "server_error", "Unexpected server-side error")
    }
}
