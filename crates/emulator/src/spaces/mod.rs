//! Spaces: object storage in S3's language.

use crate::{Cx, Reply, Req};

/// Answers one request.
pub fn dispatch(_cx: &mut Cx, _req: &Req) -> Reply {
    Reply::raw(501, "application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NotImplemented</Code></Error>")
}
