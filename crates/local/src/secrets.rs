//! A store of secrets in one file that only its owner may read: of a local world, where it stands for the Secrets of its
//! cluster, and of a real platform that has no store of its own.
//!
//! The file is JSON: by path, either one value, or fields and since when. What a vendor showed once stands under
//! `address#output`.

use jiff::Timestamp;
use pontoon_core::{address::Address, call::Class, secret::Secret};
use pontoon_engine::{
    Clock, Secrets,
    ports::Boxed,
    secret_store::{Kept, Listed, SecretStore, StoreRefusal, VALUE},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, io, path::PathBuf, rc::Rc};

/// Secrets in a file that only its owner may read.
#[derive(Clone)]
pub struct LocalSecrets {
    path: PathBuf,
    clock: Option<Rc<dyn Clock>>,
}

impl LocalSecrets {
    /// In this file.
    pub fn new(path: PathBuf) -> LocalSecrets {
        LocalSecrets { path, clock: None }
    }

    /// With a clock, so that each secret is kept with when it was written.
    #[must_use]
    pub fn dated(self, clock: Rc<dyn Clock>) -> LocalSecrets {
        LocalSecrets { clock: Some(clock), ..self }
    }

    /// The secret of that key: a path of the store, or `address#name` of what a vendor showed once.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read(&self, key: &str) -> io::Result<Option<Secret>> {
        Ok(self.all()?.get(key).and_then(|v| kept(v).fields.remove(VALUE)))
    }

    /// Keeps a secret under a key.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, key: String, secret: &Secret) -> io::Result<()> {
        self.keep(key, &Kept::value(secret.clone()))
    }

    fn keep(&self, key: String, fields: &BTreeMap<String, Secret>) -> io::Result<()> {
        let mut all = self.all()?;
        let fields: Map<String, Value> = fields.iter().map(|(k, v)| (k.clone(), v.expose().into())).collect();
        let since = self.clock.as_ref().map(|c| c.now().to_string());
        all.insert(key, json!({ "fields": fields, "since": since }));
        self.save(&all)
    }

    fn all(&self) -> io::Result<BTreeMap<String, Value>> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(e) => Err(e),
        }
    }

    fn save(&self, all: &BTreeMap<String, Value>) -> io::Result<()> {
        crate::private::write(&self.path, zeroize::Zeroizing::new(serde_json::to_string_pretty(&all)?).as_bytes())
    }

    fn refusal(&self, e: &io::Error) -> StoreRefusal {
        let path = self.path.display();
        let next = match e.kind() {
            io::ErrorKind::InvalidData => format!("it was damaged: put back a copy of {path}, or move it away"),
            _ => format!("see who may, and what is full: ls -l {path}; df -h {path}"),
        };
        StoreRefusal { class: Class::Invalid, message: format!("{path}: {e}"), next }
    }
}

fn kept(value: &Value) -> Kept {
    let secret = |v: &Value| Secret::new(v.as_str().unwrap_or_default());
    match value {
        Value::Object(map) => Kept {
            fields: map["fields"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), secret(v))).collect(),
            since: since(value),
        },
        one => Kept { fields: Kept::value(secret(one)), since: None },
    }
}

fn since(value: &Value) -> Option<Timestamp> {
    value["since"].as_str()?.parse().ok()
}

impl Secrets for LocalSecrets {
    fn put<'a>(&'a self, address: &'a Address, name: &'a str, secret: Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(
            async move { self.write(format!("{address}#{name}"), &secret).map_err(|e| format!("{}: {e}", self.path.display())) },
        )
    }
}

impl SecretStore for LocalSecrets {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Kept>, StoreRefusal>> {
        Box::pin(async move { Ok(self.all().map_err(|e| self.refusal(&e))?.get(path).map(kept)) })
    }
    fn put<'a>(&'a self, path: &'a str, fields: BTreeMap<String, Secret>) -> Boxed<'a, Result<(), StoreRefusal>> {
        Box::pin(async move { self.keep(path.to_owned(), &fields).map_err(|e| self.refusal(&e)) })
    }
    fn list<'a>(&'a self, prefix: &'a str) -> Boxed<'a, Result<Vec<Listed>, StoreRefusal>> {
        Box::pin(async move {
            let all = self.all().map_err(|e| self.refusal(&e))?;
            let below = all.iter().filter(|(path, _)| path.starts_with(prefix) && !path.contains('#'));
            Ok(below.map(|(path, v)| Listed { path: path.clone(), since: since(v) }).collect())
        })
    }
    fn remove<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<(), StoreRefusal>> {
        Box::pin(async move {
            let mut all = self.all().map_err(|e| self.refusal(&e))?;
            if all.remove(path).is_some() {
                self.save(&all).map_err(|e| self.refusal(&e))?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    struct Noon;
    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            "2026-11-21T12:00:00Z".parse().unwrap_or_default()
        }
        fn sleep(&self, _: std::time::Duration) -> Boxed<'static, ()> {
            Box::pin(async {})
        }
    }

    #[test]
    fn what_is_put_is_there_with_its_date_and_nobody_else_may_read_it() {
        let folder = std::env::temp_dir().join(format!("pontoon-secrets-{}", std::process::id()));
        let file = folder.join("values.json");
        std::fs::create_dir_all(&folder).unwrap();
        // As an earlier version wrote it.
        std::fs::write(&file, r#"{"shop/prod/web/OLD": "alt", "prod/x.y/z#secret": "shown"}"#).unwrap();
        let store = LocalSecrets::new(file.clone()).dated(Rc::new(Noon));
        block_on(SecretStore::put(&store, "shop/prod/web/NEW", Kept::value(Secret::new("neu")))).unwrap();
        assert_eq!(store.read("shop/prod/web/OLD").unwrap(), Some(Secret::new("alt")));
        let kept = block_on(store.get("shop/prod/web/NEW")).unwrap().unwrap();
        assert_eq!((kept.fields[VALUE].expose(), kept.since), ("neu", Some(Noon.now())));
        let listed = block_on(store.list("shop/prod/")).unwrap();
        assert_eq!(
            listed.iter().map(|l| (l.path.as_str(), l.since.is_some())).collect::<Vec<_>>(),
            [("shop/prod/web/NEW", true), ("shop/prod/web/OLD", false)]
        );
        assert!(block_on(store.list("other/")).unwrap().is_empty());
        block_on(store.remove("shop/prod/web/OLD")).unwrap();
        assert_eq!(block_on(store.get("shop/prod/web/OLD")).unwrap(), None);
        assert_eq!(store.read("prod/x.y/z#secret").unwrap(), Some(Secret::new("shown")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&file, "{").unwrap();
        let refusal = block_on(store.get("x")).unwrap_err();
        assert!(refusal.message.contains("values.json") && !refusal.next.is_empty());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
