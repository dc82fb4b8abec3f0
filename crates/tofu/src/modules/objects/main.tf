# Objects as a release of Helm: what is in two folders, the second on top of the first, and texts that are given.

locals {
  folders = { base = var.base, overlay = var.overlay }

  # The objects of each folder by kind, namespace and name. A kustomization only says which files there are.
  read = {
    for folder, path in local.folders : folder => merge([
      for file in path == null ? toset([]) : fileset(path, "*.yaml") : {
        for object in [for text in split("\n---\n", trimsuffix(file("${path}/${file}"), "\n")) : yamldecode("${text}\n")] :
        join("/", [object.kind, try(object.metadata.namespace, ""), object.metadata.name]) => object
        if object.kind != "Kustomization"
      }
    ]...)
  }

  # What the environment says of an object replaces whole keys of it; of the metadata, what it names.
  objects = {
    for key in setunion(keys(local.read.base), keys(local.read.overlay)) : key => merge(
      try(local.read.base[key], {}),
      try(local.read.overlay[key], {}),
      { metadata = merge(try(local.read.base[key].metadata, {}), try(local.read.overlay[key].metadata, {})) },
    )
  }

  # Kinds that every cluster of DigitalOcean has from the beginning.
  built_in = "^(v1$|(apps|batch|autoscaling|policy)/|([a-z.]+\\.)?k8s\\.io/|cilium\\.io/)"

  # Charts are releases of their own, and need no objects of Flux.
  chosen = {
    for key, object in local.objects : key => yamlencode(object)
    if !can(regex("toolkit\\.fluxcd\\.io/", object.apiVersion))
    && (var.kinds == "all" || (var.kinds == "built-in") == can(regex(local.built_in, object.apiVersion)))
  }
}

resource "helm_release" "objects" {
  name          = var.name
  namespace     = var.namespace
  chart         = "${path.module}/chart"
  values        = [yamlencode({ manifests = merge(local.chosen, var.manifests) })]
  set_sensitive = [for text in [var.secrets] : { name = "secrets", value = base64encode(text) } if text != null]
  timeout       = var.minutes * 60
}
