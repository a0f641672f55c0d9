"""Texts -> names that AWS takes."""

from __future__ import annotations

import hashlib
import re

#: AWS allows 63 characters, 32 for tuning and AutoML jobs.
LIMIT = 63


def resource_name(*parts: str) -> str:
    """A name for something that is the same in every run (an endpoint): `pipeline-step`."""
    name = safe("-".join(parts))
    if len(name) <= LIMIT:
        return name
    return f"{name[: LIMIT - 7].strip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def safe(text: str, also: str = "") -> str:
    """Letters, digits and single hyphens (and `also`); what a name may not hold becomes a hyphen."""
    return re.sub("-+", "-", re.sub(f"[^a-zA-Z0-9{re.escape(also)}]", "-", text)).strip("-")
