//! Repositories of a registry: nothing in this world pushes images, so there are none.

use super::found;
use crate::{Cx, Refusal, Reply, Req};

/// `GET …/repositories` and `…/repositoriesV2`.
pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    Reply::page(req, "repositories", Vec::new())
}

/// Anything about one repository.
pub(super) fn absent(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    Err(Refusal::not_found())
}
