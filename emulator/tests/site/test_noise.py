"""Tests of site/noise.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site.noise import Noise, lanes, splitmix64


def test_published_words():
    """The hash gives the published outputs of splitmix64 for seeds 0 and 1234567."""
    assert splitmix64(0) == 0xE220A8397B1DCDAF
    assert splitmix64(1234567) == 6457827717110365317
    assert splitmix64(1234567 + 0x9E3779B97F4A7C15) == 3203168211198807973


def test_golden_samples():
    """A stream is the same on every platform and in every release."""
    noise = Noise(1, "load")
    words = [noise.word(index) >> 32 for index in (0, 1, -1)]
    assert words == [203055832, 3081572501, 281839057]


@given(st.integers(0, 2**70), st.text(max_size=8), st.integers(-(2**40), 2**40))
def test_samples_depend_on_their_place_only(seed: int, stream: str, index: int):
    """Two instances agree whatever either was asked before."""
    noise, other = Noise(seed, stream), Noise(seed, stream)
    other.word(index + 1)
    assert noise.word(index) == other.word(index)
    assert 0 <= noise.unit(index) < 1


def test_streams_and_seeds_differ():
    """Another stream or another seed gives other samples."""
    words = {Noise(seed, stream).word(7) for seed in (1, 2) for stream in ("a", "b")}
    assert len(words) == 4


def test_unit_is_evenly_spread():
    """Samples fill [0, 1) evenly."""
    noise = Noise(3, "spread")
    samples = [noise.unit(index) for index in range(4000)]
    assert abs(sum(samples) / 4000 - 0.5) < 0.02
    assert all(
        300 < sum(n / 10 <= sample < (n + 1) / 10 for sample in samples) < 500 for n in range(10)
    )


def test_smooth_meets_the_samples():
    """Between two integer positions the value moves on a straight line."""
    noise = Noise(3, "smooth")
    assert noise.smooth(5.0) == noise.unit(5)
    assert noise.smooth(5.5) == (noise.unit(5) + noise.unit(6)) / 2


def test_lanes_split_a_word():
    """Each quarter of the word becomes a number from -1 to just below 1."""
    assert lanes(0xFFFF_C000_8000_0000) == (-1.0, 0.0, 0.5, 1 - 1 / 32768)
