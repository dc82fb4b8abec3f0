//! How changes reach the cluster, and what follows Git.

use super::{
    page::{example, warning},
    say::{at, each, list},
};
use pontoon_catalog::checks;
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Spec,
    sections::{
        delivery::{Gitops, without_workflows},
        secrets::GitSecrets,
    },
};

pub(super) const NOTHING_FOLLOWS: CodePage = warning(
    "PT2124",
    "nothing follows Git",
    "With `gitops: none` the engine applies the cluster's contents itself, at each `up`. In between nothing watches: a change made by hand stays until the next run, and a change in Git does nothing by itself. Said where there are apps.",
    example!(bare
        "environments: { production: { region: nyc3 } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 2 } }",
    ),
    "Write delivery: { gitops: flux, repository: { github: owner/name } }, or accept it: delivery: { accept: [ PT2124 ] }",
);

pub(super) const NO_JOB: CodePage = warning(
    "PT2125",
    "a check that no workflow runs",
    "The branch is protected, and takes a change only when each of `checks` has succeeded. One that nothing runs never does: no change could be merged any more. The workflows that `pontoon render` writes run `validate`, `policy`, `scan`, and `plan (ENV)` for each environment. A workflow of your own may have others.",
    example!(bare
        "environments: { production: { region: nyc3 } }",
        "delivery: { gitops: flux, repository: { github: example-org/shop, checks: [ lint ] } }",
        "infrastructure: { state: { provider: spaces } }",
    ),
    "Name a job that exists, or write one and accept this: accept: [ PT2125 ] in `repository`.",
);

pub(super) const ARGO_SOPS: CodePage = warning(
    "PT4002",
    "Argo CD with secrets in Git",
    "Argo CD reads nothing that SOPS encrypts, but through a plugin that its own documentation advises against: what it decrypts lies readable in its cache. So the Secrets do not stand in Git here: each `up` writes them into the cluster, and whoever only has the repository cannot bring them back. Flux decrypts by itself; a store of secrets works with both.",
    example!(bare
        "environments: { production: { region: nyc3 } }",
        "delivery: { gitops: argocd, repository: { github: example-org/shop } }",
        "secrets: { git: sops-age }",
    ),
    "Write `gitops: flux`, or keep secrets in a store: secrets: { store: { provider: doppler, project: shop }, git: none }. To stay: accept: [ PT4002 ] in `secrets`.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    let jobs = checks::names(specs.iter().map(|s| s.environment.as_str()));
    each(specs, out, |spec, out| {
        if let (Some(repository), None) = (&spec.delivery.repository, without_workflows(spec)) {
            for check in repository.checks.iter().filter(|c| !jobs.contains(&c.to_string())) {
                let message = format!("{} is no job of the workflows that are written for this platform", check.value);
                let problem = at(NO_JOB, check, message);
                out.push(problem.hint(format!("there are {}; for one of your own: accept: [ PT2125 ] there", list(&jobs))));
            }
        }
        let gitops = &spec.delivery.gitops;
        if **gitops == Gitops::None && !spec.apps.is_empty() {
            let message =
                "nothing follows Git: apps change only when `pontoon up` runs, and what is changed by hand stays until then";
            let problem = at(NOTHING_FOLLOWS, gitops, message);
            out.push(problem.hint(
                "write delivery: { gitops: flux, repository: { github: owner/name } }, or accept it there: accept: [ PT2124 ]",
            ));
        }
        if **gitops == Gitops::Argocd && *spec.secrets.git == GitSecrets::SopsAge {
            let message = "Argo CD does not decrypt SOPS without a plugin that its documentation advises against";
            let problem = at(ARGO_SOPS, &spec.secrets.git, message).label(gitops.at.clone(), "follows the repository");
            out.push(problem.hint("write gitops: flux, or name a store of secrets; to stay: accept: [ PT4002 ] in `secrets`"));
        }
    });
}
