"""Uptime checks with their alerts, and alert policies."""


def run(client, checks):
    wanted = {"name": "home", "type": "https", "target": "https://witness.example", "regions": ["eu_west"], "enabled": True}
    made = client.uptime.create_check(wanted)["check"]
    checks.fields("an uptime check", made, **wanted)
    number = made["id"]
    checks.listed("it", client.uptime.list_checks()["checks"], "id", number)
    changed = client.uptime.update_check(number, {**wanted, "name": "home-2", "regions": ["eu_west", "us_east"]})["check"]
    checks.fields("an updated check", changed, name="home-2", regions=["eu_west", "us_east"])
    checks.that("it has a state", "regions" in client.uptime.get_check_state(number)["state"])
    alert(client, checks, number)
    client.uptime.delete_check(number)
    checks.gone("an uptime check", client.uptime.get_check, number)
    policy(client, checks)


def alert(client, checks, check):
    wanted = {
        "name": "slow",
        "type": "latency",
        "threshold": 300,
        "comparison": "greater_than",
        "notifications": {"email": ["witness@example.com"], "slack": []},
        "period": "2m",
    }
    made = client.uptime.create_alert(check, wanted)["alert"]
    checks.fields("an alert of the check", made, **wanted)
    checks.listed("it", client.uptime.list_alerts(check)["alerts"], "id", made["id"])
    changed = client.uptime.update_alert(check, made["id"], {**wanted, "threshold": 500})["alert"]
    checks.equal("its threshold is changed", changed["threshold"], 500)
    client.uptime.delete_alert(check, made["id"])
    checks.gone("an alert", client.uptime.get_alert, check, made["id"])


def policy(client, checks):
    wanted = {
        "alerts": {"email": ["witness@example.com"], "slack": []},
        "compare": "GreaterThan",
        "description": "CPU is high",
        "enabled": True,
        "entities": [],
        "tags": ["web"],
        "type": "v1/insights/droplet/cpu",
        "value": 80,
        "window": "5m",
    }
    made = client.monitoring.create_alert_policy(wanted)["policy"]
    checks.fields("an alert policy", made, **wanted)
    number = made["uuid"]
    checks.listed("it", client.monitoring.list_alert_policy()["policies"], "uuid", number)
    changed = client.monitoring.update_alert_policy(number, {**wanted, "value": 90, "window": "10m"})["policy"]
    checks.fields("an updated policy", changed, value=90, window="10m")
    checks.equal("it is read back", client.monitoring.get_alert_policy(number)["policy"]["value"], 90)
    client.monitoring.delete_alert_policy(number)
    checks.gone("an alert policy", client.monitoring.get_alert_policy, number)
