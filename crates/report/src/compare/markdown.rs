//! A comparison for a comment or a document.

use std::fmt::Write as _;

use super::{CompareView, ComparedSeries};
use crate::markdown::{MAX_BYTES, capitalised, code, prose, rows_within, value};
use crate::name::Naming;
use crate::{number, wording};

/// Changes of level that are listed one by one.
const MOST_CHANGES: usize = 30;

impl CompareView<'_> {
    /// A headline and a table, the largest change first. At most 64,000 bytes; rows that do not fit are left out
    /// from the end, which is said.
    pub fn markdown(&self) -> String {
        let ranked = self.ranked();
        let naming = Naming::among(ranked.iter().map(|series| series.key)).without_metric();
        let headline = self.headline(&ranked);
        let mut out = format!(
            "### {} {} → {}: {}: ",
            headline.mark,
            code(self.a.name),
            code(self.b.name),
            headline.word
        );
        if let Some((key, change)) = &headline.largest {
            let _ = write!(out, "{} {change}; ", code(&naming.of(key)));
        }
        let _ = writeln!(out, "{}\n", headline.words);
        if !ranked.is_empty() {
            let rows = ranked.iter().map(|series| row(series, naming));
            let (rows, left_out) = rows_within(rows, MAX_BYTES - out.len().min(MAX_BYTES) - 16_000);
            let _ = writeln!(
                out,
                "| benchmark | metric | A | B | change | status |\n|---|---|---:|---:|---:|---|\n{rows}"
            );
            if left_out > 0 {
                let noun = number::counted(left_out, "smaller change", "smaller changes");
                let _ = writeln!(out, "_{noun} left out for length._\n");
            }
        }
        write_changes(&mut out, &ranked, naming);
        for remark in self.remarks() {
            let _ = writeln!(out, "{}.\n", capitalised(&remark));
        }
        for complaint in self.complaints.iter().take(20) {
            let _ = writeln!(out, "- {}", code(&wording::complaint(complaint)));
        }
        out
    }
}

/// Where levels changed between the sides, in the order of the table.
fn write_changes(out: &mut String, ranked: &[&ComparedSeries<'_>], naming: Naming) {
    let of_series = |series: &&ComparedSeries<'_>| {
        let name = code(&naming.of(series.key));
        let told = |change| prose(&wording::level_change(change, series.unit));
        series.changes.iter().map(move |change| format!("- {name}: {}\n", told(change))).collect::<Vec<_>>()
    };
    let lines: Vec<String> = ranked.iter().flat_map(of_series).collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "Where levels changed between the two:\n\n{}",
        lines[..lines.len().min(MOST_CHANGES)].concat()
    );
    if let Some(left_out @ 1..) = lines.len().checked_sub(MOST_CHANGES) {
        let noun = number::counted(left_out, "smaller change", "smaller changes");
        let _ = writeln!(out, "_{noun} left out for length._\n");
    }
}

fn row(series: &ComparedSeries<'_>, naming: Naming) -> String {
    let human =
        |side: Option<f64>| side.map_or_else(|| "–".to_owned(), |side| value(&series.unit.human(side)));
    let mut change = series.change.map_or_else(|| "–".to_owned(), number::change);
    if let Some(interval) = series.interval {
        let _ = write!(change, " ({})", number::change_interval(interval));
    }
    let verdict = match series.verdict {
        None if series.change.is_some() => String::new(),
        _ => prose(&wording::verdict(series.verdict(), series.severity)),
    };
    format!(
        "| {} | {} | {} | {} | {change} | {verdict} |\n",
        code(&naming.of(series.key)),
        code(&series.key.metric),
        human(series.a),
        human(series.b),
    )
}
