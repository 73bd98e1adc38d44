"""What people are told of a model's licence."""

from pathlib import Path

import pytest

from malgwi.model.licence import licence_line, stated_licence

OF = "; of the checkpoint that it learnt from: "


@pytest.mark.parametrize(
    ("head", "licence"),
    [
        ("license: mit  # as the code", "mit"),
        ("license:\n- mit\n- cc-by-nc-4.0", "mit, cc-by-nc-4.0"),
        ("license: [mit, other]\nlicense_name: 'my own'", "mit, my own"),
        ("license: other\nlicense_name:\nlicense_link: here", "other"),
        ("license:\nlanguage: en", None),
        ("- license: mit", None),
        ("license: [mit", None),
    ],
)
def test_it_is_read_as_yaml(head: str, licence: str | None, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text(f"---\n{head}\n---\n# A model\n")
    assert stated_licence(card) == licence


def test_each_is_named_once() -> None:
    assert licence_line(None, None) is None
    assert licence_line("CC0-1.0", None) == "CC0-1.0"
    assert licence_line(None, "cc-by-nc-4.0") == "cc-by-nc-4.0"
    assert licence_line("CC-BY-NC-4.0", "cc-by-nc-4.0") == "CC-BY-NC-4.0"
    assert licence_line("CC0-1.0", "cc-by-nc-4.0") == f"CC0-1.0{OF}cc-by-nc-4.0"
    assert licence_line("mit", f"mit{OF}apache-2.0") == f"mit{OF}apache-2.0"
