"""Kubernetes AdmissionReview requests, and the images that a workload spec names."""
