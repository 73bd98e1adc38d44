"""A plateau is told from a collapse, and every finding names what to do."""

from typing import Any

from malgwi.training.doctor import (
    GIVE_UP,
    Checkup,
    Streak,
    checkups,
    diagnose,
    latest_diagnosis,
    latest_rates,
    not_finite,
)


def _kind(*checkups: Checkup, total: int = 1000, unknown: float = 0.0) -> str | None:
    found = diagnose(
        checkups, measure="WER", total_steps=total, learning_rate=1e-3, unknown_share=unknown
    )
    return found.kind if found else None


def test_nothing_known_nothing_said() -> None:
    assert _kind() is None


def test_a_run_that_goes_well() -> None:
    assert _kind(Checkup(100, 2.0, 0.9, 0.9, 0.7), Checkup(200, 1.0, 0.5, 0.5, 0.6)) is None


def test_silence_at_the_start_is_normal() -> None:
    found = diagnose(
        [Checkup(100, 2.9, 1.0, 1.0, 1.0)], measure="WER", total_steps=1000, learning_rate=1e-3
    )
    assert found is not None
    assert found.kind == "plateau"
    assert "100.0% of the validation frames are blank at step 100" in found.message
    assert "normal" in found.message


def test_silence_while_the_loss_falls_is_normal_even_late() -> None:
    assert _kind(Checkup(700, 2.9, 1.0, 1.0, 1.0), Checkup(800, 2.5, 1.0, 1.0, 0.99)) == "plateau"


def test_silence_that_stays_is_not() -> None:
    assert _kind(Checkup(700, 2.9, 1.0, 1.0, 1.0), Checkup(800, 2.9, 1.0, 1.0, 1.0)) == "stuck"


def test_silence_after_speech_is_a_collapse() -> None:
    checkups = [Checkup(100, 1.0, 0.4, 0.4, 0.6), Checkup(200, 3.0, 1.0, 1.0, 1.0)]
    found = diagnose(checkups, measure="WER", total_steps=1000, learning_rate=1e-3)
    assert found is not None
    assert found.kind == "collapse"
    assert "WER was 0.400 at step 100" in found.message
    assert "learning rate (0.001) too high" in found.message


def test_unknown_letters_point_to_the_vocabulary() -> None:
    assert _kind(Checkup(900, 2.0, 1.0, 1.0, 0.5), unknown=0.4) == "vocabulary"
    late = (Checkup(800, 2.9, 1.0, 1.0, 1.0), Checkup(900, 2.9, 1.0, 1.0, 1.0))
    assert _kind(*late, unknown=0.4) == "vocabulary"


def test_letters_that_are_never_right() -> None:
    assert _kind(Checkup(400, 2.0, 1.1, 1.1, 0.5), Checkup(500, 2.0, 1.1, 1.1, 0.5)) == "stuck"
    assert _kind(Checkup(100, 2.0, 1.1, 1.1, 0.5), Checkup(200, 2.0, 1.1, 1.1, 0.5)) is None


def test_losses_that_are_not_finite_name_their_clips() -> None:
    few = not_finite(["a", "b"], 7, skipped=False)
    assert few.message.startswith("step 7: the loss of 2 clips was not finite (a, b): they have")
    many = not_finite([f"c{i}" for i in range(9)], 7, skipped=True)
    assert "c0, c1, c2, c3, c4 and 4 more" in many.message
    assert "--learning-rate" in many.message


def test_rows_of_metrics_say_what_was_found() -> None:
    rows: list[dict[str, Any]] = [
        {"step": 1, "loss": 3.0},
        {
            "step": 2,
            "wer": 1.0,
            "cer": 1.0,
            "valid_blank_share": 0.9,
            "mean_loss": 2.5,
            "seconds": 1.0,
        },
        {"step": 2, "finding": "plateau", "message": "wait"},
        {"step": 3, "finding": "not-finite", "message": "a clip"},
    ]
    assert checkups(rows) == [Checkup(2, 2.5, 1.0, 1.0, 0.9)]
    assert latest_rates(rows) == {"wer": 1.0, "cer": 1.0}
    assert latest_diagnosis(rows) == "plateau"
    rows.append({"step": 4, "wer": 0.5, "cer": 0.2, "valid_blank_share": 0.5, "mean_loss": 1.5})
    assert latest_rates(rows) == {"wer": 0.5, "cer": 0.2}
    assert latest_diagnosis(rows) is None
    assert latest_rates(rows[:1]) == {"wer": None, "cer": None}
    assert latest_diagnosis(rows[:1]) is None


def test_without_a_scale_every_step_without_gradients_counts() -> None:
    streak = Streak()
    for _ in range(GIVE_UP - 1):
        streak.count(finite=False, scale=1.0)
        assert not streak.searching
    assert not streak.diverged
    streak.count(finite=True, scale=1.0)
    assert streak.length == 0
    for _ in range(GIVE_UP):
        streak.count(finite=False, scale=1.0)
    assert streak.diverged


def test_the_search_for_a_scale_does_not_count() -> None:
    streak = Streak()
    for step in range(16 + GIVE_UP):
        assert not streak.diverged
        streak.count(finite=False, scale=65_536 / 2**step)
        assert streak.searching == (step < 16)
    assert streak.diverged
    # Later the scale has grown or fallen: an overflow now and then is a matter of course.
    for scale, searching in ((2.0**20, True), (2.0, True), (1.0, False), (0.25, False)):
        streak.count(finite=True, scale=scale)
        streak.count(finite=False, scale=scale)
        assert (streak.length, streak.searching, streak.diverged) == (1, searching, False)


def test_where_words_are_not_separated_letters_show_what_was_learnt() -> None:
    # WER stays above 1 whatever the model learns; CER falls.
    spoken = [Checkup(400, 2.0, 1.2, 0.45, 0.5), Checkup(500, 2.0, 1.1, 0.3, 0.5)]
    found = diagnose(spoken, measure="CER", total_steps=1000, learning_rate=1e-3)
    assert found is None
    silent = [*spoken, Checkup(600, 3.0, 1.0, 1.0, 1.0)]
    found = diagnose(silent, measure="CER", total_steps=1000, learning_rate=1e-3)
    assert found is not None
    assert found.kind == "collapse"
    assert "CER was 0.300 at step 500" in found.message
    wrong = [Checkup(400, 2.0, 1.2, 0.9, 0.5), Checkup(500, 2.0, 1.1, 0.85, 0.5)]
    found = diagnose(wrong, measure="CER", total_steps=1000, learning_rate=1e-3)
    assert found is not None
    assert "CER is 0.85" in found.message
