"""A plateau is told from a collapse, and every finding names what to do."""

from malgwi.training.doctor import Checkup, diagnose, not_finite


def _kind(*checkups: Checkup, total: int = 1000, unknown: float = 0.0) -> str | None:
    found = diagnose(checkups, total_steps=total, learning_rate=1e-3, unknown_share=unknown)
    return found.kind if found else None


def test_nothing_known_nothing_said() -> None:
    assert _kind() is None


def test_a_run_that_goes_well() -> None:
    assert _kind(Checkup(100, 2.0, 0.9, 0.7), Checkup(200, 1.0, 0.5, 0.6)) is None


def test_silence_at_the_start_is_normal() -> None:
    found = diagnose([Checkup(100, 2.9, 1.0, 1.0)], total_steps=1000, learning_rate=1e-3)
    assert found is not None
    assert found.kind == "plateau"
    assert "100.0% of the validation frames are blank at step 100" in found.message
    assert "normal" in found.message


def test_silence_while_the_loss_falls_is_normal_even_late() -> None:
    assert _kind(Checkup(700, 2.9, 1.0, 1.0), Checkup(800, 2.5, 1.0, 0.99)) == "plateau"


def test_silence_that_stays_is_not() -> None:
    assert _kind(Checkup(700, 2.9, 1.0, 1.0), Checkup(800, 2.9, 1.0, 1.0)) == "stuck"


def test_silence_after_speech_is_a_collapse() -> None:
    checkups = [Checkup(100, 1.0, 0.4, 0.6), Checkup(200, 3.0, 1.0, 1.0)]
    found = diagnose(checkups, total_steps=1000, learning_rate=1e-3)
    assert found is not None
    assert found.kind == "collapse"
    assert "WER was 0.400 at step 100" in found.message
    assert "learning rate (0.001) too high" in found.message


def test_unknown_letters_point_to_the_vocabulary() -> None:
    assert _kind(Checkup(900, 2.0, 1.0, 0.5), unknown=0.4) == "vocabulary"
    late = (Checkup(800, 2.9, 1.0, 1.0), Checkup(900, 2.9, 1.0, 1.0))
    assert _kind(*late, unknown=0.4) == "vocabulary"


def test_letters_that_are_never_right() -> None:
    assert _kind(Checkup(400, 2.0, 1.1, 0.5), Checkup(500, 2.0, 1.1, 0.5)) == "stuck"
    assert _kind(Checkup(100, 2.0, 1.1, 0.5), Checkup(200, 2.0, 1.1, 0.5)) is None


def test_losses_that_are_not_finite_name_their_clips() -> None:
    few = not_finite(["a", "b"], 7, skipped=False)
    assert few.message.startswith("step 7: the loss of 2 clips was not finite (a, b): they have")
    many = not_finite([f"c{i}" for i in range(9)], 7, skipped=True)
    assert "c0, c1, c2, c3, c4 and 4 more" in many.message
    assert "--learning-rate" in many.message
