"""What else a database cluster has: replicas, log sinks, names, storage that grows, versions, moves, credentials."""

from .databases import online


def run(client, checks):
    wanted = {"name": "more", "engine": "pg", "version": "16", "region": "fra1", "size": "db-s-1vcpu-2gb", "num_nodes": 1}
    number = client.databases.create_cluster(wanted)["database"]["id"]
    checks.until("a PostgreSQL cluster is online", lambda: online(client, number))
    replica(client, checks, number)
    sinks(client, checks, number)
    settings(client, checks, number)
    foreign(client, checks, number)
    changes(client, checks, number)
    client.databases.destroy_cluster(number)


def replica(client, checks, number):
    made = client.databases.create_replica(number, {"name": "read", "region": "fra1", "size": "db-s-1vcpu-2gb"})["replica"]
    checks.fields("a replica", made, name="read", region="fra1")
    checks.that("it is being made", made["status"] in ("creating", "forking"), made["status"])
    checks.until("it is online", lambda: client.databases.get_replica(number, "read")["replica"]["status"] == "online")
    checks.listed("it", client.databases.list_replicas(number)["replicas"], "name", "read")
    client.databases.destroy_replica(number, "read")
    checks.gone("a replica", client.databases.get_replica, number, "read")
    client.databases.create_replica(number, {"name": "own", "region": "fra1", "size": "db-s-1vcpu-2gb"})
    checks.until("another is online", lambda: client.databases.get_replica(number, "own")["replica"]["status"] == "online")
    client.databases.promote_replica(number, "own")
    own = checks.until("promoted, it is a cluster", lambda: [d for d in client.databases.list_clusters()["databases"] if d["name"] == "own"])
    checks.until("it is online", lambda: online(client, own[0]["id"]))
    client.databases.destroy_cluster(own[0]["id"])


def sinks(client, checks, number):
    config = {"server": "logs.example.com", "port": 514, "tls": True, "format": "rfc5424"}
    made = client.databases.create_logsink(number, {"sink_name": "logs", "sink_type": "rsyslog", "config": config})["sink"]
    checks.fields("a log sink", made, sink_name="logs", sink_type="rsyslog")
    sink = made["sink_id"]
    checks.listed("it", client.databases.list_logsink(number)["sinks"], "sink_id", sink)
    client.databases.update_logsink(number, sink, {"config": {**config, "port": 601}})
    checks.equal("its port is changed", client.databases.get_logsink(number, sink)["config"]["port"], 601)
    client.databases.delete_logsink(number, sink)
    checks.gone("a log sink", client.databases.get_logsink, number, sink)
    checks.that("events are listed", isinstance(client.databases.list_events_logs(number)["events"], list))


def settings(client, checks, number):
    client.databases.update_do_settings(number, {"do_settings": {"service_cnames": ["db.witness.example"]}})
    names = client.databases.get_do_settings(number)["do_settings"]["service_cnames"]
    checks.equal("names of its own", names, ["db.witness.example"])
    client.databases.update_autoscale(number, {"storage": {"enabled": True, "threshold_percent": 80, "increment_gib": 10}})
    storage = client.databases.get_autoscale(number)["autoscale"]["storage"]
    checks.fields("storage that grows by itself", storage, enabled=True, threshold_percent=80, increment_gib=10)
    client.databases.add_user(number, {"name": "reader"})
    user = client.databases.update_user(number, "reader", {"settings": {"pg_allow_replication": True}})["user"]
    checks.equal("a user may replicate", user["settings"]["pg_allow_replication"], True)
    client.databases.update_cluster_metrics_credentials({"credentials": {"basic_auth_username": "m", "basic_auth_password": "secret-metrics"}})
    found = client.databases.get_cluster_metrics_credentials()["credentials"]
    checks.that("the account's credentials for metrics", found["basic_auth_username"] == "m", sorted(found))


def foreign(client, checks, number):
    """What belongs to other engines is refused."""
    databases = client.databases
    no = (400, 405, 412, 422)
    checks.refused("MySQL's mode", no, databases.get_sql_mode, number)
    checks.refused("a change of it", no, databases.update_sql_mode, number, {"sql_mode": "ANSI"})
    checks.refused("Kafka's topics", no, databases.list_kafka_topics, number)
    checks.refused("a topic", no, databases.create_kafka_topic, number, {"name": "t", "replication_factor": 2, "partition_count": 3})
    checks.refused("a topic's read", no, databases.get_kafka_topic, number, "t")
    checks.refused("a topic's change", no, databases.update_kafka_topic, number, "t", {"partition_count": 3})
    checks.refused("a topic's deletion", no, databases.delete_kafka_topic, number, "t")
    checks.refused("Kafka's schemas", no, databases.list_kafka_schemas, number)
    schema = {"subject_name": "s", "schema_type": "AVRO", "schema": "{}"}
    checks.refused("a schema", no, databases.create_kafka_schema, number, schema)
    # For one schema the contract declares no refusal but 404.
    checks.gone("a schema", databases.get_kafka_schema, number, "s")
    checks.gone("a schema's version", databases.get_kafka_schema_version, number, "s", "1")
    checks.gone("a schema's deletion", databases.delete_kafka_schema, number, "s")
    compatible = {"compatibility_level": "FULL"}
    checks.refused("the schemas' settings", no, databases.get_kafka_schema_config, number)
    checks.refused("a change of them", no, databases.update_kafka_schema_config, number, compatible)
    checks.refused("one schema's settings", no, databases.get_kafka_schema_subject_config, number, "s")
    checks.refused("a change of those", no, databases.update_kafka_schema_subject_config, number, "s", compatible)
    checks.refused("OpenSearch's indexes", no, databases.list_opeasearch_indexes, number)
    checks.refused("an index's deletion", no, databases.delete_opensearch_index, number, "i")
    checks.refused("an eviction policy on PostgreSQL", no, databases.get_eviction_policy, number)


def changes(client, checks, number):
    source = {"host": "db.example.com", "port": 5432, "dbname": "app", "username": "app", "password": "not-a-real-one"}
    begun = client.databases.update_online_migration(number, {"source": source})
    checks.equal("a migration from elsewhere runs", client.databases.get_migration_status(number)["id"], begun["id"])
    client.databases.delete_online_migration(number, begun["id"])
    client.databases.install_update(number)
    client.databases.update_major_version(number, {"version": "17"})
    checks.until("its version is raised", lambda: versioned(client, number, "17"))
    checks.refused("a lower version", 422, client.databases.update_major_version, number, {"version": "15"})
    client.databases.update_region(number, {"region": "ams3"})
    checks.until("it is moved", lambda: moved(client, number, "ams3"))


def versioned(client, number, version):
    seen = online(client, number)
    return seen and seen["version"] == version


def moved(client, number, region):
    seen = online(client, number)
    return seen and seen["region"] == region
