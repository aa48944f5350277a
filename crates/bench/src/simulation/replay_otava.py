"""Replays series through Apache Otava, commit by commit.

Standard input: one JSON array of numbers a line. Standard output: for each, an array of [raised_at, began]: the
upward change points that Otava lists after the commit `raised_at` and did not list, within five commits, the commit
before. The only argument is `min_magnitude` as a fraction; all else is Otava's default.
"""

import json
import sys

from otava.series import AnalysisOptions, Metric, Series

FIRST_ANALYSED = 10
SAME_CHANGE = 5


def rises(analyzed):
    return [int(point.index) for point in analyzed.change_points["value"] if point.stats.mean_2 > point.stats.mean_1]


def alerts(values, options):
    start = values[:FIRST_ANALYSED]
    series = Series(
        test_name="series",
        branch=None,
        time=list(range(len(start))),
        metrics={"value": Metric()},
        data={"value": list(start)},
        attributes={},
    )
    analyzed = series.analyze(options)
    listed = rises(analyzed)
    raised = [[len(start) - 1, began] for began in listed]
    for index in range(len(start), len(values)):
        analyzed.append(time=[index], new_data={"value": [values[index]]}, attributes={})
        now = rises(analyzed)
        raised += [
            [index, began] for began in now if all(abs(began - earlier) > SAME_CHANGE for earlier in listed)
        ]
        listed = now
    return raised


def main():
    options = AnalysisOptions()
    options.min_magnitude = float(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(alerts(json.loads(line), options)), flush=True)


if __name__ == "__main__":
    main()
