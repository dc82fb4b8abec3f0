//! Who asks.

/// A user as the authenticators found them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct User {
    /// Name, such as `system:serviceaccount:shop:deployer`.
    pub name: String,
    /// Unique id; empty for those that have none.
    pub uid: String,
    /// Groups.
    pub groups: Vec<String>,
}

impl User {
    /// One of the cluster's own parts, which may do everything.
    pub fn system() -> Self {
        Self { name: "system:apiserver".to_owned(), uid: String::new(), groups: vec!["system:masters".to_owned()] }
    }

    /// A service account by its full name; nothing when it is none.
    pub fn account(name: &str) -> Option<Self> {
        let (namespace, _) = name.strip_prefix("system:serviceaccount:")?.split_once(':')?;
        let groups = [
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{namespace}"),
            "system:authenticated".to_owned(),
        ];
        Some(Self { name: name.to_owned(), uid: String::new(), groups: groups.to_vec() })
    }

    /// Somebody without a token.
    pub fn anonymous() -> Self {
        Self { name: "system:anonymous".to_owned(), uid: String::new(), groups: vec!["system:unauthenticated".to_owned()] }
    }

    /// Whether no rule has to be asked.
    pub fn may_everything(&self) -> bool {
        self.groups.iter().any(|g| g == "system:masters")
    }
}
