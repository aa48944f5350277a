//! Metrics that are computed from other metrics of the same run.

mod dimension;
mod expression;

use std::fmt;

use crate::{Complaint, Direction, Measurement, Metric, Outcome, Run, Unit, name};
use dimension::Amount;
pub use expression::{Expression, ExpressionError, ExpressionProblem};
use expression::{Node, Operator};

/// The harness that derived measurements are said to come from.
pub const DERIVED_HARNESS: &str = "derived";

/// A metric that is computed from other metrics of the same run. Its measurement has the harness `derived`,
/// and the benchmark and the metric are both called by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// Its name.
    pub name: String,
    /// How it is computed.
    pub expression: Expression,
    /// The normalised unit the result must have; `None` takes the unit that the operands give.
    pub unit: Option<Unit>,
    /// Which way is better.
    pub direction: Direction,
}

/// Why a derived metric has no value in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum NotComputable {
    /// The run holds no measurement of that name.
    NotMeasured(String),
    /// The benchmark was run and did not succeed.
    NotSuccessful(String),
    /// The name fits several measurements; two of them are given.
    Ambiguous(String, String, String),
    /// Two amounts of different dimension were added or subtracted.
    Dimensions(String, String),
    /// The result has another dimension than the declared unit: result, declared.
    Unit(String, String),
    /// A division by zero.
    DivisionByZero,
    /// A number outgrew what can be represented.
    NotFinite,
}

impl fmt::Display for NotComputable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMeasured(name) => write!(f, "`{name}` was not measured"),
            Self::NotSuccessful(name) => write!(f, "`{name}` did not succeed"),
            Self::Ambiguous(name, one, other) => {
                write!(f, "`{name}` may mean `{one}` or `{other}`")
            }
            Self::Dimensions(left, right) => {
                write!(f, "`{left}` and `{right}` cannot be added or subtracted")
            }
            Self::Unit(result, declared) => {
                write!(f, "the result is in `{result}`, the declared unit is `{declared}`")
            }
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::NotFinite => f.write_str("the result is not a finite number"),
        }
    }
}

impl std::error::Error for NotComputable {}

impl Derived {
    /// Computes the metric from what `run` measured. Only successful measurements count.
    pub fn evaluate(&self, run: &Run) -> Result<Measurement, NotComputable> {
        let amount = evaluate(self.expression.root(), run)?;
        let unit = match &self.unit {
            Some(unit) => unit.clone(),
            None => amount.natural_unit(),
        };
        let value = amount.in_unit(&unit).ok_or_else(|| {
            NotComputable::Unit(amount.natural_unit().symbol().to_owned(), unit.symbol().to_owned())
        })?;
        if !value.is_finite() {
            return Err(NotComputable::NotFinite);
        }
        let metric = Metric::new(&self.name, unit, self.direction);
        Ok(Measurement {
            statistic: name!(DERIVED_HARNESS),
            ..Measurement::new(DERIVED_HARNESS, &self.name, metric, value)
        })
    }
}

/// Computes all of `derived`; what cannot be computed becomes a complaint that says why.
pub fn derive(derived: &[Derived], run: &Run) -> (Vec<Measurement>, Vec<Complaint>) {
    let mut measurements = Vec::new();
    let mut complaints = Vec::new();
    for one in derived {
        match one.evaluate(run) {
            Ok(measurement) => measurements.push(measurement),
            Err(why) => {
                complaints.push(Complaint::new(format!("derived `{}` is not computable: {why}", one.name)));
            }
        }
    }
    (measurements, complaints)
}

fn evaluate(node: &Node, run: &Run) -> Result<Amount, NotComputable> {
    match node {
        Node::Number(number) => Ok(Amount::plain(*number)),
        Node::Series(name) => measured(name, run),
        Node::Negated(inner) => Ok(evaluate(inner, run)?.negated()),
        Node::Binary { operator, left, right } => {
            let (left, right) = (evaluate(left, run)?, evaluate(right, run)?);
            match operator {
                Operator::Add => left.plus(right),
                Operator::Subtract => left.plus(right.negated()),
                Operator::Multiply => Ok(left.times(&right)),
                Operator::Divide => left.divided_by(&right),
            }
        }
    }
}

