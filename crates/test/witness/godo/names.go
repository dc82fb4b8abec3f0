package main

import (
	"fmt"

	"github.com/digitalocean/godo"
)

// names looks at projects, tags, domains and records.
func names(c *checks) {
	projects(c)
	tags(c)
	domains(c)
}

func projects(c *checks) {
	byDefault := must[*godo.Project](c, "the default project")(c.client.Projects.GetDefault(c.ctx))
	c.equal("it says so", byDefault.IsDefault, true)
	request := &godo.CreateProjectRequest{Name: "harbour", Purpose: "Web Application", Environment: "Production"}
	made := must[*godo.Project](c, "a project")(c.client.Projects.Create(c.ctx, request))
	c.equal("it", []any{made.Name, made.Purpose, made.Environment, made.IsDefault}, []any{"harbour", "Web Application", "Production", false})
	all := must[[]godo.Project](c, "projects")(c.client.Projects.List(c.ctx, nil))
	listed(c, "it", all, func(p godo.Project) bool { return p.ID == made.ID })
	update := &godo.UpdateProjectRequest{Name: "port", Description: "boats"}
	updated := must[*godo.Project](c, "an update of two fields")(c.client.Projects.Update(c.ctx, made.ID, update))
	c.equal("the rest stays", []any{updated.Name, updated.Description, updated.Purpose}, []any{"port", "boats", "Web Application"})

	volume := must[*godo.Volume](c, "a volume")(c.client.Storage.CreateVolume(c.ctx, &godo.VolumeCreateRequest{Name: "cargo", Region: "fra1", SizeGigaBytes: 1}))
	must[[]godo.ProjectResource](c, "its assignment")(c.client.Projects.AssignResources(c.ctx, made.ID, volume))
	inside := must[[]godo.ProjectResource](c, "the project's resources")(c.client.Projects.ListResources(c.ctx, made.ID, nil))
	c.that("the volume is inside", len(inside) == 1 && inside[0].URN == volume.URN(), inside)
	c.turnedDown("the deletion of a project with a volume", 412)(c.client.Projects.Delete(c.ctx, made.ID))
	c.done("the volume's deletion")(c.client.Storage.DeleteVolume(c.ctx, volume.ID))
	c.done("the project's deletion")(c.client.Projects.Delete(c.ctx, made.ID))
	gone[*godo.Project](c, "a project")(c.client.Projects.Get(c.ctx, made.ID))
}

func tags(c *checks) {
	made := must[*godo.Tag](c, "a tag")(c.client.Tags.Create(c.ctx, &godo.TagCreateRequest{Name: "pontoon:witness"}))
	c.equal("nothing has it", made.Resources.Count, 0)
	volume := must[*godo.Volume](c, "a volume")(c.client.Storage.CreateVolume(c.ctx, &godo.VolumeCreateRequest{Name: "tagged", Region: "fra1", SizeGigaBytes: 1}))
	one := []godo.Resource{{ID: volume.ID, Type: "volume"}}
	c.done("the volume is tagged")(c.client.Tags.TagResources(c.ctx, made.Name, &godo.TagResourcesRequest{Resources: one}))
	c.equal("volumes with it", must[*godo.Tag](c, "the tag")(c.client.Tags.Get(c.ctx, made.Name)).Resources.Volumes.Count, 1)
	c.done("and no more")(c.client.Tags.UntagResources(c.ctx, made.Name, &godo.UntagResourcesRequest{Resources: one}))
	c.equal("volumes with it", must[*godo.Tag](c, "the tag")(c.client.Tags.Get(c.ctx, made.Name)).Resources.Volumes.Count, 0)
	c.done("the volume's deletion")(c.client.Storage.DeleteVolume(c.ctx, volume.ID))
	all := must[[]godo.Tag](c, "tags")(c.client.Tags.List(c.ctx, &godo.ListOptions{PerPage: 200}))
	listed(c, "it", all, func(t godo.Tag) bool { return t.Name == made.Name })
	c.done("its deletion")(c.client.Tags.Delete(c.ctx, made.Name))
	gone[*godo.Tag](c, "a tag")(c.client.Tags.Get(c.ctx, made.Name))
}

