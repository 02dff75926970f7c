"""Where the sun stands: the low-precision formulae of the Astronomical Almanac.

Good to about 0.01 degrees between 1950 and 2050 (refraction left out). Declination and
equation of time are evaluated once per hour, which adds at most another 0.01 degrees.
Results of trigonometry are rounded to 1e-9 so that no mathematics library shows through.
"""

from __future__ import annotations

import math
from typing import Final

DAY: Final = 86400.0
_J2000: Final = 946728000.0
# The disc's upper edge touches the horizon, refraction included.
_HORIZON: Final = math.sin(math.radians(-0.833))


class Sun:
    """The sun as seen from one place.

    Args:
        latitude: degrees, north positive.
        longitude: degrees, east positive.
    """

    def __init__(self, latitude: float, longitude: float) -> None:
        self._longitude = longitude
        self._sin_latitude = round(math.sin(math.radians(latitude)), 9)
        self._cos_latitude = round(math.cos(math.radians(latitude)), 9)
        self._hour = -1
        self._terms = (0.0, 0.0, 0.0)

    def terms(self, t: float) -> tuple[float, float, float]:
        """Return (a, b, shift) so that sin(elevation) = a + b * cos(hour angle).

        The hour angle in degrees is (t mod 86400) / 240 - 180 + shift. All three hold for
        the whole UTC hour that `t` (epoch seconds) lies in.
        """
        hour = int(t // 3600)
        if hour != self._hour:
            self._terms = self._geometry(hour * 3600.0 + 1800.0)
            self._hour = hour
        return self._terms

    def sine(self, t: float) -> float:
        """Return the sine of the sun's elevation at epoch second `t`."""
        a, b, shift = self.terms(t)
        return round(a + b * math.cos(math.radians(t % DAY / 240 - 180 + shift)), 9)

    def elevation(self, t: float) -> float:
        """Return the sun's elevation in degrees, without refraction."""
        return math.degrees(math.asin(max(-1.0, min(1.0, self.sine(t)))))

    def noon(self, after: float) -> float:
        """Return the first moment later than `after` at which the sun culminates."""
        t = after - self._hour_angle(after) * 240
        if t < after - 60:
            t += DAY
        for _ in range(2):
            t -= self._hour_angle(t) * 240
        t = float(round(t))
        return t if t > after else self.noon(after + 3600)

    def crossing(self, after: float, *, rising: bool) -> float:
        """Return the next sunrise or sunset later than `after`; every place has one a year."""
        t = float(int(after) + 1)
        above = self.sine(t) > _HORIZON
        while True:
            following = t + 300
            was, above = above, self.sine(following) > _HORIZON
            if above != was and above == rising:
                return self._refine(t, following, rising=rising)
            t = following

    def _hour_angle(self, t: float) -> float:
        """Return the hour angle in degrees, from -180 to 180, 0 at noon."""
        return (t % DAY / 240 + self.terms(t)[2]) % 360 - 180

    def _refine(self, low: float, high: float, *, rising: bool) -> float:
        while high - low > 1:
            middle = float((low + high) // 2)
            if (self.sine(middle) > _HORIZON) == rising:
                high = middle
            else:
                low = middle
        return high

    def _geometry(self, t: float) -> tuple[float, float, float]:
        days = (t - _J2000) / DAY
        mean_longitude = 280.460 + 0.9856474 * days
        anomaly = math.radians((357.528 + 0.9856003 * days) % 360)
        ecliptic = math.radians(
            (mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly)) % 360
        )
        obliquity = math.radians(23.439 - 0.0000004 * days)
        sine = math.sin(obliquity) * math.sin(ecliptic)
        cosine = math.sqrt(1 - sine * sine)
        right_ascension = math.degrees(
            math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
        )
        equation = (mean_longitude - right_ascension + 180) % 360 - 180
        return (
            round(self._sin_latitude * sine, 9),
            round(self._cos_latitude * cosine, 9),
            round(equation + self._longitude, 9),
        )
