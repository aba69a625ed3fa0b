"""Software bills of materials: one neutral document, written as CycloneDX and as SPDX."""
