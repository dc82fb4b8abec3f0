//! Outgoing mail.

use super::Off;
use crate::{
    section::{choice, section, tagged},
    types::{AwsRegion, MailName},
};

tagged! {
    /// Outgoing mail. Its identity exists once for all environments.
    pub enum Email {
        /// Amazon SES.
        Ses(Ses) = "ses",
        /// None.
        None(Off) = "none",
    }
}

section! {
    /// Mail by Amazon SES.
    pub struct Ses {
        /// The region of AWS.
        region "region": AwsRegion = required,
        /// The sender: what stands before the `@` of the environment's domain.
        from "from": MailName = default "no-reply",
        /// What receivers do with mail that only pretends to be ours.
        dmarc "dmarc": Dmarc = default "{}",
    }
}

section! {
    /// What receivers do with mail that only pretends to be ours.
    pub struct Dmarc {
        /// What they do.
        policy "policy": DmarcPolicy = default "none",
        /// Who gets their reports.
        reports "reports": MailName = optional,
    }
}

choice! {
    /// What receivers do with forged mail.
    pub enum DmarcPolicy {
        /// Only report it.
        None = "none",
        /// Put it aside.
        Quarantine = "quarantine",
        /// Refuse it.
        Reject = "reject",
    }
}
