//! Message queues.

use super::{Map, storage::Claim};
use crate::{
    section::{section, tagged},
    types::{Pattern, Version, Whole},
};

tagged! {
    /// A message broker.
    pub enum Queue default "rabbitmq-operator" {
        /// RabbitMQ in the cluster, by its operators.
        RabbitmqOperator(Rabbitmq) = "rabbitmq-operator",
    }
}

section! {
    /// A RabbitMQ cluster.
    pub struct Rabbitmq {
        /// The version, in place of the operator's own.
        version "version": Version = optional,
        /// How many instances: an odd number, so that a majority can be.
        instances "instances": Whole<1, 9> = default "1",
        /// The volume of each instance.
        storage "storage": Claim = required,
        /// Whether clients connect over TLS.
        tls "tls": bool = default "true",
        /// The virtual hosts, by name.
        vhosts "vhosts": Map<Vhost> = default "{}",
    }
}

section! {
    /// A virtual host.
    pub struct Vhost {
        /// Its users, by name.
        users "users": Map<Permissions> = default "{}",
    }
}

section! {
    /// What a user may do in a virtual host, each as a regular expression over names.
    pub struct Permissions {
        /// What it may declare and delete.
        configure "configure": Pattern = default "\"\"",
        /// What it may write to.
        write "write": Pattern = default "\"\"",
        /// What it may read from.
        read "read": Pattern = default "\"\"",
    }
}
