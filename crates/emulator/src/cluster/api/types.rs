//! The fields of the built-in kinds, as Kubernetes' own OpenAPI documents give them (`types.txt`).

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    /// `s i l n b t y x q`; `*` is anything. See the head of crates/test/witness/kubernetes_types.py.
    Scalar(char),
    /// A list of such.
    List(Box<Self>),
    /// A map from text to such.
    Map(Box<Self>),
    /// A type of the table.
    Named(&'static str),
}

/// A field of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// What it holds.
    pub of: Of,
    /// Whether it must be there.
    pub required: bool,
    /// A list whose items are told apart by these fields.
    pub keys: Vec<&'static str>,
    /// A list of scalars, each of which is there once.
    pub set: bool,
    /// A map that is replaced as a whole.
    pub atomic: bool,
    /// A list that a strategic merge patch merges: by this field, or by value when it is empty.
    pub patch: Option<&'static str>,
    /// What the server puts in when it is left out.
    pub default: Option<&'static str>,
}

/// A type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Type {
    /// Replaced as a whole by appliers.
    pub atomic: bool,
    /// Fields by name.
    pub fields: BTreeMap<&'static str, Field>,
}

static TABLE: LazyLock<BTreeMap<&'static str, Type>> =
    LazyLock::new(|| include_str!("types.txt").lines().filter(|l| !l.starts_with('#')).filter_map(line).collect());

/// The type of that name, such as `core.v1.PodSpec`.
pub(crate) fn named(name: &str) -> Option<&'static Type> {
    TABLE.get(name)
}

/// Name of the type of a built-in kind.
pub(crate) fn root(group: &str, version: &str, kind: &str) -> Option<&'static str> {
    let package = if group.is_empty() { "core" } else { group.split('.').next().unwrap_or(group) };
    TABLE.get_key_value(format!("{package}.{version}.{kind}").as_str()).map(|(name, _)| *name)
}

fn line(text: &'static str) -> Option<(&'static str, Type)> {
    let mut words = text.split(' ');
    let head = words.next()?;
    let fields = words.filter_map(field).collect();
    Some((head.trim_start_matches('%'), Type { atomic: head.starts_with('%'), fields }))
}

fn field(word: &'static str) -> Option<(&'static str, Field)> {
    let (name, rest) = word.split_once('=')?;
    let mut parts = rest.split(';');
    let mut field = Field {
        of: of(parts.next()?),
        required: name.ends_with('!'),
        keys: Vec::new(),
        set: false,
        atomic: false,
        patch: None,
        default: None,
    };
    for part in parts {
        match part.split_once('=') {
            Some(("map", keys)) => field.keys = keys.split(',').collect(),
            Some(("patch", key)) => field.patch = Some(key),
            Some(("default", value)) => field.default = Some(value),
            None if part == "set" => field.set = true,
            None if part == "atomic" => field.atomic = true,
            _ => {}
        }
    }
    Some((name.trim_end_matches('!'), field))
}

fn of(text: &'static str) -> Of {
    if let Some(item) = text.strip_prefix('[') {
        return Of::List(Box::new(of(item)));
    }
    if let Some(item) = text.strip_prefix('{') {
        return Of::Map(Box::new(of(item)));
    }
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Of::Scalar(letter),
        _ => Of::Named(text),
    }
}

impl Of {
    /// Whether `value` can be decoded as this, in Go's eyes; for lists and maps, of the outermost level.
    pub fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Scalar('s' | 't' | 'y') => value.is_string(),
            Self::Scalar('i' | 'l') => value.is_i64() || value.is_u64(),
            Self::Scalar('n') => value.is_number(),
            Self::Scalar('b') => value.is_boolean(),
            Self::Scalar('x') => value.is_string() || value.is_i64(),
            Self::Scalar('q') => value.is_string() || value.is_number(),
            Self::Scalar(_) => true,
            Self::List(_) => value.is_array(),
            Self::Map(_) | Self::Named(_) => value.is_object(),
        }
    }

    /// The name that Go gives to it in messages.
    pub fn go_name(&self) -> String {
        match self {
            Self::Scalar('s' | 'y') => "string".to_owned(),
            Self::Scalar('i') => "int32".to_owned(),
            Self::Scalar('l') => "int64".to_owned(),
            Self::Scalar('b') => "bool".to_owned(),
            Self::Scalar('t') => "Time".to_owned(),
            Self::Scalar('q') => "Quantity".to_owned(),
            Self::Scalar('x') => "IntOrString".to_owned(),
            Self::Scalar(_) => "value".to_owned(),
            Self::List(item) => format!("[]{}", item.go_name()),
            Self::Map(item) => format!("map[string]{}", item.go_name()),
            Self::Named(name) => {
                let mut parts = name.rsplit('.');
                let kind = parts.next().unwrap_or(name);
                let version = parts.next().unwrap_or("v1");
                format!("{}.{kind}", if version == "meta" { "v1" } else { version })
            }
        }
    }
}
