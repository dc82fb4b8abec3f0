//! Sites on premises: who has which address, how many control planes, where tunnels end.

use super::{
    page::{error, example},
    say::{at, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostic, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{
        links::{Link, Wireguard},
        sites::{MachineRole, Talos},
    },
};
use std::net::IpAddr;

pub(super) const OUTSIDE: CodePage = error(
    "PT2104",
    "an address outside of its network",
    "The machines of a site, the virtual address of its control plane and the gateway of its tunnel answer in the site's own network. An address outside of it is answered by nobody.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.11.5",
        "    pods: 10.136.0.0/16",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
    ),
    "Correct the address, or the site's `network`.",
);

pub(super) const TAKEN: CodePage = error(
    "PT2105",
    "an address that two things have",
    "Two machines that answer to one address reach nobody reliably. The range of `loadBalancer` is given out by the cluster and holds no machine's address; the endpoint of several control planes is a virtual address of its own.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.5",
        "    pods: 10.136.0.0/16",
        "    loadBalancer: 192.168.10.10-192.168.10.19",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
    ),
    "Give one of them another address, or move the range of `loadBalancer`.",
);

pub(super) const GATEWAY: CodePage = error(
    "PT2116",
    "a tunnel that ends at another site",
    "`gateway.site` says which of a tunnel's two ends the gateway is. A site that the tunnel does not lead to cannot be one.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.11",
        "    pods: 10.136.0.0/16",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
        "  plant:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.20.0/24",
        "    endpoint: 192.168.20.11",
        "    pods: 10.137.0.0/16",
        "    services: 10.138.0.0/16",
        "    machines: { cp1: { address: 192.168.20.11, role: controlplane, disk: /dev/sda } }",
        "links: { office: { between: [ cloud, office ], network: 10.200.0.0/24, gateway: { site: plant, address: 192.168.20.2 } } }",
    ),
    "Name a site of `between` in `gateway`, with an address in that site's network.",
);

pub(super) const CONTROL_PLANES: CodePage = error(
    "PT3105",
    "a number of control planes that cannot work",
    "The members of a control plane decide by majority. Without any there is no cluster; two are worse than one, as both have to be there.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.5",
        "    pods: 10.136.0.0/16",
        "    machines:",
        "      cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda }",
        "      cp2: { address: 192.168.10.12, role: controlplane, disk: /dev/sda }",
    ),
    "Write one machine with `role: controlplane`, or three.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (name, site) in spec.own_sites() {
            addresses(spec, name, site, out);
            control_planes(name, site, out);
        }
        for (name, link) in tunnels(spec) {
            let site = &link.gateway.site;
            if !link.between.iter().any(|end| end.as_str() == site.as_str()) {
                let ends: Vec<&str> = link.between.iter().map(|e| e.as_str()).collect();
                let message = format!("the tunnel `{name}` leads from {} and its gateway is at `{site}`", ends.join(" to "));
                let end = ends.iter().find(|e| **e != "cloud").copied().unwrap_or("onprem");
                out.push(
                    at(GATEWAY, site, message).label(link.between.at.clone(), "its ends").hint(format!("write site: {end}")),
                );
            }
        }
    });
}

/// The tunnels that an environment has.
pub fn tunnels(spec: &Spec) -> impl Iterator<Item = (&str, &Wireguard)> {
    spec.links.iter().filter_map(|(name, link)| match &link.value {
        Link::Wireguard(wireguard) => Some((name.as_str(), wireguard)),
        Link::None(_) => None,
    })
}

fn addresses(spec: &Spec, name: &str, site: &Talos, out: &mut Diagnostics) {
    let gateways: Vec<&Located<IpAddr>> =
        tunnels(spec).filter(|(_, l)| l.gateway.site.as_str() == name).map(|(_, l)| &l.gateway.value.address).collect();
    let mut owners: Vec<(String, &Located<IpAddr>)> =
        site.machines.iter().map(|(machine, m)| (format!("the machine {machine}"), &m.value.address)).collect();
    owners.extend(gateways.into_iter().map(|a| ("the tunnel's gateway".into(), a)));
    // A lone control plane may be its own endpoint; several share a virtual address.
    let lone = planes(site) == 1 && site.machines.values().any(|m| m.address.value == site.endpoint.value);
    if !lone {
        owners.insert(0, ("the endpoint of the control plane".into(), &site.endpoint));
    }
    for (what, address) in owners.iter() {
        if !site.network.contains(address.value) {
            let message = format!("{what} has the address {}, which is not in {name}'s network {}", address.value, *site.network);
            out.push(outside(address, message, site));
        }
    }
    if let Some(nfs) = &site.volumes.nfs {
        owners.push(("the NFS server".into(), &nfs.value.server));
    }
    for (i, (what, address)) in owners.iter().enumerate() {
        if let Some((other, first)) = owners.iter().take(i).find(|(_, a)| a.value == address.value) {
            let message = format!("{what} and {other} of {name} both have the address {}", address.value);
            let problem = at(TAKEN, address, message).label(first.at.clone(), other.clone());
            out.push(problem.hint("give one of them another address"));
        }
        if let (Some(range), IpAddr::V4(v4)) = (&site.load_balancer, address.value)
            && range.contains(v4)
        {
            let message = format!("{what} of {name} has the address {v4}, which `loadBalancer` gives to Services ({})", **range);
            let problem = at(TAKEN, address, message).label(range.at.clone(), "given to Services");
            out.push(problem.hint("move it, or the range of `loadBalancer`"));
        }
    }
}

fn outside(address: &Located<IpAddr>, message: String, site: &Talos) -> Diagnostic {
    let problem = at(OUTSIDE, address, message).label(site.network.at.clone(), "the site's network");
    problem.hint(format!("write an address in {}", *site.network))
}

fn planes(site: &Talos) -> usize {
    site.machines.values().filter(|m| *m.role == MachineRole::Controlplane).count()
}

fn control_planes(name: &str, site: &Talos, out: &mut Diagnostics) {
    let problem = match planes(site) {
        0 => at(CONTROL_PLANES, &site.machines, format!("{name} has no machine with `role: controlplane`"))
            .hint("write `role: controlplane` at one machine, or at three"),
        2 => at(CONTROL_PLANES, &site.machines, format!("{name} has two control planes: when either is lost, both are"))
            .hint("write `role: controlplane` at one machine, or at three"),
        _ => return,
    };
    out.push(problem);
}
