//! What a history judged again comes to.

use jiff::Timestamp;
use plimsoll_model::{ReplayCounts, Replayed, ReplayedAlert, ReplayedChangePoint, Severity, Unit};
use serde::Serialize;

use crate::screen::{Page, Screen};
use crate::sparkline::sparkline;
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::{json, number};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.replay/1";
/// The widest sparkline.
const SPARKLINE_COLUMNS: usize = 24;

/// The run that an index of a stored series stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayRun<'a> {
    /// The commit it measured.
    pub commit: Option<&'a str>,
    /// When it started.
    pub started_at: Timestamp,
}

/// One series judged again. Rendered by [`ReplayLine::json`].
#[derive(Debug, Clone, Copy)]
pub struct ReplayLine<'a> {
    /// What the series is called.
    pub id: &'a str,
    /// The class of machine, of a stored series.
    pub testbed: Option<&'a str>,
    /// What was found.
    pub replayed: &'a Replayed,
    /// The run of each value, of a stored series; empty otherwise.
    pub runs: &'a [ReplayRun<'a>],
}

#[derive(Serialize)]
struct Line<'a> {
    format: &'static str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    testbed: Option<&'a str>,
    alerts: Vec<AlertEntry<'a>>,
    change_points: Vec<ChangePointEntry<'a>>,
}

#[derive(Serialize)]
struct AlertEntry<'a> {
    at: usize,
    began: usize,
    change: Option<f64>,
    /// Only where there is no relative change.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<f64>,
    severity: Severity,
    detector: &'static str,
    withdrawn_at: Option<usize>,
    #[serde(flatten)]
    runs: Option<AlertRuns<'a>>,
}

#[derive(Serialize)]
struct AlertRuns<'a> {
    raised_at: Timestamp,
    at_commit: Option<&'a str>,
    began_commit: Option<&'a str>,
}

#[derive(Serialize)]
struct ChangePointEntry<'a> {
    index: usize,
    change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<f64>,
    confidence: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
}

impl<'a> ReplayLine<'a> {
    /// `plimsoll.replay/1` in one line. What is found in a stored series names the commits too.
    pub fn json(&self) -> String {
        json::document(&Line {
            format: FORMAT,
            id: self.id,
            testbed: self.testbed,
            alerts: self.replayed.alerts.iter().map(|alert| self.alert(alert)).collect(),
            change_points: self.replayed.change_points.iter().map(|point| self.change_point(point)).collect(),
        })
    }

    fn alert(&self, alert: &ReplayedAlert) -> AlertEntry<'a> {
        AlertEntry {
            at: alert.at,
            began: alert.began,
            change: alert.change,
            difference: alert.change.is_none().then_some(alert.difference),
            severity: alert.severity,
            detector: alert.detector.name(),
            withdrawn_at: alert.withdrawn_at,
            runs: self.runs.get(alert.at).map(|run| AlertRuns {
                raised_at: run.started_at,
                at_commit: run.commit,
                began_commit: self.commit(alert.began),
            }),
        }
    }

    fn change_point(&self, point: &ReplayedChangePoint) -> ChangePointEntry<'a> {
        ChangePointEntry {
            index: point.index,
            change: point.change,
            difference: point.change.is_none().then_some(point.difference),
            confidence: point.confidence,
            commit: self.commit(point.index),
        }
    }

    fn commit(&self, index: usize) -> Option<&'a str> {
        self.runs.get(index).and_then(|run| run.commit)
    }
}

/// An alert with the series it is about.
#[derive(Debug, Clone, Copy)]
pub struct ReplayRow<'a> {
    /// What the series is called.
    pub series: &'a str,
    /// The alert.
    pub alert: &'a ReplayedAlert,
    /// The unit of the values, where it is known.
    pub unit: Option<&'a Unit>,
    /// The runs with which it was raised and with which the change began, of a stored series.
    pub runs: Option<(ReplayRun<'a>, ReplayRun<'a>)>,
    /// Some values about where it began.
    pub values: &'a [f64],
}

