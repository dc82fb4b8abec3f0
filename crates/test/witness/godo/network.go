package main

import (
	"os"

	"github.com/digitalocean/godo"
)

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIiKJsQwk+5W2hWZkXK7V0rJ5p3Y6o8bT0d2cV7vWkQe witness"

// account looks at the account, SSH keys, regions, sizes, and tokens that may not.
func account(c *checks) {
	account, response, err := c.client.Account.Get(c.ctx)
	must[*godo.Account](c, "the account")(account, response, err)
	c.that("every reply says how much is left of the limit", response.Rate.Limit > response.Rate.Remaining && response.Rate.Remaining > 0, response.Rate)
	c.that("it names its team", account.Team != nil && account.Team.UUID != "", account)
	c.equal("it says how many droplets it may have", account.DropletLimit, 8)
	regions := must[[]godo.Region](c, "regions")(c.client.Regions.List(c.ctx, &godo.ListOptions{PerPage: 200}))
	c.that("Frankfurt takes new things", listed(c, "Frankfurt", regions, func(r godo.Region) bool { return r.Slug == "fra1" }).Available, nil)
	sizes := must[[]godo.Size](c, "sizes")(c.client.Sizes.List(c.ctx, &godo.ListOptions{PerPage: 200}))
	small := listed(c, "s-1vcpu-2gb", sizes, func(s godo.Size) bool { return s.Slug == "s-1vcpu-2gb" })
	c.equal("its memory, processors and price", [3]float64{float64(small.Memory), float64(small.Vcpus), small.PriceMonthly}, [3]float64{2048, 1, 12})

	made := must[*godo.Key](c, "an SSH key")(c.client.Keys.Create(c.ctx, &godo.KeyCreateRequest{Name: "witness", PublicKey: sshKey}))
	keys := must[[]godo.Key](c, "SSH keys")(c.client.Keys.List(c.ctx, nil))
	c.equal("it", listed(c, "it", keys, func(k godo.Key) bool { return k.ID == made.ID }), *made)
	byPrint := must[*godo.Key](c, "it by its fingerprint")(c.client.Keys.GetByFingerprint(c.ctx, made.Fingerprint))
	c.equal("it by its fingerprint", byPrint.PublicKey, sshKey)
	renamed := must[*godo.Key](c, "its renaming")(c.client.Keys.UpdateByID(c.ctx, made.ID, &godo.KeyUpdateRequest{Name: "renamed"}))
	c.equal("its name", renamed.Name, "renamed")
	c.done("its deletion")(c.client.Keys.DeleteByID(c.ctx, made.ID))
	gone[*godo.Key](c, "an SSH key")(c.client.Keys.GetByID(c.ctx, made.ID))

	stranger, err := clientOf("nobody")
	c.that("a client with a wrong token", err == nil, err)
	refused[*godo.Account](c, "a wrong token", 401)(stranger.Account.Get(c.ctx))
	if token := os.Getenv("DIGITALOCEAN_SCOPED_TOKEN"); token != "" {
		scoped, err := clientOf(token)
		c.that("a client that may read VPCs only", err == nil, err)
		must[[]*godo.VPC](c, "its look at VPCs")(scoped.VPCs.List(c.ctx, nil))
		refused[*godo.VPC](c, "its creation of a VPC", 403)(scoped.VPCs.Create(c.ctx, &godo.VPCCreateRequest{Name: "no", RegionSlug: "fra1"}))
	}
}

