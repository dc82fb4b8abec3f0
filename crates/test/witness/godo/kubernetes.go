package main

import (
	"strconv"
	"strings"

	"github.com/digitalocean/godo"
)

// kubernetes looks at clusters, node pools, access, upgrades, and what a cluster leaves behind.
func kubernetes(c *checks) {
	options := must[*godo.KubernetesOptions](c, "options")(c.client.Kubernetes.GetOptions(c.ctx))
	c.that("several versions are offered", len(options.Versions) >= 2, options.Versions)
	newest, older := options.Versions[0].Slug, options.Versions[1].Slug
	cluster := create(c, older)
	access(c, cluster)
	pools(c, cluster.ID)
	settings(c, cluster.ID)
	upgrade(c, cluster.ID, newest)
	attach(c, cluster.ID)
	remove(c, cluster.ID)
	defaults(c, newest, older)
}

func create(c *checks, version string) *godo.KubernetesCluster {
	request := &godo.KubernetesClusterCreateRequest{
		Name: "harbour", RegionSlug: "fra1", VersionSlug: version, HA: pointer(false), SurgeUpgrade: true, AutoUpgrade: true,
		MaintenancePolicy: &godo.KubernetesMaintenancePolicy{StartTime: "04:00", Day: godo.KubernetesMaintenanceDaySunday},
		NodePools:         []*godo.KubernetesNodePoolCreateRequest{{Name: "system", Size: "s-2vcpu-4gb", Count: 1, Labels: map[string]string{"role": "system"}}},
		Tags:              []string{"pontoon"},
	}
	made := must[*godo.KubernetesCluster](c, "a cluster")(c.client.Kubernetes.Create(c.ctx, request))
	c.equal("it", []any{made.Name, made.VersionSlug, made.HA, made.SurgeUpgrade, made.AutoUpgrade}, []any{"harbour", version, false, true, true})
	c.equal("it is being made", made.Status.State, godo.KubernetesClusterStatusProvisioning)
	c.equal("ranges left out are the vendor's", []string{made.ClusterSubnet, made.ServiceSubnet}, []string{"10.244.0.0/16", "10.245.0.0/16"})
	c.equal("its window", []any{made.MaintenancePolicy.StartTime, made.MaintenancePolicy.Day}, []any{"04:00", godo.KubernetesMaintenanceDaySunday})
	running(c, made.ID)
	all := must[[]*godo.KubernetesCluster](c, "clusters")(c.client.Kubernetes.List(c.ctx, nil))
	seen := listed(c, "it", all, func(k *godo.KubernetesCluster) bool { return k.ID == made.ID })
	c.that("it has an endpoint", strings.HasPrefix(seen.Endpoint, "https://"), seen.Endpoint)
	pool := seen.NodePools[0]
	c.equal("its pool", []any{pool.Name, pool.Size, pool.Count, pool.Labels}, []any{"system", "s-2vcpu-4gb", 1, map[string]string{"role": "system"}})
	nodes := nodesRun(c, made.ID, pool.ID, 1)
	droplet, err := strconv.Atoi(nodes[0].DropletID)
	c.that("its node is a droplet", err == nil, nodes[0])
	must[*godo.Droplet](c, "the node's droplet")(c.client.Droplets.Get(c.ctx, droplet))
	old := *request
	old.Name, old.VersionSlug = "old", "1.10.1-do.0"
	refused[*godo.KubernetesCluster](c, "a version that is not offered", 422)(c.client.Kubernetes.Create(c.ctx, &old))
	return made
}

func running(c *checks, cluster string) {
	c.until("the cluster runs", func() bool {
		seen, _, err := c.client.Kubernetes.Get(c.ctx, cluster)
		return err == nil && seen.Status.State == godo.KubernetesClusterStatusRunning
	})
}

func nodesRun(c *checks, cluster, pool string, count int) (nodes []*godo.KubernetesNode) {
	c.until("the pool's nodes run", func() bool {
		seen, _, err := c.client.Kubernetes.GetNodePool(c.ctx, cluster, pool)
		if err != nil || len(seen.Nodes) != count {
			return false
		}
		for _, node := range seen.Nodes {
			if node.Status.State != "running" {
				return false
			}
		}
		nodes = seen.Nodes
		return true
	})
	return nodes
}

