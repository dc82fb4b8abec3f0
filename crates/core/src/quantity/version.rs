//! Versions of Kubernetes: exact, a minor, or a channel.

use super::{Misread, text_quantity};
use std::{fmt, str::FromStr};

/// Which Kubernetes: `1.36.1`, `1.36` (its newest patch), `stable` or `latest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KubernetesVersion {
    /// The newest minor but one that the vendor offers.
    Stable,
    /// The newest that the vendor offers.
    Latest,
    /// The newest patch of a minor.
    Minor(u16, u16),
    /// Exactly this one.
    Exact(u16, u16, u16),
}

impl KubernetesVersion {
    /// Major and minor, where the document says them.
    pub fn minor(self) -> Option<(u16, u16)> {
        match self {
            KubernetesVersion::Minor(major, minor) | KubernetesVersion::Exact(major, minor, _) => Some((major, minor)),
            KubernetesVersion::Stable | KubernetesVersion::Latest => None,
        }
    }
}

impl FromStr for KubernetesVersion {
    type Err = Misread;
    fn from_str(text: &str) -> Result<KubernetesVersion, Misread> {
        match text {
            "stable" => return Ok(KubernetesVersion::Stable),
            "latest" => return Ok(KubernetesVersion::Latest),
            _ => {}
        }
        let misread = |hint: String| Misread::new(format!("`{text}` is not a version of Kubernetes")).hint(hint);
        let bare = text.strip_prefix('v').unwrap_or(text);
        let core = bare.split(['-', '+']).next().unwrap_or(bare);
        let number = |t: &str| {
            (!t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()) && (t == "0" || !t.starts_with('0')))
                .then(|| t.parse().ok())
                .flatten()
        };
        let parts: Option<Vec<u16>> = core.split('.').map(number).collect();
        match parts.as_deref() {
            Some([_, _] | [_, _, _]) if core != text => Err(misread(format!("write \"{core}\""))),
            Some([major, minor]) => Ok(KubernetesVersion::Minor(*major, *minor)),
            Some([major, minor, patch]) => Ok(KubernetesVersion::Exact(*major, *minor, *patch)),
            _ => Err(misread("write \"1.36.1\", \"1.36\", stable or latest".into())),
        }
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KubernetesVersion::Stable => f.write_str("stable"),
            KubernetesVersion::Latest => f.write_str("latest"),
            KubernetesVersion::Minor(major, minor) => write!(f, "{major}.{minor}"),
            KubernetesVersion::Exact(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
        }
    }
}
text_quantity!(KubernetesVersion);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_minor_and_channels() {
        for text in ["1.36.1", "1.36", "stable", "latest"] {
            assert_eq!(text.parse::<KubernetesVersion>().map(|v| v.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("1.36.1-do.0".parse::<KubernetesVersion>().unwrap_err().hint.as_deref(), Some("write \"1.36.1\""));
        assert_eq!("v1.36".parse::<KubernetesVersion>().unwrap_err().hint.as_deref(), Some("write \"1.36\""));
        for wrong in ["1", "1.x", "", "newest", "1.36.1.2", "1.036", "1..2", "99999999.1"] {
            assert!(wrong.parse::<KubernetesVersion>().is_err(), "{wrong}");
        }
    }
}
