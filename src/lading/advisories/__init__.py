"""Published records about vulnerabilities: what is affected, from when to when, how badly."""
