//! Versions: near their end, never the same twice, not made for each other, not upgraded.

use super::{
    page::{example, warning},
    say::{at, each},
};
use pontoon_catalog::versions::{AS_OF, OFFERED};
use pontoon_core::{
    diagnostic::{CodePage, Diagnostics},
    quantity::KubernetesVersion,
};
use pontoon_spec::{
    Located, Spec,
    sections::{cluster::AutoUpgrade, databases::Database},
    types::Version,
};

pub(super) const NO_AUTO_UPGRADE: CodePage = warning(
    "PT5103",
    "a maintenance window without upgrades",
    "`maintenance` says when the vendor may upgrade. With `autoUpgrade: none` it never does, and the window has no effect.",
    example!("cluster: { autoUpgrade: none, maintenance: { day: sunday, start: \"04:00\" } }"),
    "Write autoUpgrade: patch, or remove `maintenance`.",
);

pub(super) const NEAR_END: CodePage = warning(
    "PT5104",
    "a version near its end, or past it",
    "DOKS offers three minors of Kubernetes; when the next comes, clusters of the oldest are upgraded by the vendor after notice, and new ones cannot be made. PostgreSQL mends each major version for five years: 14 until November 2026.",
    example!("cluster: { version: \"1.34\" }"),
    "Write a newer version, try it in the first environment, and promote it.",
);

pub(super) const LATEST: CodePage = warning(
    "PT5105",
    "`latest` without a lock",
    "What `latest` means changes without a change in the document. Two environments, or one before and after a recovery, may differ by more than anybody decided.",
    example!("cluster: { version: latest }"),
    "Write a version: `stable`, a minor such as \"1.36\", or an image's own tag.",
);

pub(super) const TALOS: CodePage = warning(
    "PT5107",
    "a Kubernetes that this Talos does not support",
    "Each minor of Talos supports six minors of Kubernetes: 1.11 those from 1.29 to 1.34, and each later Talos one newer. (Support matrix of Talos.)",
    example!(
        "sites:",
        "  office:",
        "    version: v1.11",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.11",
        "    pods: 10.136.0.0/16",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
    ),
    "Write a Talos and a Kubernetes that belong together, such as version: v1.13 and kubernetes: \"1.36\"",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        let cluster = &spec.cluster;
        kubernetes(&cluster.version, out);
        if let Some(window) = cluster.maintenance.as_ref().filter(|_| *cluster.auto_upgrade == AutoUpgrade::None) {
            let message = "the window for upgrades has no effect: `autoUpgrade` is none";
            let problem = at(NO_AUTO_UPGRADE, window, message).label(cluster.auto_upgrade.at.clone(), "no upgrades");
            out.push(problem.hint("write autoUpgrade: patch"));
        }
        for (_, site) in spec.own_sites() {
            kubernetes(&site.kubernetes, out);
            let talos = minor(&site.version.to_string());
            if let (Some((1, talos)), Some((1, wanted))) = (talos, site.kubernetes.minor()) {
                let newest = talos.saturating_add(TALOS_AHEAD);
                let oldest = newest.saturating_sub(5);
                if !(oldest..=newest).contains(&wanted) {
                    let message =
                        format!("Talos {} supports Kubernetes 1.{oldest} to 1.{newest}, not {}", *site.version, *site.kubernetes);
                    let problem = at(TALOS, &site.kubernetes, message).label(site.version.at.clone(), "this Talos");
                    let fitting = wanted.saturating_sub(TALOS_AHEAD);
                    out.push(problem.hint(format!("write version: v1.{fitting}, or kubernetes: \"1.{newest}\"")));
                }
            }
        }
        for database in spec.databases.values() {
            match &database.value {
                Database::Digitalocean(pg) => postgres(&pg.version, out),
                Database::CloudnativePg(pg) => postgres(&pg.version, out),
            }
        }
        for (name, app) in spec.apps.iter() {
            if let Some(tag) = app.image.as_ref().map(|i| &i.value.tag).filter(|t| t.as_str() == "latest") {
                let message = format!("the image of `{name}` is `latest`, which is another one tomorrow");
                out.push(at(LATEST, tag, message).hint("write the tag of a release, such as \"1.4.2\""));
            }
        }
    });
}

/// How many minors Kubernetes is ahead of Talos. Source: Talos's support matrix, 1.5 to 1.12.
const TALOS_AHEAD: u16 = 23;
/// The last major version of PostgreSQL that ends within a year. Source: PostgreSQL's versioning policy.
const POSTGRES_ENDS: u32 = 14;

/// Major and minor of `v1.11.3`, `1.36`.
fn minor(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn kubernetes(version: &Located<KubernetesVersion>, out: &mut Diagnostics) {
    let (Some(oldest), Some(newest)) = (OFFERED.last(), OFFERED.first()) else { return };
    let problem = match version.value {
        KubernetesVersion::Latest => at(LATEST, version, "`latest` is another Kubernetes whenever a new one comes")
            .hint(format!("write \"{newest}\", or stable")),
        _ => match (version.minor(), minor(oldest)) {
            (Some(this), Some(oldest)) if this < oldest => {
                at(NEAR_END, version, format!("Kubernetes {} is no longer offered (as of {AS_OF})", **version))
                    .hint(format!("write \"{}\", the nearest that is, or \"{newest}\"", OFFERED.last().unwrap_or(newest)))
            }
            (Some(this), Some(oldest)) if this == oldest => {
                let message = format!(
                    "Kubernetes {} is the oldest that is offered (as of {AS_OF}): it ends when the next comes",
                    **version
                );
                at(NEAR_END, version, message).hint(format!("write \"{newest}\""))
            }
            _ => return,
        },
    };
    out.push(problem);
}

fn postgres(version: &Located<Version>, out: &mut Diagnostics) {
    let major = version.split('.').next().and_then(|m| m.parse::<u32>().ok());
    let message = match major {
        Some(POSTGRES_ENDS) => format!("PostgreSQL {} gets its last fixes in November 2026", **version),
        Some(major) if major < POSTGRES_ENDS => format!("PostgreSQL {} gets no more fixes", **version),
        _ => return,
    };
    out.push(at(NEAR_END, version, message).hint("write version: \"17\""));
}
