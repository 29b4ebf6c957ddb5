"""Python with numpy and others: a plot comes back as a picture."""

import base64
import io

import httpx2
import pytest
from PIL import Image

from tests.corpus.running import execute
from tests.harness.tested import named
from zuko.languages.language import Language

PLOT = """\
import matplotlib.pyplot as plt
import numpy as np

figure = plt.figure(figsize=(2, 1), dpi=100, facecolor="white")
axes = figure.add_axes([0, 0, 1, 1])
axes.axis("off")
axes.set_xlim(0, 1)
axes.set_ylim(0, 1)
axes.fill_between(np.linspace(0, 0.5), 0, 1, color="red", linewidth=0)
figure.savefig("out.png")
"""


@pytest.mark.parametrize("language", named("python-data"), ids=lambda language: language.name)
def test_a_plot_comes_back(api: httpx2.Client, language: Language) -> None:
    """Its left half is red, its right half white."""
    request = {"language": language.name, "code": PLOT, "timeout": 20, "artifacts": ["*.png"]}
    response = execute(api, request)
    assert (response["status"], response["stderr"]) == ("OK", "")
    (artifact,) = response["artifacts"]
    assert artifact["name"] == "out.png"
    picture = Image.open(io.BytesIO(base64.b64decode(artifact["content"]))).convert("RGB")
    assert picture.size == (200, 100)
    assert picture.getpixel((50, 50)) == (255, 0, 0)
    assert picture.getpixel((150, 50)) == (255, 255, 255)
