//! A small model of HCL: what a stack's files consist of, before they are text.
//!
//! Only what the stacks need. The printer writes it as `tofu fmt` would, so that formatting changes nothing.

mod print;

use serde_json::Number;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text; what HCL would read as a template in it is escaped.
    Text(String),
    /// A text of parts, put together when the stack is evaluated.
    Join(Vec<Expr>),
    /// A list.
    List(Vec<Expr>),
    /// A mapping, in this order.
    Map(Vec<(String, Expr)>),
    /// Something that stands elsewhere: `var.name`, `digitalocean_vpc.main.id`, a type such as `string`.
    Path(String),
    /// A function of arguments.
    Call(&'static str, Vec<Expr>),
}

impl Expr {
    /// Something that stands elsewhere.
    pub fn path(path: impl Into<String>) -> Expr {
        Expr::Path(path.into())
    }
}

impl From<&str> for Expr {
    fn from(text: &str) -> Expr {
        Expr::Text(text.into())
    }
}
impl From<String> for Expr {
    fn from(text: String) -> Expr {
        Expr::Text(text)
    }
}
impl From<bool> for Expr {
    fn from(b: bool) -> Expr {
        Expr::Bool(b)
    }
}

/// What stands in a block or a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `name = value`.
    Set(String, Expr),
    /// A block.
    Block(Block),
    /// Lines of a comment, without the sign.
    Comment(String),
    /// An empty line.
    Gap,
}

/// `kind "label" … { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its first word.
    pub kind: String,
    /// The quoted words after it.
    pub labels: Vec<String>,
    /// What stands in it.
    pub body: Body,
}

/// The items of a block or a file, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body(pub Vec<Item>);

impl Body {
    /// Nothing yet.
    pub fn new() -> Body {
        Body::default()
    }
    /// With an attribute.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Expr>) -> Body {
        self.0.push(Item::Set(name.into(), value.into()));
        self
    }
    /// With an attribute, where there is a value.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<Expr>) -> Body {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }
    /// With a block.
    #[must_use]
    pub fn block(mut self, kind: &str, labels: &[&str], body: Body) -> Body {
        let labels = labels.iter().map(|l| (*l).to_owned()).collect();
        self.0.push(Item::Block(Block { kind: kind.into(), labels, body }));
        self
    }
    /// With a comment, which belongs to what follows.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Body {
        self.0.push(Item::Comment(text.into()));
        self
    }
    /// With an empty line.
    #[must_use]
    pub fn gap(mut self) -> Body {
        self.0.push(Item::Gap);
        self
    }
    /// Its attributes as the entries of a mapping, but for some.
    pub fn entries(self, without: &[&str]) -> Vec<(String, Expr)> {
        let entry = |item| match item {
            Item::Set(name, value) => Some((name, value)).filter(|(name, _)| !without.contains(&name.as_str())),
            Item::Block(_) | Item::Comment(_) | Item::Gap => None,
        };
        self.0.into_iter().filter_map(entry).collect()
    }
    /// With the items of another.
    #[must_use]
    pub fn and(mut self, other: Body) -> Body {
        self.0.extend(other.0);
        self
    }
    /// As a file.
    pub fn text(&self) -> String {
        print::file(self)
    }
}
