//! Objectives, schedules, hosts, mail, places: what is promised and what is there.

use crate::support::lint;

const APP: &str = "image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }";

fn codes(more: &str) -> Vec<String> {
    lint(more).iter().map(|d| d.code.to_string()).collect()
}

#[test]
fn databases_lose_no_more_than_their_archive_lags() {
    let managed = |rpo: &str| codes(&format!("objectives: {{ rpo: {{ databases: {rpo} }} }}"));
    assert_eq!((managed("5m"), managed("4m")), (vec![], vec!["PT3115".to_owned()]));
    let own = |more: &str, rpo: &str| {
        codes(&format!(
            "buckets: {{ backups: {{}} }}\ndatabases: {{ main: {{ provider: cloudnative-pg, storage: 10Gi{more} }} }}\nobjectives: {{ rpo: {{ databases: {rpo} }} }}"
        ))
    };
    let backups = ", backups: { bucket: backups }";
    assert_eq!(own("", "24h"), ["PT3115"], "without backups everything is lost");
    assert_eq!((own(backups, "5m"), own(backups, "1m")), (vec![], vec!["PT3115".to_owned()]));
    for (value, met) in [("60s", true), ("1min", true), ("60", true), ("2min", false), ("nonsense", false)] {
        let found = own(&format!("{backups}, parameters: {{ archive_timeout: {value} }}"), "1m");
        assert_eq!(found.is_empty(), met, "{value}: {found:?}");
    }
}

#[test]
fn the_cluster_loses_no_more_than_lies_between_two_backups() {
    let with = |schedules: &str, rpo: &str| {
        codes(&format!(
            "buckets: {{ backups: {{}} }}\nbackups: {{ velero: {{ bucket: backups, schedules: {{ {schedules} }} }} }}\nobjectives: {{ rpo: {{ cluster: {rpo} }} }}"
        ))
    };
    let at = |name: &str, cron: &str| format!("{name}: {{ cron: \"{cron}\", keep: 30d }}");
    assert_eq!(
        (with(&at("daily", "0 2 * * *"), "24h"), with(&at("daily", "0 2 * * *"), "23h")),
        (vec![], vec!["PT3116".to_owned()])
    );
    let twice = format!("{}, {}", at("night", "0 2 * * *"), at("noon", "0 14 * * *"));
    assert_eq!((with(&twice, "12h"), with(&twice, "11h")), (vec![], vec!["PT3116".to_owned()]));
    let both = format!("{}, {}", at("daily", "0 2 * * *"), at("weekly", "0 1 * * 0"));
    assert_eq!((with(&both, "24h"), with(&both, "12h")), (vec![], vec!["PT3116".to_owned()]));
    assert_eq!(codes("objectives: { rpo: { cluster: 24h } }"), ["PT3116"], "nothing backs up");
    assert_eq!(codes("objectives: { rpo: 24h }"), ["PT3116"], "both are meant");
}

#[test]
fn an_objective_of_service_looks_back_no_further_than_metrics_are_kept() {
    let with = |metrics: &str| {
        codes(&format!(
            "observability: {{ metrics: {metrics}, slos: {{ up: {{ app: web, objective: 99.9%, over: 30d }} }} }}\napps: {{ web: {{ {APP} }} }}"
        ))
    };
    assert_eq!(with("{ retention: 30d }"), [""; 0]);
    assert_eq!(with("{ retention: 29d }"), ["PT3118"]);
    assert_eq!(with("{ retention: 15d, longTerm: influxdb }"), ["PT3118"], "the rules do not ask it");
    assert_eq!(with("{ provider: none }"), ["PT3118"]);
}

#[test]
fn only_buckets_that_somebody_needs_whole_refuse_to_expire() {
    assert_eq!(codes("buckets: { scratch: { expire: 7d } }"), [""; 0]);
    let bucket = "buckets: { store: { expire: 30d } }\n";
    for writer in [
        "backups: { velero: { bucket: store, schedules: { daily: { cron: \"0 2 * * *\", keep: 30d } } } }",
        "observability: { logs: { provider: loki, bucket: store } }",
        "observability: { traces: { provider: tempo, bucket: store } }",
    ] {
        assert_eq!(codes(&format!("{bucket}{writer}")), ["PT2109"], "{writer}");
    }
}

#[test]
fn ports_of_mail_are_seen_in_variables_and_values() {
    let env = |name: &str, value: &str| codes(&format!("apps: {{ web: {{ {APP}, env: {{ {name}: \"{value}\" }} }} }}"));
    for (name, value) in [("SMTP_PORT", "25"), ("MAIL_PORT", "465"), ("RELAY", "smtp://user@mail.example.net:587/x")] {
        assert_eq!(env(name, value), ["PT2119"], "{name}={value}");
    }
    for (name, value) in [
        ("SMTP_PORT", "2587"),
        ("PORT", "25"),
        ("SMTP_RETRIES", "25"),
        ("RELAY", "smtp://mail.example.net:2587"),
        ("SMTP_PORT", "${email.port}"),
    ] {
        let more = if value.contains("email") { ", uses: [ email ]" } else { "" };
        let found = codes(&format!(
            "email: {{ provider: ses, region: us-east-1 }}\napps: {{ web: {{ {APP}, env: {{ {name}: \"{value}\" }}{more} }} }}"
        ));
        assert_eq!(found, [""; 0], "{name}={value}");
    }
    let values = |port: u32| {
        codes(&format!(
            "apps: {{ web: {{ chart: {{ name: \"oci://ghcr.io/example-org/web\", version: 1.0.0 }}, values: {{ smtp: {{ host: mail.example.net, port: {port} }} }} }} }}"
        ))
    };
    assert_eq!((values(587), values(2587)), (vec!["PT2119".to_owned()], vec![]));
}

