"""The rules of being a registry: uploads, ranges, tags, referrers. No storage here."""
