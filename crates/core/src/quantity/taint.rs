//! Taints of nodes.

use super::{Misread, text_quantity};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// New ones do not come.
    NoSchedule,
    /// New ones come only where nothing else is free.
    PreferNoSchedule,
    /// New ones do not come, and those that are there leave.
    NoExecute,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A taint as kubectl writes it: `service=monitoring:NoSchedule`, or `key:NoSchedule` without a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; may be empty.
    pub value: String,
    /// What it does.
    pub effect: Effect,
}

impl FromStr for Taint {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Taint, Misread> {
        let misread = |why: &str| {
            Misread::new(format!("`{text}` is not a taint: {why}"))
                .hint("write key=value:Effect, such as service=monitoring:NoSchedule")
        };
        let (pair, effect) = text.rsplit_once(':').ok_or_else(|| misread("it has no effect"))?;
        let effect = match effect {
            "NoSchedule" => Effect::NoSchedule,
            "PreferNoSchedule" => Effect::PreferNoSchedule,
            "NoExecute" => Effect::NoExecute,
            _ => return Err(misread("the effect is NoSchedule, PreferNoSchedule or NoExecute")),
        };
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |t: &str| t.len() <= 63 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
        if key.is_empty() || !plain(key) || !plain(value) || value.contains('/') {
            return Err(misread("keys and values have letters, digits, `-`, `_` and `.`"));
        }
        Ok(Taint { key: key.into(), value: value.into(), effect })
    }
}

impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(f, "{}{equals}{}:{}", self.key, self.value, self.effect)
    }
}
text_quantity!(Taint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubectl_writes() {
        for text in
            ["service=app:PreferNoSchedule", "service=monitoring:NoSchedule", "gpu:NoExecute", "example.com/x=y:NoSchedule"]
        {
            assert_eq!(text.parse::<Taint>().map(|t| t.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["service=app", "=x:NoSchedule", "a=b:noschedule", "a b:NoSchedule", ""] {
            assert!(wrong.parse::<Taint>().is_err(), "{wrong}");
        }
    }
}
