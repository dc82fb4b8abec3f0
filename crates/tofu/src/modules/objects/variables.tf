variable "name" {
  description = "The name of the release."
  type        = string
}

variable "namespace" {
  description = "Where Helm keeps the release; objects say their own namespace."
  type        = string
  default     = "kube-system"
}

variable "base" {
  description = "The folder of what is the same everywhere."
  type        = string
  default     = null
}

variable "overlay" {
  description = "The folder of what the environment puts on top."
  type        = string
  default     = null
}

variable "kinds" {
  description = "Which objects: built-in kinds, which may come before a chart, custom ones, which may need it, or all."
  type        = string
  default     = "all"

  validation {
    condition     = contains(["all", "built-in", "custom"], var.kinds)
    error_message = "kinds is all, built-in or custom."
  }
}

variable "manifests" {
  description = "More objects, as text by any key."
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "Secrets as YAML: never shown."
  type        = string
  default     = null
  sensitive   = true
}

variable "minutes" {
  description = "How long it may take."
  type        = number
  default     = 10
}
