//! Where the secrets of a local world go: a file beside it, which stands for the Secrets of its
//! cluster. Nothing in it opens anything outside of the world.

use pontoon_core::{address::Address, secret::Secret};
use pontoon_engine::{Secrets, ports::Boxed};
use std::{collections::BTreeMap, io::Write, path::PathBuf};

/// Secrets in a file that only its owner may read.
pub struct LocalSecrets {
    path: PathBuf,
}

impl LocalSecrets {
    /// In this file.
    pub fn new(path: PathBuf) -> LocalSecrets {
        LocalSecrets { path }
    }

    /// The secret of that key: a path of the store, or `address#name` of what a vendor showed once.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read(&self, key: &str) -> std::io::Result<Option<Secret>> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let mut all: BTreeMap<String, String> = serde_json::from_str(&text)?;
        Ok(all.remove(key).map(Secret::new))
    }

    /// Keeps a secret under a key.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, key: String, secret: &Secret) -> std::io::Result<()> {
        let mut all: BTreeMap<String, String> = match std::fs::read_to_string(&self.path) {
            Ok(text) => serde_json::from_str(&text)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(e),
        };
        all.insert(key, secret.expose().to_owned());
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let draft = self.path.with_extension("draft");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(serde_json::to_string_pretty(&all)?.as_bytes())?;
        file.sync_data()?;
        std::fs::rename(draft, &self.path)
    }
}

impl Secrets for LocalSecrets {
    fn put<'a>(&'a self, address: &'a Address, name: &'a str, secret: Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(
            async move { self.write(format!("{address}#{name}"), &secret).map_err(|e| format!("{}: {e}", self.path.display())) },
        )
    }
}
