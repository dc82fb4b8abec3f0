//! What the expressions of a stack come to: references to other blocks followed, and what only exists once a thing does
//! (ids) replaced by a text that tells whose it is.

use hcl::{
    Block, Body, Expression,
    expr::{TemplateExpr, Traversal, TraversalOperator},
    template::{Element, Template},
};
use serde_json::{Map, Value, json};

/// The blocks of a stack.
pub struct Stack<'a>(pub &'a Body);

impl Stack<'_> {
    /// The block of this kind and these labels.
    fn block(&self, kind: &str, labels: [&str; 2]) -> &Block {
        let found = self.0.blocks().find(|b| {
            b.identifier() == kind && b.labels().len() == 2 && b.labels().iter().zip(labels).all(|(l, want)| l.as_str() == want)
        });
        found.unwrap_or_else(|| panic!("nothing is called {kind} {labels:?}"))
    }

    /// A block's attributes, and its blocks as lists.
    pub fn body(&self, body: &Body) -> Map<String, Value> {
        let mut all = Map::new();
        // These are OpenTofu's own, and nobody else's.
        for attribute in body.attributes().filter(|a| a.key() != "depends_on") {
            all.insert(attribute.key().to_owned(), self.value(attribute.expr()));
        }
        for block in body.blocks().filter(|b| b.identifier() != "lifecycle") {
            let list = all.entry(block.identifier()).or_insert_with(|| json!([]));
            list.as_array_mut().expect("a list of blocks").push(Value::Object(self.body(block.body())));
        }
        all
    }

    fn value(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Null => Value::Null,
            Expression::Bool(b) => json!(b),
            Expression::Number(n) => json!(n.as_i64().expect("a whole number")),
            Expression::String(text) => json!(text),
            Expression::Array(items) => items.iter().map(|i| self.value(i)).collect(),
            Expression::Object(entries) => entries.iter().map(|(k, v)| (k.to_string(), self.value(v))).collect(),
            Expression::TemplateExpr(template) => self.template(template),
            Expression::Traversal(traversal) => self.follow(traversal),
            other => panic!("no stack needs {other:?}"),
        }
    }

    fn template(&self, template: &TemplateExpr) -> Value {
        let template = Template::from_expr(template).expect("a template");
        let parts = template.elements().iter().map(|element| match element {
            Element::Literal(text) => text.clone(),
            Element::Interpolation(i) => self.value(&i.expr).as_str().expect("a text").to_owned(),
            Element::Directive(d) => panic!("no stack needs {d:?}"),
        });
        json!(parts.collect::<String>())
    }

    fn follow(&self, traversal: &Traversal) -> Value {
        let mut words = vec![traversal.expr.to_string()];
        for operator in &traversal.operators {
            match operator {
                TraversalOperator::GetAttr(name) => words.push(name.to_string()),
                other => panic!("no stack needs {other:?}"),
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["data", "digitalocean_kubernetes_versions", name, "latest_version"] => {
                let data = self.body(self.block("data", ["digitalocean_kubernetes_versions", name]).body());
                let prefix = data["version_prefix"].as_str().expect("a prefix").to_owned();
                json!(prefix.strip_suffix('.').expect("a minor and a dot"))
            }
            [kind, name, attribute] => self.output(kind, name, attribute),
            _ => panic!("{words:?}"),
        }
    }

    /// An attribute of another block: what it is given, or what the vendor will say.
    fn output(&self, kind: &str, name: &str, attribute: &str) -> Value {
        let all = self.body(self.block("resource", [kind, name]).body());
        let own = all["name"].as_str().expect("a name");
        match (attribute, kind) {
            (given, _) if all.contains_key(given) => all[given].clone(),
            ("id", "digitalocean_spaces_bucket") => json!(own),
            ("id", _) => json!(id(kind, own)),
            ("urn", "digitalocean_spaces_bucket") => json!(format!("do:space:{own}")),
            ("urn", "digitalocean_kubernetes_cluster") => json!(format!("do:kubernetes:{}", id(kind, own))),
            ("urn", "digitalocean_database_cluster") => json!(format!("do:dbaas:{}", id(kind, own))),
            ("bucket_domain_name", "digitalocean_spaces_bucket") => {
                json!(format!("{own}.{}.digitaloceanspaces.com", all["region"].as_str().expect("a region")))
            }
            _ => panic!("{kind}.{name}.{attribute} is not known"),
        }
    }
}

/// The id of a thing, as long as nobody made it.
pub fn id(kind: &str, name: &str) -> String {
    format!("<id of {kind} {name}>")
}

/// Texts that hold `${…}` as they are, not as templates.
#[test]
fn escapes_are_read_back() {
    let body = hcl::parse("a = \"x$${y}\"\n").expect("HCL");
    assert_eq!(Stack(&body).body(&body)["a"], json!("x${y}"));
}
