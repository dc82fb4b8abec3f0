//! One scope's resources on their way to blocks: what each refers to, what belongs to it, and what could not be said.

use crate::{hcl::Expr, kinds, names::LocalNames};
use pontoon_core::{
    address::{Address, Scope},
    platform::{Platform, Resource},
    value::{Reference, Value},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// Something that the engine makes and a stack cannot say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Which scope.
    pub scope: Scope,
    /// Where in the document it comes from, such as `databases.main`.
    pub path: String,
    /// What is left out and why, as a person would say it.
    pub what: String,
}

/// The resources of one scope.
pub struct Scene<'a> {
    /// The platform.
    pub platform: &'a Platform,
    /// The scope that is written.
    pub scope: &'a Scope,
    names: LocalNames,
    children: BTreeMap<&'a Address, Vec<&'a Resource>>,
    left_out: RefCell<BTreeSet<LeftOut>>,
}

impl<'a> Scene<'a> {
    /// The scene of one scope of a platform.
    pub fn new(platform: &'a Platform, scope: &'a Scope) -> Scene<'a> {
        let mut children: BTreeMap<&Address, Vec<&Resource>> = BTreeMap::new();
        for resource in platform.resources.values().filter(|r| r.address.scope() == scope) {
            if let Some(parent) = &resource.parent {
                children.entry(parent).or_default().push(resource);
            }
        }
        Scene { platform, scope, names: LocalNames::of(platform, scope), children, left_out: RefCell::default() }
    }
    /// The resources of the scope, by address.
    pub fn resources(&self) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let scope = self.scope;
        self.platform.resources.values().filter(move |r| r.address.scope() == scope)
    }
    /// The resources of a kind that live in another, by address.
    pub fn children(&self, parent: &Address, kind: &str) -> Vec<&'a Resource> {
        let all = self.children.get(parent).map_or(&[][..], Vec::as_slice);
        all.iter().filter(|r| r.address.kind() == kind).copied().collect()
    }
    /// What a resource is called inside of the stack.
    pub fn name(&self, address: &Address) -> &str {
        self.names.get(address).unwrap_or_default()
    }
    /// Remembers what cannot be said.
    pub fn leave_out(&self, resource: &Resource, what: impl Into<String>) {
        let path = if resource.origin.path.is_empty() { resource.address.to_string() } else { resource.origin.path.clone() };
        self.left_out.borrow_mut().insert(LeftOut { scope: self.scope.clone(), path, what: what.into() });
    }
    /// Everything that could not be said.
    pub fn into_left_out(self) -> BTreeSet<LeftOut> {
        self.left_out.into_inner()
    }

    /// The block's own address: `digitalocean_vpc.main`. None where the resource has no block of its own here.
    pub fn block(&self, address: &Address) -> Option<String> {
        let kind = kinds::find(address.kind())?;
        let name = self.names.get(address)?;
        Some(format!("{}.{name}", kind.resource()?))
    }
    /// An attribute of another resource's block.
    pub fn attribute(&self, address: &Address, attribute: &str) -> Option<Expr> {
        Some(Expr::path(format!("{}.{attribute}", self.block(address)?)))
    }
    /// What a reference of the platform is in the stack.
    fn reference(&self, r: &Reference) -> Option<Expr> {
        let kind = kinds::find(r.address.kind())?;
        let attribute = kind.outputs.iter().find(|(output, _)| *output == r.field).map_or("id", |(_, attribute)| attribute);
        let known = r.field == "id" || kind.outputs.iter().any(|(output, _)| *output == r.field);
        self.attribute(&r.address, attribute).filter(|_| known)
    }
    /// A value as an expression.
    pub fn expr(&self, resource: &Resource, value: &Value) -> Expr {
        match value {
            Value::Null => Expr::path("null"),
            Value::Bool(b) => Expr::Bool(*b),
            Value::Number(n) => Expr::Number(n.clone()),
            Value::Text(t) => Expr::Text(t.clone()),
            Value::List(items) => Expr::List(items.iter().map(|v| self.expr(resource, v)).collect()),
            Value::Map(m) => Expr::Map(m.iter().map(|(k, v)| (k.clone(), self.expr(resource, v))).collect()),
            Value::Unknown(r) => self.reference(r).unwrap_or_else(|| {
                self.leave_out(resource, format!("the reference to `{}` of {}, which no stack shows", r.field, r.address));
                Expr::path("null")
            }),
            Value::Concat(parts) => Expr::Join(parts.iter().map(|v| self.expr(resource, v)).collect()),
        }
    }

    /// Writes what lives in a resource and is part of its block: each resource of a kind, its fields taken by `write`.
    pub fn inside<T>(&self, parent: &Address, kind: &str, mut write: impl FnMut(&Fields<'_, 'a>) -> T) -> Vec<T> {
        let one = |resource| {
            let fields = self.fields(resource);
            let written = write(&fields);
            fields.finish();
            written
        };
        self.children(parent, kind).into_iter().map(one).collect()
    }
    /// Begins to write a resource.
    pub fn fields<'s>(&'s self, resource: &'a Resource) -> Fields<'s, 'a> {
        Fields { scene: self, resource, taken: RefCell::default() }
    }
}

