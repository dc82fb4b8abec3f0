package main

import (
	"strings"

	"github.com/digitalocean/godo"
)

// registry looks at one registry by the old routes, and at several by the new ones.
func registry(c *checks) {
	options := must[*godo.RegistryOptions](c, "registry options")(c.client.Registry.GetOptions(c.ctx))
	basic := listed(c, "the basic tier", options.SubscriptionTiers, func(t *godo.RegistrySubscriptionTier) bool { return t.Slug == "basic" })
	c.equal("its price in cents", basic.MonthlyPriceInCents, uint64(500))
	gone[*godo.Registry](c, "a registry")(c.client.Registry.Get(c.ctx))
	request := &godo.RegistryCreateRequest{Name: "witness", SubscriptionTierSlug: "basic", Region: "fra1"}
	made := must[*godo.Registry](c, "a registry")(c.client.Registry.Create(c.ctx, request))
	c.equal("it", []any{made.Name, made.Region}, []any{"witness", "fra1"})
	c.equal("it", must[*godo.Registry](c, "it")(c.client.Registry.Get(c.ctx)).Name, "witness")
	c.turnedDown("its name for another one", 409)(c.client.Registry.ValidateName(c.ctx, &godo.RegistryValidateNameRequest{Name: "witness"}))
	credentials := must[*godo.DockerCredentials](c, "credentials for Docker")(c.client.Registry.DockerCredentials(c.ctx, &godo.RegistryDockerCredentialsRequest{}))
	c.that("they are a Docker configuration", strings.Contains(string(credentials.DockerConfigJSON), `"auths"`), nil)
	raised := must[*godo.RegistrySubscription](c, "a better tier")(c.client.Registry.UpdateSubscription(c.ctx, &godo.RegistrySubscriptionUpdateRequest{TierSlug: "professional"}))
	c.equal("its tier", raised.Tier.Slug, "professional")

	must[*godo.Registry](c, "a second registry")(c.client.Registries.Create(c.ctx, &godo.RegistryCreateRequest{Name: "witness-2", Region: "fra1"}))
	all := must[[]*godo.Registry](c, "registries")(c.client.Registries.List(c.ctx))
	c.equal("their number", len(all), 2)
	refused[*godo.Registry](c, "the old route with two registries", 412)(c.client.Registry.Get(c.ctx))
	c.done("the second's deletion")(c.client.Registries.Delete(c.ctx, "witness-2"))
	gone[*godo.Registry](c, "a registry by name")(c.client.Registries.Get(c.ctx, "witness-2"))
	c.done("its deletion")(c.client.Registry.Delete(c.ctx))
	gone[*godo.Registry](c, "the registry")(c.client.Registry.Get(c.ctx))
}