func access(c *checks, cluster *godo.KubernetesCluster) {
	credentials := must[*godo.KubernetesClusterCredentials](c, "credentials")(
		c.client.Kubernetes.GetCredentials(c.ctx, cluster.ID, &godo.KubernetesClusterCredentialsGetRequest{ExpirySeconds: pointer(600)}))
	c.that("they hold server, authority and token", credentials.Server != "" && len(credentials.CertificateAuthorityData) > 0 && credentials.Token != "", nil)
	config := must[*godo.KubernetesClusterConfig](c, "a kubeconfig")(c.client.Kubernetes.GetKubeConfigWithExpiry(c.ctx, cluster.ID, 600))
	c.that("it is one", strings.Contains(string(config.KubeconfigYAML), "kind: Config"), nil)
	user := must[*godo.KubernetesClusterUser](c, "the cluster's user")(c.client.Kubernetes.GetUser(c.ctx, cluster.ID))
	c.that("it has a name", user.Username != "", user)
	run := must[string](c, "a run of clusterlint")(c.client.Kubernetes.RunClusterlint(c.ctx, cluster.ID, &godo.KubernetesRunClusterlintRequest{}))
	c.until("it ends", func() bool {
		_, _, err := c.client.Kubernetes.GetClusterlintResults(c.ctx, cluster.ID, &godo.KubernetesGetClusterlintRequest{RunId: run})
		return err == nil
	})
	must[[]*godo.KubernetesClusterStatusMessage](c, "status messages")(c.client.Kubernetes.GetClusterStatusMessages(c.ctx, cluster.ID, nil))
}

func pools(c *checks, cluster string) {
	all := must[[]*godo.KubernetesNodePool](c, "node pools")(c.client.Kubernetes.ListNodePools(c.ctx, cluster, nil))
	c.turnedDown("the deletion of the last pool", 400, 409, 412, 422)(c.client.Kubernetes.DeleteNodePool(c.ctx, cluster, all[0].ID))
	taints := []godo.Taint{{Key: "dedicated", Value: "work", Effect: "NoSchedule"}}
	request := &godo.KubernetesNodePoolCreateRequest{Name: "work", Size: "s-1vcpu-2gb", Count: 1, Taints: taints, AutoScale: true, MinNodes: 1, MaxNodes: 3}
	made := must[*godo.KubernetesNodePool](c, "a node pool")(c.client.Kubernetes.CreateNodePool(c.ctx, cluster, request))
	c.equal("it", []any{made.Size, made.Taints, made.AutoScale, made.MinNodes, made.MaxNodes}, []any{"s-1vcpu-2gb", taints, true, 1, 3})
	update := &godo.KubernetesNodePoolUpdateRequest{Name: "work", Count: pointer(2), AutoScale: pointer(false)}
	must[*godo.KubernetesNodePool](c, "a second node")(c.client.Kubernetes.UpdateNodePool(c.ctx, cluster, made.ID, update))
	nodes := nodesRun(c, cluster, made.ID, 2)
	c.done("a node's replacement")(c.client.Kubernetes.DeleteNode(c.ctx, cluster, made.ID, nodes[0].ID, &godo.KubernetesNodeDeleteRequest{Replace: true, SkipDrain: true}))
	c.until("it is another one", func() bool {
		seen, _, err := c.client.Kubernetes.GetNodePool(c.ctx, cluster, made.ID)
		if err != nil || len(seen.Nodes) != 2 {
			return false
		}
		return seen.Nodes[0].ID != nodes[0].ID && seen.Nodes[1].ID != nodes[0].ID
	})
	c.done("the pool's deletion")(c.client.Kubernetes.DeleteNodePool(c.ctx, cluster, made.ID))
	untilGone(c, "a pool", func() (*godo.KubernetesNodePool, *godo.Response, error) {
		return c.client.Kubernetes.GetNodePool(c.ctx, cluster, made.ID)
	})
}

