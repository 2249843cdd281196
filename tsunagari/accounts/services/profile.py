"""What people set for themselves."""

from tsunagari.accounts.models import User


def change_profile(*, actor: User, display_name: str, language: User.Language) -> User:
    """Change one's own name, as colleagues see it, and the language of the desk."""
    actor.display_name, actor.language = display_name.strip(), language
    actor.save(update_fields=["display_name", "language"])
    return actor
