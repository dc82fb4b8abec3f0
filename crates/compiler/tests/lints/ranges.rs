//! Address ranges: which may overlap, which may not, and where that is said.

use crate::support::{lines, lint};

const TWO: &str =
    "environments:\n  staging: { region: nyc3, network: STAGING }\n  production: { region: nyc3, network: PRODUCTION }\n";

fn two(staging: &str, production: &str) -> Vec<String> {
    lines(&TWO.replace("STAGING", staging).replace("PRODUCTION", production))
}

/// A site with the given ranges, in an environment with a VPC of `10.100.0.0/16`.
fn site(ranges: &str) -> Vec<String> {
    lines(&format!(
        "environments: {{ production: {{ region: nyc3, network: 10.100.0.0/16 }} }}\nsites:\n  office:\n    version: v1.13\n    kubernetes: \"1.36\"\n    network: 192.168.0.0/16\n    endpoint: 192.168.10.11\n    machines: {{ cp1: {{ address: 192.168.10.11, role: controlplane, disk: /dev/sda }} }}\n    {ranges}"
    ))
}

#[test]
fn vpcs_of_one_account_never_overlap() {
    assert_eq!(two("10.20.0.0/20", "10.20.16.0/20"), [""; 0]);
    let found = two("10.20.0.0/16", "10.20.16.0/20");
    assert!(matches!(found.as_slice(), [one] if one.starts_with("PT2101 ")), "{found:?}");
}

#[test]
fn environments_that_write_no_range_both_take_the_blueprints() {
    let found = lint("environments:\n  staging: { region: nyc3 }\n  production: { region: nyc3 }\n");
    // The VPCs, and the pods and services in them.
    let [one, pods, services] = found.iter().collect::<Vec<_>>()[..] else { panic!("{found:#?}") };
    assert_eq!([one, pods, services].map(|d| d.code.as_str()), ["PT2101"; 3]);
    assert_eq!(one.hint.as_deref(), Some("write pods: 10.21.0.0/16"));
    assert!([one, pods, services].iter().all(|d| d.at.is_some()));
}

#[test]
fn the_vendors_own_ranges_may_repeat_but_not_be_a_vpc() {
    // Both clusters have 10.244.0.0/16 for their pods: DOKS says nothing against it.
    assert_eq!(two("10.20.0.0/20", "10.21.0.0/20"), [""; 0]);
    for range in ["10.244.0.0/20", "10.245.16.0/20", "10.246.0.0/28"] {
        let found = lines(&format!("environments: {{ production: {{ region: nyc3, network: {range} }} }}"));
        assert!(matches!(found.as_slice(), [one] if one.starts_with("PT2101 ")), "{range}: {found:?}");
        let native = format!("{{ vpc: {range}, pods: 10.140.0.0/16, services: 10.141.0.0/20 }}");
        let found = lines(&format!("environments: {{ production: {{ region: nyc3, network: {native} }} }}"));
        assert!(matches!(found.as_slice(), [one] if one.starts_with("PT2101 ")), "{range}: {found:?}");
    }
}

#[test]
fn pods_that_are_set_meet_nothing_in_the_account() {
    let native = "{ vpc: VPC, pods: 10.140.0.0/16, services: 10.141.0.0/20 }";
    let found = two(&native.replace("VPC", "10.20.0.0/20"), &native.replace("VPC", "10.21.0.0/20"));
    assert_eq!(found.iter().filter(|l| l.starts_with("PT2101 ")).count(), 2, "{found:?}");
    let found = two("10.140.0.0/20", &native.replace("VPC", "10.21.0.0/20"));
    assert!(matches!(found.as_slice(), [one] if one.starts_with("PT2101 the pods of production")), "{found:?}");
}

#[test]
fn accounts_of_their_own_may_use_the_same_ranges() {
    let found = lines(
        "environments:\n  staging: { region: nyc3, network: 10.20.0.0/20, account: { token: STAGING_TOKEN } }\n  production: { region: nyc3, network: 10.20.0.0/20 }\n",
    );
    assert!(matches!(found.as_slice(), [one] if one.starts_with("PT2102 ")), "{found:?}");
}

#[test]
fn defaults_of_talos_meet_those_of_doks_and_vpcs() {
    assert_eq!(site("pods: 10.136.0.0/16\n    services: 10.137.0.0/20"), [""; 0]);
    // 10.96.0.0/12 reaches to 10.111.255.255.
    let found = site("pods: 10.136.0.0/16");
    assert!(matches!(found.as_slice(), [one] if one.contains("the services of office (10.96.0.0/12)")), "{found:?}");
    let found = site("services: 10.137.0.0/20");
    assert!(matches!(found.as_slice(), [one] if one.contains("DOKS's own range for pods")), "{found:?}");
    let found = site("pods: 192.168.128.0/20\n    services: 10.137.0.0/20");
    assert!(matches!(found.as_slice(), [one] if one.contains("the site office")), "{found:?}");
}

#[test]
fn a_site_belongs_to_one_environment() {
    let environments = "environments:\n  staging: { region: nyc3, network: 192.168.0.0/20 }\n  production: { region: nyc3, network: 10.21.0.0/20 }\n";
    let machines = "pods: 10.136.0.0/16, machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }";
    let site = |environment: &str| {
        format!(
            "{{ version: v1.13, kubernetes: \"1.36\", network: 192.168.0.0/16, endpoint: 192.168.10.11, environment: {environment}, {machines} }}"
        )
    };
    let found = lines(&format!("{environments}sites: {{ office: {} }}", site("production")));
    assert!(matches!(found.as_slice(), [one] if one.starts_with("PT2102 ")), "{found:?}");
    let found = lines(&format!("{environments}sites: {{ office: {} }}", site("staging")));
    assert!(matches!(found.as_slice(), [one] if one.starts_with("PT2101 ")), "{found:?}");
    // Two sites of two environments may stand in one network: nothing leads from one to the other.
    let apart = environments.replace("192.168.0.0/20", "10.20.0.0/20");
    let found = lines(&format!("{apart}sites: {{ office: {}, test: {} }}", site("production"), site("staging")));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_vpc_is_private_and_of_a_size_that_is_offered() {
    for range in ["10.20.0.0/16", "172.16.0.0/20", "192.168.4.0/28"] {
        assert!(!lint(&one(range)).iter().any(|d| d.code.as_str() == "PT2103"), "{range}");
    }
    for range in ["10.0.0.0/15", "192.168.4.0/29", "203.0.113.0/24", "fd00::/20"] {
        assert!(lint(&one(range)).iter().any(|d| d.code.as_str() == "PT2103"), "{range}");
    }
}

fn one(range: &str) -> String {
    format!("environments: {{ production: {{ region: nyc3, network: \"{range}\" }} }}")
}
