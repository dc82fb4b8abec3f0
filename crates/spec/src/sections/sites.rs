//! Sites on premises: Talos.

use super::{List, Map, Off, Words};
use crate::{
    section::{choice, section, tagged},
    types::{Device, EnvironmentRef, FilePath, Folder, Raw, Text, Whole},
};
use pontoon_core::{
    cidr::{AddressRange, Cidr},
    name::Name,
    quantity::{KubernetesVersion, Misread, Size},
};
use std::net::IpAddr;

tagged! {
    /// A site outside of the cloud, with a cluster of its own.
    pub enum Site default "talos" {
        /// Machines that run Talos.
        Talos(Talos) = "talos",
        /// Turned off.
        None(Off) = "none",
    }
}

section! {
    /// A cluster of machines that run Talos.
    pub struct Talos {
        /// The version of Talos.
        version "version": TalosVersion = required,
        /// Which Kubernetes runs on it.
        kubernetes "kubernetes": KubernetesVersion = required,
        /// The site's own network.
        network "network": Cidr = required,
        /// The virtual address of the control plane.
        endpoint "endpoint": IpAddr = required,
        /// The range of the pods. It overlaps nothing that the site talks to.
        pods "pods": Cidr = default "10.244.0.0/16",
        /// The range of the services. It overlaps nothing that the site talks to.
        services "services": Cidr = default "10.96.0.0/12",
        /// The addresses that Services of type LoadBalancer get.
        load_balancer "loadBalancer": AddressRange = optional,
        /// What connects pods and enforces network policies.
        cni "cni": Cni = default "cilium",
        /// How the world reaches the site's apps.
        expose "expose": Expose = default "none",
        /// The machines, by name: one control plane, or at least three.
        machines "machines": Map<Machine> = required,
        /// Where volumes come from.
        volumes "volumes": Volumes = default "{}",
        /// Hosts that are no part of the cluster, set up by Ansible.
        ansible "ansible": Ansible = optional,
        /// The environment that it belongs to; the last one where nothing is written.
        environment "environment": EnvironmentRef = optional,
    }
}

/// A version of Talos, such as `v1.11` or `v1.11.3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TalosVersion(String);

impl std::fmt::Display for TalosVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl crate::types::Scalar for TalosVersion {
    const SCALAR: &'static crate::shape::ScalarShape = &crate::shape::ScalarShape {
        name: "a version of Talos",
        text: "A minor or an exact version, beginning with v.",
        json: crate::shape::JsonType::Text,
        pattern: r"^v[0-9]+\.[0-9]+(\.[0-9]+)?$",
        examples: &["v1.11", "v1.11.3"],
        role: crate::shape::Role::Plain,
    };
    fn read(text: &str) -> Result<Self, Misread> {
        let parts: Vec<&str> = text.strip_prefix('v').unwrap_or(text).split('.').collect();
        let numbers = parts.iter().all(|p| !p.is_empty() && p.len() < 5 && p.bytes().all(|b| b.is_ascii_digit()));
        match (numbers && (2..=3).contains(&parts.len()), text.starts_with('v')) {
            (true, true) => Ok(TalosVersion(text.to_owned())),
            (true, false) => Err(Misread::new(format!("`{text}` has no `v`")).hint(format!("write v{text}"))),
            (false, _) => Err(Misread::new(format!("`{text}` is not a version of Talos")).hint("write a version such as v1.11")),
        }
    }
}

choice! {
    /// What connects pods.
    pub enum Cni {
        /// Cilium.
        Cilium = "cilium",
    }
}

choice! {
    /// How the world reaches a site's apps.
    pub enum Expose {
        /// Not at all.
        None = "none",
        /// Through a tunnel that the site opens.
        Tunnel = "tunnel",
        /// By a public address of the site.
        Address = "address",
    }
}

section! {
    /// A machine of a site.
    pub struct Machine {
        /// Its address in the site's network.
        address "address": IpAddr = required,
        /// What it does.
        role "role": MachineRole = required,
        /// The disk that Talos is installed on.
        disk "disk": Device = required,
        /// How many cores it has.
        cpu "cpu": Whole<1, 1024> = optional,
        /// How much memory it has.
        memory "memory": Size = optional,
        /// Labels of its node.
        labels "labels": Words<Raw> = default "{}",
    }
}

choice! {
    /// What a machine does.
    pub enum MachineRole {
        /// Runs the control plane.
        Controlplane = "controlplane",
        /// Runs apps.
        Worker = "worker",
    }
}

section! {
    /// Where a site's volumes come from.
    pub struct Volumes {
        /// Folders of an NFS server.
        nfs "nfs": Nfs = optional,
        /// Folders of the machines themselves.
        local "local": LocalVolumes = optional,
        /// A Ceph cluster that exists.
        ceph "ceph": Ceph = optional,
    }
}

section! {
    /// An NFS server.
    pub struct Nfs {
        /// Its address.
        server "server": IpAddr = required,
        /// The exported folder.
        path "path": Folder = required,
    }
}

section! {
    /// Folders of the machines themselves.
    pub struct LocalVolumes {
        /// The folder.
        path "path": Folder = required,
    }
}

section! {
    /// A Ceph cluster that exists.
    pub struct Ceph {
        /// Its monitors.
        monitors "monitors": List<Text> = required,
        /// The pool of block devices.
        pool "pool": Name = required,
    }
}

section! {
    /// Hosts that are set up by Ansible.
    pub struct Ansible {
        /// The playbook.
        playbook "playbook": FilePath = required,
        /// The hosts, by name.
        hosts "hosts": Map<AnsibleHost> = required,
    }
}

section! {
    /// A host that is set up by Ansible.
    pub struct AnsibleHost {
        /// Its address.
        address "address": IpAddr = required,
        /// Its groups.
        groups "groups": List<Name> = default "[]",
    }
}
