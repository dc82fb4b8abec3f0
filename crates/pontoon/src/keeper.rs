//! Where the values of Secrets are kept.

use pontoon_core::secret::Secret;
use pontoon_deliver::values::Keeper;
use pontoon_engine::ports::Boxed;
use pontoon_local::LocalSecrets;

/// In a file that only its owner may read.
pub struct File<'a> {
    /// The file.
    pub secrets: &'a LocalSecrets,
    /// In a local world, what it accepts where a real one asks a person: its API token.
    pub stand_ins: Option<Secret>,
}

impl Keeper for File<'_> {
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move { self.secrets.read(path).map_err(|e| e.to_string()) })
    }
    fn given<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move { Ok(self.get(path).await?.or_else(|| self.stand_in(path))) })
    }
    fn put<'a>(&'a self, path: &'a str, value: &'a Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move { self.secrets.write(path.to_owned(), value).map_err(|e| e.to_string()) })
    }
}

impl File<'_> {
    /// What a local world takes for a value that a person would give. Words in capitals are given, all others are drawn.
    fn stand_in(&self, path: &str) -> Option<Secret> {
        let token = self.stand_ins.as_ref()?;
        match path.rsplit('/').next()? {
            "DNS_TOKEN" => Some(token.clone()),
            "VAULT_ROLE_ID" => Some(Secret::new("role-doks-deployer")),
            "VAULT_SECRET_ID" => Some(Secret::new("pontoon-local-secret-id")),
            name if name.contains("WEBHOOK") || name.contains("URL") => Some(Secret::new("https://hooks.example.com/local")),
            name => Some(Secret::new(format!("local-{}", name.to_lowercase()))),
        }
    }
}
