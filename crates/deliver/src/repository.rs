//! The repository: made or taken over, filled in one commit, its key registered, its branch protected last.
//!
//! Everything is compared first and written only where it differs. A commit names the head that it was made for; who
//! moved the branch in between wins, and the change is made again for the new head. A protected branch gets a pull request.

use pontoon_core::{
    call::Class,
    event::{Event, What},
};
use pontoon_engine::Clock;
use pontoon_providers::github::{
    Changes, Environment, GitHub, GitHubError, NewRepository, OwnerKind, PullText, Reason, Repository, RepositoryName, Ruleset,
    Tree,
};
use pontoon_render::inventory::{self, Inventory};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// The ruleset that protects the followed branch.
pub const RULESET: &str = "pontoon";
/// How often a change is made again for a new head.
const TRIES: usize = 5;

/// What the repository is reached with.
pub struct Reach<'a> {
    /// The client.
    pub github: &'a GitHub,
    /// Which repository.
    pub name: RepositoryName,
    /// Whose tree it holds.
    pub platform: String,
    /// The followed branch.
    pub branch: String,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Told what happens.
    pub observer: &'a dyn Fn(Event),
}

/// Why the repository is not as it should be, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Trouble {
    /// What was tried.
    pub what: String,
    /// Why not.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// The branch holds it, at this commit.
    On {
        /// The commit.
        head: String,
        /// Whether it was made by this run.
        changed: bool,
    },
    /// It waits in a pull request.
    Waits {
        /// Where.
        url: String,
        /// The commit that it proposes.
        proposed: String,
        /// The commit of the followed branch meanwhile.
        head: String,
    },
}

/// A file that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What stands there now.
    pub before: Option<String>,
    /// What would; none where it is removed.
    pub after: Option<String>,
    /// Whether a person changed it as well: `up` refuses until somebody has decided.
    pub disputed: bool,
}

/// What the branch holds now.
#[derive(Default)]
pub struct Seen {
    /// Its commit; none where there is none yet.
    pub head: Option<String>,
    /// Its files.
    pub tree: Tree,
    /// The inventory that stands in it.
    pub inventory: Inventory,
}

impl Seen {
    /// Git's ids of its files.
    fn ids(&self) -> BTreeMap<String, String> {
        self.tree.files.iter().map(|(path, entry)| (path.clone(), entry.id.clone())).collect()
    }

    /// Files of ours that are not as they were last written, each with whether it is gone: a person's doing.
    pub fn edited(&self) -> Vec<(String, bool)> {
        let now = |path: &str| self.tree.files.get(path).map(|entry| &entry.id);
        let ours = self.inventory.files.iter().filter(|(path, id)| now(path) != Some(id));
        ours.map(|(path, _)| (path.clone(), now(path).is_none())).collect()
    }

    /// Which of these files it does not hold as they are.
    fn lacks<'f>(&self, files: &'f BTreeMap<String, Vec<u8>>) -> impl Iterator<Item = (&'f String, &'f Vec<u8>)> {
        files.iter().filter(|(path, bytes)| !self.tree.holds(path, bytes))
    }
}

