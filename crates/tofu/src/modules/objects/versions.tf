terraform {
  required_version = ">= 1.10.0"

  required_providers {
    helm = {
      source = "hashicorp/helm"
    }
  }
}
