"""Kubernetes admission: reviews read and answered, and the images that workloads name."""
