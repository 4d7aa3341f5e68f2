"""Recipes: every key of every model goes through text and JSON, and says what it takes."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve import models, recipe
from makebelieve.errors import InputError
from makebelieve.recipe import DataRecipe, Key, TrainingRecipe, build, from_dict, keys, to_dict

if TYPE_CHECKING:
    from pathlib import Path

everyone = pytest.mark.parametrize("name", models.MODELS)
UNSET = {"auto", "null"}  # words that leave an optional key open


def all_keys(name: str) -> list[Key]:
    options = models.find(name).Options
    return [
        *keys(options, "model"),
        *keys(DataRecipe, "data"),
        *keys(TrainingRecipe, "training"),
    ]


def made(name: str, given: dict[str, Any]) -> recipe.Recipe:
    return build(name, models.find(name).Options, given)


def read(found: recipe.Recipe, path: str) -> Any:
    part, _, leaf = path.partition(".")
    return getattr(
        {"model": found.options, "data": found.data, "training": found.training}[part], leaf
    )


def values(k: Key) -> st.SearchStrategy[Any]:
    """Draw values that the key takes."""
    kind = k.annotation.removesuffix(" | None")
    drawn: st.SearchStrategy[Any]
    if k.choices:
        drawn = st.sampled_from(k.choices)
    elif kind == "bool":
        drawn = st.booleans()
    elif kind == "int":
        drawn = st.integers(
            -(2**53) if k.low is None else math.ceil(k.low),
            2**53 if k.high is None else math.floor(k.high),
        )
    elif kind == "float":
        drawn = st.floats(k.low, k.high, allow_nan=False, allow_infinity=False)
    else:
        drawn = st.text(max_size=20).filter(lambda text: text.lower() not in UNSET)
    return st.none() | drawn if k.annotation.endswith("| None") else drawn


@everyone
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_every_key_goes_through_json_and_text(name: str, data: st.DataObject) -> None:
    given = {k.path: data.draw(values(k), label=k.path) for k in all_keys(name)}
    found = made(name, given)
    assert {path: read(found, path) for path in given} == given
    written = json.loads(json.dumps(to_dict(found), allow_nan=False))
    assert from_dict(written, models.find(name).Options) == found
    spoken = {path: "auto" if v is None else str(v) for path, v in given.items()}
    assert made(name, spoken) == found


@everyone
def test_what_nobody_says_is_the_default(name: str) -> None:
    assert made(name, {}) == recipe.Recipe(
        name, models.find(name).Options(), DataRecipe(), TrainingRecipe()
    )
    for k in all_keys(name):
        assert read(made(name, {}), k.path) == k.default
        if k.default is not None:
            assert read(made(name, {k.path: k.default}), k.path) == k.default


@everyone
def test_every_key_is_described(name: str) -> None:
    for k in all_keys(name):
        assert k.doc
        assert k.takes
        assert k.path.endswith(k.name)


def beyond(k: Key) -> list[Any]:
    kind = k.annotation.removesuffix(" | None")
    if k.choices:
        return ["nonsense", 3, "", [k.choices[0]]]
    if kind == "bool":
        return ["maybe", 2, "", []]
    if kind == "str":
        return [3, True, ["a"], {}]
    bad: list[Any] = ["", "many", "nan", "inf", float("nan"), float("-inf"), True, [1], {}, "1e999"]
    if kind == "int":
        bad += [1.5, "2.5", "1,5", "1,0000", "k", "1.0001k", "1e999k", "nanM", "0x10"]
    if k.low is not None:
        bad += [k.low - 1, str(k.low - 1)]
    if k.high is not None:
        bad += [k.high + 1, str(k.high + 1)]
    return bad


@everyone
def test_bad_values_say_what_the_key_takes(name: str) -> None:
    for k in all_keys(name):
        for value in beyond(k):
            with pytest.raises(InputError) as caught:
                made(name, {k.path: value})
            said = str(caught.value)
            assert said.startswith(f"{k.path} takes {k.takes}, not {value!r}"), said
            assert "\n" not in said


@everyone
def test_nothing_is_no_value_for_a_key_that_needs_one(name: str) -> None:
    for k in all_keys(name):
        if k.annotation.endswith("| None"):
            assert read(made(name, {k.path: None}), k.path) is None
            assert read(made(name, {k.path: "AUTO"}), k.path) is None
        else:
            with pytest.raises(InputError, match=f"{k.path} takes"):
                made(name, {k.path: None})


@everyone
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_an_unknown_key_names_its_nearest(name: str, data: st.DataObject) -> None:
    k = data.draw(st.sampled_from([k for k in all_keys(name) if len(k.name) > 4]))
    at = data.draw(st.integers(1, len(k.name) - 2))
    word = k.name[:at] + k.name[at + 1 :]
    if word in {other.name for other in all_keys(name)}:
        return
    with pytest.raises(InputError) as caught:
        made(name, {word: 1})
    said = str(caught.value)
    assert repr(word) in said
    assert f"did you mean {k.name}" in said or "did you mean " in said
    assert f"makebelieve recipe {name}" in said


def test_a_far_word_has_no_nearest() -> None:
    with pytest.raises(InputError) as caught:
        made("vae", {"zzzzzzzz": 1})
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "path"),
    [("betta", "model.beta"), ("trainign.batch", "training.batch"), ("dat.source", "data.source")],
)
def test_near_words(word: str, path: str) -> None:
    with pytest.raises(InputError, match=rf"did you mean ({path}|{path.partition('.')[2]})\?"):
        made("vae", {word: 1})


def test_a_near_choice_is_offered() -> None:
    with pytest.raises(InputError, match="did you mean cosine"):
        made("vae", {"schedule": "cosin"})
    with pytest.raises(InputError, match="did you mean non-saturating"):
        made("gan", {"loss": "nonsaturating"})


@everyone
def test_a_bare_name_is_the_model_s_first(name: str) -> None:
    for k in all_keys(name):
        owners = [o.path for o in all_keys(name) if o.name == k.name]
        first = sorted(owners, key=lambda p: ("model", "training", "data").index(p.split(".")[0]))
        value = k.default if k.default is not None else "auto"
        if k.path == first[0]:
            assert made(name, {k.name: value}) == made(name, {k.path: value})


def test_size_is_the_dial_and_data_size_the_picture() -> None:
    found = made("vae", {"size": "large", "data.size": 32})
    assert found.options.size == "large"
    assert found.data.size == 32


def test_dashes_are_underscores() -> None:
    assert made("vae", {"latent-dim": 5, "training.weight-decay": 0.5}) == made(
        "vae", {"latent_dim": 5, "weight_decay": 0.5}
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60k", 60_000),
        ("60K", 60_000),
        ("2M", 2_000_000),
        ("2m", 2_000_000),
        ("2.5k", 2_500),
        ("0.25M", 250_000),
        ("1_000", 1_000),
        ("10,000", 10_000),
        ("1e5", 100_000),
        (" 12 ", 12),
        ("3.0", 3),
        (7.0, 7),
    ],
)
def test_whole_numbers_as_people_write_them(text: Any, value: int) -> None:
    found = made("vae", {"examples": text}).training.examples
    assert found == value
    assert type(found) is int


@given(thousandths=st.integers(1, 10**7))
def test_suffixes_are_exact(thousandths: int) -> None:
    for suffix, scale in (("k", 1), ("M", 1000)):
        text = f"{thousandths / 1000}{suffix}"
        assert made("vae", {"examples": text}).training.examples == thousandths * scale


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("Yes", True), ("1", True), ("FALSE", False), ("no", False), (False, False)],
)
def test_flags_as_people_write_them(text: Any, value: bool) -> None:
    assert made("vae", {"conditional": text}).options.conditional is value


def test_assignments() -> None:
    assert recipe.parse_assignment(" model.beta = 4 ") == ("model.beta", "4")
    assert recipe.parse_assignment("data.source=a=b") == ("data.source", "a=b")
    assert recipe.parse_assignment("labels=") == ("labels", "")
    for text in ("beta", "=4", "", " = "):
        with pytest.raises(InputError, match="--set takes key=value"):
            recipe.parse_assignment(text)


# ---- Files.


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(
        '[model]\nname = "vae"\nbeta = 4\nconditional = true\n'
        '[data]\nsource = "digits"\n[training]\nexamples = "60k"\nlearning_rate = 1e-3\n'
    )
    read = recipe.read_toml(path)
    assert read.pop("model.name") == "vae"
    found = made("vae", read)
    assert (found.options.beta, found.options.conditional) == (4.0, True)
    assert (found.data.source, found.training.examples) == ("digits", 60_000)
    assert found.training.learning_rate == 1e-3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[model\n", "is not a TOML file"),
        (b"\xff\xfe", "is not a TOML file"),
        (b"[modle]\nbeta = 1\n", "'modle' is not a part of a recipe"),
        (b"beta = 1\n", "'beta' is not a part of a recipe"),
        (b"model = 1\n", "'model' is not a part of a recipe"),
    ],
)
def test_bad_toml(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        recipe.read_toml(path)
    assert str(path) in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InputError, match="cannot read the recipe"):
            recipe.read_toml(path)


def test_bad_values_in_toml_are_named(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("[model]\nbeta = [1]\n")
    with pytest.raises(InputError, match=r"model[.]beta takes a number"):
        made("vae", recipe.read_toml(path))


@pytest.mark.parametrize("version", [None, 0, 2, "1", 99])
def test_another_version_is_refused(version: Any) -> None:
    written = to_dict(made("vae", {})) | {"version": version}
    with pytest.raises(InputError, match=r"this recipe has version.*reads version 1"):
        from_dict(written, models.find("vae").Options)


def test_a_key_of_another_time_is_named() -> None:
    written = to_dict(made("vae", {}))
    written["model"]["gamma_ray"] = 3
    with pytest.raises(InputError, match=r"'model.gamma_ray' is not a setting of vae"):
        from_dict(written, models.find("vae").Options)


def test_a_key_that_an_older_recipe_lacks_has_its_default() -> None:
    written = to_dict(made("vae", {"beta": 3}))
    del written["training"]["keep"]
    assert from_dict(written, models.find("vae").Options) == made("vae", {"beta": 3})


@everyone
def test_a_recipe_does_not_change(name: str) -> None:
    found = made(name, {})
    for part in (found, found.options, found.data, found.training):
        field = dataclasses.fields(part)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, field, 1)
    written = to_dict(found)
    written["training"]["batch"] = 77
    assert found == made(name, {}), "what is written is a copy"


def test_a_key_of_an_unknown_type_fails_at_once() -> None:
    @dataclasses.dataclass(frozen=True)
    class Odd:
        when: complex = recipe.key(0, "a type without a converter")

    Odd.__annotations__["when"] = complex
    with pytest.raises(TypeError, match="no converter"):
        recipe._check_annotations(Odd)


@everyone
def test_options_have_types_that_can_be_converted(name: str) -> None:
    recipe._check_annotations(models.find(name).Options)
