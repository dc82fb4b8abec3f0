output "rendered_manifests" {
  description = "The files that Flux follows from the root on, by their path in the repository."
  value = merge(
    { for file in local.base : file => file("${path.module}/manifests/${file}") },
    { for file in local.overlay : "clusters/${var.environment}/${file}" => file("${var.manifests}/${file}") },
  )
}
