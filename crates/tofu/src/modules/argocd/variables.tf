variable "environment" {
  description = "Which environment the cluster is."
  type        = string
}

variable "mode" {
  description = "apply installs Argo CD; render only gives the files that it follows."
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
  description = "The project and the Application from which everything else follows, as YAML."
  type        = string
  default     = ""
}

variable "values" {
  description = "Values of the chart argo-cd, as YAML."
  type        = string
  default     = ""
}

variable "chart_version" {
  description = "The version of the chart argo-cd."
  type        = string
  default     = "10.1.1"
}

variable "repository" {
  description = "Where the repository is read."
  type        = string
  default     = null
}

variable "git_identity" {
  description = "The private half of the repository's deploy key."
  type        = string
  default     = null
  sensitive   = true
}
