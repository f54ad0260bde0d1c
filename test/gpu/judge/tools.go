//go:build tools

package main

// Whose default layouts are read as a file (`go list -m`).
import _ "github.com/NVIDIA/gpu-operator/api/nvidia/v1"
