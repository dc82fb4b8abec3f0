package main

import (
	"strings"

	"github.com/digitalocean/godo"
)

// databases looks at PostgreSQL with all that belongs to it, and at Valkey, which has less.
func databases(c *checks) {
	options := must[*godo.DatabaseOptions](c, "options")(c.client.Databases.ListOptions(c.ctx))
	c.equal("PostgreSQL has one to three nodes", len(options.PostgresSQLOptions.Layouts), 3)
	c.that("Valkey is offered", len(options.ValkeyOptions.Versions) > 0, options.ValkeyOptions)
	made := postgres(c)
	cache := must[*godo.Database](c, "a Valkey cluster")(c.client.Databases.Create(c.ctx, &godo.DatabaseCreateRequest{
		Name: "cache", EngineSlug: "valkey", Version: "8", Region: "fra1", SizeSlug: "db-s-1vcpu-1gb", NumNodes: 1}))
	contents(c, made)
	trusted(c, made)
	sizes(c, made)
	valkey(c, cache.ID)
	for _, number := range []string{made, cache.ID} {
		c.done("its deletion")(c.client.Databases.Delete(c.ctx, number))
		untilGone(c, "it", func() (*godo.Database, *godo.Response, error) { return c.client.Databases.Get(c.ctx, number) })
	}
}

func postgres(c *checks) string {
	request := &godo.DatabaseCreateRequest{
		Name: "main", EngineSlug: "pg", Version: "17", Region: "fra1", SizeSlug: "db-s-1vcpu-2gb", NumNodes: 2, Tags: []string{"pontoon"},
		Rules: []*godo.DatabaseCreateFirewallRule{{Type: "ip_addr", Value: "192.0.2.1"}},
	}
	made := must[*godo.Database](c, "a PostgreSQL cluster")(c.client.Databases.Create(c.ctx, request))
	c.equal("it", []any{made.Name, made.EngineSlug, made.VersionSlug, made.NumNodes, made.SizeSlug, made.Status}, []any{"main", "pg", "17", 2, "db-s-1vcpu-2gb", "creating"})
	all := must[[]godo.Database](c, "databases")(c.client.Databases.List(c.ctx, nil))
	listed(c, "it", all, func(d godo.Database) bool { return d.ID == made.ID })
	four, alone := *request, *request
	four.Name, four.NumNodes = "four", 4
	refused[*godo.Database](c, "a fourth node", 422)(c.client.Databases.Create(c.ctx, &four))
	alone.Name, alone.SizeSlug = "alone", "db-s-1vcpu-1gb"
	refused[*godo.Database](c, "a standby on the 1 GB plan", 422)(c.client.Databases.Create(c.ctx, &alone))
	online(c, made.ID)
	return made.ID
}

func online(c *checks, number string) (seen *godo.Database) {
	c.until("the database is online", func() bool {
		database, _, err := c.client.Databases.Get(c.ctx, number)
		seen = database
		return err == nil && database.Status == "online"
	})
	return seen
}