#[test]
fn one_replica_is_said_of_the_last_environment_only() {
    let environments = "environments:\n  staging: { region: nyc3, network: 10.20.0.0/20, apps: { web: { replicas: 1 } } }\n  production: { region: nyc3, network: 10.21.0.0/20 }\ningress: { controller: traefik }\n";
    assert_eq!(codes(&format!("{environments}apps: {{ web: {{ {APP}, host: www, replicas: 2 }} }}")), [""; 0]);
    let found = lint(&format!("{environments}apps: {{ web: {{ {APP}, host: www }} }}"));
    let lines: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(lines, ["in production: `web` has a host and one replica, as no `replicas` are written"]);
    let chart = "chart: { name: \"oci://ghcr.io/example-org/web\", version: 1.0.0 }";
    assert_eq!(codes(&format!("ingress: {{ controller: traefik }}\napps: {{ web: {{ {chart}, host: www }} }}")), [""; 0]);
}

#[test]
fn hosts_of_environments_are_compared_in_full() {
    let with = |host: &str| {
        codes(&format!(
            "environments:\n  staging: {{ region: nyc3, network: 10.20.0.0/20 }}\n  production: {{ region: nyc3, network: 10.21.0.0/20, apps: {{ next: {{ {APP}, host: \"{host}\", replicas: 2 }} }} }}\ningress: {{ controller: traefik }}\napps: {{ web: {{ {APP}, host: \"@\", replicas: 2 }} }}"
        ))
    };
    assert_eq!(with("staging"), ["PT2106"], "staging's own domain");
    assert_eq!(with("next"), [""; 0]);
}

#[test]
fn a_gateway_is_asked_of_native_clusters_only() {
    let app = format!("apps: {{ web: {{ {APP}, host: \"@\", replicas: 2 }} }}");
    let plain = "environments: { production: { region: nyc3, network: 10.20.0.0/20 } }\n";
    assert_eq!(codes(&format!("{plain}{app}")), ["PT2121"]);
    assert_eq!(codes(&app), [""; 0], "the blueprint's network is native");
    let native = "environments: { production: { region: nyc3, network: { vpc: 10.20.0.0/20, pods: 10.140.0.0/16, services: 10.141.0.0/20 } } }\n";
    assert_eq!(codes(&format!("{native}{app}")), [""; 0]);
}

#[test]
fn versions_belong_together() {
    let site = |talos: &str, kubernetes: &str| {
        codes(&format!(
            "sites:\n  office:\n    version: {talos}\n    kubernetes: \"{kubernetes}\"\n    network: 192.168.10.0/24\n    endpoint: 192.168.10.11\n    pods: 10.136.0.0/16\n    machines: {{ cp1: {{ address: 192.168.10.11, role: controlplane, disk: /dev/sda }} }}"
        ))
    };
    assert_eq!(site("v1.12", "1.35"), [""; 0]);
    assert_eq!(site("v1.12.3", "1.36"), ["PT5107"]);
    assert_eq!(site("v1.13", "1.36"), [""; 0]);
    let postgres = |v: &str| codes(&format!("databases: {{ main: {{ provider: digitalocean, version: \"{v}\" }} }}"));
    assert_eq!((postgres("15"), postgres("14"), postgres("13")), (vec![], vec!["PT5104".to_owned()], vec!["PT5104".to_owned()]));
    let cluster = |v: &str| codes(&format!("cluster: {{ version: \"{v}\" }}"));
    assert_eq!((cluster("1.36"), cluster("1.35.2")), (vec![], vec![]));
    assert_eq!((cluster("1.34.1"), cluster("1.31")), (vec!["PT5104".to_owned()], vec!["PT5104".to_owned()]));
}

#[test]
fn a_tunnel_is_what_a_site_reaches_the_cloud_by() {
    let site = "sites:\n  office:\n    version: v1.13\n    kubernetes: \"1.36\"\n    network: 192.168.10.0/24\n    endpoint: 192.168.10.11\n    pods: 10.136.0.0/16\n    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }\n";
    let link = "links: { office: { between: [ cloud, office ], network: 10.200.0.0/24, gateway: { site: office, address: 192.168.10.2 } } }\n";
    let app =
        |uses: &str| format!("buckets: {{ files: {{}} }}\napps: {{ web: {{ {APP}, runsOn: [ office ], uses: [ {uses} ] }} }}");
    assert_eq!(codes(&format!("{site}{}", app("databases.main"))), ["PT2113"]);
    assert_eq!(codes(&format!("{site}{link}{}", app("databases.main"))), [""; 0]);
    let plant = "  plant:\n    version: v1.13\n    kubernetes: \"1.36\"\n    network: 192.168.20.0/24\n    endpoint: 192.168.20.11\n    pods: 10.137.0.0/16\n    services: 10.138.0.0/16\n    machines: { cp1: { address: 192.168.20.11, role: controlplane, disk: /dev/sda } }\n";
    let elsewhere = link.replace("office", "plant").replace("192.168.10.2", "192.168.20.2");
    assert_eq!(codes(&format!("{site}{plant}{elsewhere}{}", app("databases.main"))), ["PT2113"], "a tunnel to another site");
    assert_eq!(codes(&format!("{site}{}", app("buckets.files"))), [""; 0], "buckets are reached over the internet");
    let gateway = link.replace("192.168.10.2", "192.168.10.11");
    assert_eq!(codes(&format!("{site}{gateway}")), ["PT2105"], "the machine's own address");
}
