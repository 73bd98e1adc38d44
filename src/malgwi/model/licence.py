"""Under what licence a model may be used: as its card states it, and as it was inherited."""

from pathlib import Path

_LEARNT_FROM = "; of the checkpoint that it learnt from: "


def stated_licence(card: Path) -> str | None:
    """Return the licence in the head of a model card; one with a name of its own by that name.

    All of them where there are several: which one holds for what only the card's text can tell.
    """
    from huggingface_hub import metadata_load

    try:
        head = metadata_load(card) or {}
    except Exception:  # whatever a head that isn't YAML makes the library raise
        return None
    found, name = head.get("license"), head.get("license_name")
    given = found if isinstance(found, list) else [found]
    words = ", ".join(str(name if one == "other" and name else one) for one in given if one)
    return " ".join(words.split())[:100] or None


def licence_line(*licences: str | None) -> str | None:
    """Return all that people must know who may not look beyond this line, each licence once.

    Args:
        licences: of a model, then of the checkpoint that it learnt from; each may be such a line.
    """
    once: dict[str, str] = {}
    for licence in licences:
        for one in licence.split(_LEARNT_FROM) if licence else ():
            once.setdefault(one.lower(), one)
    return _LEARNT_FROM.join(once.values()) or None
