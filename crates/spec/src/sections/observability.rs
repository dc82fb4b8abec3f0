//! Metrics, logs, traces, alerts and objectives of service.

use super::{List, Map, Off, storage::Claim};
use crate::{
    codes,
    decode::Cx,
    section::{choice, section, tagged},
    tree::Node,
    types::{AppRef, BucketRef, MailName, SecretName, Text},
};
use pontoon_core::quantity::{Duration, Percentage};

section! {
    /// What is measured, kept and told.
    pub struct Observability {
        /// Metrics.
        metrics "metrics": Metrics = default "{ provider: none }",
        /// Logs.
        logs "logs": Logs = default "{ provider: none }",
        /// Traces.
        traces "traces": Traces = default "{ provider: none }",
        /// Who is told of what.
        alerts "alerts": Alerts = default "{}",
        /// Objectives of service, by name. The platform's own exist without being written.
        slos "slos": Map<Slo> = default "{}",
    }
}

tagged! {
    /// Metrics.
    pub enum Metrics default "prometheus" {
        /// Prometheus in the cluster, with Grafana.
        Prometheus(Prometheus) = "prometheus",
        /// None.
        None(Off) = "none",
    }
}

section! {
    /// Prometheus.
    pub struct Prometheus {
        /// How long metrics are kept.
        retention "retention": Duration = default "15d",
        /// The volume that they are kept on.
        storage "storage": Claim = default "20Gi",
        /// A store for years.
        long_term "longTerm": LongTerm = default "none",
    }
}

choice! {
    /// A store of metrics for years.
    pub enum LongTerm {
        /// None.
        None = "none",
        /// InfluxDB, filled by Telegraf.
        Influxdb = "influxdb",
    }
}

tagged! {
    /// Logs.
    pub enum Logs default "loki" {
        /// Loki, in a bucket.
        Loki(Loki) = "loki",
        /// OpenSearch, on volumes.
        Opensearch(Opensearch) = "opensearch",
        /// None.
        None(Off) = "none",
    }
}

section! {
    /// Loki.
    pub struct Loki {
        /// The bucket.
        bucket "bucket": BucketRef = required,
        /// How long logs are kept.
        retention "retention": Duration = default "14d",
    }
}

section! {
    /// OpenSearch.
    pub struct Opensearch {
        /// How long logs are kept.
        retention "retention": Duration = default "14d",
        /// The volume of each instance.
        storage "storage": Claim = default "30Gi",
    }
}

tagged! {
    /// Traces.
    pub enum Traces default "tempo" {
        /// Tempo.
        Tempo(Tempo) = "tempo",
        /// None.
        None(Off) = "none",
    }
}

section! {
    /// Tempo.
    pub struct Tempo {
        /// How long traces are kept.
        retention "retention": Duration = default "7d",
        /// The bucket; a volume where none is written.
        bucket "bucket": BucketRef = optional,
    }
}

section! {
    /// Who is told of what.
    pub struct Alerts {
        /// The ways, by name.
        routes "routes": Map<AlertRoute> = default "{}",
    }
}

section! {
    /// A way to tell somebody.
    pub struct AlertRoute validate keyed {
        /// By what.
        to "to": Receiver = required,
        /// The channel, for chats.
        channel "channel": Text = optional,
        /// The address, for mail.
        address "address": MailName = optional,
        /// How bad it must be.
        severity "severity": List<AlertSeverity> = required,
        /// The secret that holds the key or the hook's address; mail needs none.
        secret "secret": SecretName = optional,
    }
}

choice! {
    /// What tells somebody.
    pub enum Receiver {
        /// Slack.
        Slack = "slack",
        /// PagerDuty.
        Pagerduty = "pagerduty",
        /// Mail.
        Email = "email",
        /// Any hook.
        Webhook = "webhook",
    }
}

choice! {
    /// How bad something is.
    pub enum AlertSeverity {
        /// Somebody gets up.
        Critical = "critical",
        /// Somebody looks in the morning.
        Warning = "warning",
        /// Somebody may want to know.
        Info = "info",
    }
}

section! {
    /// An objective of service.
    pub struct Slo {
        /// Of which app.
        app "app": AppRef = required,
        /// How many requests succeed.
        objective "objective": Percentage = required,
        /// Over how long.
        over "over": Duration = default "30d",
        /// How fast a request counts as a success.
        latency "latency": Duration = optional,
    }
}

fn keyed(route: &AlertRoute, node: &Node, cx: &mut Cx) {
    if route.secret.is_none() && *route.to != Receiver::Email {
        let message = format!("{} lacks `secret`: {} needs a key", cx.subject(), *route.to);
        cx.error(codes::MISSING, node, message, "add the name of the secret that holds it, such as `secret: SLACK_WEBHOOK`");
    }
}
