//! A span of history as a document for people.

use std::fmt::Write as _;

use plimsoll_model::LevelChange;

use super::{DocumentSeries, DocumentView, Groups};
use crate::markdown::{code, prose, rows_within, value};
use crate::name::Naming;
use crate::sparkline::sparkline;
use crate::{RunFacts, number, wording};

/// The most bytes of each table, so that the document can be posted as a comment.
const MAX_TABLE_BYTES: usize = 15_000;
/// Runs that are listed one by one.
const MOST_RUNS: usize = 50;

impl DocumentView<'_> {
    /// What got slower first, then what got faster, what stayed, open alerts, and the runs covered.
    pub fn markdown(&self) -> String {
        let groups = self.groups();
        let naming = Naming::among(self.series.iter().map(|series| series.key));
        let span = match self.span.strip_prefix("the time since ") {
            Some(start) => format!("since {}", code(start)),
            None => format!("over {}", prose(self.span)),
        };
        let mut out = format!("# {}: performance {span}\n\n", code(self.project));
        let _ = writeln!(out, "{}\n", self.summary(&groups));
        if self.series.iter().any(|series| series.before.is_some() && series.after.is_some()) {
            let _ = writeln!(out, "{}\n", self.what_is_compared());
        }
        if !self.series.is_empty() {
            out.push_str("## What got slower\n\n");
            write_changes(&mut out, &groups.worse, naming, "Nothing that stands out.");
            out.push_str("## What got faster\n\n");
            write_changes(&mut out, &groups.better, naming, "Nothing that stands out.");
        }
        if !groups.stable.is_empty() {
            let title = number::grouped(groups.stable.len());
            let _ = writeln!(out, "## What stayed\n\n<details><summary>{title} stable</summary>\n");
            write_changes(&mut out, &groups.stable, naming, "");
            out.push_str("</details>\n\n");
        }
        if !groups.unknown.is_empty() {
            out.push_str("## What cannot be said yet\n\n");
            write_changes(&mut out, &groups.unknown, naming, "");
        }
        self.write_level_changes(&mut out, naming);
        self.write_alerts(&mut out);
        self.write_runs(&mut out);
        out
    }

    fn summary(&self, groups: &Groups<'_>) -> String {
        let span = format!("{} to {}", number::minute(self.from), number::minute(self.to));
        if self.series.is_empty() || self.runs.is_empty() {
            return format!("**Nothing was compared**: no series was measured in this span ({span}).");
        }
        let tested = match self.tested > 1 && self.has_suspects {
            true => format!(" {}.", wording::tested(self.tested)),
            false => String::new(),
        };
        let open = match groups.unknown.len() {
            0 => String::new(),
            count => format!(", of {} nothing can be said yet", number::grouped(count)),
        };
        format!(
            "**{} got worse, {} got better**, {} stayed{open}, in {} ({span}).{tested}",
            number::grouped(groups.worse.len()),
            number::grouped(groups.better.len()),
            number::grouped(groups.stable.len()),
            number::counted(self.runs.len(), "run", "runs"),
        )
    }

    /// What the columns hold, for whoever holds them against what `check` says of the newest run.
    fn what_is_compared(&self) -> String {
        format!(
            "*Before* is the level when the span began: the median of the runs before it, from the last change of level on. \
             *After* is the median of the newest values, at most {}. Where an open alert says more, they are what it expected and \
             the newest value. *Newest* is what `plimsoll check` judges: the last value alone.",
            self.level_values
        )
    }

    /// Where levels changed within the span, the largest change first.
    fn write_level_changes(&self, out: &mut String, naming: Naming) {
        let changes = self.changes();
        if changes.is_empty() {
            return;
        }
        let rows = changes.iter().map(|(series, change)| change_row(series, change, naming));
        let (rows, left_out) = rows_within(rows, MAX_TABLE_BYTES);
        let _ = writeln!(
            out,
            "## Where levels changed\n\n| benchmark | from | to | change | commits | confidence |\n|---|---:|---:|---:|---|---:|\n{rows}"
        );
        if left_out > 0 {
            let noun = number::counted(left_out, "smaller change", "smaller changes");
            let _ = writeln!(out, "_{noun} left out for length._\n");
        }
    }

    fn write_alerts(&self, out: &mut String) {
        if self.alerts.is_empty() {
            return;
        }
        out.push_str("## Alerts\n\n");
        for listed in self.alerts.iter().take(MOST_RUNS) {
            let alert = listed.alert;
            let _ = writeln!(
                out,
                "- {} {}, {}: {} since {}",
                alert.id,
                alert.state.name(),
                alert.severity.name(),
                code(&alert.series.to_string()),
                number::minute(alert.triggered_at)
            );
        }
        out.push('\n');
    }

    fn write_runs(&self, out: &mut String) {
        if self.runs.is_empty() {
            return;
        }
        let title = number::counted(self.runs.len(), "run", "runs");
        let _ = writeln!(out, "## Runs covered\n\n<details><summary>{title}</summary>\n");
        out.push_str("| date | suite | commit | subject | branch | |\n|---|---|---|---|---|---|\n");
        for run in self.runs.iter().rev().take(MOST_RUNS) {
            out.push_str(&run_row(run));
        }
        if self.runs.len() > MOST_RUNS {
            let _ = writeln!(out, "\n_{} earlier._", number::grouped(self.runs.len() - MOST_RUNS));
        }
        out.push_str("\n</details>\n");
        if !self.complaints.is_empty() {
            out.push('\n');
        }
        for complaint in self.complaints.iter().take(MOST_RUNS) {
            let _ = writeln!(out, "- {}", code(&wording::complaint(complaint)));
        }
    }
}

