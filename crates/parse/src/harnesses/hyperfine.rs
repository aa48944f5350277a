//! hyperfine's JSON (`--export-json`).
//!
//! The benchmark is the command or its `--command-name`; `--parameter-…` become parameters. A command that
//! failed in any of its runs has the outcome failed.
//!
//! | field | metric | role |
//! |---|---|---|
//! | `median`, else `mean` | `time`, s, lower is better | headline |
//! | `mean`, `stddev`, `min`, `max` | `time` | estimates |
//! | `times[]` | `time` | samples |
//! | `user` + `system` | `cpu_time`, s, lower is better | headline `mean`, estimates `user` and `system` |
//! | `memory_usage_byte[]` | `peak_rss`, bytes, lower is better | headline `median`, samples |
//! | `exit_codes[]` | | outcome |

use std::collections::BTreeMap;
use std::marker::PhantomData;

use plimsoll_model::{Complaint, Direction, Measurement, Metric, Outcome, Parameters, Unit, name};
use serde::Deserialize;

use crate::json::read_json;
use crate::samples::{SampleBudget, Samples};
use crate::{Harness, Input, ParseError, Parsed};

/// hyperfine writes seconds.
const NANOSECONDS: f64 = 1e9;

#[derive(Deserialize)]
struct Export {
    results: Vec<ResultEntry>,
}

#[derive(Deserialize)]
struct ResultEntry {
    command: Option<String>,
    mean: Option<f64>,
    median: Option<f64>,
    stddev: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    user: Option<f64>,
    system: Option<f64>,
    times: Option<Samples>,
    memory_usage_byte: Option<Samples>,
    exit_codes: Option<Vec<Option<i32>>>,
    #[serde(default)]
    parameters: BTreeMap<String, serde_json::Value>,
}

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    let mut budget = SampleBudget::new();
    for input in inputs {
        let document = read_json(Harness::Hyperfine, input, PhantomData::<Export>)?;
        parsed.complaints.extend(document.complaints);
        for (index, entry) in document.value.results.into_iter().enumerate() {
            if let Err(reason) = entry.measure(&mut budget, &mut parsed) {
                parsed.complaints.push(
                    Complaint::new(format!("results[{index}]: left out, {reason}")).in_source(input.name),
                );
            }
        }
    }
    budget.finish(&mut parsed.complaints);
    Ok(parsed)
}

impl ResultEntry {
    fn measure(self, budget: &mut SampleBudget, parsed: &mut Parsed) -> Result<(), String> {
        let Some(command) = &self.command else {
            return Err("it has no `command`".to_owned());
        };
        let (statistic, value) = match (self.median, self.mean) {
            (Some(median), _) => (name!("median"), median),
            (None, Some(mean)) => (name!("mean"), mean),
            (None, None) => return Err(format!("`{command}` has neither `median` nor `mean`")),
        };
        let mut shared = Measurement::new(Harness::Hyperfine, command, Metric::time(), 0.0);
        shared.parameters = self.parameters();
        shared.outcome = self.outcome(command, parsed);
        shared.iterations = self.times.as_ref().map(Samples::count).into();

        let mut time = shared.clone();
        time.value = value * NANOSECONDS;
        time.statistic = statistic;
        let estimates = [
            (name!("mean"), self.mean),
            (name!("std_dev"), self.stddev),
            (name!("min"), self.min),
            (name!("max"), self.max),
        ];
        for (name, value) in estimates {
            if let Some(value) = value {
                time.estimates.insert(name, value * NANOSECONDS);
            }
        }
        if let Some(mut times) = self.times {
            times.scale(NANOSECONDS);
            budget.fill(&mut time, &times, &mut parsed.complaints);
        }
        parsed.measurements.push(time);

        if let (Some(user), Some(system)) = (self.user, self.system) {
            let mut cpu_time = shared.clone();
            cpu_time.metric = Metric::new(name!("cpu_time"), Unit::NANOSECONDS, Direction::Lower);
            cpu_time.value = (user + system) * NANOSECONDS;
            cpu_time.statistic = name!("mean");
            cpu_time.estimates.insert(name!("user"), user * NANOSECONDS);
            cpu_time.estimates.insert(name!("system"), system * NANOSECONDS);
            parsed.measurements.push(cpu_time);
        }
        if let Some(memory) = self.memory_usage_byte
            && let Some(median) = memory.median()
        {
            let mut peak_rss = shared;
            peak_rss.metric = Metric::new(name!("peak_rss"), Unit::BYTES, Direction::Lower);
            peak_rss.value = median;
            peak_rss.statistic = name!("median");
            budget.fill(&mut peak_rss, &memory, &mut parsed.complaints);
            parsed.measurements.push(peak_rss);
        }
        Ok(())
    }

    fn parameters(&self) -> Parameters {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// Failed when any run ended with another code than 0 or was killed by a signal, which has no code.
    fn outcome(&self, command: &str, parsed: &mut Parsed) -> Outcome {
        let codes = self.exit_codes.as_deref().unwrap_or_default();
        let failed = codes.iter().filter(|code| **code != Some(0)).count();
        if failed == 0 {
            return Outcome::Success;
        }
        parsed.complaints.push(Complaint::new(format!(
            "{command}: {failed} of {} runs failed, its values enter no baseline",
            codes.len()
        )));
        Outcome::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[&str], complaints: &[&str]) {
        let mut reader = json.as_bytes();
        let mut inputs = [Input { name: "h.json", modified: None, reader: &mut reader }];
        let parsed = parse(&mut inputs).expect("JSON");
        let seen: Vec<_> = parsed
            .measurements
            .iter()
            .map(|m| {
                let unit = m.metric.unit.symbol();
                format!(
                    "{} {:?} {} {} {unit} {:?} {:?}",
                    m.benchmark, m.parameters, m.metric.name, m.value, m.samples, m.outcome
                )
            })
            .collect();
        assert_eq!(seen, expected);
        let said: Vec<_> = parsed.complaints.iter().map(|complaint| complaint.message.as_str()).collect();
        assert_eq!(said, complaints);
    }

    #[test]
    fn a_command_has_time_processor_time_and_memory() {
        check(
            r#"{"results": [{"command": "sleep 1", "mean": 1.5, "stddev": null, "median": 1.25, "user": 0.5, "system": 0.25,
                "min": 1, "max": 2, "times": [1, 1.25, 2], "memory_usage_byte": [100, 300, 200], "exit_codes": [0, 0, 0],
                "parameters": {"delay": "1"}}]}"#,
            &[
                r#"sleep 1 {"delay": "1"} time 1250000000 ns [1000000000.0, 1250000000.0, 2000000000.0] Success"#,
                r#"sleep 1 {"delay": "1"} cpu_time 750000000 ns [] Success"#,
                r#"sleep 1 {"delay": "1"} peak_rss 200 bytes [100.0, 300.0, 200.0] Success"#,
            ],
            &[],
        );
    }

    #[test]
    fn failures_and_gaps_are_named() {
        check(
            r#"{"results": [{"command": "false", "mean": 2, "exit_codes": [1, null, 0]}, {"command": "odd"}, {"mean": 1}]}"#,
            &["false {} time 2000000000 ns [] Failed"],
            &[
                "false: 2 of 3 runs failed, its values enter no baseline",
                "results[1]: left out, `odd` has neither `median` nor `mean`",
                "results[2]: left out, it has no `command`",
            ],
        );
    }
}
