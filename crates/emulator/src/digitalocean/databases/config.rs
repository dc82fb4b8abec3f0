//! Advanced configuration: which parameters an engine has, and what each may be.
//!
//! Source of the tables: the contract's `postgres_advanced_config` and `valkey_advanced_config`.

use super::{CLUSTERS, Engine, cluster, id};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Map, Value, json};

/// What a parameter may be.
enum Kind {
    Flag,
    Integer(i64, i64),
    Number(f64, f64),
    /// Of at most so many characters.
    Text(usize),
    Word(&'static [&'static str]),
    /// A list of words.
    Words,
    Group(&'static [(&'static str, Kind)]),
}

/// Eviction policies of Valkey.
pub const POLICIES: &[&str] = &["noeviction", "allkeys_lru", "allkeys_random", "volatile_lru", "volatile_random", "volatile_ttl"];

const PGBOUNCER: &[(&str, Kind)] = &[
    ("server_reset_query_always", Kind::Flag),
    ("ignore_startup_parameters", Kind::Words),
    ("min_pool_size", Kind::Integer(0, 10_000)),
    ("server_lifetime", Kind::Integer(60, 86_400)),
    ("server_idle_timeout", Kind::Integer(0, 86_400)),
    ("autodb_pool_size", Kind::Integer(0, 10_000)),
    ("autodb_pool_mode", Kind::Word(&["session", "transaction", "statement"])),
    ("autodb_max_db_connections", Kind::Integer(0, 2_147_483_647)),
    ("autodb_idle_timeout", Kind::Integer(0, 86_400)),
];
const TIMESCALEDB: &[(&str, Kind)] = &[("max_background_workers", Kind::Integer(1, 4_096))];
const PG: &[(&str, Kind)] = &[
    ("autovacuum_freeze_max_age", Kind::Integer(200_000_000, 1_500_000_000)),
    ("autovacuum_max_workers", Kind::Integer(1, 20)),
    ("autovacuum_naptime", Kind::Integer(0, 86_400)),
    ("autovacuum_vacuum_threshold", Kind::Integer(0, 2_147_483_647)),
    ("autovacuum_analyze_threshold", Kind::Integer(0, 2_147_483_647)),
    ("autovacuum_vacuum_scale_factor", Kind::Number(0.0, 1.0)),
    ("autovacuum_analyze_scale_factor", Kind::Number(0.0, 1.0)),
    ("autovacuum_vacuum_cost_delay", Kind::Integer(-1, 100)),
    ("autovacuum_vacuum_cost_limit", Kind::Integer(-1, 10_000)),
    ("backup_hour", Kind::Integer(0, 23)),
    ("backup_minute", Kind::Integer(0, 59)),
    ("bgwriter_delay", Kind::Integer(10, 10_000)),
    ("bgwriter_flush_after", Kind::Integer(0, 2_048)),
    ("bgwriter_lru_maxpages", Kind::Integer(0, 1_073_741_823)),
    ("bgwriter_lru_multiplier", Kind::Number(0.0, 10.0)),
    ("deadlock_timeout", Kind::Integer(500, 1_800_000)),
    ("default_toast_compression", Kind::Word(&["lz4", "pglz"])),
    ("idle_in_transaction_session_timeout", Kind::Integer(0, 604_800_000)),
    ("jit", Kind::Flag),
    ("log_autovacuum_min_duration", Kind::Integer(-1, 2_147_483_647)),
    ("log_error_verbosity", Kind::Word(&["TERSE", "DEFAULT", "VERBOSE"])),
    (
        "log_line_prefix",
        Kind::Word(&[
            "pid=%p,user=%u,db=%d,app=%a,client=%h",
            "%m [%p] %q[user=%u,db=%d,app=%a]",
            "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h",
        ]),
    ),
    ("log_min_duration_statement", Kind::Integer(-1, 86_400_000)),
    ("max_files_per_process", Kind::Integer(1_000, 4_096)),
    ("max_prepared_transactions", Kind::Integer(0, 10_000)),
    ("max_pred_locks_per_transaction", Kind::Integer(64, 640)),
    ("max_locks_per_transaction", Kind::Integer(64, 6_400)),
    ("max_stack_depth", Kind::Integer(2_097_152, 6_291_456)),
    ("max_standby_archive_delay", Kind::Integer(1, 43_200_000)),
    ("max_standby_streaming_delay", Kind::Integer(1, 43_200_000)),
    ("max_replication_slots", Kind::Integer(8, 64)),
    ("max_logical_replication_workers", Kind::Integer(4, 64)),
    ("max_parallel_workers", Kind::Integer(0, 96)),
    ("max_parallel_workers_per_gather", Kind::Integer(0, 96)),
    ("max_worker_processes", Kind::Integer(8, 96)),
    ("pg_partman_bgw.role", Kind::Text(64)),
    ("pg_partman_bgw.interval", Kind::Integer(3_600, 604_800)),
    ("pg_stat_statements.track", Kind::Word(&["all", "top", "none"])),
    ("temp_file_limit", Kind::Integer(-1, 2_147_483_647)),
    ("timezone", Kind::Text(64)),
    ("track_activity_query_size", Kind::Integer(1_024, 10_240)),
    ("track_commit_timestamp", Kind::Word(&["off", "on"])),
    ("track_functions", Kind::Word(&["all", "pl", "none"])),
    ("track_io_timing", Kind::Word(&["off", "on"])),
    ("max_wal_senders", Kind::Integer(20, 64)),
    ("wal_sender_timeout", Kind::Integer(0, 10_800_000)),
    ("wal_writer_delay", Kind::Integer(10, 200)),
    ("shared_buffers_percentage", Kind::Number(20.0, 60.0)),
    ("pgbouncer", Kind::Group(PGBOUNCER)),
    ("work_mem", Kind::Integer(1, 1_024)),
    ("timescaledb", Kind::Group(TIMESCALEDB)),
    ("synchronous_replication", Kind::Word(&["off", "quorum"])),
    ("stat_monitor_enable", Kind::Flag),
    ("max_failover_replication_time_lag", Kind::Integer(10, i64::MAX)),
    ("max_connections", Kind::Integer(25, i64::MAX)),
    ("max_slot_wal_keep_size", Kind::Integer(-1, 2_147_483_647)),
];
const VALKEY: &[(&str, Kind)] = &[
    ("valkey_maxmemory_policy", Kind::Word(POLICIES)),
    ("valkey_pubsub_client_output_buffer_limit", Kind::Integer(32, 512)),
    ("valkey_number_of_databases", Kind::Integer(1, 128)),
    ("valkey_io_threads", Kind::Integer(1, 32)),
    ("valkey_lfu_log_factor", Kind::Integer(0, 100)),
    ("valkey_lfu_decay_time", Kind::Integer(1, 120)),
    ("valkey_ssl", Kind::Flag),
    ("valkey_timeout", Kind::Integer(0, 31_536_000)),
    ("valkey_notify_keyspace_events", Kind::Text(32)),
    ("valkey_persistence", Kind::Word(&["off", "rdb"])),
    ("valkey_acl_channels_default", Kind::Word(&["allchannels", "resetchannels"])),
    ("frequent_snapshots", Kind::Flag),
    ("valkey_active_expire_effort", Kind::Integer(1, 10)),
];