fn measured(name: &str, run: &Run) -> Result<Amount, NotComputable> {
    let mut found: Option<&Measurement> = None;
    for measurement in &run.measurements {
        let key = run.series_of(measurement);
        if !key.is_called(name) {
            continue;
        }
        match found {
            Some(other) => {
                return Err(NotComputable::Ambiguous(
                    name.to_owned(),
                    run.series_of(other).to_string(),
                    key.to_string(),
                ));
            }
            None => found = Some(measurement),
        }
    }
    let measurement = found.ok_or_else(|| NotComputable::NotMeasured(name.to_owned()))?;
    if measurement.outcome != Outcome::Success {
        return Err(NotComputable::NotSuccessful(name.to_owned()));
    }
    Ok(Amount::new(measurement.value, &measurement.metric.unit))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Context;

    fn run() -> Run {
        let measurement = |benchmark: &str, metric: &str, value: f64, unit: &str| {
            let unit = Unit::normalise(unit).0;
            Measurement::new("h", benchmark, Metric::new(metric, unit, Direction::None), value)
        };
        let mut failed = measurement("broken", "time", 1.0, "ns");
        failed.outcome = Outcome::Failed;
        let mut large = measurement("sized", "time", 7.0, "ns");
        large.parameters.insert("n", "8");
        let mut small = measurement("sized", "time", 5.0, "ns");
        small.parameters.insert("n", "1");
        Run {
            id: "r".to_owned(),
            project: "p".to_owned(),
            suite: "fast".to_owned(),
            session: None,
            outcome: Outcome::Success,
            context: Context::new("t", jiff::Timestamp::UNIX_EPOCH),
            measurements: vec![
                measurement("python:throughput_1m", "throughput", 1_249_000.0, "items/s"),
                measurement("rust:process_1m", "throughput", 1_000_000.5, "items/s"),
                measurement("build", "time", 2e9, "ns"),
                measurement("build", "peak_rss", 3e6, "bytes"),
                measurement("build", "rss_growth", 3600.0, "bytes/hour"),
                measurement("build", "allocations", 12.0, "count"),
                measurement("cache", "hit_rate", 0.75, "ratio"),
                measurement("zero", "time", 0.0, "ns"),
                failed,
                large,
                small,
            ],
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: Vec::new(),
            unknown: BTreeMap::new(),
        }
    }

    #[track_caller]
    fn check_in(unit: Option<&str>, expression: &str, expected: &str) {
        let derived = Derived {
            name: "d".to_owned(),
            expression: Expression::parse(expression).expect("the expression is well formed"),
            unit: unit.map(|unit| Unit::normalise(unit).0),
            direction: Direction::Lower,
        };
        let actual = match derived.evaluate(&run()) {
            Ok(measurement) => format!("{} {}", measurement.value, measurement.metric.unit),
            Err(why) => why.to_string(),
        };
        assert_eq!(actual, expected, "{expression}");
    }

    #[track_caller]
    fn check(expression: &str, expected: &str) {
        check_in(None, expression, expected);
    }

    #[test]
    fn amounts_of_one_dimension_are_added() {
        check(r#""python:throughput_1m#throughput" - "rust:process_1m#throughput""#, "248999.5 items/s");
        check(r#""fast:build#time" + "sized{n=8}#time""#, "2000000007 ns");
        check(r#"-"build#rss_growth" * 2"#, "-7200 bytes/hour");
        check(r#""build#allocations" - 2"#, "10 count");
        check(r#"1 - "cache""#, "0.25 ratio");
    }

    #[test]
    fn amounts_of_different_dimensions_are_not() {
        check(r#""build#time" + "build#peak_rss""#, "`ns` and `bytes` cannot be added or subtracted");
        check(r#""build#time" + 5"#, "`ns` and `ratio` cannot be added or subtracted");
        check(
            r#""build#allocations" + "cache#hit_rate""#,
            "`count` and `ratio` cannot be added or subtracted",
        );
    }

    #[test]
    fn products_and_quotients_have_units_of_their_own() {
        check(r#""build#peak_rss" / "build#time""#, "1500000 bytes/s");
        check(r#""build#time" / "build#time""#, "1 ratio");
        check(r#""build#peak_rss" / "build#allocations""#, "250000 bytes");
        check(r#""build#allocations" / "build#time""#, "6 1/s");
        check(r#"1 / "build#time""#, "0.5 1/s");
        check(r#""build#time" / "build#peak_rss""#, "666.6666666666666 ns/bytes");
        check(r#""rust:process_1m" * "build#time""#, "2000001 items");
        check(r#""build#time" * "build#time""#, "4000000000000000000 ns*ns");
        check(r#"("build#time" + "build#time") / 2 + "zero""#, "2000000000 ns");
        check_in(Some("bytes/hour"), r#""build#peak_rss" / "build#time""#, "5400000000 bytes/hour");
        check_in(Some("MB/s"), r#""build#peak_rss" / "build#time""#, "1500000 bytes/s");
        check_in(Some("bytes"), r#""build#time""#, "the result is in `ns`, the declared unit is `bytes`");
    }

    #[test]
    fn what_has_no_value_says_why() {
        check(r#""absent#time" / 2"#, "`absent#time` was not measured");
        check(r#""broken""#, "`broken` did not succeed");
        check(r#""build#time" / "zero""#, "division by zero");
        check(r#""build#time" / (1 - 1)"#, "division by zero");
        check("1e308 * 10", "the result is not a finite number");
        check(r#""sized""#, "`sized` may mean `fast:sized{n=8}#time` or `fast:sized{n=1}#time`");
    }

    #[test]
    fn what_cannot_be_computed_is_a_complaint_and_the_rest_is_measured() {
        let derived = |name: &str, expression: &str| Derived {
            name: name.to_owned(),
            expression: Expression::parse(expression).expect("the expression is well formed"),
            unit: None,
            direction: Direction::Lower,
        };
        let (measurements, complaints) =
            derive(&[derived("bad", r#""absent""#), derived("good", "1 + 1")], &run());
        assert_eq!(measurements.len(), 1);
        let measurement = &measurements[0];
        assert_eq!(
            (measurement.harness.as_str(), measurement.benchmark.as_str(), measurement.metric.name.as_str()),
            ("derived", "good", "good")
        );
        assert_eq!(complaints[0].message, "derived `bad` is not computable: `absent` was not measured");
    }
}
