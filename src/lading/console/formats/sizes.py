"""Sizes in bytes, as people read them: binary units, because that is how images are stored and limited."""

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024


def size(byte_count: int) -> str:
    """Write a size: "532 B", "4.0 KiB", "96.3 MiB", "1,014 MiB". One decimal below 100, none from there."""
    if byte_count < _STEP:
        return f"{byte_count} B"
    value, unit = byte_count / _STEP, _UNITS[0]
    for larger in _UNITS[1:]:
        # What would be written as 1,024 of one unit is 1.0 of the next.
        if value < _STEP - 0.5:
            break
        value, unit = value / _STEP, larger
    return f"{value:,.1f} {unit}" if value < 99.95 else f"{value:,.0f} {unit}"


def exact_size(byte_count: int) -> str:
    """Write every byte, for titles: "100,993,231 bytes"."""
    return f"{byte_count:,} byte" + ("" if byte_count == 1 else "s")