/// The attributes of one resource, each taken once; what is never taken is named as left out.
pub struct Fields<'s, 'a> {
    /// The scene.
    pub scene: &'s Scene<'a>,
    /// The resource.
    pub resource: &'a Resource,
    taken: RefCell<BTreeSet<String>>,
}

impl<'a> Fields<'_, 'a> {
    /// A field as it is in the platform.
    pub fn value(&self, field: &str) -> Option<&'a Value> {
        self.taken.borrow_mut().insert(field.into());
        self.resource.attributes.get(field)
    }
    /// A field as an expression.
    pub fn get(&self, field: &str) -> Option<Expr> {
        self.value(field).map(|v| self.scene.expr(self.resource, v))
    }
    /// A field that has to be there; the compiler writes it always.
    pub fn must(&self, field: &str) -> Expr {
        self.get(field).unwrap_or_else(|| {
            self.scene.leave_out(self.resource, format!("`{field}`, which is not known"));
            Expr::path("null")
        })
    }
    /// The id of the resource that this one lives in.
    pub fn parent(&self) -> Expr {
        let parent = self.resource.parent.as_ref();
        parent.and_then(|p| self.scene.attribute(p, "id")).unwrap_or_else(|| {
            self.scene.leave_out(self.resource, "what it lives in has no block");
            Expr::path("null")
        })
    }
    /// A field whose text is an attribute of something that must exist first: then it refers to that, which also orders the
    /// two.
    pub fn through(&self, field: &str, kind: &str, of: &str, attribute: &str) -> Option<Expr> {
        let value = self.value(field)?;
        Some(self.refer(value, kind, of, attribute).unwrap_or_else(|| self.scene.expr(self.resource, value)))
    }
    /// The attribute of a needed resource of this kind whose field `of` says the same.
    pub fn refer(&self, value: &Value, kind: &str, of: &str, attribute: &str) -> Option<Expr> {
        let needed = self.resource.needs.iter().filter(|a| a.kind() == kind);
        let resources = needed.filter_map(|a| self.scene.platform.resources.get(a));
        let same = resources.filter(|r| r.attributes.get(of) == Some(value)).map(|r| &r.address);
        same.filter_map(|a| self.scene.attribute(a, attribute)).next()
    }
    /// Names every field that nothing took.
    pub fn finish(&self) {
        let taken = self.taken.borrow();
        for field in self.resource.attributes.keys().filter(|f| !taken.contains(*f)) {
            self.scene.leave_out(self.resource, format!("`{field}`, which the provider has no attribute for"));
        }
    }
}
