"""File capabilities: the extended attribute security.capability (linux/capability.h, struct vfs_cap_data)."""

import struct

_VERSIONS = {0x0100_0000: 1, 0x0200_0000: 2, 0x0300_0000: 2}  # how many pairs of 32-bit sets follow
_EFFECTIVE = 0x0000_0001
_NAMES = (
    *("chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap"),
    *(
        "linux_immutable",
        "net_bind_service",
        "net_broadcast",
        "net_admin",
        "net_raw",
        "ipc_lock",
        "ipc_owner",
    ),
    *(
        "sys_module",
        "sys_rawio",
        "sys_chroot",
        "sys_ptrace",
        "sys_pacct",
        "sys_admin",
        "sys_boot",
        "sys_nice",
    ),
    *(
        "sys_resource",
        "sys_time",
        "sys_tty_config",
        "mknod",
        "lease",
        "audit_write",
        "audit_control",
        "setfcap",
    ),
    *("mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf"),
    "checkpoint_restore",
)


def describe_capabilities(raw: bytes) -> str:
    """Write them as setcap does: ``cap_net_raw=ep``; in words where the attribute cannot be read."""
    if len(raw) < 4:
        return "not readable"
    magic = struct.unpack_from("<I", raw)[0]
    pairs = _VERSIONS.get(magic & 0xFF00_0000, 0)
    if not pairs or len(raw) < 4 + 8 * pairs:
        return "not readable"
    permitted = inheritable = 0
    for number in range(pairs):
        low, high = struct.unpack_from("<II", raw, 4 + 8 * number)
        permitted |= low << (32 * number)
        inheritable |= high << (32 * number)
    flags = ("e" if magic & _EFFECTIVE else "") + ("i" if inheritable else "") + ("p" if permitted else "")
    names = [_name(bit) for bit in range(64) if (permitted | inheritable) >> bit & 1]
    return f"{','.join(names)}={flags}" if names else "none"


def _name(bit: int) -> str:
    return f"cap_{_NAMES[bit]}" if bit < len(_NAMES) else f"cap_{bit}"