func settings(c *checks, cluster string) {
	update := &godo.KubernetesClusterUpdateRequest{Name: "harbour-2", HA: pointer(true), RoutingAgent: &godo.KubernetesRoutingAgent{Enabled: pointer(true)}}
	changed := must[*godo.KubernetesCluster](c, "an update")(c.client.Kubernetes.Update(c.ctx, cluster, update))
	c.equal("it", []any{changed.Name, changed.HA, *changed.RoutingAgent.Enabled, changed.AutoUpgrade}, []any{"harbour-2", true, true, true})
	back := &godo.KubernetesClusterUpdateRequest{Name: "harbour-2", HA: pointer(false)}
	// Refused or passed over: what counts is that it stays on.
	_, _, _ = c.client.Kubernetes.Update(c.ctx, cluster, back)
	c.equal("high availability is never turned off", must[*godo.KubernetesCluster](c, "it")(c.client.Kubernetes.Get(c.ctx, cluster)).HA, true)
}

func upgrade(c *checks, cluster, newest string) {
	offered := must[[]*godo.KubernetesVersion](c, "upgrades")(c.client.Kubernetes.GetUpgrades(c.ctx, cluster))
	c.that("the next minor is offered", len(offered) == 1 && offered[0].Slug == newest, offered)
	c.turnedDown("an upgrade that is not offered", 400, 422)(c.client.Kubernetes.Upgrade(c.ctx, cluster, &godo.KubernetesClusterUpgradeRequest{VersionSlug: "1.99.0-do.0"}))
	c.done("an upgrade")(c.client.Kubernetes.Upgrade(c.ctx, cluster, &godo.KubernetesClusterUpgradeRequest{VersionSlug: newest}))
	c.until("it is done", func() bool {
		seen, _, err := c.client.Kubernetes.Get(c.ctx, cluster)
		return err == nil && seen.VersionSlug == newest && seen.Status.State == godo.KubernetesClusterStatusRunning
	})
}

func attach(c *checks, cluster string) {
	must[*godo.Registry](c, "a registry")(c.client.Registry.Create(c.ctx, &godo.RegistryCreateRequest{Name: "for-the-cluster", SubscriptionTierSlug: "basic", Region: "fra1"}))
	one := &godo.KubernetesClusterRegistryRequest{ClusterUUIDs: []string{cluster}}
	c.done("its attachment")(c.client.Kubernetes.AddRegistry(c.ctx, one))
	c.equal("the cluster may pull", must[*godo.KubernetesCluster](c, "it")(c.client.Kubernetes.Get(c.ctx, cluster)).RegistryEnabled, true)
	c.done("its detachment")(c.client.Kubernetes.RemoveRegistry(c.ctx, one))
	c.equal("the cluster may pull no more", must[*godo.KubernetesCluster](c, "it")(c.client.Kubernetes.Get(c.ctx, cluster)).RegistryEnabled, false)
	c.done("the registry's deletion")(c.client.Registry.Delete(c.ctx))
}

func remove(c *checks, cluster string) {
	must[*godo.KubernetesAssociatedResources](c, "associated resources")(c.client.Kubernetes.ListAssociatedResourcesForDeletion(c.ctx, cluster))
	c.done("the cluster's deletion")(c.client.Kubernetes.DeleteSelective(c.ctx, cluster, &godo.KubernetesClusterDeleteSelectiveRequest{Volumes: []string{}, VolumeSnapshots: []string{}, LoadBalancers: []string{}}))
	untilGone(c, "a cluster", func() (*godo.KubernetesCluster, *godo.Response, error) {
		return c.client.Kubernetes.Get(c.ctx, cluster)
	})
}

// defaults looks at high availability left out: true from 1.36.0 on, false before.
func defaults(c *checks, newest, older string) {
	for version, wanted := range map[string]bool{newest: true, older: false} {
		request := &godo.KubernetesClusterCreateRequest{
			Name: "plain", RegionSlug: "fra1", VersionSlug: version,
			NodePools: []*godo.KubernetesNodePoolCreateRequest{{Name: "all", Size: "s-2vcpu-4gb", Count: 1}},
		}
		made := must[*godo.KubernetesCluster](c, "a cluster of "+version)(c.client.Kubernetes.Create(c.ctx, request))
		c.equal("high availability left out", made.HA, wanted)
		running(c, made.ID)
		c.done("its deletion with everything")(c.client.Kubernetes.DeleteDangerous(c.ctx, made.ID))
		untilGone(c, "it", func() (*godo.KubernetesCluster, *godo.Response, error) {
			return c.client.Kubernetes.Get(c.ctx, made.ID)
		})
	}
}
