//! How changes reach the cluster.

use super::{
    List,
    infrastructure::{EngineKind, StateProvider},
};
use crate::{
    Spec, codes,
    decode::Cx,
    section::{choice, section},
    tree::Node,
    types::{Branch, EnvironmentRef, GithubRepository, Text},
};

section! {
    /// How changes reach the cluster, for all environments.
    pub struct Delivery validate follows_git {
        /// What follows the repository.
        gitops "gitops": Gitops = default "none",
        /// The repository of the cluster's contents.
        repository "repository": Repository = optional,
        /// Where this document, `infra/` and the workflows are; the same repository where nothing is written.
        source "source": Repository = optional,
        /// The environments in the order in which a change reaches them; each follows the document
        /// by itself where nothing is written.
        promotion "promotion": List<EnvironmentRef> = default "[]",
    }
}

choice! {
    /// What follows the repository.
    pub enum Gitops {
        /// Nothing: the engine applies the same layers itself.
        None = "none",
        /// Flux.
        Flux = "flux",
        /// Argo CD.
        Argocd = "argocd",
    }
}

section! {
    /// A repository.
    pub struct Repository {
        /// Owner and name on GitHub.
        github "github": GithubRepository = required,
        /// The branch that is followed.
        branch "branch": Branch = default "main",
        /// The checks that a change must pass.
        checks "checks": List<Text> = default "[]",
    }
}

/// Why no workflows are written for a platform; nothing where they are.
pub fn without_workflows(spec: &Spec) -> Option<&'static str> {
    if spec.delivery.repository.is_none() {
        return Some("there is no delivery.repository to run them");
    }
    if spec.delivery.source.is_some() {
        return Some("they belong into delivery.source, which is not built");
    }
    if *spec.infrastructure.engine != EngineKind::Native {
        return Some("they call pontoon, and infrastructure.engine is another than native");
    }
    let local = *spec.infrastructure.state.provider == StateProvider::Local;
    local.then_some("the state is kept where nobody else can read it: infrastructure: { state: { provider: spaces } }")
}

fn follows_git(delivery: &Delivery, node: &Node, cx: &mut Cx) {
    if *delivery.gitops != Gitops::None && delivery.repository.is_none() {
        let place = node.get("gitops").unwrap_or(node);
        cx.error(
            codes::MISSING,
            place,
            format!("`gitops: {}` follows a repository, and none is given", *delivery.gitops),
            "add `repository: { github: owner/name }`, or write `gitops: none`",
        );
    }
    let names: Vec<&str> = delivery.promotion.iter().map(|e| e.as_str()).collect();
    for (i, again) in delivery.promotion.iter().enumerate() {
        if names.iter().take(i).any(|n| *n == again.as_str()) {
            let problem = again
                .error(codes::BOUNDS, format!("`promotion` names {again} twice"))
                .hint("write each environment once, the first to change first");
            cx.push(problem);
        }
    }
}
