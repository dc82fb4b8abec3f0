variable "environment" {
  description = "Which environment the cluster is."
  type        = string
}

variable "mode" {
  description = "apply installs Flux; render only gives the files that it follows."
  type        = string

  validation {
    condition     = contains(["apply", "render"], var.mode)
    error_message = "mode is apply or render."
  }
}

variable "manifests" {
  description = "The folder of what this environment has in the repository."
  type        = string
}

variable "root" {
  description = "The source and the Kustomization from which everything else follows, as YAML."
  type        = string
  default     = ""
}

variable "chart_version" {
  description = "The version of the chart flux2."
  type        = string
  default     = "2.18.3"
}

variable "git_identity" {
  description = "The private half of the repository's deploy key."
  type        = string
  default     = null
  sensitive   = true
}

variable "git_identity_public" {
  description = "The public half of the repository's deploy key."
  type        = string
  default     = null
}

variable "git_known_hosts" {
  description = "The host keys of the repository's host."
  type        = string
  default     = null
}

variable "encrypted" {
  description = "Whether the repository holds Secrets, encrypted."
  type        = bool
  default     = true
}

variable "age_key" {
  description = "The age key that opens what is encrypted in the repository."
  type        = string
  default     = null
  sensitive   = true
}
