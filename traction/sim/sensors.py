"""What the simulated sensors add: noise, offset and resolution, all from one seed."""

from __future__ import annotations

import numpy as np

from traction.sim.motion import Floats

NOISE_MN = 400.0  # standard deviation of one load-cell reading: design figure of the simulated table
MAX_OFFSET_MN = 500.0  # a load cell is tared to better than this
CELL_STEP_MN = 100.0
ENCODER_STEP_UM = 10.0
BLOCK = 4096  # ticks of noise drawn at once


class Noise:
    """Seeded load-cell noise and offsets, mN; equal seeds give equal numbers on one NumPy version.

    Source: NumPy's PCG64 and SeedSequence streams, whose stability NEP 19 describes.
    """

    __slots__ = ("_generator", "boot_id", "offsets_mn")

    def __init__(self, seed: int) -> None:
        sequence = np.random.SeedSequence(seed)
        self.boot_id = int(sequence.generate_state(1)[0]) >> 1
        self._generator = np.random.Generator(np.random.PCG64(sequence))
        a, b = self._generator.uniform(-MAX_OFFSET_MN, MAX_OFFSET_MN, 2).tolist()
        self.offsets_mn: tuple[float, float] = (a, b)

    def draw(self, into: Floats) -> None:
        """Fill ``into`` with the next noise, mN, in the order the ticks will use it."""
        self._generator.standard_normal(out=into)
        into *= NOISE_MN
