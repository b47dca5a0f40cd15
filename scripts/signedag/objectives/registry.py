"""The objective terms by the names that settings use."""

from __future__ import annotations

from signedag.objectives.batch import ObjectiveTerm
from signedag.objectives.cross_entropy import cross_entropy
from signedag.objectives.density_ratio import density_ratio
from signedag.objectives.joint import joint_cross_entropy, joint_cross_entropy_through_weights, sign_cross_entropy

TERMS: dict[str, ObjectiveTerm] = {
    "cross_entropy": cross_entropy,
    "density_ratio": density_ratio,
    "joint_cross_entropy": joint_cross_entropy,
    "joint_cross_entropy_through_weights": joint_cross_entropy_through_weights,
    "sign_cross_entropy": sign_cross_entropy,
}
