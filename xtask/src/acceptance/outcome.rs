//! What a run said, read from its report.

use std::fmt;

use serde_json::Value;

use crate::error::XtaskError;

/// What a run said.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// The exit code of the process.
    pub exit_code: i32,
    /// `open` or `closed`.
    pub gate_status: String,
    /// Why, in the report's words.
    pub because: String,
    /// Benchmarks with a regressed series, each once, sorted.
    pub regressed_benchmarks: Vec<String>,
    /// How many series the report holds.
    series: usize,
}

impl Outcome {
    /// Reads a `plimsoll.report/1`.
    pub fn read(exit_code: i32, report: &str) -> Result<Self, XtaskError> {
        let report: Value = serde_json::from_str(report).map_err(|source| XtaskError::Json {
            what: format!("the report of a run that ended with {exit_code}"),
            source,
        })?;
        if report["format"] != "plimsoll.report/1" {
            return Err(XtaskError::Expectation(format!("this is no report: {report}")));
        }
        let series = report["series"].as_array().map(Vec::as_slice).unwrap_or_default();
        let regressed = series.iter().filter(|series| series["verdict"] == "regressed");
        let mut regressed_benchmarks: Vec<String> =
            regressed.map(|series| text(&series["benchmark"])).collect();
        regressed_benchmarks.sort();
        regressed_benchmarks.dedup();
        Ok(Self {
            exit_code,
            gate_status: text(&report["gate"]["status"]),
            because: text(&report["gate"]["because"]),
            regressed_benchmarks,
            series: series.len(),
        })
    }
}

impl Outcome {
    /// Whether this benchmark regressed and no other did, but for those that it is a part of: a phase slows the whole run.
    pub fn names_only(&self, benchmark: &str) -> bool {
        let named = |name: &String| name.ends_with(benchmark);
        let whole =
            |name: &String| benchmark.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let regressed = &self.regressed_benchmarks;
        regressed.iter().filter(|name| named(name)).count() == 1
            && regressed.iter().all(|name| named(name) || whole(name))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit {}, gate {} ({}), {} series, regressed: [{}]",
            self.exit_code,
            self.gate_status,
            self.because,
            self.series,
            self.regressed_benchmarks.join(", ")
        )
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_names_only(regressed: &[&str], benchmark: &str, expected: bool) {
        let report = format!(
            r#"{{"format": "plimsoll.report/1", "series": [{}]}}"#,
            regressed
                .iter()
                .map(|name| format!(r#"{{"benchmark": "{name}", "verdict": "regressed"}}"#))
                .collect::<Vec<_>>()
                .join(",")
        );
        let outcome = Outcome::read(1, &report).expect("a report");
        assert_eq!(outcome.names_only(benchmark), expected);
    }

    #[test]
    fn a_phase_slows_what_it_is_a_part_of() {
        check_names_only(&["pipeline", "pipeline/pricing"], "pipeline/pricing", true);
        check_names_only(&["pipeline/pricing"], "pipeline/pricing", true);
        check_names_only(&["pipeline"], "pipeline/pricing", false);
        check_names_only(&["pipeline/parsing", "pipeline/pricing"], "pipeline/pricing", false);
        check_names_only(&["pipe", "pipeline/pricing"], "pipeline/pricing", false);
        check_names_only(&[], "pipeline/pricing", false);
    }

    #[test]
    fn a_report_is_read() {
        let report = r#"{"format": "plimsoll.report/1", "gate": {"status": "closed", "exit_code": 1, "because": "why"},
            "series": [{"benchmark": "b", "verdict": "regressed", "metric": "time"},
                       {"benchmark": "a", "verdict": "unchanged"},
                       {"benchmark": "b", "verdict": "regressed", "metric": "cpu_time"}]}"#;
        let outcome = Outcome::read(1, report).expect("a report");
        assert_eq!(outcome.to_string(), "exit 1, gate closed (why), 3 series, regressed: [b]");
        assert!(outcome.names_only("b") && !outcome.names_only("a"));
        assert!(Outcome::read(0, "{}").is_err());
        assert!(Outcome::read(0, "text").is_err());
    }
}
