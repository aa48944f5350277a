//! Which harness wrote this?

use crate::json_outline::Outline;
use crate::lines::Lines;
use crate::{Harness, Input};
use plimsoll_model::Unit;

/// How many bytes at the start of an input are enough to recognise it.
pub const HEAD_BYTES: usize = 64 * 1024;

/// What an input was recognised as, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    /// The harness; `None` when nothing fits.
    pub harness: Option<Harness>,
    /// What gave it away, as a clause: "it has `benchmarks` and `machine_info`".
    pub because: String,
    /// What it was almost taken for, and what spoke against that.
    pub rejected: Vec<(Harness, String)>,
}

impl Recognition {
    fn as_harness(harness: Harness, because: impl Into<String>) -> Self {
        Self { harness: Some(harness), because: because.into(), rejected: Vec::new() }
    }

    fn nothing(because: impl Into<String>) -> Self {
        Self { harness: None, because: because.into(), rejected: Vec::new() }
    }
}

/// Recognises an input by its name and its first bytes (at most [`HEAD_BYTES`] are looked at).
pub fn recognise(name: &str, head: &[u8]) -> Recognition {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Recognition::nothing("it is UTF-16 text; save it as UTF-8");
    }
    if text.is_empty() {
        return Recognition::nothing("it is empty");
    }
    if begins_a_table(text) {
        return Recognition::nothing("it begins with a table of TOML or INI, which no harness writes");
    }
    if text.starts_with(b"{") || text.starts_with(b"[") {
        let found = by_keys(&Outline::of(text));
        // Lines of JSON may come after a text that only starts like it.
        if found.harness.is_some() {
            return found;
        }
        let by_lines = by_lines(name, head);
        return if by_lines.harness.is_some() { by_lines } else { found };
    }
    by_lines(name, head)
}

/// Whether the text begins like `[package]` or `[[bench]]`, which no JSON does.
fn begins_a_table(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let name = line.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
    let name =
        name.map(|name| name.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(name));
    let is_name = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
    name.is_some_and(|name| {
        name.first().is_some_and(u8::is_ascii_alphabetic)
            && is_name(name)
            && ![&b"true"[..], b"false", b"null"].contains(&name)
    })
}

/// The keys that give away a harness that writes JSON; all of them must be there.
const KEYS: &[(Harness, &[&str])] = &[
    (Harness::PytestBenchmark, &["benchmarks", "machine_info"]),
    (Harness::Pyperf, &["benchmarks", "benchmarks[].runs"]),
    (Harness::GoogleBenchmark, &["benchmarks", "context.num_cpus"]),
    (Harness::PytestJsonReport, &["created", "exitcode", "summary"]),
    (Harness::Hyperfine, &["results", "results[].command"]),
    (Harness::Criterion, &["full_id", "group_id"]),
    (Harness::Criterion, &["iters", "sampling_mode", "times"]),
    (Harness::Criterion, &["mean.confidence_interval", "mean.point_estimate"]),
    (Harness::GoJson, &["Action", "Package"]),
];

fn by_keys(outline: &Outline) -> Recognition {
    if let Some(format) = outline.texts("format").find(|format| format.starts_with("plimsoll.run/")) {
        return Recognition::as_harness(Harness::PlimsollRun, format!("its `format` is `{format}`"));
    }
    if let Some(kind) = outline.texts("type").find(|kind| matches!(*kind, "suite" | "test" | "bench"))
        && (outline.has("event") || outline.has("median"))
    {
        return Recognition::as_harness(
            Harness::Libtest,
            format!("its first line is an event of type `{kind}`"),
        );
    }
    let mut rejected: Vec<(Harness, String)> = Vec::new();
    for (harness, keys) in KEYS {
        let missing: Vec<&str> = keys.iter().copied().filter(|key| !outline.has(key)).collect();
        if missing.is_empty() {
            return Recognition {
                rejected,
                ..Recognition::as_harness(*harness, format!("it has {}", quoted(keys)))
            };
        }
        if missing.len() < keys.len() {
            rejected.push((*harness, format!("it has no {}", quoted(&missing))));
        }
    }
    let mut found = custom_json(outline)
        .or_else(|| bencher_metric_format(outline))
        .unwrap_or_else(|| Recognition::nothing(unknown_json(outline)));
    found.rejected.append(&mut rejected);
    found
}

