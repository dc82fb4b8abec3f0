//! What a server consists of: its mounts and policies.

use super::{Vault, VaultError};
use crate::rest::{encode, encode_path, text};

impl Vault {
    /// Whether a KV engine of version 2 is mounted there; none where nothing is. Any token that may use the mount may ask.
    ///
    /// # Errors
    /// [`super::Cause::Denied`] where the token may not use anything there, which is also said of what is not mounted.
    pub async fn mount_is_kv2(&self, mount: &str) -> Result<Option<bool>, VaultError> {
        let path = format!("/v1/sys/internal/ui/mounts/{}", encode_path(mount.trim_matches('/')));
        let found = self.find(&path).await?;
        Ok(found.map(|v| text(&v, "/data/type") == "kv" && text(&v, "/data/options/version") == "2"))
    }

    /// The text of an ACL policy; none where there is none of that name.
    ///
    /// # Errors
    /// Where Vault refuses.
    pub async fn policy(&self, name: &str) -> Result<Option<String>, VaultError> {
        Ok(self.find(&format!("/v1/sys/policies/acl/{}", encode(name))).await?.map(|v| text(&v, "/data/policy")))
    }
}
