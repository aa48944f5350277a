"""Times other libraries on a series: the argument is a file with a JSON array of numbers; prints seconds as JSON.

ruptures needs time that grows with the square of the length: it is left out beyond a few thousand values.
"""

import json
import sys
import time

import numpy
import ruptures
from otava.series import AnalysisOptions, Metric, Series

RUPTURES_AT_MOST = 2_000


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def otava(values):
    series = Series(
        test_name="series",
        branch=None,
        time=list(range(len(values))),
        metrics={"value": Metric()},
        data={"value": list(values)},
        attributes={},
    )
    return series.analyze(AnalysisOptions())


def pelt(values):
    noise = numpy.median(numpy.abs(numpy.diff(values))) * 1.4826 / numpy.sqrt(2)
    scaled = (values / noise).reshape(-1, 1)
    return ruptures.Pelt(model="l2", min_size=2, jump=1).fit(scaled).predict(pen=3 * numpy.log(len(values)))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        values = json.load(file)
    timed = {"Otava 0.8.0": seconds(lambda: otava(values))}
    if len(values) <= RUPTURES_AT_MOST:
        timed["ruptures 1.1.10 (PELT)"] = seconds(lambda: pelt(numpy.array(values)))
    print(json.dumps(timed))


if __name__ == "__main__":
    main()
