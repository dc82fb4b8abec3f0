//! Databases and caches, managed or in the cluster.

use super::{Words, cluster::Maintenance, storage::Claim};
use crate::{
    section::{choice, section, tagged},
    types::{BucketRef, DatabaseSize, Raw, Slug, Version, Whole},
};
use pontoon_core::quantity::{Cron, Duration};

tagged! {
    /// A PostgreSQL database cluster. Each app that uses it has a database and a user of its own.
    pub enum Database {
        /// Managed by DigitalOcean, outside of the cluster, with recovery to any point of 7 days.
        Digitalocean(ManagedPostgres) = "digitalocean",
        /// In the cluster, by CloudNativePG.
        CloudnativePg(CloudnativePg) = "cloudnative-pg",
    }
}

section! {
    /// A managed PostgreSQL.
    pub struct ManagedPostgres {
        /// The major version.
        version "version": Version = default "\"17\"",
        /// The size of each instance. It can grow, never shrink.
        size "size": DatabaseSize = default "db-s-1vcpu-1gb",
        /// How many instances: one, or up to two more as standbys. The smallest size has no standby.
        instances "instances": Whole<1, 3> = default "1",
        /// A pool of connections in front of it.
        pooler "pooler": ManagedPooler = optional,
        /// When the vendor upgrades it.
        maintenance "maintenance": Maintenance = optional,
    }
}

section! {
    /// A pool of connections of a managed PostgreSQL.
    pub struct ManagedPooler {
        /// When a connection goes back into the pool.
        mode "mode": PoolMode = default "transaction",
        /// How many connections it holds.
        size "size": Whole<1, 1000> = required,
    }
}

choice! {
    /// When a connection goes back into the pool.
    pub enum PoolMode {
        /// After each transaction.
        Transaction = "transaction",
        /// When the client leaves.
        Session = "session",
        /// After each statement.
        Statement = "statement",
    }
}

section! {
    /// A PostgreSQL in the cluster.
    pub struct CloudnativePg {
        /// The major version.
        version "version": Version = default "\"17\"",
        /// How many instances, each on a node of its own.
        instances "instances": Whole<1, 9> = default "1",
        /// The volume of each instance.
        storage "storage": Claim = required,
        /// Parameters of PostgreSQL.
        parameters "parameters": Words<Raw> = default "{}",
        /// A pooler (PgBouncer) in front of it.
        pooler "pooler": Pooler = optional,
        /// Where its backups and its log of changes go.
        backups "backups": DatabaseBackups = optional,
    }
}

section! {
    /// A pooler in the cluster.
    pub struct Pooler {
        /// When a connection goes back into the pool.
        mode "mode": PoolMode = default "transaction",
        /// How many instances.
        instances "instances": Whole<1, 9> = default "1",
    }
}

section! {
    /// Backups of a database in the cluster: base backups, and every change in between.
    pub struct DatabaseBackups {
        /// The bucket.
        bucket "bucket": BucketRef = required,
        /// How long they are kept.
        keep "keep": Duration = default "30d",
        /// When base backups are made.
        schedule "schedule": Cron = default "\"0 2 * * *\"",
        /// A folder in the bucket, in place of the one that is derived from names.
        path "path": Slug = optional,
    }
}

tagged! {
    /// A Valkey cache.
    pub enum Cache {
        /// Managed by DigitalOcean: no users, no backups; apps that share it share its password.
        Digitalocean(ManagedValkey) = "digitalocean",
        /// In the cluster, by the chart of the Valkey project.
        Valkey(Valkey) = "valkey",
        /// In the cluster, by hyperspike's operator, always in cluster mode.
        ValkeyOperator(ValkeyOperator) = "valkey-operator",
    }
}

section! {
    /// A managed Valkey.
    pub struct ManagedValkey {
        /// The major version.
        version "version": Version = default "\"8\"",
        /// The size of each instance. It can grow, never shrink.
        size "size": DatabaseSize = default "db-s-1vcpu-1gb",
        /// How many instances: one, or up to two more as standbys. The smallest size has no standby.
        instances "instances": Whole<1, 3> = default "1",
        /// What it is for, which sets eviction and persistence.
        r#use "use": CacheUse = default "cache",
        /// When the vendor upgrades it.
        maintenance "maintenance": Maintenance = optional,
    }
}

section! {
    /// A Valkey in the cluster.
    pub struct Valkey {
        /// The version, in place of the chart's own.
        version "version": Version = optional,
        /// How many replicas stand behind the primary.
        replicas "replicas": Whole<0, 9> = default "0",
        /// The volume of each instance.
        storage "storage": Claim = required,
        /// Whether clients connect over TLS.
        tls "tls": bool = default "true",
        /// What it is for, which sets eviction and persistence.
        r#use "use": CacheUse = default "cache",
    }
}

section! {
    /// A Valkey cluster of several shards in the cluster.
    pub struct ValkeyOperator {
        /// How many shards.
        shards "shards": Whole<1, 100> = default "3",
        /// How many replicas stand behind each shard.
        replicas "replicas": Whole<0, 9> = default "0",
        /// The volume of each instance.
        storage "storage": Claim = required,
        /// Whether clients connect over TLS.
        tls "tls": bool = default "true",
        /// What it is for, which sets eviction and persistence.
        r#use "use": CacheUse = default "cache",
    }
}

choice! {
    /// What a cache is for.
    pub enum CacheUse {
        /// What can be made again: the oldest goes when memory is full, nothing is kept on disk.
        Cache = "cache",
        /// What users would miss: nothing is evicted, and it is kept on disk.
        Sessions = "sessions",
    }
}