impl Kind {
    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Flag => value.is_boolean(),
            Self::Integer(min, max) => value.as_i64().is_some_and(|n| (*min..=*max).contains(&n)),
            Self::Number(min, max) => value.as_f64().is_some_and(|n| (*min..=*max).contains(&n)),
            Self::Text(longest) => value.as_str().is_some_and(|t| t.chars().count() <= *longest),
            Self::Word(words) => value.as_str().is_some_and(|t| words.contains(&t)),
            Self::Words => value.as_array().is_some_and(|a| a.iter().all(Value::is_string)),
            Self::Group(_) => value.is_object(),
        }
    }
}

/// The configuration of a new cluster: the contract's defaults, and when backups are made.
#[must_use]
pub fn defaults(engine: Engine, hour: u64, minute: u64) -> Value {
    match engine {
        Engine::Pg => json!({ "backup_hour": hour, "backup_minute": minute }),
        Engine::Valkey => json!({
            "valkey_maxmemory_policy": "noeviction",
            "valkey_lfu_log_factor": 10,
            "valkey_lfu_decay_time": 1,
            "valkey_ssl": true,
            "valkey_timeout": 300,
            "valkey_notify_keyspace_events": "",
            "frequent_snapshots": true,
            "valkey_active_expire_effort": 1,
        }),
    }
}

/// `GET …/config`.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("config", cluster(cx, req)?["config"].clone()))
}

/// `PATCH …/config`: what is left out stays.
pub fn patch(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = cluster(cx, req)?;
    let table = match Engine::of(&doc) {
        Engine::Pg => PG,
        Engine::Valkey => VALKEY,
    };
    let given = req.opt_object("config")?.ok_or_else(|| Refusal::unprocessable("config is required"))?;
    if let Some(config) = doc["config"].as_object_mut() {
        merge(config, given, table, "")?;
    }
    cx.put(CLUSTERS, id(req), doc);
    Ok(Reply { status: 200, headers: Vec::new(), body: crate::reply::Body::Empty })
}

fn merge(
    config: &mut Map<String, Value>,
    given: &Map<String, Value>,
    table: &[(&str, Kind)],
    above: &str,
) -> Result<(), Refusal> {
    for (name, value) in given.iter().filter(|(_, v)| !v.is_null()) {
        let known = table.iter().find(|(n, _)| n == name).map(|(_, kind)| kind);
        let kind = known.ok_or_else(|| Refusal::unprocessable(format!("config.{above}{name} is not supported")))?;
        if !kind.fits(value) {
            return Err(Refusal::unprocessable(format!("config.{above}{name} is invalid")));
        }
        match (kind, value.as_object()) {
            (Kind::Group(table), Some(inner)) => {
                let group = config.entry(name).or_insert_with(|| json!({}));
                if let Some(group) = group.as_object_mut() {
                    merge(group, inner, table, &format!("{name}."))?;
                }
            }
            _ => {
                config.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(())
}
