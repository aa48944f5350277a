//! The first line: what a reader who reads nothing else must know.

use std::collections::HashSet;

use plimsoll_model::{Alert, AlertState, Evidence, RunVerdict, SeriesEvaluation, SeriesKey, SeriesVerdict};

use super::RunView;
use crate::name::Naming;
use crate::style::Tone;
use crate::{number, wording};

/// The first line of a run's rendering.
pub(super) struct Headline {
    /// The sign that stands for it.
    pub(super) mark: &'static str,
    /// How it is coloured.
    pub(super) tone: Tone,
    /// Words and names in turn.
    pub(super) parts: Vec<Part>,
    /// The counts of all verdicts are among the words.
    pub(super) says_counts: bool,
}

/// A piece of a headline.
pub(super) enum Part {
    /// Words of ours.
    Words(String),
    /// A name that someone else chose.
    Name(String),
}

/// The exit code of a gate that only doubt closed.
const INCONCLUSIVE: u8 = 5;
/// The most series that a headline names.
const MOST_NAMES: usize = 3;

/// What the run came to, in one line.
pub(super) fn headline(view: &RunView<'_>) -> Headline {
    let evaluation = view.evaluation;
    let counts = wording::counts(&evaluation.counts);
    if view.is_gate_closed() {
        return closed(view);
    }
    let plain = |mark, tone, words: String| Headline {
        mark,
        tone,
        parts: vec![Part::Words(words)],
        says_counts: true,
    };
    if evaluation.series.is_empty() {
        return plain("?", Tone::Doubt, "nothing was compared: the run has no series".to_owned());
    }
    if evaluation.counts.judged() == 0 {
        return plain("?", Tone::Doubt, format!("nothing was compared: {counts}"));
    }
    match evaluation.verdict {
        RunVerdict::Pass => plain("✓", Tone::Good, format!("pass: {counts}")),
        RunVerdict::Improved => {
            let improved = with_verdict(view, SeriesVerdict::Improved);
            named(view, "✓", Tone::Good, "improved: ", &improved)
        }
        RunVerdict::Regressed | RunVerdict::Mixed => {
            let regressed = with_verdict(view, SeriesVerdict::Regressed);
            let word = if evaluation.verdict == RunVerdict::Mixed {
                "mixed, gate open: "
            } else {
                "regressed, gate open: "
            };
            named(view, "!", Tone::Doubt, word, &regressed)
        }
        RunVerdict::Inconclusive => match &evaluation.common_shift {
            Some(shift) => Headline {
                says_counts: false,
                ..plain("?", Tone::Doubt, format!("inconclusive: {}", wording::common_shift(shift)))
            },
            None => plain("?", Tone::Doubt, format!("inconclusive: {counts}")),
        },
    }
}

fn with_verdict<'a>(view: &RunView<'a>, verdict: SeriesVerdict) -> Vec<&'a SeriesEvaluation> {
    view.ranked().into_iter().filter(|series| series.verdict == verdict).collect()
}

fn closed(view: &RunView<'_>) -> Headline {
    let is_doubt = view.gate.exit_code == INCONCLUSIVE;
    let noted = noted_series(view);
    let culprits: Vec<&SeriesEvaluation> = view
        .ranked()
        .into_iter()
        .filter(|series| series.closes_gate && !is_doubt && !noted.contains(&series.key))
        .collect();
    match culprits.as_slice() {
        [] => Headline {
            mark: "✗",
            tone: Tone::Bad,
            parts: vec![Part::Words("gate closed: ".to_owned()), Part::Words(view.gate.because.clone())],
            says_counts: false,
        },
        [one] => {
            let naming = Naming::among(view.evaluation.series.iter().map(|series| &series.key));
            let severity =
                one.severity.map_or_else(String::new, |severity| format!(" ({})", severity.name()));
            Headline {
                mark: "✗",
                tone: Tone::Bad,
                parts: vec![
                    Part::Words("gate closed: ".to_owned()),
                    Part::Name(naming.of(&one.key)),
                    Part::Words(format!(" {}{severity}", predicate(one))),
                ],
                says_counts: false,
            }
        }
        many => {
            let start = format!("gate closed by {} series: ", number::grouped(many.len()));
            named(view, "✗", Tone::Bad, &start, many)
        }
    }
}

/// The series that someone took note of; they do not close the gate.
fn noted_series<'a>(view: &RunView<'a>) -> HashSet<&'a SeriesKey> {
    let is_noted = |alert: &&Alert| matches!(alert.state, AlertState::Acknowledged | AlertState::Muted);
    view.alerts.iter().filter(is_noted).map(|alert| &alert.series).collect()
}

/// A headline that names the first few of `series` with their changes.
fn named(
    view: &RunView<'_>,
    mark: &'static str,
    tone: Tone,
    start: &str,
    series: &[&SeriesEvaluation],
) -> Headline {
    let naming = Naming::among(view.evaluation.series.iter().map(|series| &series.key));
    let mut parts = vec![Part::Words(start.to_owned())];
    for (index, one) in series.iter().take(MOST_NAMES).enumerate() {
        if index > 0 {
            parts.push(Part::Words(", ".to_owned()));
        }
        parts.push(Part::Name(naming.of(&one.key)));
        parts.push(Part::Words(format!(" {}", short_predicate(one))));
    }
    if series.len() > MOST_NAMES {
        let rest = number::grouped(series.len() - MOST_NAMES);
        parts.push(Part::Words(format!(" and {rest} more")));
    }
    Headline { mark, tone, parts, says_counts: false }
}

/// What happened to a series: `regressed +22.6 %`, `is 12 % over target APP-001 (max 500 ms)`, `is missing`.
fn predicate(series: &SeriesEvaluation) -> String {
    if let Some(over) = target_excess(series) {
        return format!("is {over}");
    }
    match (series.verdict, series.change) {
        (SeriesVerdict::Regressed, Some(change)) => format!("regressed {}", number::change(change)),
        (SeriesVerdict::Regressed, None) => "regressed".to_owned(),
        (verdict, _) => format!("is {}", verdict.name()),
    }
}

fn short_predicate(series: &SeriesEvaluation) -> String {
    if let Some(over) = target_excess(series) {
        return over;
    }
    match (series.verdict, series.change) {
        (SeriesVerdict::Regressed | SeriesVerdict::Improved, Some(change)) => number::change(change),
        (verdict, _) => verdict.name().to_owned(),
    }
}

/// `over target APP-001 (max 500 ms) by 12 %`, where that weighs more than the change does.
fn target_excess(series: &SeriesEvaluation) -> Option<String> {
    let worst_of_others = series
        .findings
        .iter()
        .filter(|finding| !matches!(finding.evidence, Evidence::Target { .. }))
        .filter_map(|finding| finding.severity)
        .max();
    series.findings.iter().find_map(|finding| match finding.evidence {
        Evidence::Target { over, .. } if finding.severity > worst_of_others => {
            let target = series.target.as_ref().map(|outcome| &outcome.target);
            Some(wording::target_excess(over, target, &series.unit))
        }
        _ => None,
    })
}