func domains(c *checks) {
	const zone = "witness.example"
	must[*godo.Domain](c, "a domain")(c.client.Domains.Create(c.ctx, &godo.DomainCreateRequest{Name: zone}))
	all := must[[]godo.Domain](c, "domains")(c.client.Domains.List(c.ctx, nil))
	listed(c, "it", all, func(d godo.Domain) bool { return d.Name == zone })
	c.that("it has a zone file", must[*godo.Domain](c, "it")(c.client.Domains.Get(c.ctx, zone)).ZoneFile != "", nil)
	before := must[[]godo.DomainRecord](c, "its first records")(c.client.Domains.Records(c.ctx, zone, &godo.ListOptions{PerPage: 200}))

	edit := &godo.DomainRecordEditRequest{Type: "A", Name: "www", Data: "192.0.2.7", TTL: 300}
	record := must[*godo.DomainRecord](c, "a record A")(c.client.Domains.CreateRecord(c.ctx, zone, edit))
	c.equal("it", []any{record.Type, record.Name, record.Data, record.TTL}, []any{"A", "www", "192.0.2.7", 300})
	edit.Data = "192.0.2.8"
	c.equal("its update", must[*godo.DomainRecord](c, "an update")(c.client.Domains.EditRecord(c.ctx, zone, record.ID, edit)).Data, "192.0.2.8")
	mail := &godo.DomainRecordEditRequest{Type: "MX", Name: "@", Data: "mail." + zone + ".", Priority: 10}
	c.equal("a record MX", must[*godo.DomainRecord](c, "a record MX")(c.client.Domains.CreateRecord(c.ctx, zone, mail)).Priority, 10)
	service := &godo.DomainRecordEditRequest{Type: "SRV", Name: "_sip._tcp", Data: "sip." + zone + ".", Priority: 1, Port: 5060, Weight: 5}
	c.equal("a record SRV", must[*godo.DomainRecord](c, "a record SRV")(c.client.Domains.CreateRecord(c.ctx, zone, service)).Port, 5060)
	authority := &godo.DomainRecordEditRequest{Type: "CAA", Name: "@", Data: "letsencrypt.org.", Tag: "issue"}
	c.equal("a record CAA", must[*godo.DomainRecord](c, "a record CAA")(c.client.Domains.CreateRecord(c.ctx, zone, authority)).Tag, "issue")
	for n := range 20 {
		text := &godo.DomainRecordEditRequest{Type: "TXT", Name: fmt.Sprintf("t%d", n), Data: fmt.Sprintf("v=%d", n)}
		must[*godo.DomainRecord](c, "a record TXT")(c.client.Domains.CreateRecord(c.ctx, zone, text))
	}

	// Twenty a page unless asked otherwise, and a link to the next.
	var walked []godo.DomainRecord
	for page := 1; ; page++ {
		items, response, err := c.client.Domains.Records(c.ctx, zone, &godo.ListOptions{Page: page})
		walked = append(walked, must[[]godo.DomainRecord](c, "a page of records")(items, response, err)...)
		if response.Links == nil || response.Links.IsLastPage() {
			c.equal("all pages hold every record", len(walked), len(before)+24)
			c.equal("there are two pages", page, 2)
			break
		}
	}
	only := must[[]godo.DomainRecord](c, "records by type and name")(c.client.Domains.RecordsByTypeAndName(c.ctx, zone, "A", "www."+zone, nil))
	c.that("one of that type and name", len(only) == 1 && only[0].ID == record.ID, only)
	c.done("a record's deletion")(c.client.Domains.DeleteRecord(c.ctx, zone, record.ID))
	gone[*godo.DomainRecord](c, "a record")(c.client.Domains.Record(c.ctx, zone, record.ID))
	c.done("the domain's deletion")(c.client.Domains.Delete(c.ctx, zone))
	gone[*godo.Domain](c, "a domain")(c.client.Domains.Get(c.ctx, zone))
}
