"""Who sees the pages of entries."""

from tsunagari.accounts.models import Role
from tsunagari.core.access import roles

keepers = roles(Role.ADMIN, Role.EDITOR, Role.OFFICER)
