//! Address ranges: of the clouds' networks, their pods and services, sites and tunnels. Nothing
//! routes between ranges that overlap, and hardly one of them can ever be changed.

use super::{
    page::{error, example, warning},
    say::at,
};
use pontoon_core::{
    cidr::Cidr,
    diagnostic::{CodePage, Diagnostic, Diagnostics},
};
use pontoon_spec::{Located, Spec, sections::links::Link};
use std::net::Ipv4Addr;

pub(super) const OVERLAP: CodePage = error(
    "PT2101",
    "two ranges overlap",
    "An address that is in two networks leads to one of them only. DigitalOcean refuses a VPC that overlaps another of the account or a range that it keeps for itself (10.244.0.0/16, 10.245.0.0/16, 10.246.0.0/24), and ranges of pods and services that overlap anything in the account. Sites, their pods and services, and tunnels have to differ from everything in their environment. Ranges that are not written count too: DOKS gives pods 10.244.0.0/16 and services 10.245.0.0/16, Talos 10.244.0.0/16 and 10.96.0.0/12.",
    example!(environments
        "environments:",
        "  staging: { region: nyc3, network: 10.20.0.0/20 }",
        "  production: { region: nyc3, network: 10.20.8.0/21 }",
    ),
    "Give one of them another range; the message proposes one that is free. VPCs, DOKS's ranges and a site's can never be changed later.",
);

pub(super) const APART: CodePage = warning(
    "PT2102",
    "ranges of environments that do not touch overlap",
    "Environments with accounts of their own, or an environment and a site of another, may use the same addresses as long as nothing leads from one to the other. No tunnel and no peering can ever be made between them, and the ranges cannot be changed.",
    example!(environments
        "environments:",
        "  staging: { region: nyc3, network: 10.20.0.0/20, account: { token: STAGING_TOKEN } }",
        "  production: { region: nyc3, network: 10.20.0.0/20 }",
    ),
    "Give one of them another range while that is still possible, or accept it: accept: [ PT2102 ] in the environment.",
);

pub(super) const VPC: CodePage = error(
    "PT2103",
    "a range that no VPC can have",
    "A VPC has a private range of IPv4 (in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16), no larger than /16 and no smaller than /28.",
    example!(environments "environments: { production: { region: nyc3, network: 10.0.0.0/12 } }"),
    "Write a private range from /16 to /28, such as network: 10.20.0.0/20",
);

/// What DOKS takes where the document gives no ranges. Source: DOKS reference, "VPC-native networking".
const DOKS_PODS: &str = "10.244.0.0/16";
const DOKS_SERVICES: &str = "10.245.0.0/16";
/// What no VPC may overlap. Source: VPC reference, "IP ranges".
const RESERVED: &[&str] = &[DOKS_PODS, DOKS_SERVICES, "10.246.0.0/24"];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The environment's VPC.
    Vpc,
    /// Pods or services of a VPC-native cluster.
    Native,
    /// Pods or services in the vendor's own ranges, which repeat from cluster to cluster.
    Overlay,
    /// What the machines of a site have.
    Site,
    /// Pods and services of a site's cluster, and tunnels.
    Inner,
}

/// One range, with what is needed to speak of it.
struct Range<'a> {
    cidr: Cidr,
    kind: Kind,
    what: String,
    key: String,
    environment: &'a str,
    account: Option<&'a str>,
    /// A diagnostic with the range's place and path.
    place: Box<dyn Fn(CodePage, String) -> Diagnostic + 'a>,
    written: bool,
}

impl<'a> Range<'a> {
    fn new<T>(spec: &'a Spec, kind: Kind, what: String, key: String, cidr: Cidr, value: &'a Located<T>) -> Range<'a> {
        Range {
            cidr,
            kind,
            what,
            key,
            environment: spec.environment.as_str(),
            account: spec.account.as_ref().map(|a| a.token.as_str()),
            place: Box::new(move |page, message| at(page, value, message)),
            written: value.is_written(),
        }
    }
    fn named(&self) -> String {
        format!("{} ({})", self.what, self.cidr)
    }
}

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    let ranges: Vec<Range<'_>> = specs.iter().flat_map(of).collect();
    for spec in specs {
        vpc(spec, &ranges, out);
    }
    for (i, b) in ranges.iter().enumerate() {
        for a in ranges.iter().take(i).filter(|a| a.cidr.overlaps(&b.cidr)) {
            let Some((page, why)) = meeting(a, b) else { continue };
            // The one that somebody wrote is the one that somebody can change.
            let (other, at) = if a.written && !b.written { (b, a) } else { (a, b) };
            let message = format!("{} and {} overlap: {why}", at.named(), other.named());
            let label = (other.place)(page.clone(), String::new());
            let proposed = free(at.cidr.prefix(), &ranges).map(|f| format!("write {}: {f}", at.key));
            let hint = proposed.unwrap_or_else(|| format!("give {} another range under `{}`", at.what, at.key));
            out.push((at.place)(page, message).label(label.at, other.named()).hint(hint));
        }
    }
}

