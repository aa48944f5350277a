//! How big a history is, and whether it is sound.

use serde::Serialize;

use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::{json, number};

/// The name and version of the formats.
const STATS_FORMAT: &str = "plimsoll.store-stats/1";
const CHECK_FORMAT: &str = "plimsoll.store-check/1";

/// How big a history is. Rendered by [`StoreStatsView::terminal`] and [`StoreStatsView::json`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StoreStatsView<'a> {
    /// Where it lies.
    pub path: &'a str,
    /// Its projects, by name.
    pub projects: &'a [String],
    /// Stored runs.
    pub runs: u64,
    /// Runs whose points still lie run by run.
    pub fresh_runs: u64,
    /// Segments that older runs were folded into.
    pub segments: u64,
    /// Series.
    pub series: u64,
    /// Values of one series in one run each.
    pub points: u64,
    /// Commits, ancestors that were never measured among them.
    pub commits: u64,
    /// Alerts of all states.
    pub alerts: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// What checking a history found. Rendered by [`StoreCheckView::terminal`] and [`StoreCheckView::json`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StoreCheckView<'a> {
    /// Where it lies.
    pub path: &'a str,
    /// Runs that were put together again.
    pub runs: u64,
    /// Measurements that were held against the digest of their run.
    pub measurements: u64,
    /// Blocks and rows whose checksum was computed.
    pub blocks: u64,
    /// What is wrong: where and what.
    pub problems: &'a [StoreProblem<'a>],
}

/// Something that is wrong with a history.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StoreProblem<'a> {
    /// Where: `run 7`, `database`, …
    pub place: &'a str,
    /// What.
    pub what: &'a str,
}

#[derive(Serialize)]
struct Document<T> {
    format: &'static str,
    #[serde(flatten)]
    content: T,
}

impl StoreStatsView<'_> {
    /// A line a number.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        page.line(0, &[Span::plain(self.path).strong()]);
        let whole = |count: u64| number::grouped(usize::try_from(count).unwrap_or(usize::MAX));
        let folded = self.runs.saturating_sub(self.fresh_runs);
        let lines = [
            ("projects", self.projects.join(", ")),
            (
                "runs",
                format!(
                    "{} ({} fresh, {} folded into {} segments)",
                    whole(self.runs),
                    whole(self.fresh_runs),
                    whole(folded),
                    whole(self.segments)
                ),
            ),
            ("series", whole(self.series)),
            ("points", whole(self.points)),
            ("commits", whole(self.commits)),
            ("alerts", whole(self.alerts)),
            ("size", self.size()),
        ];
        for (label, text) in lines {
            page.line(2, &[Span::quiet(&format!("{label:<9}")), Span::plain(&text)]);
        }
        page.finish()
    }

    /// `plimsoll.store-stats/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Document { format: STATS_FORMAT, content: self })
    }

    fn size(&self) -> String {
        let size = plimsoll_model::Unit::BYTES.human(self.bytes as f64);
        match self.points {
            // The file itself takes room before anything is in it.
            0..1_000 => size,
            points => format!("{size}, {:.1} B a point", self.bytes as f64 / points as f64),
        }
    }
}

impl StoreCheckView<'_> {
    /// That all is well, or a line a problem.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let whole =
            |count: u64, one, many| number::counted(usize::try_from(count).unwrap_or(usize::MAX), one, many);
        let read = format!(
            "{}, {}, {}",
            whole(self.runs, "run", "runs"),
            whole(self.measurements, "measurement", "measurements"),
            whole(self.blocks, "block and row", "blocks and rows")
        );
        if self.problems.is_empty() {
            let text = format!(" {} is sound: {read} are as they were written", self.path);
            page.line(0, &[Span::new("✓", Tone::Good), Span::plain(&text)]);
            return page.finish();
        }
        let found = number::counted(self.problems.len(), "problem", "problems");
        let text = format!("✗ {} is damaged: {found} in {read}", self.path);
        page.line(0, &[Span::new(&text, Tone::Bad).strong()]);
        for problem in self.problems {
            page.line(2, &[Span::plain(problem.place).strong(), Span::plain(&format!(": {}", problem.what))]);
        }
        page.finish()
    }

    /// `plimsoll.store-check/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Document { format: CHECK_FORMAT, content: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    const SCREEN: Screen = Screen { width: 100, color: false, unicode: true, now: Timestamp::UNIX_EPOCH };

    #[test]
    fn sizes_are_shown_with_the_room_a_point_takes() {
        let view = StoreStatsView {
            path: ".plimsoll/history.db",
            projects: &["a".to_owned(), "b".to_owned()],
            runs: 1_200,
            fresh_runs: 200,
            segments: 3,
            series: 21,
            points: 25_200,
            commits: 1_400,
            alerts: 2,
            bytes: 252_000,
        };
        insta::assert_snapshot!(view.terminal(&SCREEN), @r#"
    .plimsoll/history.db
      projects a, b
      runs     1,200 (200 fresh, 1,000 folded into 3 segments)
      series   21
      points   25,200
      commits  1,400
      alerts   2
      size     252 kB, 10.0 B a point
    "#);
    }

    #[test]
    fn problems_are_listed() {
        let view = StoreCheckView { path: "h.db", runs: 1, measurements: 2, blocks: 3, problems: &[] };
        insta::assert_snapshot!(view.terminal(&SCREEN), @r#"✓ h.db is sound: 1 run, 2 measurements, 3 blocks and rows are as they were written"#);
        let problems = [StoreProblem { place: "run 7", what: "the checksum is wrong" }];
        let damaged = StoreCheckView { problems: &problems, ..view };
        insta::assert_snapshot!(damaged.terminal(&SCREEN), @r#"
    ✗ h.db is damaged: 1 problem in 1 run, 2 measurements, 3 blocks and rows
      run 7: the checksum is wrong
    "#);
        insta::assert_snapshot!(damaged.json(), @r#"{"format":"plimsoll.store-check/1","path":"h.db","runs":1,"measurements":2,"blocks":3,"problems":[{"place":"run 7","what":"the checksum is wrong"}]}"#);
    }
}
