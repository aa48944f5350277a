//! A line of a replay's input: `{"id": "…", "direction": "lower", "values": [1.0, 1.1]}`.

use std::fmt;

use plimsoll_model::{Direction, Parameters, Policy, SeriesKey, Target};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

/// The most values that a line may have.
const MOST_VALUES: usize = 5_000_000;

/// A series as a line tells it. `samples`, `times` and whatever else stands in the line have no say in judging.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(expecting = "an object with id, direction and values")]
pub(crate) struct LineSeries {
    pub(crate) id: String,
    pub(crate) direction: Direction,
    /// In commit order, oldest first.
    #[serde(deserialize_with = "values")]
    pub(crate) values: Vec<f64>,
}

impl LineSeries {
    /// Reads a line; what is wrong with it is said in words.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, String> {
        if line.trim_ascii_start().first() == Some(&b'[') {
            // The reader of structures would take its items for the fields in their order.
            return Err("a list, not an object with id, direction and values".to_owned());
        }
        serde_json::from_slice(line).map_err(|error| complaint(&error, line))
    }

    /// The target that the policy has for the series: one of its id, or one for the series it names.
    pub(crate) fn target<'p>(&self, policy: &'p Policy, key: &SeriesKey) -> Option<&'p Target> {
        let is_called = |target: &&Target| target.id.as_deref() == Some(self.id.as_str());
        policy.targets.iter().rev().find(is_called).or_else(|| policy.target_for(key))
    }

    /// The id as the name of a series, `suite:benchmark{parameter=value}#metric`, for the rules of a policy. The suite ends at the
    /// first single colon and the metric begins at the last `#`; an id without one names a benchmark.
    pub(crate) fn key(&self) -> SeriesKey {
        let (head, metric) = self.id.rsplit_once('#').unwrap_or((&self.id, ""));
        let colon = head.match_indices(':').map(|(place, _)| place).find(|place| is_single(head, *place));
        let (suite, benchmark) = colon.map_or(("", head), |place| (&head[..place], &head[place + 1..]));
        let named = benchmark.strip_suffix('}').and_then(|named| named.rsplit_once('{'));
        let (benchmark, parameters) = named.unwrap_or((benchmark, ""));
        let pairs = parameters.split(',').filter_map(|pair| pair.split_once('='));
        SeriesKey {
            suite: suite.to_owned(),
            testbed: String::new(),
            benchmark: benchmark.to_owned(),
            parameters: Parameters::from_iter(pairs),
            metric: metric.to_owned(),
        }
    }
}

/// Whether the colon at `place` is no part of `::`.
fn is_single(text: &str, place: usize) -> bool {
    !text[..place].ends_with(':') && !text[place + 1..].starts_with(':')
}

/// The error without the place that the JSON reader adds: every line is the first to it.
fn complaint(error: &serde_json::Error, line: &[u8]) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.strip_suffix(&place).unwrap_or(&said);
    if !(error.is_syntax() || error.is_eof()) {
        return said.to_owned();
    }
    let start = error.column().saturating_sub(2).min(line.len());
    let near = &line[start..line.len().min(start + 4)];
    let is_word = |word: &[u8]| near.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    let why = match is_word(b"nan") || is_word(b"inf") {
        true => "NaN and Infinity are no JSON",
        false => return format!("no JSON: {said}, at column {}", error.column()),
    };
    format!("{why}, at column {}", error.column())
}

fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    deserializer.deserialize_seq(ValuesVisitor)
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Vec<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers as values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<f64>, A::Error> {
        let mut values = Vec::new();
        while let Some(Number(value)) = sequence.next_element()? {
            if values.len() == MOST_VALUES {
                return Err(A::Error::custom(format_args!("more than {MOST_VALUES} values")));
            }
            values.push(value);
        }
        Ok(values)
    }
}

/// A value. Its own type, so that an error speaks of numbers.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(NumberVisitor).map(Self)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number as a value")
    }

    fn visit_f64<E>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<&[f64], &str>) {
        let parsed = LineSeries::parse(line.as_bytes());
        let told = parsed.as_ref().map(|series| series.values.as_slice()).map_err(String::as_str);
        assert_eq!(told, expected, "{line}");
    }

    fn with_values(values: &str) -> String {
        format!("{{\"id\": \"a\", \"direction\": \"lower\", \"values\": [{values}]}}")
    }

    #[test]
    fn numbers_of_any_size() {
        check(&with_values(""), Ok(&[]));
        check(
            &with_values("1, -2, 1.5e-300, 5e-324, 18446744073709551616"),
            Ok(&[1.0, -2.0, 1.5e-300, 5e-324, 2f64.powi(64)]),
        );
        check(
            r#"{"values":[1],"times":["2026-11-20T08:00:00Z"],"samples":[[1,1]],"x":{},"id":"é","direction":"none"}"#,
            Ok(&[1.0]),
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        check("{", Err("no JSON: EOF while parsing an object, at column 1"));
        check("[1]", Err("a list, not an object with id, direction and values"));
        check(r#"["a","lower",[1,2]]"#, Err("a list, not an object with id, direction and values"));
        check("7", Err("invalid type: integer `7`, expected an object with id, direction and values"));
        check(r#"{"direction":"lower","values":[]}"#, Err("missing field `id`"));
        check(
            r#"{"id":"a","direction":"up","values":[]}"#,
            Err("unknown variant `up`, expected one of `lower`, `higher`, `none`"),
        );
        check(
            r#"{"id":"a","direction":"lower","values":3}"#,
            Err("invalid type: integer `3`, expected a list of numbers as values"),
        );
        check(&with_values("1, NaN"), Err("NaN and Infinity are no JSON, at column 49"));
        check(&with_values("-Infinity"), Err("NaN and Infinity are no JSON, at column 47"));
        check(&with_values("null"), Err("invalid type: null, expected a number as a value"));
        check(&with_values("\"1\""), Err("invalid type: string \"1\", expected a number as a value"));
        check(&with_values("1e999"), Err("no JSON: number out of range, at column 50"));
        check(&with_values("1, 2"), Ok(&[1.0, 2.0]));
    }

    #[test]
    fn an_id_may_name_a_series() {
        let key =
            |id: &str| LineSeries { id: id.to_owned(), direction: Direction::None, values: Vec::new() }.key();
        assert_eq!(key("fast:a::b{n=8,k=x}#time").to_string(), "fast:a::b{k=x,n=8}#time");
        assert_eq!(key("a::b#time").benchmark, "a::b");
        assert_eq!(key("startup").benchmark, "startup");
        assert_eq!(key("#").metric, "");
    }
}
