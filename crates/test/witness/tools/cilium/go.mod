module pontoon.dev/witness/cilium

go 1.26.0

// Only its definitions are read.
require github.com/cilium/cilium v1.18.6
