"""The groups, in the order in which they are tried: what ends the session comes last."""

from . import bombs, devices, ending, gate, guards, host, names, network, rights, slots, storage, widening, workspace

GROUPS = (
    ("Guard objects", guards), ("Wider than booked", widening), ("Devices", devices), ("Slots", slots), ("The node", host),
    ("Rights", rights), ("Network", network), ("Names and addresses", names), ("Storage", storage),
    ("The workspace's own objects", workspace), ("The gate", gate), ("Bombs and floods", bombs), ("The end", ending),
)
