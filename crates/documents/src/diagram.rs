//! A picture as a value: boxes, what holds them, and who talks to whom. Nothing here knows how it is drawn.

mod words;

/// Which box, in the order of making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// Which frame, in the order of making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub usize);

/// In which of Mermaid's notations the picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// The platform, its people and its neighbours (C4, level 1).
    C4Context,
    /// What the platform consists of (C4, level 2).
    C4Container,
    /// Boxes and arrows.
    Flowchart,
}

/// What a box stands for: its colour, its sign and its shape follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// People.
    Person,
    /// A system of somebody else.
    Outside,
    /// What requests or routes go through.
    Way,
    /// A part of the platform.
    Service,
    /// An app.
    App,
    /// What holds data.
    Store,
    /// Nodes, networks: what others stand on.
    Ground,
}

impl Kind {
    /// What a reader calls it, in the key of a picture.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Person => "people",
            Kind::Outside => "outside",
            Kind::Way => "way in",
            Kind::Service => "platform",
            Kind::App => "app",
            Kind::Store => "data",
            Kind::Ground => "network, nodes",
        }
    }
    /// The same as a word of CSS.
    pub fn class(self) -> &'static str {
        match self {
            Kind::Person => "person",
            Kind::Outside => "outside",
            Kind::Way => "way-in",
            Kind::Service => "service",
            Kind::App => "app",
            Kind::Store => "store",
            Kind::Ground => "ground",
        }
    }
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it stands for.
    pub kind: Kind,
    /// Its name.
    pub title: String,
    /// What it is, in a few words; may be empty.
    pub caption: String,
    /// What is in it, a line each.
    pub lines: Vec<String>,
    /// What holds it.
    pub group: Option<GroupId>,
}

/// A frame around boxes and other frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub title: String,
    /// What it is; may be empty.
    pub caption: String,
    /// What holds it.
    pub parent: Option<GroupId>,
}

/// An arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// From which box.
    pub from: NodeId,
    /// To which.
    pub to: NodeId,
    /// What goes along it; may be empty.
    pub label: String,
    /// Whether it is drawn dashed: what happens now and then, not with each request.
    pub dashed: bool,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// The name of its file, without an ending.
    pub name: String,
    /// Its title.
    pub title: String,
    /// In one sentence, what it shows.
    pub summary: String,
    /// Its notation.
    pub notation: Notation,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The frames, each after what holds it.
    pub groups: Vec<Group>,
    /// The arrows.
    pub edges: Vec<Edge>,
}

impl Diagram {
    /// An empty picture.
    pub fn new(name: &str, notation: Notation, title: String, summary: String) -> Diagram {
        Diagram { name: name.into(), title, summary, notation, nodes: Vec::new(), groups: Vec::new(), edges: Vec::new() }
    }
    /// Adds a frame.
    pub fn group(&mut self, parent: Option<GroupId>, title: impl Into<String>, caption: impl Into<String>) -> GroupId {
        self.groups.push(Group { title: title.into(), caption: caption.into(), parent });
        GroupId(self.groups.len() - 1)
    }
    /// Adds a box.
    pub fn node(
        &mut self,
        group: Option<GroupId>,
        kind: Kind,
        title: impl Into<String>,
        caption: impl Into<String>,
        lines: Vec<String>,
    ) -> NodeId {
        self.nodes.push(Node { kind, title: title.into(), caption: caption.into(), lines, group });
        NodeId(self.nodes.len() - 1)
    }
    /// Adds an arrow. One that is there already says both things.
    pub fn edge(&mut self, from: NodeId, to: NodeId, label: impl Into<String>, dashed: bool) {
        let label = label.into();
        if from == to {
            return;
        }
        match self.edges.iter_mut().find(|e| e.from == from && e.to == to) {
            Some(there) if there.label.split(", ").any(|l| l == label) || label.is_empty() => {}
            Some(there) if there.label.is_empty() => there.label = label,
            Some(there) => there.label = format!("{}, {label}", there.label),
            None => self.edges.push(Edge { from, to, label, dashed }),
        }
    }
    /// Takes out frames that hold nothing.
    #[must_use]
    pub fn without_empty_groups(mut self) -> Diagram {
        loop {
            let holds = |id: usize| {
                self.nodes.iter().any(|n| n.group == Some(GroupId(id)))
                    || self.groups.iter().any(|g| g.parent == Some(GroupId(id)))
            };
            let Some(empty) = (0..self.groups.len()).find(|id| !holds(*id)) else { return self };
            self.groups.remove(empty);
            let moved = |id: GroupId| if id.0 > empty { GroupId(id.0 - 1) } else { id };
            self.nodes.iter_mut().for_each(|n| n.group = n.group.map(moved));
            self.groups.iter_mut().for_each(|g| g.parent = g.parent.map(moved));
        }
    }
    /// The frames around a box or frame, the nearest first.
    pub fn around(&self, mut at: Option<GroupId>) -> Vec<GroupId> {
        let mut all = Vec::new();
        while let Some(id) = at {
            all.push(id);
            at = self.groups.get(id.0).and_then(|g| g.parent);
        }
        all
    }
}
