"""What Lading remembers: one small Protocol for each aggregate, gathered in one transaction.

Values in and out are frozen domain values, never rows. Instants are aware datetimes in UTC, kept to the
microsecond. Every list comes in pages by key (``lading.ports.records.page``).
"""
