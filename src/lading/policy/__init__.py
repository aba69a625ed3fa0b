"""Evidence, rules, waivers and the one evaluator that every gate asks."""