/// A change point with the series it is in.
#[derive(Debug, Clone, Copy)]
pub struct ReplayChangeRow<'a> {
    /// What the series is called.
    pub series: &'a str,
    /// The change point.
    pub point: &'a ReplayedChangePoint,
    /// The unit of the values, where it is known.
    pub unit: Option<&'a Unit>,
    /// The run with which the new level began, of a stored series.
    pub run: Option<ReplayRun<'a>>,
    /// Some values about it.
    pub values: &'a [f64],
}

/// A history judged again. Rendered by [`ReplayView::terminal`].
#[derive(Debug, Clone, Copy)]
pub struct ReplayView<'a> {
    /// What was judged: `the last 90 days`.
    pub span: &'a str,
    /// How much was found.
    pub counts: ReplayCounts,
    /// The alerts to show, ranked; empty where only hindsight was asked for.
    pub alerts: &'a [ReplayRow<'a>],
    /// The change points to show, ranked, where only hindsight was asked for.
    pub change_points: Option<&'a [ReplayChangeRow<'a>]>,
}

impl ReplayView<'_> {
    /// How many alerts of which severity, then the ranked alerts.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        self.write_headline(&mut page);
        page.line(2, &[Span::quiet(&self.judged())]);
        match self.change_points {
            Some([]) => {}
            Some(rows) => write_change_points(rows, &mut page),
            None if self.alerts.is_empty() => {}
            None => write_alerts(self.alerts, &mut page),
        }
        let (shown, all) = match self.change_points {
            Some(rows) => (rows.len(), self.counts.change_points),
            None => (self.alerts.len(), self.counts.alerts()),
        };
        if all > shown {
            let text = format!("and {} more: --json lists all", number::grouped(all - shown));
            page.line(2, &[Span::quiet(&text)]);
        }
        page.finish()
    }

    fn write_headline(&self, page: &mut Page<'_>) {
        let ReplayCounts { critical, error, warning, info, withdrawn, change_points, .. } = self.counts;
        if self.change_points.is_some() {
            let found = number::counted(change_points, "change point", "change points");
            page.line(0, &[Span::plain(&format!("{found} in {}", self.span)).strong()]);
            return;
        }
        if self.counts.alerts() == 0 {
            let text = format!("no alert in {} with this policy", self.span);
            let mark = match self.counts.series {
                // Where nothing was judged, nothing is well.
                0 => Span::new("? ", Tone::Doubt),
                _ => Span::new("✓ ", Tone::Good),
            };
            page.line(0, &[mark, Span::plain(&text).strong()]);
            return;
        }
        let of_kind = [(critical, "critical"), (error, "error"), (warning, "warning"), (info, "info")];
        let of_kind = of_kind.iter().filter(|(count, _)| *count > 0);
        let kinds: Vec<String> =
            of_kind.map(|(count, name)| format!("{} {name}", number::grouped(*count))).collect();
        let mut text = format!(
            "{} in {} with this policy: {}",
            number::counted(self.counts.alerts(), "alert", "alerts"),
            self.span,
            kinds.join(", ")
        );
        if withdrawn > 0 {
            text += &format!("; {} withdrawn", number::grouped(withdrawn));
        }
        let tone = match critical + error {
            0 if warning == 0 => Tone::Plain,
            0 => Tone::Doubt,
            _ => Tone::Bad,
        };
        page.line(0, &[Span::new(&text, tone).strong()]);
    }

    fn judged(&self) -> String {
        let ReplayCounts { series, values, change_points, .. } = self.counts;
        let mut parts =
            vec![number::counted(series, "series", "series"), number::counted(values, "value", "values")];
        if self.change_points.is_none() {
            parts.push(number::counted(change_points, "change point", "change points"));
        }
        parts.join(" · ")
    }
}

