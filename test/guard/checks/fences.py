"""How the fences' refusals read, and how long a new one takes to stand."""

POLICIES_ACT_WITHIN_S = 20
RBAC = "is forbidden"