// network looks at VPCs and firewalls.
func network(c *checks) {
	first := must[*godo.VPC](c, "a VPC")(c.client.VPCs.Create(c.ctx, &godo.VPCCreateRequest{Name: "first", RegionSlug: "ams3", IPRange: "10.30.0.0/20"}))
	c.equal("the first of its region is the default", first.Default, true)
	c.that("it has a date", !first.CreatedAt.IsZero(), first)
	c.turnedDown("the deletion of a default VPC", 403)(c.client.VPCs.Delete(c.ctx, first.ID))
	second := must[*godo.VPC](c, "a second VPC")(c.client.VPCs.Create(c.ctx, &godo.VPCCreateRequest{Name: "second", RegionSlug: "ams3", IPRange: "10.31.0.0/24"}))
	c.equal("its range", second.IPRange, "10.31.0.0/24")
	overlapping := &godo.VPCCreateRequest{Name: "third", RegionSlug: "fra1", IPRange: "10.31.0.0/16"}
	refused[*godo.VPC](c, "a VPC that overlaps another one", 409, 422)(c.client.VPCs.Create(c.ctx, overlapping))
	vpcs := must[[]*godo.VPC](c, "VPCs")(c.client.VPCs.List(c.ctx, nil))
	c.equal("the second", listed(c, "the second", vpcs, func(v *godo.VPC) bool { return v.ID == second.ID }), second)
	renamed := must[*godo.VPC](c, "an update")(c.client.VPCs.Update(c.ctx, second.ID, &godo.VPCUpdateRequest{Name: "renamed"}))
	c.equal("its name", renamed.Name, "renamed")

	member := must[*godo.Droplet](c, "a droplet in it")(c.client.Droplets.Create(c.ctx, dropletNamed("member", "ams3", second.ID)))
	members := must[[]*godo.VPCMember](c, "members")(c.client.VPCs.ListMembers(c.ctx, second.ID, &godo.VPCListMembersRequest{ResourceType: "droplet"}, nil))
	c.that("the droplet is a member", len(members) == 1 && members[0].URN == member.URN(), members)
	c.turnedDown("the deletion of a VPC with members", 403, 409)(c.client.VPCs.Delete(c.ctx, second.ID))
	c.done("the deletion of the member")(c.client.Droplets.Delete(c.ctx, member.ID))
	c.until("the VPC is deleted some time after its last member", func() bool {
		_, err := c.client.VPCs.Delete(c.ctx, second.ID)
		return err == nil
	})
	gone[*godo.VPC](c, "a VPC")(c.client.VPCs.Get(c.ctx, second.ID))
	firewalls(c)
}

func firewalls(c *checks) {
	must[*godo.Tag](c, "a tag for it")(c.client.Tags.Create(c.ctx, &godo.TagCreateRequest{Name: "gateway"}))
	request := &godo.FirewallRequest{
		Name:          "edge",
		InboundRules:  []godo.InboundRule{{Protocol: "tcp", PortRange: "22", Sources: &godo.Sources{Addresses: []string{"192.0.2.0/24"}}}},
		OutboundRules: []godo.OutboundRule{{Protocol: "tcp", PortRange: "all", Destinations: &godo.Destinations{Addresses: []string{"0.0.0.0/0"}}}},
		Tags:          []string{"gateway"},
	}
	made := must[*godo.Firewall](c, "a firewall")(c.client.Firewalls.Create(c.ctx, request))
	c.equal("its rules and tags", []any{made.InboundRules[0].Sources.Addresses, made.InboundRules[0].PortRange, made.Tags},
		[]any{[]string{"192.0.2.0/24"}, "22", []string{"gateway"}})
	all := must[[]godo.Firewall](c, "firewalls")(c.client.Firewalls.List(c.ctx, nil))
	listed(c, "it", all, func(f godo.Firewall) bool { return f.ID == made.ID })
	more := &godo.FirewallRulesRequest{InboundRules: []godo.InboundRule{{Protocol: "udp", PortRange: "51820", Sources: &godo.Sources{Addresses: []string{"0.0.0.0/0"}}}}}
	c.done("a rule more")(c.client.Firewalls.AddRules(c.ctx, made.ID, more))
	c.equal("its rules", len(must[*godo.Firewall](c, "it")(c.client.Firewalls.Get(c.ctx, made.ID)).InboundRules), 2)
	c.done("a rule less")(c.client.Firewalls.RemoveRules(c.ctx, made.ID, more))
	c.done("a tag less")(c.client.Firewalls.RemoveTags(c.ctx, made.ID, "gateway"))
	c.equal("its tags", len(must[*godo.Firewall](c, "it")(c.client.Firewalls.Get(c.ctx, made.ID)).Tags), 0)
	request.Name = "edge-2"
	request.InboundRules = nil
	updated := must[*godo.Firewall](c, "an update")(c.client.Firewalls.Update(c.ctx, made.ID, request))
	c.equal("what it leaves out is gone", len(updated.InboundRules), 0)
	c.done("its deletion")(c.client.Firewalls.Delete(c.ctx, made.ID))
	gone[*godo.Firewall](c, "a firewall")(c.client.Firewalls.Get(c.ctx, made.ID))
	c.done("the tag's deletion")(c.client.Tags.Delete(c.ctx, "gateway"))
}

func dropletNamed(name, region, vpc string, tags ...string) *godo.DropletCreateRequest {
	image := godo.DropletCreateImage{Slug: "ubuntu-24-04-x64"}
	return &godo.DropletCreateRequest{Name: name, Region: region, Size: "s-1vcpu-1gb", Image: image, VPCUUID: vpc, Tags: tags}
}
