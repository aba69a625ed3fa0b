"""Moving a fleet from one base, or away from one flaw, wave by wave, until nothing old runs."""
