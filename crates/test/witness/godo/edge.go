package main

import (
	"strings"

	"github.com/digitalocean/godo"
)

// edge looks at certificates, load balancers and CDN endpoints.
func edge(c *checks) {
	must[*godo.Domain](c, "a domain")(c.client.Domains.Create(c.ctx, &godo.DomainCreateRequest{Name: "edge.example"}))
	request := &godo.CertificateRequest{Name: "web", Type: "lets_encrypt", DNSNames: []string{"edge.example"}}
	certificate := must[*godo.Certificate](c, "a certificate")(c.client.Certificates.Create(c.ctx, request))
	c.until("it is verified", func() bool {
		seen, _, err := c.client.Certificates.Get(c.ctx, certificate.ID)
		return err == nil && seen.State == "verified" && seen.SHA1Fingerprint != ""
	})
	all := must[[]godo.Certificate](c, "certificates by name")(c.client.Certificates.ListByName(c.ctx, "web", nil))
	listed(c, "it", all, func(seen godo.Certificate) bool { return seen.ID == certificate.ID })
	loadBalancers(c, certificate.ID)
	c.done("its deletion")(c.client.Certificates.Delete(c.ctx, certificate.ID))
	gone[*godo.Certificate](c, "a certificate")(c.client.Certificates.Get(c.ctx, certificate.ID))
	c.done("the domain's deletion")(c.client.Domains.Delete(c.ctx, "edge.example"))
	cdn(c)
}

func loadBalancers(c *checks, certificate string) {
	rule := godo.ForwardingRule{EntryProtocol: "http", EntryPort: 80, TargetProtocol: "http", TargetPort: 8080}
	request := &godo.LoadBalancerRequest{Name: "front", Region: "fra1", SizeUnit: 1, Tag: "web", ForwardingRules: []godo.ForwardingRule{rule}}
	made := must[*godo.LoadBalancer](c, "a load balancer")(c.client.LoadBalancers.Create(c.ctx, request))
	c.equal("it", []any{made.Name, made.Status, made.Type, made.ForwardingRules}, []any{"front", "new", "REGIONAL", []godo.ForwardingRule{rule}})
	c.until("it is active and has an address", func() bool {
		seen, _, err := c.client.LoadBalancers.Get(c.ctx, made.ID)
		return err == nil && seen.Status == "active" && seen.IP != ""
	})
	all := must[[]godo.LoadBalancer](c, "load balancers")(c.client.LoadBalancers.List(c.ctx, nil))
	listed(c, "it", all, func(l godo.LoadBalancer) bool { return l.ID == made.ID })
	secure := godo.ForwardingRule{EntryProtocol: "https", EntryPort: 443, TargetProtocol: "http", TargetPort: 8080, CertificateID: certificate}
	c.done("a rule more")(c.client.LoadBalancers.AddForwardingRules(c.ctx, made.ID, secure))
	seen := must[*godo.LoadBalancer](c, "it")(c.client.LoadBalancers.Get(c.ctx, made.ID))
	c.that("its rules", len(seen.ForwardingRules) == 2 && seen.ForwardingRules[1].CertificateID == certificate, seen.ForwardingRules)
	c.done("a rule less")(c.client.LoadBalancers.RemoveForwardingRules(c.ctx, made.ID, secure))
	request.EnableProxyProtocol = true
	c.equal("PROXY", must[*godo.LoadBalancer](c, "an update")(c.client.LoadBalancers.Update(c.ctx, made.ID, request)).EnableProxyProtocol, true)
	request.EnableProxyProtocol = false
	c.equal("PROXY left out", must[*godo.LoadBalancer](c, "an update")(c.client.LoadBalancers.Update(c.ctx, made.ID, request)).EnableProxyProtocol, false)
	c.done("its deletion")(c.client.LoadBalancers.Delete(c.ctx, made.ID))
	gone[*godo.LoadBalancer](c, "a load balancer")(c.client.LoadBalancers.Get(c.ctx, made.ID))
}

// cdn has five calls in ten seconds and no more, so everything that is asked here is asked in one of five.
func cdn(c *checks) {
	withBucket(c, "witness-files", func() { endpoints(c, "witness-files.fra1.digitaloceanspaces.com") })
}

func endpoints(c *checks, origin string) {
	made := must[*godo.CDN](c, "a CDN endpoint")(c.client.CDNs.Create(c.ctx, &godo.CDNCreateRequest{Origin: origin, TTL: 3600}))
	all := must[[]godo.CDN](c, "CDN endpoints")(c.client.CDNs.List(c.ctx, nil))
	read := must[*godo.CDN](c, "it")(c.client.CDNs.Get(c.ctx, made.ID))
	changed := must[*godo.CDN](c, "an update")(c.client.CDNs.UpdateTTL(c.ctx, made.ID, &godo.CDNUpdateTTLRequest{TTL: 600}))
	c.done("a purge")(c.client.CDNs.FlushCache(c.ctx, made.ID, &godo.CDNFlushCacheRequest{Files: []string{"*"}}))
	refused[*godo.CDN](c, "the sixth call in ten seconds", 429)(c.client.CDNs.Get(c.ctx, made.ID))
	listed(c, "it", all, func(seen godo.CDN) bool { return seen.ID == made.ID })
	c.equal("it", []any{made.Endpoint, read.Origin, changed.TTL}, []any{strings.Replace(origin, ".digitaloceanspaces.com", ".cdn.digitaloceanspaces.com", 1), made.Origin, uint32(600)})
	c.until("some seconds later it is deleted", func() bool {
		_, err := c.client.CDNs.Delete(c.ctx, made.ID)
		return err == nil
	})
	gone[*godo.CDN](c, "a CDN endpoint")(c.client.CDNs.Get(c.ctx, made.ID))
}