fn run_row(run: &RunFacts<'_>) -> String {
    let optional = |text: Option<&str>| text.map_or_else(String::new, code);
    format!(
        "| {} | {} | {} | {} | {} | {} |\n",
        number::minute(run.started_at),
        code(run.suite),
        optional(run.commit.map(number::short_hash)),
        optional(run.subject),
        optional(run.branch),
        run.remarks().join(", ")
    )
}

fn change_row(series: &DocumentSeries<'_>, change: &LevelChange, naming: Naming) -> String {
    format!(
        "| {} | {} | {} | {} | {} | {} |\n",
        code(&naming.of(series.key)),
        value(&series.unit.human(change.before)),
        value(&series.unit.human(change.after)),
        change.change().map_or_else(|| "–".to_owned(), number::change),
        wording::commit_range(change),
        wording::confidence(change.confidence),
    )
}

fn write_changes(out: &mut String, series: &[&DocumentSeries<'_>], naming: Naming, when_none: &str) {
    if series.is_empty() {
        let _ = writeln!(out, "{when_none}\n");
        return;
    }
    let (rows, left_out) = rows_within(series.iter().map(|series| row(series, naming)), MAX_TABLE_BYTES);
    let _ = writeln!(
        out,
        "| benchmark | before | after | newest | change | status | since | history |\n|---|---:|---:|---:|---:|---|---|---|\n{rows}"
    );
    if left_out > 0 {
        let noun = number::counted(left_out, "more row", "more rows");
        let _ = writeln!(out, "_{noun} left out for length._\n");
    }
}

fn row(series: &DocumentSeries<'_>, naming: Naming) -> String {
    let human =
        |level: Option<f64>| level.map_or_else(|| "–".to_owned(), |level| value(&series.unit.human(level)));
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
        code(&naming.of(series.key)),
        human(series.before),
        human(series.after),
        human(series.values.last().copied()),
        series.change.map_or_else(|| "–".to_owned(), number::change),
        wording::verdict(series.verdict, series.severity),
        series.began.map_or_else(String::new, |began| code(number::short_hash(began))),
        sparkline(series.values, 20),
    )
}
