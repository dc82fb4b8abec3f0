locals {
  base    = fileset("${path.module}/manifests", "**")
  overlay = setunion([for at in ["kustomization.yaml", "applications/**"] : fileset(var.manifests, at)]...)
}

# The first Secret: what reads the repository.
module "credentials" {
  source = "../objects"
  count  = var.mode == "apply" ? 1 : 0

  name = "argocd-credentials"
  manifests = {
    namespace = yamlencode({ apiVersion = "v1", kind = "Namespace", metadata = { name = "argocd" } })
  }
  secrets = yamlencode({
    apiVersion = "v1"
    kind       = "Secret"
    metadata = {
      name      = "git-credential"
      namespace = "argocd"
      labels    = { "argocd.argoproj.io/secret-type" = "repository" }
    }
    type       = "Opaque"
    stringData = { type = "git", url = var.repository, sshPrivateKey = var.git_identity }
  })
}

# Argo CD itself, with what judges health: without it a wave waits for nothing.
resource "helm_release" "argocd" {
  count = var.mode == "apply" ? 1 : 0

  name       = "argocd"
  namespace  = "argocd"
  repository = "https://argoproj.github.io/argo-helm"
  chart      = "argo-cd"
  version    = var.chart_version
  timeout    = 900
  values     = [var.values]

  depends_on = [module.credentials]
}

# What everything else follows from: the platform's project, and the Application of this environment's folder.
module "root" {
  source = "../objects"
  count  = var.mode == "apply" ? 1 : 0

  name      = "argocd-root"
  manifests = { root = var.root }

  depends_on = [helm_release.argocd]
}