func contents(c *checks, number string) {
	seen := online(c, number)
	c.equal("its connection", []any{seen.Connection.Port, seen.Connection.SSL, seen.Connection.Database, seen.Connection.User}, []any{25060, true, "defaultdb", "doadmin"})
	c.that("its private name", strings.HasPrefix(seen.PrivateConnection.Host, "private-"), seen.PrivateConnection.Host)
	c.that("its authority", len(must[*godo.DatabaseCA](c, "its authority")(c.client.Databases.GetCA(c.ctx, number)).Certificate) > 100, nil)
	must[*godo.DatabaseDB](c, "a database in it")(c.client.Databases.CreateDB(c.ctx, number, &godo.DatabaseCreateDBRequest{Name: "app"}))
	c.equal("databases", len(must[[]godo.DatabaseDB](c, "databases")(c.client.Databases.ListDBs(c.ctx, number, nil))), 2)
	user := must[*godo.DatabaseUser](c, "a user")(c.client.Databases.CreateUser(c.ctx, number, &godo.DatabaseCreateUserRequest{Name: "app"}))
	c.that("it has a password", user.Password != "" && user.Role == "normal", user.Role)
	c.equal("users", len(must[[]godo.DatabaseUser](c, "users")(c.client.Databases.ListUsers(c.ctx, number, nil))), 2)
	fresh := must[*godo.DatabaseUser](c, "a new password")(c.client.Databases.ResetUserAuth(c.ctx, number, "app", &godo.DatabaseResetUserAuthRequest{}))
	c.that("it is another one", fresh.Password != user.Password, nil)
	request := &godo.DatabaseCreatePoolRequest{Name: "app-pool", Mode: "transaction", Size: 10, Database: "app", User: "app"}
	pool := must[*godo.DatabasePool](c, "a connection pool")(c.client.Databases.CreatePool(c.ctx, number, request))
	c.equal("it", []any{pool.Mode, pool.Size, pool.Connection.Port}, []any{"transaction", 10, 25061})
	c.done("its update")(c.client.Databases.UpdatePool(c.ctx, number, "app-pool", &godo.DatabaseUpdatePoolRequest{Mode: "session", Size: 12, Database: "app", User: "app"}))
	c.equal("its mode", must[*godo.DatabasePool](c, "it")(c.client.Databases.GetPool(c.ctx, number, "app-pool")).Mode, "session")
	c.done("its deletion")(c.client.Databases.DeletePool(c.ctx, number, "app-pool"))
	gone[*godo.DatabasePool](c, "a pool")(c.client.Databases.GetPool(c.ctx, number, "app-pool"))
	c.done("the user's deletion")(c.client.Databases.DeleteUser(c.ctx, number, "app"))
	gone[*godo.DatabaseUser](c, "a user")(c.client.Databases.GetUser(c.ctx, number, "app"))
	c.done("the database's deletion")(c.client.Databases.DeleteDB(c.ctx, number, "app"))
	gone[*godo.DatabaseDB](c, "a database")(c.client.Databases.GetDB(c.ctx, number, "app"))
	c.done("its maintenance window")(c.client.Databases.UpdateMaintenance(c.ctx, number, &godo.DatabaseUpdateMaintenanceRequest{Day: "sunday", Hour: "03:00"}))
	c.equal("the window's day", must[*godo.Database](c, "it")(c.client.Databases.Get(c.ctx, number)).MaintenanceWindow.Day, "sunday")
}

func trusted(c *checks, number string) {
	rules := must[[]godo.DatabaseFirewallRule](c, "trusted sources")(c.client.Databases.GetFirewallRules(c.ctx, number))
	c.that("those given with the creation", len(rules) == 1 && rules[0].Value == "192.0.2.1" && rules[0].ClusterUUID == number, rules)
	// An update sends back what was read, with what is new.
	update := &godo.DatabaseUpdateFirewallRulesRequest{Rules: []*godo.DatabaseFirewallRule{&rules[0], {Type: "ip_addr", Value: "192.0.2.2"}}}
	c.done("one more")(c.client.Databases.UpdateFirewallRules(c.ctx, number, update))
	rules = must[[]godo.DatabaseFirewallRule](c, "trusted sources")(c.client.Databases.GetFirewallRules(c.ctx, number))
	c.equal("their number", len(rules), 2)
}

func sizes(c *checks, number string) {
	c.done("a larger size")(c.client.Databases.Resize(c.ctx, number, &godo.DatabaseResizeRequest{SizeSlug: "db-s-2vcpu-4gb", NumNodes: 2}))
	c.until("it is larger", func() bool {
		seen, _, err := c.client.Databases.Get(c.ctx, number)
		return err == nil && seen.Status == "online" && seen.SizeSlug == "db-s-2vcpu-4gb"
	})
	c.turnedDown("its shrinking", 422)(c.client.Databases.Resize(c.ctx, number, &godo.DatabaseResizeRequest{SizeSlug: "db-s-1vcpu-2gb", NumNodes: 2}))
	c.turnedDown("its fourth node", 422)(c.client.Databases.Resize(c.ctx, number, &godo.DatabaseResizeRequest{SizeSlug: "db-s-2vcpu-4gb", NumNodes: 4}))
}

func valkey(c *checks, number string) {
	online(c, number)
	refused[*godo.DatabaseUser](c, "a user on Valkey", 400, 405, 412, 422)(c.client.Databases.CreateUser(c.ctx, number, &godo.DatabaseCreateUserRequest{Name: "app"}))
	refused[*godo.DatabaseDB](c, "a database on Valkey", 400, 405, 412, 422)(c.client.Databases.CreateDB(c.ctx, number, &godo.DatabaseCreateDBRequest{Name: "app"}))
	c.done("an eviction policy")(c.client.Databases.SetEvictionPolicy(c.ctx, number, godo.EvictionPolicyAllKeysLRU))
	c.equal("it", must[string](c, "the eviction policy")(c.client.Databases.GetEvictionPolicy(c.ctx, number)), "allkeys_lru")
}