/// Everything that an environment has.
fn of(spec: &Spec) -> Vec<Range<'_>> {
    let name = spec.environment.as_str();
    let network = &spec.network;
    // A range of the blueprint is written nowhere that helps: the environment is where one belongs.
    let vpc = if network.vpc.is_written() {
        Range::new(spec, Kind::Vpc, format!("the VPC of {name}"), "network".into(), *network.vpc, &network.vpc)
    } else {
        let what = format!("the VPC of {name}, which has no `network` of its own");
        Range::new(spec, Kind::Vpc, what, format!("environments.{name}.network"), *network.vpc, &spec.region)
    };
    let mut all = vec![vpc];
    let doks = [("pods", &network.pods, DOKS_PODS), ("services", &network.services, DOKS_SERVICES)];
    for (what, given, default) in doks {
        if let Some(given) = given {
            all.push(Range::new(spec, Kind::Native, format!("the {what} of {name}"), what.into(), **given, given));
        } else if let Ok(cidr) = default.parse() {
            let overlay = Range::new(spec, Kind::Overlay, format!("DOKS's own range for {what}"), what.into(), cidr, network);
            all.push(Range { written: false, ..overlay });
        }
    }
    for (site, talos) in spec.own_sites() {
        let cidr = *talos.network;
        all.push(Range::new(spec, Kind::Site, format!("the site {site}"), "network".into(), cidr, &talos.network));
        for (what, range) in [("pods", &talos.pods), ("services", &talos.services)] {
            all.push(Range::new(spec, Kind::Inner, format!("the {what} of {site}"), what.into(), **range, range));
        }
    }
    let own: Vec<&str> = spec.own_sites().map(|(n, _)| n.as_str()).collect();
    for (link, wireguard) in spec.links.iter() {
        let Link::Wireguard(wireguard) = &wireguard.value else { continue };
        if wireguard.between.iter().any(|end| own.contains(&end.as_str())) {
            let cidr = *wireguard.network;
            all.push(Range::new(spec, Kind::Inner, format!("the tunnel {link}"), "network".into(), cidr, &wireguard.network));
        }
    }
    all
}

/// What it means that two ranges overlap, if anything.
fn meeting(a: &Range<'_>, b: &Range<'_>) -> Option<(CodePage, &'static str)> {
    use Kind::{Inner, Native, Overlay, Site, Vpc};
    if a.environment == b.environment {
        let why = "an address in both could lead to one of them only";
        return Some((OVERLAP, why));
    }
    match (a.kind, b.kind) {
        (Vpc | Native, Vpc | Native) if a.account == b.account => Some((OVERLAP, "DigitalOcean refuses that within one account")),
        (Vpc | Native, Vpc | Native | Site) | (Site, Vpc | Native) => Some((APART, "nothing can ever be routed between them")),
        (Site | Inner | Overlay, _) | (_, Inner | Overlay) => None,
    }
}

fn vpc(spec: &Spec, ranges: &[Range<'_>], out: &mut Diagnostics) {
    let vpc = &spec.network.vpc;
    let hint = || free(20, ranges).map_or("write a range such as 10.20.0.0/20".into(), |f| format!("write network: {f}"));
    let allowed = (16..=28).contains(&vpc.prefix());
    if !vpc.is_v4() || !vpc.is_private() || !allowed {
        let why = if !vpc.is_v4() || !vpc.is_private() { "it is no private range of IPv4" } else { "ranges are from /16 to /28" };
        out.push(at(VPC, vpc, format!("{} cannot be a VPC's: {why}", **vpc)).hint(hint()));
    }
    // With the vendor's ranges for pods and services, these meet as ranges of the environment.
    let own = spec.network.pods.is_none();
    for reserved in RESERVED.iter().filter(|r| !(own && [DOKS_PODS, DOKS_SERVICES].contains(r))) {
        if reserved.parse::<Cidr>().is_ok_and(|r| r.overlaps(vpc)) {
            let message = format!("the VPC {} and {reserved} overlap, which DigitalOcean keeps for itself", **vpc);
            out.push(at(OVERLAP, vpc, message).hint(hint()));
        }
    }
}

/// Ranges of these sizes that meet nothing that any of the environments has, nothing that is `taken`, and one another neither;
/// sought from a place that `salt` decides, so that two who seek at the same time seldom find the same. `None` where there is
/// no room.
pub fn unused(specs: &[Spec], taken: &[Cidr], sizes: &[u8], salt: u64) -> Option<Vec<Cidr>> {
    let all: Vec<Range<'_>> = specs.iter().flat_map(of).collect();
    let reserved = RESERVED.iter().filter_map(|r| r.parse().ok());
    let mut taken: Vec<Cidr> = all.iter().map(|r| r.cidr).chain(reserved).chain(taken.iter().copied()).collect();
    let mut found = Vec::new();
    for size in sizes {
        let at = |n: u64| u8::try_from(20 + (salt.wrapping_add(n)) % 224).unwrap_or(20);
        let block = |n: u64| Cidr::v4(Ipv4Addr::new(10, at(n), 0, 0), (*size).clamp(16, 28));
        let free = (0..224).map(block).find(|c| !taken.iter().any(|t| t.overlaps(c)))?;
        taken.push(free);
        found.push(free);
    }
    Some(found)
}

/// The first range of a size in 10.20.0.0 and following that meets no other.
fn free(prefix: u8, ranges: &[Range<'_>]) -> Option<Cidr> {
    let taken = |c: &Cidr| {
        let reserved = RESERVED.iter().filter_map(|r| r.parse::<Cidr>().ok()).any(|r| r.overlaps(c));
        reserved || ranges.iter().any(|r| r.cidr.overlaps(c))
    };
    (20..=243).map(|n| Cidr::v4(Ipv4Addr::new(10, n, 0, 0), prefix.clamp(16, 28))).find(|c| !taken(c))
}
