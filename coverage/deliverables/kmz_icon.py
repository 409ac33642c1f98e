"""The dot that marks a site on a globe: white, so that a style's colour is the colour seen.

A globe multiplies the icon by the style's colour, and its own default icon is a yellow pin: blue
would come out nearly black. The dot travels inside the archive, so nothing is fetched.
"""

import io
from functools import cache
from typing import Any, Final

import numpy as np
from matplotlib.image import imsave

ICON_NAME: Final = "files/dot.png"
_SIZE: Final = 64  # the size at which a globe shows an icon of scale 1 [pixel]
_RADIUS: Final = 27.0  # [pixel]
_RIM: Final = 5.0  # [pixel]
_RIM_SHADE: Final = 60  # of 255: dark in every colour, parts neighbours of one colour


@cache
def dot_png() -> bytes:
    """A white disc with a dark rim on nothing, as PNG."""
    axis = np.arange(_SIZE) - (_SIZE - 1) / 2
    away = np.hypot(axis[:, None], axis[None, :])
    shade = np.where(away > _RADIUS - _RIM, _RIM_SHADE, 255)
    opacity = 255 * np.clip(_RADIUS + 0.5 - away, 0, 1)
    picture = np.dstack([shade, shade, shade, opacity]).round().astype(np.uint8)
    target = io.BytesIO()
    unsaid: Any = {"Software": None}  # the stubs know text alone; None leaves the field out
    imsave(target, picture, format="png", metadata=unsaid)
    return target.getvalue()
