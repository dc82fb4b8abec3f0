//! Gates of promotion: what has to hold before an environment may run what another one runs, as commit statuses that the
//! followed branch requires.
//!
//! A gate stands between two neighbours of the promotion order. Its status is `pontoon/healthy-in-<from>`. It is open for
//! every change that leaves the release of `to` as it is; a change of that release is promoted by the tool, which looks at
//! `from` first and then says so of the very commit that it proposes. Another commit on the same branch says nothing again.

use crate::repository::{Reach, Trouble};
use pontoon_providers::github::{Pull, State, Status, Tree};
use std::collections::BTreeSet;

/// What a gate says.
pub struct Verdict {
    /// Whether it is open.
    pub open: bool,
    /// Why, in a few words.
    pub why: String,
}

/// Between two neighbours of the promotion order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The environment that has to be healthy.
    pub from: String,
    /// The environment that is changed.
    pub to: String,
}

impl Gate {
    /// Every gate of a promotion order.
    pub fn all<'a>(order: impl IntoIterator<Item = &'a str>) -> Vec<Gate> {
        let order: Vec<&str> = order.into_iter().collect();
        order.windows(2).filter_map(|w| Some(Gate { from: (*w.first()?).into(), to: (*w.last()?).into() })).collect()
    }
    /// The context of its status.
    pub fn context(&self) -> String {
        format!("pontoon/healthy-in-{}", self.from)
    }
    /// The file that it guards.
    pub fn release(&self) -> String {
        format!("releases/{}.yaml", self.to)
    }
}

/// The contexts of gates.
pub fn contexts(gates: &[Gate]) -> BTreeSet<String> {
    gates.iter().map(Gate::context).collect()
}

impl Reach<'_> {
    /// Lets each gate speak of a commit; what is said already is not said again.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn speak(&self, gates: &[Gate], commit: &str, of: impl Fn(&Gate) -> Verdict) -> Result<(), Trouble> {
        let what = format!("status of {commit} in {}", self.name);
        let said = self.patient(&what, async || self.github.statuses(&self.name, commit).await).await?;
        for gate in gates {
            let Verdict { open, why } = of(gate);
            let state = if open { State::Success } else { State::Failure };
            let status = Status { state, description: why, target_url: String::new() };
            let context = gate.context();
            if said.get(&context) != Some(&status) {
                self.patient(&what, async || self.github.set_status(&self.name, commit, &context, &status).await).await?;
            }
        }
        Ok(())
    }

    /// Speaks of every open pull request of which no gate spoke yet: people's own.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn speak_of_others(&self, gates: &[Gate]) -> Result<(), Trouble> {
        if gates.is_empty() {
            return Ok(());
        }
        let what = format!("pull requests of {}", self.name);
        let open = self.patient(&what, async || self.github.open_pulls(&self.name, "").await).await?;
        let Some(base) = self.patient(&what, async || self.github.head(&self.name, &self.branch).await).await? else {
            return Ok(());
        };
        for pull in open.iter().filter(|p| p.base == self.branch) {
            self.speak_of(gates, pull, &base).await?;
        }
        Ok(())
    }

    async fn speak_of(&self, gates: &[Gate], pull: &Pull, base: &str) -> Result<(), Trouble> {
        let what = format!("pull request {}", pull.html_url);
        let commit = pull.head_commit.as_str();
        let said = self.patient(&what, async || self.github.statuses(&self.name, commit).await).await?;
        let silent: Vec<Gate> = gates.iter().filter(|g| !said.contains_key(&g.context())).cloned().collect();
        if silent.is_empty() {
            return Ok(());
        }
        let ours = self.patient(&what, async || self.github.tree(&self.name, base).await).await?;
        let theirs = self.patient(&what, async || self.github.tree(&self.name, commit).await).await?;
        let id = |tree: &Tree, path: &str| tree.files.get(path).map(|f| f.id.clone());
        self.speak(&silent, commit, |gate| {
            let path = gate.release();
            let same = id(&ours, &path) == id(&theirs, &path);
            let why = match same {
                true => format!("{} runs what it ran", gate.to),
                false => format!("{} is changed by: pontoon promote {} {}", gate.to, gate.from, gate.to),
            };
            Verdict { open: same, why }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_stands_between_neighbours() {
        let gates = Gate::all(["sandbox", "staging", "production"]);
        let said: Vec<String> = gates.iter().map(|g| format!("{} {}", g.context(), g.release())).collect();
        assert_eq!(
            said,
            ["pontoon/healthy-in-sandbox releases/staging.yaml", "pontoon/healthy-in-staging releases/production.yaml"]
        );
        assert!(Gate::all(["only"]).is_empty());
    }
}
