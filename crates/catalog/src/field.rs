//! Fields of resource types: what can change, how desired and observed values are compared, and
//! what a change does to what runs.

use pontoon_core::{plan::Impact, value::Value};

/// When a desired and an observed value mean the same.
#[derive(Clone, Copy)]
pub enum Compare {
    /// They are equal.
    Exact,
    /// Both lists hold the same items, in any order.
    Set,
    /// The observed list holds every desired item; the vendor adds its own.
    Holds,
    /// The observed mapping has every desired entry; the vendor adds its own.
    Subset,
    /// The function says so: `(desired, observed)`.
    By(fn(&Value, &Value) -> bool),
    /// The vendor never shows it, so only the record tells whether it changed.
    Unseen,
    /// It is sent when the thing is made and is somebody else's afterwards.
    Once,
}

/// Whether a field can change while the thing lives.
#[derive(Clone, Copy)]
pub enum Change {
    /// By one of the type's updates.
    InPlace,
    /// By one of the type's updates, unless the function names a reason why the vendor refuses:
    /// `(before, after)`. Then the thing is replaced.
    Unless(fn(&Value, &Value) -> Option<&'static str>),
    /// Never: the thing is replaced. The text is the reason.
    Never(&'static str),
}

/// One attribute of a resource type.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name, which is also the vendor's.
    pub name: &'static str,
    /// What it is, for the reference.
    pub text: &'static str,
    /// Where it stands in the vendor's object, where that is not under its name.
    pub at: &'static str,
    /// Whether it can change.
    pub change: Change,
    /// When it is the same.
    pub compare: Compare,
    /// What changing it in place does to what runs.
    pub impact: Impact,
    /// What exactly is interrupted.
    pub consequence: &'static str,
    /// Who else moves it on by itself, if anybody does: that is no drift.
    pub mover: Option<&'static str>,
}

impl Field {
    /// A field that can change in place, unnoticed, and is compared exactly.
    pub const fn new(name: &'static str, text: &'static str) -> Field {
        Field {
            name,
            text,
            at: name,
            change: Change::InPlace,
            compare: Compare::Exact,
            impact: Impact::Nothing,
            consequence: "",
            mover: None,
        }
    }
    /// Fixed for life, for this reason.
    #[must_use]
    pub const fn fixed(mut self, why: &'static str) -> Field {
        self.change = Change::Never(why);
        self
    }
    /// Can change unless the function says why not.
    #[must_use]
    pub const fn unless(mut self, refused: fn(&Value, &Value) -> Option<&'static str>) -> Field {
        self.change = Change::Unless(refused);
        self
    }
    /// Compared in another way.
    #[must_use]
    pub const fn compare(mut self, compare: Compare) -> Field {
        self.compare = compare;
        self
    }
    /// Stands elsewhere in the vendor's object.
    #[must_use]
    pub const fn at(mut self, path: &'static str) -> Field {
        self.at = path;
        self
    }
    /// Changing it does this to what runs.
    #[must_use]
    pub const fn impact(mut self, impact: Impact, consequence: &'static str) -> Field {
        self.impact = impact;
        self.consequence = consequence;
        self
    }

    /// Somebody else moves it on by itself: the vendor a version, the autoscaler a count.
    #[must_use]
    pub const fn moved_by(mut self, who: &'static str) -> Field {
        self.mover = Some(who);
        self
    }

    /// Whether `desired` is what `observed` (absent: `None`) already is.
    ///
    /// Pending values are never the same as anything known.
    pub fn same(&self, desired: &Value, observed: Option<&Value>) -> bool {
        if matches!(self.compare, Compare::Unseen | Compare::Once) {
            return true;
        }
        if !desired.is_known() {
            return false;
        }
        let Some(observed) = observed else {
            // Vendors leave out what is empty or off.
            return match desired {
                Value::Bool(b) => !b,
                Value::Text(t) => t.is_empty(),
                Value::List(l) => l.is_empty(),
                Value::Map(m) => m.is_empty(),
                _ => false,
            };
        };
        match (self.compare, desired, observed) {
            (Compare::By(same), ..) => same(desired, observed),
            (Compare::Set, Value::List(a), Value::List(b)) => a.len() == b.len() && holds(b, a),
            (Compare::Holds, Value::List(a), Value::List(b)) => holds(b, a),
            (Compare::Subset, a, b) => subset(a, b),
            (_, Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
            (_, Value::List(a), Value::Null) => a.is_empty(),
            (_, a, b) => a == b,
        }
    }
}

fn holds(all: &[Value], some: &[Value]) -> bool {
    some.iter().all(|s| all.iter().any(|a| subset(s, a)))
}

/// Whether everything in `a` stands in `b` too; `b` may hold more entries in its mappings.
pub fn subset(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Map(a), Value::Map(b)) => a.iter().all(|(k, v)| match b.get(k) {
            Some(w) => subset(v, w),
            None => matches!(v, Value::Null | Value::Bool(false)) || v.as_text() == Some(""),
        }),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(x, y)| subset(x, y)),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn v(j: serde_json::Value) -> Value {
        j.into()
    }

    #[test]
    fn compares_by_meaning() {
        let f = Field::new("f", "");
        assert!(f.same(&v(json!(3)), Some(&v(json!(3.0)))));
        assert!(f.same(&v(json!(false)), None));
        assert!(!f.same(&v(json!(true)), None));
        let set = f.compare(Compare::Set);
        assert!(set.same(&v(json!(["a", "b"])), Some(&v(json!(["b", "a"])))));
        assert!(!set.same(&v(json!(["a"])), Some(&v(json!(["b", "a"])))));
        let holds = f.compare(Compare::Holds);
        assert!(holds.same(&v(json!(["a"])), Some(&v(json!(["b", "a"])))));
        let rules = v(json!([{"type": "k8s", "value": "1"}]));
        assert!(set.same(&rules, Some(&v(json!([{"uuid": "u", "type": "k8s", "value": "1"}])))));
        assert!(holds.same(&rules, Some(&v(json!([{"uuid": "u", "type": "k8s", "value": "1"}])))));
    }

    #[test]
    fn pending_is_never_the_same() {
        let pending = Value::of(&"p/digitalocean.vpc.main".parse().unwrap(), "id");
        assert!(!Field::new("f", "").same(&pending, Some(&"x".into())));
    }
}
