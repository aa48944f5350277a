//! How a series is named.

use std::fmt;

use crate::Parameters;

/// What makes two measurements comparable, besides the project: suite, testbed, benchmark, parameters, metric.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesKey {
    /// The suite that measured it.
    pub suite: String,
    /// The class of machine.
    pub testbed: String,
    /// The benchmark's full name.
    pub benchmark: String,
    /// The benchmark's parameters.
    pub parameters: Parameters,
    /// The metric's name.
    pub metric: String,
}

impl SeriesKey {
    /// Whether it is the first calls of something in a process, told apart by the parameter `start=cold`.
    pub fn is_first_call(&self) -> bool {
        self.parameters.get("start").is_some_and(|start| start == "cold")
    }

    /// `benchmark{parameter=value}#metric`, the part of the name that is shown where the suite is clear.
    pub fn short(&self) -> String {
        let mut text = self.benchmark.clone();
        if !self.parameters.is_empty() {
            text.push('{');
            for (index, (name, value)) in self.parameters.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(name);
                text.push('=');
                text.push_str(value);
            }
            text.push('}');
        }
        text.push('#');
        text.push_str(&self.metric);
        text
    }

    /// Whether `text` names this series: its full name or its name with any of suite, parameters and metric
    /// left out. Comparing against what a series could be called, not taking the text apart, means that a
    /// benchmark may be called anything, `a::b#c{d}` included.
    pub fn is_called(&self, text: &str) -> bool {
        let suite_prefix = format!("{}:", self.suite);
        let rest = text.strip_prefix(suite_prefix.as_str());
        self.is_called_without_suite(text) || rest.is_some_and(|rest| self.is_called_without_suite(rest))
    }

    fn is_called_without_suite(&self, text: &str) -> bool {
        let short = self.short();
        let without_metric = &short[..short.len() - self.metric.len() - 1];
        let metric_tail = &short[without_metric.len()..];
        text == self.benchmark
            || text == without_metric
            || text == short
            || text.strip_suffix(metric_tail).is_some_and(|head| head == self.benchmark)
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.suite, self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(benchmark: &str) -> SeriesKey {
        SeriesKey {
            suite: "fast".to_owned(),
            testbed: "t".to_owned(),
            benchmark: benchmark.to_owned(),
            parameters: Parameters::from([("n", "8")]),
            metric: "time".to_owned(),
        }
    }

    #[test]
    fn any_part_may_be_left_out() {
        let key = key("a::b");
        for name in [
            "fast:a::b{n=8}#time",
            "a::b{n=8}#time",
            "a::b#time",
            "a::b{n=8}",
            "a::b",
            "fast:a::b",
            "fast:a::b#time",
        ] {
            assert!(key.is_called(name), "{name}");
        }
        for name in ["a", "a::b#cpu_time", "slow:a::b", "a::b{n=9}", ""] {
            assert!(!key.is_called(name), "{name}");
        }
    }
}
