package main

import (
	"github.com/digitalocean/godo"
)

// uptime looks at uptime checks with their alerts, and at alert policies.
func uptime(c *checks) {
	request := &godo.CreateUptimeCheckRequest{Name: "home", Type: "https", Target: "https://witness.example", Regions: []string{"eu_west"}, Enabled: true}
	made := must[*godo.UptimeCheck](c, "an uptime check")(c.client.UptimeChecks.Create(c.ctx, request))
	c.equal("it", *made, godo.UptimeCheck{ID: made.ID, Name: "home", Type: "https", Target: "https://witness.example", Regions: []string{"eu_west"}, Enabled: true})
	all := must[[]godo.UptimeCheck](c, "uptime checks")(c.client.UptimeChecks.List(c.ctx, nil))
	listed(c, "it", all, func(seen godo.UptimeCheck) bool { return seen.ID == made.ID })
	update := &godo.UpdateUptimeCheckRequest{Name: "home-2", Type: "https", Target: "https://witness.example", Regions: []string{"us_east"}, Enabled: false}
	updated := must[*godo.UptimeCheck](c, "an update")(c.client.UptimeChecks.Update(c.ctx, made.ID, update))
	c.equal("it", []any{updated.Name, updated.Regions, updated.Enabled}, []any{"home-2", []string{"us_east"}, false})
	must[*godo.UptimeCheckState](c, "its state")(c.client.UptimeChecks.GetState(c.ctx, made.ID))
	alert(c, made.ID)
	c.done("its deletion")(c.client.UptimeChecks.Delete(c.ctx, made.ID))
	gone[*godo.UptimeCheck](c, "an uptime check")(c.client.UptimeChecks.Get(c.ctx, made.ID))
	policy(c)
}

func alert(c *checks, check string) {
	people := &godo.Notifications{Email: []string{"witness@example.com"}, Slack: []godo.SlackDetails{}}
	request := &godo.CreateUptimeAlertRequest{Name: "slow", Type: "latency", Threshold: 300, Comparison: "greater_than", Notifications: people, Period: "2m"}
	made := must[*godo.UptimeAlert](c, "an alert")(c.client.UptimeChecks.CreateAlert(c.ctx, check, request))
	c.equal("it", []any{made.Name, made.Threshold, made.Period, made.Notifications.Email}, []any{"slow", 300, "2m", people.Email})
	all := must[[]godo.UptimeAlert](c, "alerts")(c.client.UptimeChecks.ListAlerts(c.ctx, check, nil))
	listed(c, "it", all, func(seen godo.UptimeAlert) bool { return seen.ID == made.ID })
	update := &godo.UpdateUptimeAlertRequest{Name: "slow", Type: "latency", Threshold: 500, Comparison: "greater_than", Notifications: people, Period: "5m"}
	c.equal("its threshold", must[*godo.UptimeAlert](c, "an update")(c.client.UptimeChecks.UpdateAlert(c.ctx, check, made.ID, update)).Threshold, 500)
	c.done("its deletion")(c.client.UptimeChecks.DeleteAlert(c.ctx, check, made.ID))
	gone[*godo.UptimeAlert](c, "an alert")(c.client.UptimeChecks.GetAlert(c.ctx, check, made.ID))
}

func policy(c *checks) {
	request := &godo.AlertPolicyCreateRequest{
		Type: godo.DropletCPUUtilizationPercent, Description: "CPU is high", Compare: godo.GreaterThan, Value: 80, Window: "5m",
		Entities: []string{}, Tags: []string{"web"}, Enabled: pointer(true),
		Alerts: godo.Alerts{Email: []string{"witness@example.com"}, Slack: []godo.SlackDetails{}},
	}
	made := must[*godo.AlertPolicy](c, "an alert policy")(c.client.Monitoring.CreateAlertPolicy(c.ctx, request))
	c.equal("it", []any{made.Value, made.Window, made.Tags, made.Compare, made.Enabled}, []any{float32(80), "5m", []string{"web"}, godo.GreaterThan, true})
	all := must[[]godo.AlertPolicy](c, "alert policies")(c.client.Monitoring.ListAlertPolicies(c.ctx, nil))
	listed(c, "it", all, func(seen godo.AlertPolicy) bool { return seen.UUID == made.UUID })
	update := godo.AlertPolicyUpdateRequest(*request)
	update.Value = 90
	c.equal("its value", must[*godo.AlertPolicy](c, "an update")(c.client.Monitoring.UpdateAlertPolicy(c.ctx, made.UUID, &update)).Value, float32(90))
	c.done("its deletion")(c.client.Monitoring.DeleteAlertPolicy(c.ctx, made.UUID))
	gone[*godo.AlertPolicy](c, "an alert policy")(c.client.Monitoring.GetAlertPolicy(c.ctx, made.UUID))
}