impl Reach<'_> {
    pub(crate) fn tell(&self, what: String) {
        (self.observer)(Event { at: self.clock.now().to_string(), what: What::Delivered { what } });
    }

    /// Tries again what passes by itself.
    pub(crate) async fn patient<T>(&self, what: &str, call: impl AsyncFn() -> Result<T, GitHubError>) -> Result<T, Trouble> {
        let mut tries = 0;
        loop {
            match call().await {
                Ok(done) => return Ok(done),
                Err(e) if tries < TRIES && matches!(e.class, Class::RateLimited | Class::Transient | Class::Indeterminate) => {
                    tries += 1;
                    self.clock.sleep(e.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
                }
                Err(e) => return Err(self.trouble(what, &e)),
            }
        }
    }

    fn trouble(&self, what: &str, e: &GitHubError) -> Trouble {
        let hidden = e.class == Class::NotFound && e.permission.is_some();
        let remedy = match e.reason {
            Some(Reason::Token) => "set GITHUB_TOKEN to a token that is valid".to_owned(),
            Some(Reason::Permission) | None if e.class == Class::Denied || hidden => match &e.permission {
                Some(scope) if scope.starts_with("the scope ") => {
                    format!("give the token in GITHUB_TOKEN {scope}, at https://github.com/settings/tokens")
                }
                Some(permission) => format!("give the token the permission {permission} on {}", self.name),
                None => format!(
                    "give the token access to {}: administration, contents, pull requests, secrets and environments",
                    self.name
                ),
            },
            Some(Reason::KeysForbidden) => "let the organization allow deploy keys (Settings, Deploy keys)".into(),
            Some(Reason::KeyTaken) => "the key is registered elsewhere: pontoon secret rotate DEPLOY_KEY makes another".into(),
            Some(Reason::Plan) => "change the owner's plan, or make the repository public".into(),
            _ => "run it again; what is wrong: pontoon doctor".into(),
        };
        Trouble { what: what.into(), why: e.to_string(), remedy }
    }

    /// Makes the repository where it is not there.
    ///
    /// # Errors
    /// Where GitHub refuses, or it is archived.
    pub async fn ensure(&self) -> Result<Repository, Trouble> {
        let what = format!("repository {}", self.name);
        if let Some(there) = self.patient(&what, async || self.github.repository(&self.name).await).await? {
            if there.archived {
                let remedy = "unarchive it on GitHub, or name another in delivery.repository".into();
                return Err(Trouble { what, why: "it is archived: nothing can be written to it".into(), remedy });
            }
            return Ok(there);
        }
        let me = self.patient("GitHub account", async || self.github.whoami().await).await?;
        let under = if me.login == self.name.owner { OwnerKind::User } else { OwnerKind::Organization };
        let new = NewRepository {
            name: self.name.clone(),
            private: true,
            description: format!("What runs in the clusters of {}, written by Pontoon", self.platform),
        };
        let made = self
            .patient(&what, async || match self.github.create_repository(&new, under).await {
                // An answer that was lost: it is there by now.
                Err(e) if e.is(Reason::Exists) => self.github.repository(&self.name).await?.ok_or(e),
                other => other,
            })
            .await?;
        self.tell(format!("{what} made"));
        Ok(made)
    }

    /// What the followed branch holds.
    ///
    /// # Errors
    /// Where GitHub refuses, or the branch holds another platform's tree.
    pub async fn look(&self) -> Result<Seen, Trouble> {
        let what = format!("branch {} of {}", self.branch, self.name);
        let Some(head) = self.patient(&what, async || self.github.head(&self.name, &self.branch).await).await? else {
            return Ok(Seen { head: None, tree: Tree::default(), inventory: Inventory::default() });
        };
        let tree = self.patient(&what, async || self.github.tree(&self.name, &head).await).await?;
        let text = self.read(&tree, |path| path == inventory::PATH).await?.into_values().next();
        let inventory = Inventory::read(text.as_deref());
        if let Some(other) = inventory.of_another(&self.platform) {
            return Err(Trouble {
                what,
                why: format!("it holds the tree of platform {other}, and this is {}", self.platform),
                remedy: "each platform has a repository of its own: name another in delivery.repository".into(),
            });
        }
        Ok(Seen { head: Some(head), inventory, tree })
    }

    /// The text of some files.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn read(&self, tree: &Tree, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, String>, Trouble> {
        let what = format!("files of {}", self.name);
        let found = self.patient(&what, async || self.github.contents(&self.name, tree, &wanted).await).await?;
        Ok(found.into_iter().filter_map(|(path, bytes)| Some((path, String::from_utf8(bytes).ok()?))).collect())
    }

    /// What `land` would write, file by file, with what stands there now; nothing is written.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn compare(
        &self,
        seen: &Seen,
        wanted: &BTreeMap<String, String>,
        beside: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<FileChange>, Trouble> {
        let change = seen.inventory.change(&self.platform, &seen.ids(), wanted);
        let mut after: BTreeMap<String, Option<String>> = change.files;
        after.remove(inventory::PATH);
        let own = |bytes: &Vec<u8>| Some(String::from_utf8_lossy(bytes).into_owned());
        after.extend(seen.lacks(beside).map(|(p, b)| (p.clone(), own(b))));
        after.extend(change.disputed.iter().map(|p| (p.clone(), wanted.get(p).cloned())));
        let mut before = self.read(&seen.tree, |path| after.contains_key(path)).await?;
        let one = |(path, after): (String, Option<String>)| FileChange {
            before: before.remove(&path),
            disputed: change.disputed.contains(&path),
            after,
            path,
        };
        Ok(after.into_iter().map(one).collect())
    }

    /// Brings the branch to hold `wanted`, in one commit or, where it is protected, in one pull request from
    /// `pontoon/<topic>`; `review` asks for a pull request in any case. Files that `beside` names are written as well, and
    /// never removed: a person's own. `seen` is the branch as `wanted` was made for it.
    ///
    /// # Errors
    /// Where GitHub refuses, or a person changed a file that would change as well.
    pub async fn land(
        &self,
        seen: Seen,
        wanted: &BTreeMap<String, String>,
        beside: &BTreeMap<String, Vec<u8>>,
        topic: &str,
        message: &str,
        review: bool,
    ) -> Result<Landed, Trouble> {
        let what = format!("commit to {}", self.name);
        let mut first = Some(seen);
        for _ in 0..TRIES {
            let seen = match first.take() {
                Some(seen) => seen,
                None => self.look().await?,
            };
            let change = seen.inventory.change(&self.platform, &seen.ids(), wanted);
            if let Some(first) = change.foreign.iter().next() {
                return Err(Trouble {
                    what,
                    why: format!("it has other content, which would be written over: {}", some(&change.foreign)),
                    remedy: format!(
                        "move it away in a commit of yours (git mv {first} …), or name an empty repository in delivery.repository; then: pontoon up"
                    ),
                });
            }
            if let Some(first) = change.disputed.iter().next() {
                return Err(Trouble {
                    what,
                    why: format!("a person changed what would change as well: {}", some(&change.disputed)),
                    remedy: format!(
                        "move what {first} should say into platform.yaml, or put the file back: git checkout <last pontoon commit> -- {first}"
                    ),
                });
            }
            let mut changes: Changes = change.files.into_iter().map(|(p, t)| (p, t.map(String::into_bytes))).collect();
            changes.extend(seen.lacks(beside).map(|(p, b)| (p.clone(), Some(b.clone()))));
            if review && seen.head.is_some() && !changes.is_empty() {
                return self.propose(&seen, &changes, topic, message).await;
            }
            let Some(head) = seen.head.clone().filter(|_| changes.is_empty()) else {
                match self.github.commit(&self.name, &self.branch, seen.head.as_deref(), &changes, message).await {
                    Ok(done) => {
                        self.tell(format!("{} files in commit {} of {}", changes.len(), short(&done.head), self.name));
                        return Ok(Landed::On { head: done.head, changed: true });
                    }
                    Err(e) if e.is(Reason::Protected) => return self.propose(&seen, &changes, topic, message).await,
                    Err(e) if e.is(Reason::Moved) || e.class == Class::Indeterminate || e.class == Class::Conflict => continue,
                    Err(e) if matches!(e.class, Class::RateLimited | Class::Transient) => {
                        self.clock.sleep(e.retry_after.unwrap_or(Duration::from_secs(5))).await;
                        continue;
                    }
                    Err(e) => return Err(self.trouble(&what, &e)),
                }
            };
            return Ok(Landed::On { head, changed: false });
        }
        Err(Trouble {
            what,
            why: "the branch moves on faster than it can be written".into(),
            remedy: "run it again when nobody pushes".into(),
        })
    }

    /// The same change in a pull request: one for each topic, brought up to date when there is one.
    async fn propose(&self, seen: &Seen, changes: &Changes, topic: &str, message: &str) -> Result<Landed, Trouble> {
        let what = format!("pull request to {}", self.name);
        let branch = format!("pontoon/{topic}");
        let Some(base) = seen.head.clone() else {
            return Err(Trouble {
                what,
                why: "the branch is protected before it exists".into(),
                remedy: format!("lift the protection of {} for its first commit", self.branch),
            });
        };
        // A branch of an earlier proposal may be behind: it is begun anew from where the followed branch stands.
        let open = self.patient(&what, async || self.github.open_pull(&self.name, &branch).await).await?;
        let head = self.patient(&what, async || self.github.head(&self.name, &branch).await).await?;
        let at = match head {
            Some(head) if open.is_some() => head,
            Some(_) => {
                self.patient(&what, async || self.github.delete_branch(&self.name, &branch).await).await?;
                self.patient(&what, async || self.github.create_branch(&self.name, &branch, &base).await).await?;
                base.clone()
            }
            None => {
                self.patient(&what, async || self.github.create_branch(&self.name, &branch, &base).await).await?;
                base.clone()
            }
        };
        let there = self.patient(&what, async || self.github.tree(&self.name, &at).await).await?;
        let left: Changes = changes
            .iter()
            .filter(|(path, content)| match content {
                Some(bytes) => !there.holds(path, bytes),
                None => there.files.contains_key(*path),
            })
            .map(|(path, content)| (path.clone(), content.clone()))
            .collect();
        let proposed = match left.is_empty() {
            true => at,
            false => {
                let made = async || self.github.commit(&self.name, &branch, Some(&at), &left, message).await;
                self.patient(&what, made).await?.head
            }
        };
        let mut body = String::from("Written by `pontoon up` from `platform.yaml`.\n\n");
        for (path, content) in changes {
            body.push_str(&format!("- {} `{path}`\n", if content.is_some() { "writes" } else { "removes" }));
        }
        let says = PullText { title: message.lines().next().unwrap_or(message).to_owned(), body };
        let pull = match open {
            Some(pull) => self.patient(&what, async || self.github.update_pull(&self.name, pull.number, &says).await).await?,
            None => self.patient(&what, async || self.github.create_pull(&self.name, &branch, &self.branch, &says).await).await?,
        };
        self.tell(format!("pull request {}", pull.html_url));
        Ok(Landed::Waits { url: pull.html_url, proposed, head: base })
    }

    /// Registers the public half of a deploy key.
    ///
    /// # Errors
    /// Where GitHub refuses: the key belongs to another repository, or none is allowed.
    pub async fn deploy_key(&self, title: &str, public: &str) -> Result<(), Trouble> {
        let what = format!("deploy key of {}", self.name);
        let bare = public.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let all = self.patient(&what, async || self.github.deploy_keys(&self.name).await).await?;
        if !all.iter().any(|k| k.key == bare && k.read_only) {
            self.patient(&what, async || match self.github.add_deploy_key(&self.name, title, public, true).await {
                // An answer that was lost: it is ours already.
                Err(e) if e.is(Reason::KeyTaken) && self.github.deploy_keys(&self.name).await?.iter().any(|k| k.key == bare) => {
                    Ok(())
                }
                other => other.map(|_| ()),
            })
            .await?;
            self.tell(format!("deploy key {title} registered"));
        }
        Ok(())
    }

    /// Removes the deploy keys of a title that are others than this one; without one, all of them. What is registered
    /// under another title, or elsewhere, is never touched.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn retire_keys(&self, title: &str, public: Option<&str>) -> Result<usize, Trouble> {
        let what = format!("deploy key of {}", self.name);
        let bare = public.map(|p| p.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        let all = self.patient(&what, async || self.github.deploy_keys(&self.name).await).await?;
        let mut gone = 0;
        for old in all.iter().filter(|k| k.title == title && Some(&k.key) != bare.as_ref()) {
            self.patient(&what, async || self.github.delete_deploy_key(&self.name, old.id).await).await?;
            gone += 1;
        }
        Ok(gone)
    }

    /// Makes GitHub's environments of these names.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn environments(&self, names: &BTreeSet<String>) -> Result<Vec<String>, Trouble> {
        let what = format!("environments of {}", self.name);
        let mut said = Vec::new();
        let there = match self.github.environments(&self.name).await {
            Ok(there) => there,
            Err(e) if e.is(Reason::Plan) => return Ok(vec![format!("{what}: {e}")]),
            Err(_) => self.patient(&what, async || self.github.environments(&self.name).await).await?,
        };
        for name in names.iter().filter(|n| !there.iter().any(|e| e.name == **n)) {
            let wanted = Environment { name: name.clone(), ..Environment::default() };
            match self.github.put_environment(&self.name, &wanted).await {
                Ok(()) => self.tell(format!("environment {name} of {}", self.name)),
                Err(e) if e.is(Reason::Plan) => said.push(format!("{what}: {e}")),
                Err(e) => return Err(self.trouble(&what, &e)),
            }
        }
        Ok(said)
    }

    /// Protects the followed branch: changes come by pull requests whose checks succeeded. Returns what the owner's plan
    /// does not allow.
    ///
    /// # Errors
    /// Where GitHub refuses for another reason.
    pub async fn protect(&self, checks: &BTreeSet<String>) -> Result<Option<String>, Trouble> {
        let what = format!("protection of {}", self.branch);
        let wanted = Ruleset {
            name: RULESET.into(),
            branches: BTreeSet::from([format!("refs/heads/{}", self.branch)]),
            pull_requests: Some(0),
            checks: checks.clone(),
            strict_checks: false,
            deletion: false,
            force: false,
            bypass: BTreeSet::new(),
        };
        match self.github.put_ruleset(&self.name, &wanted).await {
            Ok(pontoon_providers::github::Put::Unchanged) => Ok(None),
            Ok(_) => {
                self.tell(format!("branch {} of {} protected", self.branch, self.name));
                Ok(None)
            }
            Err(e) if e.is(Reason::Plan) => Ok(Some(format!("{what}: {e}"))),
            Err(e) if matches!(e.class, Class::RateLimited | Class::Transient | Class::Indeterminate) => {
                self.patient(&what, async || self.github.put_ruleset(&self.name, &wanted).await).await.map(|_| None)
            }
            Err(e) => Err(self.trouble(&what, &e)),
        }
    }
}

/// The first paths of many.
fn some(paths: &BTreeSet<String>) -> String {
    let first: Vec<&str> = paths.iter().take(5).map(String::as_str).collect();
    let rest = paths.len() - first.len();
    if rest == 0 { first.join(", ") } else { format!("{} and {rest} more", first.join(", ")) }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
