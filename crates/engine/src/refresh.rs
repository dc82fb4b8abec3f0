//! Refresh: what exists now, by as few calls as the planner can ask with.

use crate::ports::{Ports, Refusal};
use futures::future::join_all;
use pontoon_core::{
    call::{Class, Listing},
    event::What,
    plan::Survey,
    value::Value,
};
use std::time::Duration;

/// How often a read that failed for a passing reason is tried again.
const TRIES: u32 = 6;

/// A read that failed for good.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot read {what}: {message}")]
pub struct RefreshError {
    /// What was asked for.
    pub what: String,
    /// The path of the call.
    pub path: String,
    /// The class of the refusal.
    pub class: Class,
    /// What the vendor said.
    pub message: String,
    /// The token scope that the call needs.
    pub scope: String,
}

/// Asks until the planner knows enough; each round's questions at the same time.
///
/// # Errors
/// The first question that cannot be answered.
pub async fn refresh(ports: &Ports<'_>, survey: &mut dyn Survey) -> Result<(), RefreshError> {
    loop {
        let questions = survey.questions();
        if questions.is_empty() {
            return Ok(());
        }
        let answers = join_all(questions.iter().map(|q| fetch(ports, &q.listing))).await;
        for (question, answer) in questions.iter().zip(answers) {
            let (objects, _) = answer.map_err(|r| RefreshError {
                what: question.key.clone(),
                path: question.listing.call.path.to_string(),
                class: r.class,
                message: r.message,
                scope: question.listing.call.scope.clone(),
            })?;
            survey.answer(&question.key, objects);
        }
    }
}

/// One listing, tried again while that may help.
///
/// # Errors
/// A refusal that stays, or the last of too many.
pub async fn fetch(ports: &Ports<'_>, listing: &Listing) -> Result<(Vec<Value>, i64), Refusal> {
    let mut tries = 0;
    loop {
        match ports.provider.list(listing).await {
            Ok(found) => return Ok(found),
            Err(r) if tries < TRIES && passes(r.class) => {
                let pause = r.retry_after.unwrap_or(Duration::from_secs(1 << tries));
                ports.tell(What::Retrying { step: None, class: r.class, seconds: pause.as_secs(), message: r.message });
                ports.clock.sleep(pause).await;
                tries += 1;
            }
            Err(r) => return Err(r),
        }
    }
}

/// Whether a read that met this may succeed later. An unclear read is just a failed one.
fn passes(class: Class) -> bool {
    matches!(class, Class::RateLimited | Class::Conflict | Class::Transient | Class::Indeterminate)
}
