package main

import (
	"github.com/digitalocean/godo"
)

// storage looks at volumes, snapshots and Spaces keys.
func storage(c *checks) {
	request := &godo.VolumeCreateRequest{Name: "data", Region: "fra1", SizeGigaBytes: 2, FilesystemType: "ext4", Tags: []string{"keep"}}
	made := must[*godo.Volume](c, "a volume")(c.client.Storage.CreateVolume(c.ctx, request))
	c.equal("it", []any{made.Name, made.SizeGigaBytes, made.FilesystemType, made.Tags}, []any{"data", int64(2), "ext4", []string{"keep"}})
	named := must[[]godo.Volume](c, "volumes by name")(c.client.Storage.ListVolumes(c.ctx, &godo.ListVolumeParams{Name: "data", Region: "fra1"}))
	listed(c, "it", named, func(v godo.Volume) bool { return v.ID == made.ID })
	action := must[*godo.Action](c, "its growth")(c.client.StorageActions.Resize(c.ctx, made.ID, 5, "fra1"))
	c.until("the action is completed", func() bool {
		seen, _, err := c.client.StorageActions.Get(c.ctx, made.ID, action.ID)
		return err == nil && seen.Status == godo.ActionCompleted
	})
	c.equal("its size", must[*godo.Volume](c, "it")(c.client.Storage.GetVolume(c.ctx, made.ID)).SizeGigaBytes, int64(5))
	refused[*godo.Action](c, "its shrinking", 400, 422)(c.client.StorageActions.Resize(c.ctx, made.ID, 1, "fra1"))

	shot := must[*godo.Snapshot](c, "a snapshot")(c.client.Storage.CreateSnapshot(c.ctx, &godo.SnapshotCreateRequest{VolumeID: made.ID, Name: "before"}))
	c.equal("it", []any{shot.Name, shot.ResourceType, shot.ResourceID}, []any{"before", "volume", made.ID})
	shots := must[[]godo.Snapshot](c, "snapshots")(c.client.Snapshots.ListVolume(c.ctx, nil))
	listed(c, "it", shots, func(s godo.Snapshot) bool { return s.ID == shot.ID })
	c.done("its deletion")(c.client.Snapshots.Delete(c.ctx, shot.ID))
	gone[*godo.Snapshot](c, "a snapshot")(c.client.Snapshots.Get(c.ctx, shot.ID))
	c.done("the volume's deletion")(c.client.Storage.DeleteVolume(c.ctx, made.ID))
	gone[*godo.Volume](c, "a volume")(c.client.Storage.GetVolume(c.ctx, made.ID))
	spacesKeys(c)
}

func spacesKeys(c *checks) {
	grants := []*godo.Grant{{Bucket: "files", Permission: godo.SpacesKeyReadWrite}}
	made := must[*godo.SpacesKey](c, "a Spaces key")(c.client.SpacesKeys.Create(c.ctx, &godo.SpacesKeyCreateRequest{Name: "app", Grants: grants}))
	c.that("its secret is shown once", made.SecretKey != "", nil)
	all := must[[]*godo.SpacesKey](c, "Spaces keys")(c.client.SpacesKeys.List(c.ctx, nil))
	one := listed(c, "it", all, func(k *godo.SpacesKey) bool { return k.AccessKey == made.AccessKey })
	again := must[*godo.SpacesKey](c, "it")(c.client.SpacesKeys.Get(c.ctx, made.AccessKey))
	c.equal("its secret in the list and read again", []string{one.SecretKey, again.SecretKey}, []string{"", ""})
	c.equal("its grants", again.Grants, grants)
	less := []*godo.Grant{{Bucket: "files", Permission: godo.SpacesKeyRead}}
	changed := must[*godo.SpacesKey](c, "an update")(c.client.SpacesKeys.Update(c.ctx, made.AccessKey, &godo.SpacesKeyUpdateRequest{Name: "app-2", Grants: less}))
	c.equal("it", []any{changed.Name, changed.Grants}, []any{"app-2", less})
	mixed := append(less, &godo.Grant{Permission: godo.SpacesKeyFullAccess})
	refused[*godo.SpacesKey](c, "full access together with a bucket", 400, 422)(c.client.SpacesKeys.Create(c.ctx, &godo.SpacesKeyCreateRequest{Name: "mixed", Grants: mixed}))
	c.done("its deletion")(c.client.SpacesKeys.Delete(c.ctx, made.AccessKey))
	gone[*godo.SpacesKey](c, "a Spaces key")(c.client.SpacesKeys.Get(c.ctx, made.AccessKey))
}
