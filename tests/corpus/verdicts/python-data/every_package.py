#: claim = "Imports every package, and one of each kind computes."
#: verdict = "AC"
#: time_limit_ms = 15000
#: wall_time_limit_ms = 20000
import bs4
import dateutil.parser
import hypothesis
import lxml.etree
import matplotlib.pyplot as plt
import more_itertools
import networkx
import numpy as np
import pandas as pd
import PIL.Image
import pytest
import regex
import requests
import scipy.optimize
import sklearn.linear_model
import sortedcontainers
import statsmodels.api
import sympy
import tabulate
import yaml

count, numbers = int(input()), np.array(input().split(), dtype=float)
x = sympy.Symbol("x")
assert sympy.integrate(2 * x, x) == x**2
assert scipy.optimize.minimize(lambda v: (v[0] - 3) ** 2, [0.0]).x[0] == pytest.approx(3, abs=1e-3)
assert sklearn.linear_model.LinearRegression().fit([[0], [1]], [0, 2]).coef_[0] == pytest.approx(2)
assert networkx.shortest_path(networkx.path_graph(4), 0, 3) == [0, 1, 2, 3]
assert bs4.BeautifulSoup("<p>a</p>", "lxml").p.text == "a"
assert yaml.safe_load("a: [1]") == {"a": [1]}
assert regex.fullmatch(r"\p{Lu}+", "ÄÖ")
assert dateutil.parser.parse("2026-01-02").day == 2
assert PIL.Image.new("RGB", (2, 2)).size == (2, 2)
plt.plot(numbers)
plt.savefig("plot.png")
print(int(pd.Series(numbers).sum()))
