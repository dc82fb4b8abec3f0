locals {
  base    = fileset("${path.module}/manifests", "**")
  overlay = setunion([for at in ["kustomization.yaml", "layers/**", "sources/**"] : fileset(var.manifests, at)]...)

  credential = {
    identity       = var.git_identity
    "identity.pub" = var.git_identity_public
    known_hosts    = var.git_known_hosts
  }
}

# The first Secrets: what reads the repository, and what opens that which is encrypted in it. Flux reads both when it starts.
module "credentials" {
  source = "../objects"
  count  = var.mode == "apply" ? 1 : 0

  name = "flux-credentials"
  manifests = {
    namespace = yamlencode({ apiVersion = "v1", kind = "Namespace", metadata = { name = "flux-system" } })
  }
  secrets = join("---\n", [
    for name, data in { git-credential = local.credential, sops-age = { "pontoon.agekey" = var.age_key } } : yamlencode({
      apiVersion = "v1"
      kind       = "Secret"
      metadata   = { name = name, namespace = "flux-system" }
      type       = "Opaque"
      stringData = data
    }) if name != "sops-age" || var.encrypted
  ])
}

# Flux itself. Its definitions come with the chart, and stay when it goes.
resource "helm_release" "flux" {
  count = var.mode == "apply" ? 1 : 0

  name       = "flux"
  namespace  = "flux-system"
  repository = "https://fluxcd-community.github.io/helm-charts"
  chart      = "flux2"
  version    = var.chart_version
  timeout    = 900
  values = [yamlencode({
    # Nothing here writes new images into the repository.
    imageAutomationController = { create = false }
    imageReflectionController = { create = false }
  })]

  depends_on = [module.credentials]
}

# What everything else follows from: the repository, and the folder of this environment in it.
module "root" {
  source = "../objects"
  count  = var.mode == "apply" ? 1 : 0

  name      = "flux-root"
  manifests = { root = var.root }

  depends_on = [helm_release.flux]
}
