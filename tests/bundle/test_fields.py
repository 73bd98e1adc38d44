"""JSON objects from outside: what is no JSON, and every type with its range."""

from collections.abc import Callable
from typing import Any

import pytest

from malgwi.bundle.fields import Fields, parse_json
from malgwi.errors import BundleError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "expected a JSON object"),
        ("{", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": -Infinity}', "-Infinity is no JSON number"),
        ('{"a": -1e999}', "-1e999 is more than a number can hold"),
        ('{"a": 1, "a": 2}', "a key occurs twice"),
        ('{"b": [{"a": 1, "a": 2}]}', "a key occurs twice"),
        ('{"a": "\\ud800"}', "not readable as JSON"),
        ("\ud800", "not readable as JSON"),
        ('{"a": ' + "9" * 5000 + "}", "not readable as JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(text: str, message: str) -> None:
    with pytest.raises(BundleError, match=f"^here: .*{message}"):
        parse_json(text.encode("utf-8", "surrogatepass"), "here")


def test_an_object_is_parsed() -> None:
    fields = parse_json('{"a": {"ㄱ": [1, null]}}'.encode(), "here")
    assert fields == Fields({"a": {"ㄱ": [1, None]}}, "here")


Read = Callable[[Fields], Any]


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda f: f.object("a").keys, {"b": 1}),
        (lambda f: f.list("a", 1, 2), [None, "x"]),
        (lambda f: f.strings("a", least=1, most=2), ["x", "y" * 64]),
        (lambda f: f.string("a"), ""),
        (lambda f: f.text("a", most=3), "말귀!"),
        (lambda f: f.choice("a", "x", "y", "z"), "y"),
        (lambda f: f.integer("a", -1, 5), -1),
        (lambda f: f.integer("a", -1, 5), 5),
        (lambda f: f.number("a", -0.5, 2.0), -0.5),
        (lambda f: f.number("a", -0.5, 2.0), 2),
    ],
)
def test_a_value_in_range_is_returned(read: Read, value: Any) -> None:
    assert read(Fields({"a": value}, "here")) == value


@pytest.mark.parametrize(
    ("read", "values", "expected"),
    [
        (lambda f: f.object("a"), [None, [], "x"], "an object"),
        (lambda f: f.list("a", 1, 2), [[], [1, 2, 3], {}], "a list of 1 to 2"),
        (lambda f: f.strings("a", least=1, most=2), [[]], "a list of 1 to 2"),
        (lambda f: f.string("a"), [None, 1, ["x"]], "a string"),
        (
            lambda f: f.text("a", most=3),
            [None, "", "abcd", "a\n", 7],
            "a string of 1 to 3 characters, none a control character",
        ),
        (lambda f: f.choice("a", "x", "y"), ["z", None, [], 1], "x or y"),
        (lambda f: f.choice("a", "x", "y", "z"), ["w"], "x, y or z"),
        (lambda f: f.integer("a", -1, 5), [-2, 6, 1.0, True, "1"], "an integer from -1 to 5"),
        (lambda f: f.integer("a", 7, 7), [8], "7"),
        (lambda f: f.number("a", -0.5, 2), [-0.6, 3, True, "1"], "a number from -0.5 to 2"),
    ],
)
def test_any_other_is_named(read: Read, values: list[Any], expected: str) -> None:
    for value in values:
        with pytest.raises(BundleError) as caught:
            read(Fields({"a": value}, "here"))
        assert str(caught.value) == f"here: a is {value!r}; expected {expected}. Export again"


@pytest.mark.parametrize("value", ["", "y" * 65, 1, None])
def test_the_wrong_one_of_strings_is_named(value: Any) -> None:
    with pytest.raises(BundleError) as caught:
        Fields({"a": ["x", value]}, "here").strings("a", least=1, most=2)
    expected = "strings of 1 to 64 characters"
    assert str(caught.value) == f"here: a is {value!r}; expected {expected}. Export again"


def test_a_key_that_is_not_there_is_none() -> None:
    with pytest.raises(BundleError, match="here: a is None; expected a string"):
        Fields({}, "here").string("a")


def test_an_object_inside_is_named_by_its_key() -> None:
    inside = Fields({"a": {"b": 1}}, "here").object("a")
    with pytest.raises(BundleError, match="here: a: b is 1; expected a string"):
        inside.string("b")


def test_an_item_of_a_list_is_an_object_or_refused() -> None:
    assert Fields.of({"b": 1}, "here[0]", "an object with b") == Fields({"b": 1}, "here[0]")
    with pytest.raises(BundleError, match=r"here\[0\]: value is 3; expected an object with b"):
        Fields.of(3, "here[0]", "an object with b")


def test_a_long_value_is_cut() -> None:
    with pytest.raises(BundleError) as caught:
        Fields({"a": "x" * 10_000}, "here").text("a", most=3)
    assert f"a is '{'x' * 79}; expected" in str(caught.value)