/// github-action-benchmark's array says everything but which way is better; the units may.
fn custom_json(outline: &Outline) -> Option<Recognition> {
    if !["[].name", "[].unit", "[].value"].iter().all(|path| outline.has(path)) {
        return None;
    }
    let shape = "it is an array of `name`, `unit` and `value`";
    let mut rates = 0;
    let mut costs = 0;
    let mut unclear = None;
    for text in outline.texts("[].unit") {
        let (unit, _) = Unit::normalise(text);
        if unit.symbol().ends_with("/s") || text.ends_with("/sec") || text.ends_with("/second") {
            rates += 1;
        } else if unit == Unit::NANOSECONDS || unit == Unit::BYTES {
            costs += 1;
        } else {
            unclear = Some(text);
        }
    }
    let (smaller, bigger) = (Harness::CustomSmallerIsBetter, Harness::CustomBiggerIsBetter);
    let (harness, other, kind) = match (rates, costs, unclear) {
        (0, 1.., None) => (smaller, bigger, "times or sizes"),
        (1.., 0, None) => (bigger, smaller, "rates"),
        _ => {
            let why = match unclear {
                Some(unit) => format!("the unit `{unit}` does not say which way is better"),
                None => "its units go both ways".to_owned(),
            };
            return Some(Recognition {
                rejected: vec![(smaller, why.clone()), (bigger, why.clone())],
                ..Recognition::nothing(format!("{shape}, but {why}: name `{smaller}` or `{bigger}`"))
            });
        }
    };
    Some(Recognition {
        rejected: vec![(other, format!("its units are {kind}"))],
        ..Recognition::as_harness(harness, format!("{shape}, and its units are {kind}"))
    })
}

fn bencher_metric_format(outline: &Outline) -> Option<Recognition> {
    let is_value =
        |path: &str| [".value", ".lower_value", ".upper_value"].iter().any(|end| path.ends_with(end));
    let is_shape = outline.keys.iter().all(|key| match key.depth {
        1 | 2 => key.text.is_none() && !key.path.contains("[]"),
        // One odd value does not make it another format.
        3 => is_value(&key.path),
        _ => false,
    });
    let values = outline.keys.iter().filter(|key| key.path.ends_with(".value")).count();
    (is_shape && values > 0).then(|| {
        Recognition::as_harness(
            Harness::BencherMetricFormat,
            "it is an object of benchmarks, each an object of measures with a `value`",
        )
    })
}

fn unknown_json(outline: &Outline) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<&str> = Vec::new();
    let top = outline.keys.iter().filter(|key| key.depth == 1);
    for path in top.map(|key| key.path.as_str()) {
        if !shown.contains(&path) && shown.len() < SHOWN {
            shown.push(path);
        }
    }
    match shown.as_slice() {
        [] => "it is JSON without any key that a harness writes".to_owned(),
        keys => format!("it is JSON with {}, which no harness writes", quoted(keys)),
    }
}

