//! The files of a commit.

use super::{GitHub, GitHubError, RepositoryName, error::unreadable};
use crate::rest::text;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::try_join_all;
use serde_json::Value;
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;

/// A file in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Git's id of its content: the same content has the same id.
    pub id: String,
    /// Its mode: `100644`, `100755` where it can be run, `120000` for a link.
    pub mode: String,
}

/// All files of a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The tree's own id.
    pub id: String,
    /// The files, by path.
    pub files: BTreeMap<String, Entry>,
}

/// The id that Git gives to a content, so that files can be compared without being read.
pub fn blob_id(content: &[u8]) -> String {
    let digest = Sha1::new().chain_update(format!("blob {}\0", content.len())).chain_update(content).finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

impl Tree {
    /// Whether a file stands there with this content.
    pub fn holds(&self, path: &str, content: &[u8]) -> bool {
        self.files.get(path).is_some_and(|e| e.id == blob_id(content))
    }
}

impl GitHub {
    /// The files of a commit, without their contents: one call, or one for each folder where GitHub cuts a list short.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn tree(&self, repository: &RepositoryName, commit: &str) -> Result<Tree, GitHubError> {
        let id = self.tree_of(repository, commit).await?;
        let whole = self.get(&repository.path(&format!("/git/trees/{id}?recursive=1"))).await?;
        let mut tree = Tree { id: id.clone(), files: BTreeMap::new() };
        if whole["truncated"] != true {
            gather(&whole, "", &mut tree.files);
            return Ok(tree);
        }
        let mut folders = vec![(String::new(), id)];
        while let Some((prefix, id)) = folders.pop() {
            let one = self.get(&repository.path(&format!("/git/trees/{id}"))).await?;
            folders.extend(gather(&one, &prefix, &mut tree.files));
        }
        Ok(tree)
    }

    /// The id of a commit's tree.
    pub(super) async fn tree_of(&self, repository: &RepositoryName, commit: &str) -> Result<String, GitHubError> {
        let path = repository.path(&format!("/git/commits/{commit}"));
        let id = text(&self.get(&path).await?, "/tree/sha");
        if id.is_empty() { Err(unreadable("GET", &path, "the commit has no tree")) } else { Ok(id) }
    }

    /// The content of one file, by its id.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn blob(&self, repository: &RepositoryName, id: &str) -> Result<Vec<u8>, GitHubError> {
        let path = repository.path(&format!("/git/blobs/{id}"));
        let blob = self.get(&path).await?;
        let plain: String = text(&blob, "/content").split_ascii_whitespace().collect();
        match blob["encoding"].as_str() {
            Some("base64") => STANDARD.decode(plain).map_err(|e| unreadable("GET", &path, &e.to_string())),
            Some("utf-8") => Ok(text(&blob, "/content").into_bytes()),
            _ => Err(unreadable("GET", &path, "the content has no encoding that is known")),
        }
    }

    /// The contents of the files that are wanted, one call each, as many at the same time as the budget allows.
    ///
    /// # Errors
    /// Where GitHub refuses one of them.
    pub async fn contents(
        &self,
        repository: &RepositoryName,
        tree: &Tree,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, Vec<u8>>, GitHubError> {
        let files = tree.files.iter().filter(|(path, _)| wanted(path));
        let reads = files.map(|(path, e)| async move { Ok((path.clone(), self.blob(repository, &e.id).await?)) });
        Ok(try_join_all(reads).await?.into_iter().collect())
    }
}

/// Takes the files of one answer in, and gives back its folders.
fn gather(answer: &Value, prefix: &str, files: &mut BTreeMap<String, Entry>) -> Vec<(String, String)> {
    let mut folders = Vec::new();
    for entry in answer["tree"].as_array().into_iter().flatten() {
        let (path, id) = (format!("{prefix}{}", text(entry, "/path")), text(entry, "/sha"));
        match entry["type"].as_str() {
            Some("blob") => {
                files.insert(path, Entry { id, mode: text(entry, "/mode") });
            }
            Some("tree") => folders.push((format!("{path}/"), id)),
            _ => {}
        }
    }
    folders
}
