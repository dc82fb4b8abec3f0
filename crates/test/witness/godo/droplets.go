package main

import (
	"fmt"
	"strings"

	"github.com/digitalocean/godo"
)

// droplets looks at droplets with their actions, reserved addresses, and the account's limit.
func droplets(c *checks) {
	made := must[*godo.Droplet](c, "a droplet")(c.client.Droplets.Create(c.ctx, dropletNamed("gateway", "fra1", "", "gw")))
	c.equal("it", []any{made.Name, made.Status, made.SizeSlug, made.Region.Slug}, []any{"gateway", "new", "s-1vcpu-1gb", "fra1"})
	c.until("it comes up", func() bool {
		droplet, _, err := c.client.Droplets.Get(c.ctx, made.ID)
		return err == nil && droplet.Status == "active"
	})
	up := must[*godo.Droplet](c, "it")(c.client.Droplets.Get(c.ctx, made.ID))
	public, _ := up.PublicIPv4()
	private, _ := up.PrivateIPv4()
	c.that("it has a public and a private address", public != "" && private != "", up.Networks)
	tagged := must[[]godo.Droplet](c, "droplets by tag")(c.client.Droplets.ListByTag(c.ctx, "gw", nil))
	listed(c, "it", tagged, func(d godo.Droplet) bool { return d.ID == made.ID })
	action := must[*godo.Action](c, "its renaming")(c.client.DropletActions.Rename(c.ctx, made.ID, "router"))
	c.until("the action is completed", func() bool {
		seen, _, err := c.client.Actions.Get(c.ctx, action.ID)
		return err == nil && seen.Status == godo.ActionCompleted
	})
	c.equal("its name", must[*godo.Droplet](c, "it")(c.client.Droplets.Get(c.ctx, made.ID)).Name, "router")
	reserved(c, made.ID)

	c.done("its deletion")(c.client.Droplets.Delete(c.ctx, made.ID))
	untilGone(c, "a droplet", func() (*godo.Droplet, *godo.Response, error) { return c.client.Droplets.Get(c.ctx, made.ID) })
	limit(c)
}

func reserved(c *checks, droplet int) {
	made := must[*godo.ReservedIP](c, "a reserved address")(c.client.ReservedIPs.Create(c.ctx, &godo.ReservedIPCreateRequest{Region: "fra1"}))
	c.that("it belongs to nobody yet", made.Droplet == nil, made)
	all := must[[]godo.ReservedIP](c, "reserved addresses")(c.client.ReservedIPs.List(c.ctx, nil))
	listed(c, "it", all, func(ip godo.ReservedIP) bool { return ip.IP == made.IP })
	must[*godo.Action](c, "its assignment")(c.client.ReservedIPActions.Assign(c.ctx, made.IP, droplet))
	c.until("the droplet has it", func() bool {
		seen, _, err := c.client.ReservedIPs.Get(c.ctx, made.IP)
		return err == nil && seen.Droplet != nil && seen.Droplet.ID == droplet
	})
	must[*godo.Action](c, "its taking away")(c.client.ReservedIPActions.Unassign(c.ctx, made.IP))
	c.until("the droplet has it no more", func() bool {
		seen, _, err := c.client.ReservedIPs.Get(c.ctx, made.IP)
		return err == nil && seen.Droplet == nil
	})
	c.done("its deletion")(c.client.ReservedIPs.Delete(c.ctx, made.IP))
	gone[*godo.ReservedIP](c, "a reserved address")(c.client.ReservedIPs.Get(c.ctx, made.IP))
}

func limit(c *checks) {
	account := must[*godo.Account](c, "the account")(c.client.Account.Get(c.ctx))
	request := &godo.DropletMultiCreateRequest{Region: "fra1", Size: "s-1vcpu-1gb", Image: godo.DropletCreateImage{Slug: "ubuntu-24-04-x64"}, Tags: []string{"many"}}
	for n := range account.DropletLimit {
		request.Names = append(request.Names, fmt.Sprintf("many-%d", n))
	}
	made := must[[]godo.Droplet](c, "as many droplets as it may have")(c.client.Droplets.CreateMultiple(c.ctx, request))
	c.equal("their number", len(made), account.DropletLimit)
	message := refused[*godo.Droplet](c, "one more", 422)(c.client.Droplets.Create(c.ctx, dropletNamed("more", "fra1", "")))
	c.that("the refusal names the limit", strings.Contains(message, "limit"), message)
	c.done("their deletion")(c.client.Droplets.DeleteByTag(c.ctx, "many"))
	c.until("they are gone", func() bool {
		left, _, err := c.client.Droplets.ListByTag(c.ctx, "many", nil)
		return err == nil && len(left) == 0
	})
}
