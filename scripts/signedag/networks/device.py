"""Where networks run."""

from __future__ import annotations

import os

import torch


def choose_device() -> torch.device:
    """Give the first CUDA device if torch finds one, else the CPU."""
    return torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")


def make_deterministic() -> None:
    """Make torch give the same bytes on every run: one thread and deterministic kernels."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it CUDA refuses deterministic kernels
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
