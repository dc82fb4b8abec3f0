//! A picture in words, for whoever does not see it: what holds what, and who talks to whom.

use super::{Diagram, GroupId, NodeId};

impl Diagram {
    /// One line that stands in the picture's place.
    pub fn alternative(&self) -> String {
        format!("{}. {}", self.title, self.summary)
    }
    /// The whole picture in sentences: the frames with what they hold, then the arrows.
    pub fn sentences(&self) -> Vec<String> {
        let mut all = Vec::new();
        let outside: Vec<String> = self.held(None);
        for (id, group) in self.groups.iter().enumerate() {
            let caption = if group.caption.is_empty() { String::new() } else { format!(" ({})", group.caption) };
            all.push(format!("{}{caption} holds {}.", group.title, list(&self.held(Some(GroupId(id))))));
        }
        if !outside.is_empty() && !self.groups.is_empty() {
            let verb = if outside.len() == 1 { "stands" } else { "stand" };
            all.push(format!("Outside of all of these {verb} {}.", list(&outside)));
        } else if !outside.is_empty() {
            all.push(format!("It shows {}.", list(&outside)));
        }
        let mut ids: Vec<usize> = (0..self.nodes.len()).filter(|n| self.edges.iter().any(|e| e.from.0 == *n)).collect();
        ids.sort_unstable();
        for id in ids {
            let to: Vec<String> = self.edges.iter().filter(|e| e.from == NodeId(id)).map(|e| self.arrow(e)).collect();
            if let Some(node) = self.nodes.get(id) {
                all.push(format!("From {} to {}.", node.title, list(&to)));
            }
        }
        all
    }
    /// What stands directly in a frame, or in none.
    fn held(&self, group: Option<GroupId>) -> Vec<String> {
        let nodes = self.nodes.iter().filter(|n| n.group == group).map(|n| {
            let mut about: Vec<&str> = Some(n.caption.as_str()).filter(|c| !c.is_empty()).into_iter().collect();
            about.extend(n.lines.iter().map(String::as_str));
            if about.is_empty() { n.title.clone() } else { format!("{} ({})", n.title, about.join(", ")) }
        });
        let groups = self.groups.iter().filter(|g| g.parent == group).map(|g| g.title.clone());
        nodes.chain(groups).collect()
    }
    fn arrow(&self, edge: &super::Edge) -> String {
        let to = self.nodes.get(edge.to.0).map(|n| n.title.as_str()).unwrap_or_default();
        if edge.label.is_empty() { to.to_owned() } else { format!("{to} ({})", edge.label) }
    }
}

/// `a`, `a and b`, `a, b and c`; with semicolons where a part has commas of its own.
pub(crate) fn list(parts: &[String]) -> String {
    let comma = if parts.iter().any(|p| p.contains(", ")) { "; " } else { ", " };
    match parts {
        [] => "nothing".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(comma)),
    }
}
