"""CEL expressions: read, checked against the types of evidence, bounded in cost, then compiled.

The engine that evaluates (a Rust library) has neither type checks nor a cost limit. So an expression is first
read here, in the part of the language that rules need (cel-spec, doc/langdef.md) and that every engine agrees
on: unknown fields and misspelt words are refused with the place and the nearest name, and the most steps an
evaluation can take are known before it starts.
"""
