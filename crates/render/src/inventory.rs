//! The inventory of a tree: which files are ours and what we wrote into them, so that a person's files and edits stay.

use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};
use std::collections::{BTreeMap, BTreeSet};

/// Where the inventory stands in the repository.
pub const PATH: &str = ".pontoon/inventory.json";

/// What a person writes into a new repository before anything else; theirs stays where there is one.
const README: &str = "README.md";

/// The files that are ours, each with Git's id of what was written, so that a repository's list is enough to compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Whose tree it is; none in a folder or repository that holds no tree yet.
    pub platform: Option<String>,
    /// Git's ids of what was written, by path.
    pub files: BTreeMap<String, String>,
}

/// What has to happen to files so that a repository holds a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// What is written, and what is removed (`None`).
    pub files: BTreeMap<String, Option<String>>,
    /// Files of ours that a person changed; they stay as the person left them.
    pub kept: BTreeSet<String>,
    /// Files of ours that a person changed, and that would change as well: somebody has to decide.
    pub disputed: BTreeSet<String>,
    /// Files that nobody of ours wrote and that would be written over: somebody has to decide.
    pub foreign: BTreeSet<String>,
}

impl Inventory {
    /// The inventory of these files.
    pub fn of(platform: &str, files: &BTreeMap<String, String>) -> Inventory {
        let files = files.iter().map(|(path, text)| (path.clone(), id(text))).collect();
        Inventory { platform: Some(platform.into()), files }
    }
    /// Reads one; what is not there or cannot be read owns nothing.
    pub fn read(text: Option<&str>) -> Inventory {
        let parsed: Option<Value> = text.and_then(|t| serde_json::from_str(t).ok());
        let files = parsed.as_ref().and_then(|v| v["files"].as_object());
        let pairs = files.into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())));
        let platform = parsed.as_ref().and_then(|v| v["platform"].as_str()).map(str::to_owned);
        Inventory { platform, files: pairs.collect() }
    }
    /// As a file.
    pub fn write(&self) -> String {
        let files: Map<String, Value> = self.files.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
        let whole = json!({ "platform": self.platform, "files": files });
        let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
        text.push('\n');
        text
    }
    /// The platform whose tree this is, where it is another one's than `platform`.
    pub fn of_another(&self, platform: &str) -> Option<&str> {
        self.platform.as_deref().filter(|p| *p != platform)
    }
    /// What changes where this inventory says what we wrote last, `there` is what the repository holds (Git's ids by
    /// path), and `wanted` is the tree. A person's edit is kept where we have nothing new to say, and disputed where we do.
    pub fn change(&self, platform: &str, there: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> Change {
        let mut change = Change::default();
        let mut owned = BTreeMap::new();
        for (path, text) in wanted {
            let new = id(text);
            let (ours, now) = (self.files.get(path), there.get(path));
            let edited = ours.zip(now).is_some_and(|(ours, now)| now != ours);
            owned.insert(path.clone(), new.clone());
            match now {
                Some(now) if *now == new => {}
                Some(_) if edited && ours == Some(&new) => {
                    change.kept.insert(path.clone());
                }
                Some(_) if edited => {
                    change.disputed.insert(path.clone());
                    owned.insert(path.clone(), ours.cloned().unwrap_or_default());
                }
                Some(_) if ours.is_none() => {
                    owned.remove(path);
                    let held = if path == README { &mut change.kept } else { &mut change.foreign };
                    held.insert(path.clone());
                }
                _ => {
                    change.files.insert(path.clone(), Some(text.clone()));
                }
            }
        }
        for (path, ours) in self.files.iter().filter(|(path, _)| !wanted.contains_key(*path)) {
            match there.get(path) {
                Some(now) if now == ours => {
                    change.files.insert(path.clone(), None);
                }
                Some(_) => {
                    change.kept.insert(path.clone());
                }
                None => {}
            }
        }
        let inventory = Inventory { platform: Some(platform.into()), files: owned }.write();
        if there.get(PATH) != Some(&id(&inventory)) {
            change.files.insert(PATH.into(), Some(inventory));
        }
        change
    }
}

/// Git's id of a file's content.
pub fn id(text: &str) -> String {
    let digest = Sha1::new().chain_update(format!("blob {}\0", text.len())).chain_update(text).finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn what_a_person_added_or_edited_stays() {
        let first = files(&[("a.yaml", "1"), ("b.yaml", "1"), ("c.yaml", "1"), ("d.yaml", "1")]);
        let inventory = Inventory::of("shop", &first);
        let mut there = inventory.files.clone();
        there.insert("mine.yaml".into(), id("person"));
        there.insert("b.yaml".into(), id("edited"));
        there.insert("c.yaml".into(), id("edited"));
        // b is wanted as before, c differently, d no more.
        let wanted = files(&[("a.yaml", "2"), ("b.yaml", "1"), ("c.yaml", "2")]);
        let change = inventory.change("shop", &there, &wanted);
        assert_eq!(change.files.get("a.yaml"), Some(&Some("2".to_owned())));
        assert_eq!(change.files.get("d.yaml"), Some(&None));
        assert!(
            !change.files.contains_key("mine.yaml")
                && !change.files.contains_key("b.yaml")
                && !change.files.contains_key("c.yaml")
        );
        assert_eq!(change.kept, BTreeSet::from(["b.yaml".to_owned()]));
        assert_eq!(change.disputed, BTreeSet::from(["c.yaml".to_owned()]));
    }

    #[test]
    fn what_is_there_already_changes_nothing() {
        let wanted = files(&[("a.yaml", "1")]);
        let inventory = Inventory::of("shop", &wanted);
        let mut there = inventory.files.clone();
        there.insert(PATH.into(), id(&inventory.write()));
        assert_eq!(inventory.change("shop", &there, &wanted), Change::default());
    }

    #[test]
    fn what_was_there_before_is_not_written_over() {
        let wanted = files(&[("README.md", "ours"), ("apps/web.yaml", "1"), ("same.yaml", "1"), ("new.yaml", "1")]);
        let there = files(&[("README.md", "theirs"), ("apps/web.yaml", "theirs"), ("same.yaml", "1")]);
        let there = there.iter().map(|(path, text)| (path.clone(), id(text))).collect();
        let change = Inventory::default().change("shop", &there, &wanted);
        assert_eq!(change.foreign, BTreeSet::from(["apps/web.yaml".to_owned()]));
        assert_eq!(change.kept, BTreeSet::from(["README.md".to_owned()]));
        assert_eq!(change.files.keys().collect::<Vec<_>>(), [PATH, "new.yaml"]);
        let written = Inventory::read(change.files[PATH].as_deref());
        assert_eq!(written.files.keys().collect::<Vec<_>>(), ["new.yaml", "same.yaml"]);
        assert_eq!((written.of_another("shop"), written.of_another("bay")), (None, Some("shop")));
    }
}