fn quoted(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// A harness, what its lines are, and whether a line is one.
type LineRule = (Harness, &'static str, fn(&str) -> bool);

/// What a line of results looks like, for each harness that writes lines.
const LINES: &[LineRule] = &[
    (Harness::Divan, "rows of a tree with `fastest` and `slowest`", is_divan),
    (Harness::GoText, "lines such as `BenchmarkX 1000 12.5 ns/op`", is_go),
    (Harness::Libtest, "lines such as `test x ... bench: 12 ns/iter`", is_libtest),
    (Harness::CriterionText, "lines such as `x time: [1 ns 2 ns 3 ns]`", is_criterion),
    (Harness::GnuTime, "`Command being timed`", is_gnu_time),
    (Harness::GoJson, "lines of JSON with `Action`", is_go_json),
    (Harness::PlimsollRun, "lines of JSON with the format `plimsoll.run`", is_run),
];

fn by_lines(name: &str, head: &[u8]) -> Recognition {
    let mut reader = head;
    let mut input = Input { name, modified: None, reader: &mut reader };
    let mut lines = Lines::new(Harness::Libtest, &mut input);
    let mut counts = [0_usize; LINES.len()];
    let mut total = 0;
    while let Ok(Some(line)) = lines.next_line() {
        total += 1;
        for (count, (_, _, is_line)) in counts.iter_mut().zip(LINES) {
            *count += usize::from(is_line(line.text));
        }
    }
    let mut ranked: Vec<_> = counts.into_iter().zip(LINES).filter(|(count, _)| *count > 0).collect();
    ranked.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let Some((most, (harness, shape, _))) = ranked.first().copied() else {
        return Recognition::nothing(format!(
            "none of its first {total} lines is a result of a known harness"
        ));
    };
    let rejected = ranked
        .iter()
        .skip(1)
        .map(|(count, (harness, _, _))| (*harness, format!("{count} lines look like it, {most} do not")))
        .collect();
    Recognition {
        rejected,
        ..Recognition::as_harness(*harness, format!("{most} of its first {total} lines are {shape}"))
    }
}

fn is_divan(line: &str) -> bool {
    line.contains('│') && (line.contains("├─ ") || line.contains("╰─ ") || line.contains("fastest"))
}

fn is_go(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|name| name.starts_with("Benchmark"))
        && words.next().is_some_and(|count| count.parse::<u64>().is_ok())
        && words.next().is_some_and(|value| value.parse::<f64>().is_ok())
        && words.next().is_some()
}

fn is_libtest(line: &str) -> bool {
    (line.starts_with("test ") && line.contains(" ... bench:"))
        || (line.starts_with('{') && line.contains("\"type\": \"bench\""))
}

fn is_criterion(line: &str) -> bool {
    line.contains("time:   [") && !line.contains('%')
}

fn is_gnu_time(line: &str) -> bool {
    line.trim_start().starts_with("Command being timed: ")
}

fn is_go_json(line: &str) -> bool {
    line.starts_with('{') && line.contains("\"Action\":\"")
}

fn is_run(line: &str) -> bool {
    line.starts_with('{') && line.contains("\"plimsoll.run/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, harness: Option<Harness>, because: &str, rejected: &[(Harness, &str)]) {
        let found = recognise("-", head.as_bytes());
        let seen: Vec<_> = found.rejected.iter().map(|(harness, why)| (*harness, why.as_str())).collect();
        assert_eq!((found.harness, found.because.as_str(), seen.as_slice()), (harness, because, rejected));
    }

    #[test]
    fn json_is_recognised_by_its_keys() {
        check(
            r#"{"machine_info": {}, "benchmarks": ["#,
            Some(Harness::PytestBenchmark),
            "it has `benchmarks` and `machine_info`",
            &[],
        );
        check(
            r#"{"context": {"num_cpus": 2}, "benchmarks": [{"#,
            Some(Harness::GoogleBenchmark),
            "it has `benchmarks` and `context.num_cpus`",
            &[
                (Harness::PytestBenchmark, "it has no `machine_info`"),
                (Harness::Pyperf, "it has no `benchmarks[].runs`"),
            ],
        );
        check(
            r#"{"a": {"time": {"value": 1, "lower_value": 0}}, "b": {"#,
            Some(Harness::BencherMetricFormat),
            "it is an object of benchmarks, each an object of measures with a `value`",
            &[],
        );
        check(r#"{"a": {"b": 1}}"#, None, "it is JSON with `a`, which no harness writes", &[]);
    }

    #[test]
    fn custom_json_needs_units_that_tell_the_direction() {
        check(
            r#"[{"name": "a", "unit": "ms", "value": 1}]"#,
            Some(Harness::CustomSmallerIsBetter),
            "it is an array of `name`, `unit` and `value`, and its units are times or sizes",
            &[(Harness::CustomBiggerIsBetter, "its units are times or sizes")],
        );
        check(
            r#"[{"name": "a", "unit": "ops/sec", "value": 1}]"#,
            Some(Harness::CustomBiggerIsBetter),
            "it is an array of `name`, `unit` and `value`, and its units are rates",
            &[(Harness::CustomSmallerIsBetter, "its units are rates")],
        );
        let found = recognise("-", br#"[{"name": "a", "unit": "points", "value": 1}]"#);
        assert_eq!(found.harness, None);
        assert!(found.because.ends_with("name `custom-smaller-is-better` or `custom-bigger-is-better`"));
    }

    #[test]
    fn text_is_recognised_by_its_lines() {
        check(
            "goos: linux\nBenchmarkX-2 \t 1000\t 12.5 ns/op\nok\n",
            Some(Harness::GoText),
            "1 of its first 3 lines are lines such as `BenchmarkX 1000 12.5 ns/op`",
            &[],
        );
        check(
            "test a ... bench: 1 ns/iter (+/- 2)\ntest b ... bench: 1 ns/iter (+/- 2)\nfib   time:   [1 ns 2 ns 3 ns]\n",
            Some(Harness::Libtest),
            "2 of its first 3 lines are lines such as `test x ... bench: 12 ns/iter`",
            &[(Harness::CriterionText, "1 lines look like it, 2 do not")],
        );
        check("hello\nworld", None, "none of its first 2 lines is a result of a known harness", &[]);
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        check("", None, "it is empty", &[]);
        for toml in ["[package]\nname = \"x\"\n", "[[bench]]\r\nname = 1", "[tool.black]"] {
            check(toml, None, "it begins with a table of TOML or INI, which no harness writes", &[]);
        }
        check("[true]", None, "it is JSON without any key that a harness writes", &[]);
        assert_eq!(recognise("-", b"\xff\xfe{\0").because, "it is UTF-16 text; save it as UTF-8");
    }
}