fn write_alerts(rows: &[ReplayRow<'_>], page: &mut Page<'_>) {
    page.blank();
    let columns = vec![
        Column::left("when", 5),
        Column::name("series"),
        Column::right("change", Column::ALWAYS),
        Column::left("began..at", 7),
        Column::left("severity", 8),
        Column::left("detector", 4),
        Column::left("", 6),
        Column::sparkline("about it", 3),
    ];
    let mut table = Table::new(page.screen, columns);
    for row in rows {
        let alert = row.alert;
        let when = row.runs.map_or_else(String::new, |(at, _)| number::minute(at.started_at));
        let (raised, began) = (row.runs.map(|(at, _)| at), row.runs.map(|(_, began)| began));
        let (raised, began) = (place(raised, alert.at), place(began, alert.began));
        let range = if raised == began { raised } else { format!("{began}..{raised}") };
        let withdrawn = alert.withdrawn_at.map(|at| format!("withdrawn {} later", at - alert.at));
        table.row(vec![
            vec![Span::plain(&when)],
            vec![Span::plain(row.series)],
            vec![Span::plain(&change(alert.change, alert.difference, row.unit))],
            vec![Span::plain(&range)],
            vec![Span::new(alert.severity.name(), Tone::of_severity(alert.severity))],
            vec![Span::plain(alert.detector.name())],
            vec![Span::quiet(withdrawn.as_deref().unwrap_or_default())],
            vec![Span::quiet(&sparkline(row.values, SPARKLINE_COLUMNS))],
        ]);
    }
    table.write(2, page);
}

fn write_change_points(rows: &[ReplayChangeRow<'_>], page: &mut Page<'_>) {
    page.blank();
    let columns = vec![
        Column::left("when", 5),
        Column::name("series"),
        Column::right("change", Column::ALWAYS),
        Column::left("began", 7),
        Column::right("confidence", 6),
        Column::sparkline("about it", 3),
    ];
    let mut table = Table::new(page.screen, columns);
    for row in rows {
        let point = row.point;
        let when = row.run.map_or_else(String::new, |run| number::minute(run.started_at));
        table.row(vec![
            vec![Span::plain(&when)],
            vec![Span::plain(row.series)],
            vec![Span::plain(&change(point.change, point.difference, row.unit))],
            vec![Span::plain(&place(row.run, point.index))],
            vec![Span::plain(&confidence(point.confidence))],
            vec![Span::quiet(&sparkline(row.values, SPARKLINE_COLUMNS))],
        ]);
    }
    table.write(2, page);
}

/// The commit of a run, or the index where there is none.
fn place(run: Option<ReplayRun<'_>>, index: usize) -> String {
    let commit = run.and_then(|run| run.commit);
    commit.map_or_else(|| index.to_string(), |hash| number::short_hash(hash).to_owned())
}

/// Never rounded to certainty.
fn confidence(confidence: f64) -> String {
    if confidence >= 0.995 { ">0.99".to_owned() } else { format!("{confidence:.2}") }
}

fn change(change: Option<f64>, difference: f64, unit: Option<&Unit>) -> String {
    match (change, unit) {
        (Some(change), _) => number::change(change),
        (None, Some(unit)) => number::change_or(None, difference, unit),
        (None, None) => format!("{difference:+}"),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Detector;

    use super::*;

    const ALERT: ReplayedAlert = ReplayedAlert {
        at: 57,
        began: 55,
        change: Some(0.052),
        difference: 5.2,
        severity: Severity::Info,
        detector: Detector::ChangePoint,
        withdrawn_at: None,
    };

    fn replayed() -> Replayed {
        let from_zero = ReplayedAlert {
            change: None,
            severity: Severity::Critical,
            detector: Detector::Target,
            withdrawn_at: Some(67),
            ..ALERT
        };
        let point = ReplayedChangePoint { index: 55, change: Some(0.052), difference: 5.2, confidence: 0.98 };
        Replayed { alerts: vec![ALERT, from_zero], change_points: vec![point] }
    }

    const SCREEN: Screen = Screen { width: 100, color: false, unicode: true, now: Timestamp::UNIX_EPOCH };

    #[test]
    fn a_line_of_json() {
        let line = ReplayLine { id: "a\u{1b}", testbed: None, replayed: &replayed(), runs: &[] };
        insta::assert_snapshot!(line.json(), @r#"{"format":"plimsoll.replay/1","id":"a\u001b","alerts":[{"at":57,"began":55,"change":0.052,"severity":"info","detector":"change-point","withdrawn_at":null},{"at":57,"began":55,"change":null,"difference":5.2,"severity":"critical","detector":"target","withdrawn_at":67}],"change_points":[{"index":55,"change":0.052,"confidence":0.98}]}"#);
    }

    #[test]
    fn a_stored_series_names_its_commits() {
        let run = |commit| ReplayRun { commit, started_at: Timestamp::UNIX_EPOCH };
        let mut runs = vec![run(None); 57];
        runs.push(run(Some("57ab")));
        runs[55].commit = Some("55cd");
        let alerts = vec![ALERT];
        let replayed = Replayed { alerts, ..replayed() };
        let line = ReplayLine { id: "s:a#time", testbed: Some("linux"), replayed: &replayed, runs: &runs };
        insta::assert_snapshot!(line.json(), @r#"{"format":"plimsoll.replay/1","id":"s:a#time","testbed":"linux","alerts":[{"at":57,"began":55,"change":0.052,"severity":"info","detector":"change-point","withdrawn_at":null,"raised_at":"1970-01-01T00:00:00Z","at_commit":"57ab","began_commit":"55cd"}],"change_points":[{"index":55,"change":0.052,"confidence":0.98,"commit":"55cd"}]}"#);
    }

    #[test]
    fn alerts_are_counted_and_listed() {
        let replayed = replayed();
        let values = [1.0, 1.0, 1.0, 1.3, 1.3];
        let run = |commit| ReplayRun { commit: Some(commit), started_at: Timestamp::UNIX_EPOCH };
        let row =
            |alert, runs| ReplayRow { series: "fast:parse#time", alert, unit: None, runs, values: &values };
        let alerts = [
            row(&replayed.alerts[1], None),
            row(&replayed.alerts[0], Some((run("57abcdef01"), run("55abcdef01")))),
        ];
        let counts = ReplayCounts {
            series: 12,
            values: 3_400,
            critical: 1,
            info: 4,
            withdrawn: 1,
            change_points: 3,
            ..ReplayCounts::default()
        };
        let view = ReplayView { span: "the last 90 days", counts, alerts: &alerts, change_points: None };
        insta::assert_snapshot!(view.terminal(&SCREEN), @r#"
    5 alerts in the last 90 days with this policy: 1 critical, 4 info; 1 withdrawn
      12 series · 3,400 values · 3 change points

      when               series           change  began..at         severity
                         fast:parse#time    +5.2  55..57            critical  withdrawn 10 later
      1970-01-01 00:00Z  fast:parse#time  +5.2 %  55abcde..57abcde  info
      and 3 more: --json lists all
    "#);
    }

    #[test]
    fn nothing_found_is_said() {
        let counts = ReplayCounts { series: 1, values: 50, ..ReplayCounts::default() };
        let view = ReplayView { span: "x.jsonl", counts, alerts: &[], change_points: None };
        insta::assert_snapshot!(view.terminal(&SCREEN), @r#"
    ✓ no alert in x.jsonl with this policy
      1 series · 50 values · 0 change points
    "#);
        let of_nothing = ReplayView { counts: ReplayCounts::default(), ..view };
        assert!(of_nothing.terminal(&SCREEN).starts_with("? no alert in x.jsonl"));
        let point = replayed().change_points[0];
        let row = ReplayChangeRow { series: "a", point: &point, unit: None, run: None, values: &[1.0, 2.0] };
        let counts = ReplayCounts { change_points: 2, ..counts };
        let view = ReplayView { counts, change_points: Some(&[row]), ..view };
        insta::assert_snapshot!(view.terminal(&SCREEN), @r#"
    2 change points in x.jsonl
      1 series · 50 values

      series  change  began  confidence  about it
      a       +5.2 %  55           0.98  ▁█
      and 1 more: --json lists all
    "#);
    }
}
