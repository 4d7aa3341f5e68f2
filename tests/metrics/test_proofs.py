"""Each measure has a known answer, an oracle, and changes that must not matter: where they are."""

import re
from pathlib import Path

import pytest

from makebelieve.metrics.suite import METRICS

HERE = Path(__file__).parent

NEIGHBOURS = (
    "neighbours:a_line_by_hand",
    "neighbours:it_agrees_with_the_prdc_package",
    "neighbours:neither_order_nor_rotation_nor_shift_nor_blocks_matter",
)
CLASSES = (
    "modes:histograms",
    "oracles:classes_against_numpy",
    "oracles:neither_the_order_nor_the_names_of_classes_matter",
)
POINTS = (
    "modes:the_true_density_has_all_modes",
    "oracles:modes_of_points_by_a_tree",
    "oracles:modes_of_a_ring_that_is_turned_by_one_place",
)
STACKED = (
    "modes:stacked_digits_have_a_thousand_modes",
    "oracles:stacked_modes_by_counting_triples",
    "oracles:stacked_modes_by_counting_triples",
)
COPIES = "copies:neither_order_nor_rotation_nor_shift_matter"
MIRROR = "oracles:pictures_may_be_mirrored"
WEAVE = "pictures:a_weave_is_seen_and_real_pictures_have_none"
BOUND = (
    "codes:bounds_reach_the_truth_where_the_posterior_is_exact",
    "oracles:bounds_and_gaps_by_hand",
    "oracles:bounds_and_gaps_of_examples_in_another_order",
)
CODES = "codes:neither_order_nor_parts_matter"
UNITS = ("codes:kl_and_active_units", "oracles:units_are_numpys_variance")
KL = (*("codes:kl_and_active_units",) * 2, "oracles:dimensions_of_the_code_may_change_places")
CONTEST = ("contest:a_discriminator_that_knows_by_heart", *("oracles:a_contest_by_counting",) * 2)
GRADIENTS = ("contest:slopes_and_gradients", *("oracles:lengths_of_gradients_by_autograd",) * 2)
SLOPES = ("contest:slopes_and_gradients", *("oracles:slopes_by_finite_differences",) * 2)
OUTSIDE = (
    "contest:sure_of_nonsense",
    *("oracles:sureness_outside_is_the_area_under_the_curve",) * 2,
)
RENAMED = "oracles:accuracy_and_calibration_ignore_order_and_names"
ATTACK = (
    "contest:a_linear_judge_is_attacked_where_it_is_weak",
    *("oracles:an_attack_by_finite_differences",) * 2,
)
SHORTCUT = ("contest:a_shortcut_is_found_where_it_is", *("oracles:a_shortcut_by_loops",) * 2)

PROOFS = {
    "fd": (
        "frechet:one_dimension_by_hand",
        "frechet:it_agrees_with_sqrtm",
        "frechet:neither_order_nor_rotation_nor_shift_matter",
    ),
    "kid": (
        "kernel:by_hand",
        "kernel:it_agrees_with_torchmetrics",
        "kernel:neither_order_nor_rotation_nor_shift_nor_scale_matter",
    ),
    **dict.fromkeys(
        ("precision", "recall", "density", "coverage", "clipped-density", "clipped-coverage"),
        NEIGHBOURS,
    ),
    **dict.fromkeys(("class-distance", "classes-found"), CLASSES),
    **dict.fromkeys(("modes-found", "modes-good"), POINTS),
    **dict.fromkeys(("stacked-modes", "stacked-kl"), STACKED),
    "auth-pct": (
        "copies:half_copies_read_as_half",
        "copies:authenticity_against_looking_at_every_pair",
        COPIES,
    ),
    "near-copies": (
        "copies:copies_are_found_and_new_ones_pass",
        "oracles:near_copies_by_looking_at_every_pair",
        COPIES,
    ),
    "copy-test": (
        "copies:copies_are_found_and_new_ones_pass",
        "copies:the_statistic_is_scipys",
        COPIES,
    ),
    "spectrum-ratio": (
        "pictures:a_sine_lands_on_its_frequency",
        "oracles:fine_detail_is_numpys",
        MIRROR,
    ),
    "laplacian-ratio": (
        "pictures:blur_and_noise_are_seen",
        "oracles:sharpness_is_scipys_laplacian",
        MIRROR,
    ),
    "checker-peak": (WEAVE, "oracles:the_peak_of_a_weave_by_a_plain_sum", MIRROR),
    "checker-phases": (WEAVE, "oracles:the_detail_of_phases_by_loops", MIRROR),
    "checker-seams": ("pictures:seams_of_blocks", "oracles:the_seams_of_blocks_by_loops", MIRROR),
    "checker-places": (
        "pictures:places_of_a_raster_are_told",
        "oracles:places_of_a_raster_by_scikit_learn",
        MIRROR,
    ),
    **dict.fromkeys(("elbo", "iwae-100"), BOUND),
    **dict.fromkeys(("kl", "live-dimensions"), KL),
    "active-units": (*UNITS, "oracles:units_are_numpys_variance"),
    "mutual-information": (*("codes:information_is_that_of_two_normals",) * 2, CODES),
    "shuffle-gap": (*("codes:the_gap_is_what_the_code_is_worth",) * 2, CODES),
    "aggregate-mismatch": (*("codes:the_aggregate_fills_the_prior_or_leaves_holes",) * 2, CODES),
    "prior-hole": (
        "suite:what_is_planted_is_seen_by_what_looks_for_it",
        "oracles:a_hole_is_a_ratio_of_two_distances",
        "oracles:a_hole_does_not_depend_on_the_order_of_held_out_examples",
    ),
    "path-length": (
        "codes:the_path_of_a_linear_map",
        "oracles:paths_by_the_jacobian",
        "oracles:paths_may_be_turned",
    ),
    **dict.fromkeys(
        ("r-t", "r-v", "called-real-train", "called-real-held", "called-fake", "ahead"), CONTEST
    ),
    **dict.fromkeys(("gradient-discriminator", "gradient-generator"), GRADIENTS),
    **dict.fromkeys(("slope-real", "slope-fake"), SLOPES),
    "accuracy": (
        "contest:calibration_agrees_with_torchmetrics",
        "contest:calibration_agrees_with_torchmetrics",
        RENAMED,
    ),
    "calibration-error": (
        "contest:calibration_of_known_cases",
        "contest:calibration_agrees_with_torchmetrics",
        RENAMED,
    ),
    **dict.fromkeys(
        ("noise-confidence", "noise-auroc", "inverted-confidence", "inverted-auroc"), OUTSIDE
    ),
    **dict.fromkeys(("attacked-accuracy", "jittered-accuracy"), ATTACK),
    **dict.fromkeys(("shortcut-fall", "shortcut-follows"), SHORTCUT),
}
"""Measure → the tests of a known answer, of an oracle, and of changes that must not matter.

An oracle is somebody else's arithmetic for the same number: a package, a formula in closed form, or
plain loops. Where a closed form is both, one test serves twice.
"""


def family(name: str) -> str:
    """Leave out the features that a measure looks at: the arithmetic is the same."""
    return re.sub("-(random-conv|judge|pixels)$", "", name)


@pytest.mark.parametrize("name", sorted({family(name) for name in METRICS}))
def test_every_measure_is_proved(name):
    for proof in PROOFS[name]:
        file, test = proof.split(":")
        assert f"def test_{test}(" in (HERE / f"test_{file}.py").read_text("utf-8"), proof


def test_no_proof_is_of_a_measure_that_is_gone():
    assert PROOFS.keys() == {family(name) for name in METRICS}
