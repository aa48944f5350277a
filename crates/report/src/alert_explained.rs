//! What stands behind an alert, at length: for whoever was paged by it.

use jiff::Timestamp;
use plimsoll_model::{
    Alert, AlertState, Baseline, Direction, LevelChange, LevelTrend, Outlook, SmallestStep, Unit,
};
use serde::Serialize;
use serde_json::Value;

use crate::explained::labelled;
use crate::log::chart;
use crate::screen::{Page, Screen};
use crate::sparkline::sparkline;
use crate::style::{Span, Tone};
use crate::wire::{AlertEntry, SeriesBaseline, change_point, level_trend, smallest_step};
use crate::{ListedAlert, LogPoint, json, number, wording};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.alert-explanation/1";
/// Fewer points are shown in one line of blocks.
const FEWEST_FOR_CHART: usize = 8;
/// How high the chart is.
const CHART_LINES: usize = 8;

/// An alert with its whole story. Rendered by [`AlertExplanation::terminal`] and [`AlertExplanation::json`].
#[derive(Debug, Clone, Copy)]
pub struct AlertExplanation<'a> {
    /// The project.
    pub project: &'a str,
    /// The alert.
    pub alert: ListedAlert<'a>,
    /// The values of its series up to now, oldest first.
    pub history: &'a [f64],
    /// The newest points of its series, oldest first, for a chart.
    pub points: &'a [LogPoint<'a>],
    /// The change of level behind it, as hindsight shows it.
    pub change: Option<&'a LevelChange>,
    /// How many runs in a row showed it, from where it began.
    pub runs_in_a_row: usize,
    /// Where its series is slowly heading.
    pub trend: Option<&'a LevelTrend>,
    /// What further runs would make of it.
    pub outlook: Option<Outlook>,
    /// What the next run is held against.
    pub baseline: Option<Baseline>,
    /// The smallest changes of level that its series can show, the soonest first.
    pub smallest_steps: &'a [SmallestStep],
    /// Every step of its life, oldest first.
    pub life: &'a [AlertStep<'a>],
    /// The newest value of the series is within what was expected again.
    pub has_recovered: Option<bool>,
}

/// A step in the life of an alert.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AlertStep<'a> {
    /// The state it came to.
    pub state: AlertState,
    /// When.
    pub at: Timestamp,
    /// Who moved it; nobody where it moved by itself.
    pub by: Option<&'a str>,
    /// What they said.
    pub note: Option<&'a str>,
    /// Until when it is muted.
    pub until: Option<Timestamp>,
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    project: &'a str,
    #[serde(flatten)]
    alert: AlertEntry<'a>,
    unit: &'a Unit,
    direction: Direction,
    explanation: String,
    history: &'a [f64],
    has_recovered: Option<bool>,
    baseline: Option<SeriesBaseline>,
    change_point: Option<Value>,
    level_trend: Option<Value>,
    outlook: Option<OutlookEntry>,
    smallest_steps: Vec<Value>,
    life: &'a [AlertStep<'a>],
}

#[derive(Serialize)]
struct OutlookEntry {
    is_confirmed: bool,
    confirming_runs: Option<usize>,
    present: f64,
    ending_runs: Option<usize>,
    expected: f64,
}

impl AlertExplanation<'_> {
    /// What happened in a sentence, the numbers, the history, the alert's life, and what can be done.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let alert = self.alert.alert;
        let title = format!("alert #{} ({})", alert.id, alert.severity.name());
        page.line(
            0,
            &[
                Span::new(&title, Tone::of_severity(alert.severity)).strong(),
                Span::plain(&format!(" on {}: {}", alert.series, self.headline())),
            ],
        );
        page.blank();
        page.line(0, &[Span::plain(&self.sentence())]);
        page.blank();
        if self.points.len() >= FEWEST_FOR_CHART {
            chart::write(self.points, self.alert.unit, CHART_LINES, &mut page);
            page.blank();
        }
        for (label, text) in self.facts(screen) {
            labelled(&mut page, label, &text);
        }
        page.blank();
        for (heading, lines) in self.sections() {
            if !lines.is_empty() {
                page.line(0, &[Span::plain(heading).strong()]);
                for line in lines {
                    page.line(2, &[Span::plain(&line)]);
                }
                page.blank();
            }
        }
        page.line(0, &[Span::plain("its life").strong()]);
        for step in self.life {
            page.line(2, &[Span::plain(&told(step))]);
        }
        if let Some(next) = next_step(alert) {
            page.blank();
            page.line(0, &[Span::quiet(&next)]);
        }
        page.finish()
    }

    /// `plimsoll.alert-explanation/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Document {
            format: FORMAT,
            project: self.project,
            alert: AlertEntry::from(self.alert.alert),
            unit: self.alert.unit,
            direction: self.alert.direction,
            explanation: self.sentence(),
            history: self.history,
            has_recovered: self.has_recovered,
            baseline: self.baseline.map(SeriesBaseline::from),
            change_point: self.change.map(change_point),
            level_trend: self.trend.map(level_trend),
            outlook: self.outlook.map(|outlook| OutlookEntry {
                is_confirmed: outlook.is_confirmed,
                confirming_runs: outlook.confirming_runs,
                present: outlook.present,
                ending_runs: outlook.ending_runs,
                expected: outlook.expected,
            }),
            smallest_steps: self.smallest_steps.iter().map(smallest_step).collect(),
            life: self.life,
        })
    }

    /// What happened, since which commit, how sure: `+22.6 % slower since 4f2a91c, confidence 99.9 %`.
    fn headline(&self) -> String {
        let ListedAlert { alert, unit, direction } = self.alert;
        let mut text = wording::alert_change(alert, direction, unit);
        if alert.target.is_some() {
            text += " than its target";
        }
        if let Some(began) = &alert.began {
            text += &format!(" since {}", number::short_hash(began));
        }
        let is_over = matches!(alert.state, AlertState::Resolved | AlertState::Withdrawn);
        let sure = match (self.change, self.worse_trend()) {
            _ if is_over => format!(", {}", alert.state.name()),
            (Some(change), _) => format!(", confidence {}", wording::confidence(change.confidence)),
            (None, Some(trend)) => format!(", slowly, confidence {}", wording::confidence(trend.confidence)),
            (None, None) if alert.target.is_some() => String::new(),
            (None, None) if self.was_seen_again() => {
                format!(", seen in {} runs in a row", number::grouped(self.runs_in_a_row))
            }
            (None, None) => ", not confirmed yet".to_owned(),
        };
        text + &sure
    }

    /// More than one run showed it: that was no outlier, whether it lasted or not.
    fn was_seen_again(&self) -> bool {
        self.runs_in_a_row > 1
    }

    fn worse_trend(&self) -> Option<&LevelTrend> {
        let worse_sign = self.alert.direction.worse_sign()?;
        self.trend.filter(|trend| trend.slope * worse_sign > 0.0)
    }

    /// What each detector says, what would change its mind, and what the series can show.
    fn sections(&self) -> [(&'static str, Vec<String>); 3] {
        let unit = self.alert.unit;
        let mut evidence = Vec::new();
        match self.change {
            Some(change) => evidence.push(format!(
                "change-point: {} ({:.1} nats)",
                wording::level_change(change, unit),
                change.evidence
            )),
            None if self.was_seen_again() => evidence.push(format!(
                "change-point: {} in a row showed it, and hindsight finds no lasting change where it began",
                number::counted(self.runs_in_a_row, "run", "runs")
            )),
            None => {
                evidence.push("change-point: hindsight finds no lasting change where it began".to_owned());
            }
        }
        match self.trend {
            Some(trend) => evidence.push(format!("trend: it {}", wording::level_trend(trend, unit))),
            None => evidence.push("trend: the newest runs are heading nowhere".to_owned()),
        }
        if let Some(baseline) = &self.baseline {
            evidence.push(format!(
                "baseline: the next run is held against {} of {}",
                number::baseline(baseline, unit),
                number::counted(baseline.runs, "run", "runs")
            ));
        }
        let outlook = self.outlook.as_ref().map_or_else(Vec::new, |outlook| self.outlook_lines(outlook));
        let smallest = wording::smallest_steps(self.smallest_steps, unit);
        [
            ("what the detectors say", evidence),
            ("what would change its mind", outlook),
            ("what this series can show", smallest.into_iter().collect()),
        ]
    }

    fn outlook_lines(&self, outlook: &Outlook) -> Vec<String> {
        let ListedAlert { alert, unit, .. } = self.alert;
        let expected = unit.human(outlook.expected);
        let mut lines = Vec::new();
        if let Some(runs) = outlook.confirming_runs {
            let runs = number::counted(runs, "further run", "further runs");
            lines.push(format!("{runs} at {}: the change is confirmed", unit.human(outlook.present)));
        } else if outlook.is_confirmed {
            lines.push("the change is confirmed: growing old does not end it".to_owned());
        }
        match outlook.ending_runs {
            Some(_) if alert.target.is_some() => {
                lines.push(format!("1 run that meets {expected}: it is resolved"));
            }
            Some(count) => {
                let runs = number::counted(count, "run", "runs");
                let is_real = outlook.is_confirmed || self.was_seen_again();
                let ends = if is_real { "resolved" } else { "withdrawn" };
                lines.push(format!("{runs} back at {expected}: it is {ends}"));
            }
            None if self.worse_trend().is_some() => {
                lines.push("while the trend lasts, no single good run ends it".to_owned());
            }
            None => {}
        }
        lines
    }

    /// The evidence in words and numbers.
    fn sentence(&self) -> String {
        let ListedAlert { alert, unit, direction } = self.alert;
        let value = unit.human(alert.current_value);
        let expected = unit.human(alert.expected_value);
        let by = wording::alert_change(alert, direction, unit);
        if let Some(target) = &alert.target {
            return format!(
                "{} was {value} and missed the target {target}, which is {expected}: {by} than it should be{}.",
                alert.series.short(),
                self.distance()
            );
        }
        format!("{} was {value} where {expected} was normal: {by}{}.", alert.series.short(), self.distance())
    }

    /// How far beyond noise that is.
    fn distance(&self) -> String {
        let alert = self.alert.alert;
        if alert.target.is_some() {
            return String::new();
        }
        let scale = match alert.change() {
            Some(_) => "",
            None => "; values about zero are judged by distance, not by per cent",
        };
        match alert.expected_spread {
            spread if spread > 0.0 => {
                let spreads = ((alert.current_value - alert.expected_value) / spread).abs();
                format!(
                    ", {} times as far from the centre as its values usually are{scale}",
                    number::factor(spreads)
                )
            }
            _ => format!(", and it had never varied before{scale}"),
        }
    }

    fn facts(&self, screen: &Screen) -> Vec<(&'static str, String)> {
        let ListedAlert { alert, unit, .. } = self.alert;
        let mut lines = vec![
            ("value", unit.human(alert.current_value)),
            (
                "expected",
                format!(
                    "{} (spread {})",
                    unit.human(alert.expected_value),
                    unit.human(alert.expected_spread)
                ),
            ),
        ];
        if let Some(newest) = self.history.last() {
            let stands = match self.has_recovered {
                Some(true) => ", which is as expected again",
                Some(false) => ", which is still worse than expected",
                None => "",
            };
            lines.push(("newest", unit.human(*newest) + stands));
            if self.points.len() < FEWEST_FOR_CHART {
                lines.push(("history", sparkline(self.history, 40)));
            }
        }
        if let Some(began) = &alert.began {
            lines.push(("began at", number::short_hash(began).to_owned()));
        }
        if let Some(branch) = &alert.branch {
            lines.push(("branch", branch.clone()));
        }
        lines.push(("testbed", alert.series.testbed.clone()));
        lines.push((
            "opened",
            format!(
                "{}, {}",
                number::minute(alert.triggered_at),
                number::age(alert.triggered_at, screen.now)
            ),
        ));
        lines
    }
}

/// `2026-11-20 08:01Z acknowledged by Ada: known`.
fn told(step: &AlertStep<'_>) -> String {
    let mut text = format!("{} {}", number::minute(step.at), step.state.name());
    if let Some(until) = step.until {
        text += &format!(" until {}", number::minute(until));
    }
    if let Some(by) = step.by {
        text += &format!(" by {by}");
    }
    if let Some(note) = step.note {
        text += &format!(": {note}");
    }
    text
}

fn next_step(alert: &Alert) -> Option<String> {
    let id = alert.id;
    match alert.state {
        AlertState::Open => Some(format!(
            "plimsoll alert ack {id} --note … says that someone knows; plimsoll baseline accept says that this is \
             the new normal; a value that recovers resolves it by itself"
        )),
        AlertState::Acknowledged | AlertState::Muted => Some(format!(
            "a value that recovers resolves it by itself; plimsoll alert reopen {id} lets it close the gate again"
        )),
        AlertState::Resolved | AlertState::Withdrawn => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::{Parameters, SeriesKey, Severity};

    fn screen() -> Screen {
        Screen {
            width: 100,
            color: false,
            unicode: true,
            now: "2026-11-21T08:00:00Z".parse().expect("a time"),
        }
    }

    fn alert() -> Alert {
        Alert {
            id: 42,
            triggered_at: "2026-11-20T08:00:00Z".parse().expect("a time"),
            severity: Severity::Critical,
            series: SeriesKey {
                suite: "fast".to_owned(),
                testbed: "ubuntu".to_owned(),
                benchmark: "parse".to_owned(),
                parameters: Parameters::new(),
                metric: "time".to_owned(),
            },
            branch: Some("main".to_owned()),
            target: None,
            current_value: 15.2e6,
            expected_value: 12.4e6,
            expected_spread: 0.1e6,
            deviation_percent: 22.6,
            state: AlertState::Acknowledged,
            by: Some("Ada".to_owned()),
            notes: Some("known".to_owned()),
            began: Some("4f2a91c0ffee".to_owned()),
        }
    }

    fn change(alert: &Alert) -> LevelChange {
        LevelChange {
            began_back: 3,
            found_back: 0,
            last_before: Some("aaaaaaaaaaaa".to_owned()),
            began: alert.began.clone(),
            before: 12.4e6,
            after: 15.2e6,
            spread: 0.1e6,
            holds: true,
            confidence: 0.9996,
            evidence: 12.5,
        }
    }

    #[track_caller]
    fn check_about_zero(
        expected_value: f64,
        current_value: f64,
        expected_spread: f64,
        headline: &str,
        sentence: &str,
    ) {
        let alert = Alert {
            expected_value,
            current_value,
            expected_spread,
            deviation_percent: 11_899.5,
            state: AlertState::Open,
            began: None,
            ..alert()
        };
        let view = AlertExplanation {
            project: "demo",
            alert: ListedAlert { alert: &alert, unit: &Unit::COUNT, direction: Direction::Lower },
            history: &[],
            life: &[],
            has_recovered: None,
            points: &[],
            change: None,
            runs_in_a_row: 1,
            trend: None,
            outlook: None,
            baseline: None,
            smallest_steps: &[],
        };
        assert_eq!(view.headline(), headline);
        assert!(view.sentence().ends_with(sentence), "{}", view.sentence());
        assert!(view.json().contains(r#""deviation_percent":null"#));
    }

    #[test]
    fn about_zero_an_alert_tells_the_distance_and_says_so() {
        let by_distance = "; values about zero are judged by distance, not by per cent.";
        check_about_zero(0.0, 3.0, 0.0, "+3 worse, not confirmed yet", by_distance);
        check_about_zero(-10.0, 10.0, 0.5, "+20 worse, not confirmed yet", by_distance);
        check_about_zero(0.5, 8.5, 1.0, "+8 worse, not confirmed yet", by_distance);
    }

    #[test]
    fn an_alert_is_told_with_its_numbers_and_its_life() {
        let alert = alert();
        let step = |state, by, note| AlertStep { state, at: alert.triggered_at, by, note, until: None };
        let view = AlertExplanation {
            project: "demo",
            alert: ListedAlert { alert: &alert, unit: &Unit::NANOSECONDS, direction: Direction::Lower },
            history: &[12.4e6, 12.5e6, 15.2e6],
            life: &[
                step(AlertState::Open, None, None),
                step(AlertState::Acknowledged, Some("Ada"), Some("known\u{1b}[2J")),
            ],
            has_recovered: Some(false),
            points: &[],
            change: Some(&change(&alert)),
            runs_in_a_row: 1,
            trend: None,
            outlook: Some(Outlook {
                is_confirmed: true,
                confirming_runs: None,
                present: 15.2e6,
                ending_runs: Some(2),
                expected: 12.4e6,
            }),
            baseline: None,
            smallest_steps: &[SmallestStep { within_runs: 10, step: 0.2e6, change: Some(0.0161) }],
        };
        insta::assert_snapshot!(view.terminal(&screen()), @r#"
    alert #42 (critical) on fast:parse#time: +22.6 % slower since 4f2a91c, confidence over 99.9 %

    parse#time was 15.20 ms where 12.40 ms was normal: +22.6 % slower, 28 times as far from the centre
      as its values usually are.

      value     15.20 ms
      expected  12.40 ms (spread 100 µs)
      newest    15.20 ms, which is still worse than expected
      history   ▁▁█
      began at  4f2a91c
      branch    main
      testbed   ubuntu
      opened    2026-11-20 08:00Z, 24 h ago

    what the detectors say
      change-point: the level rose by 23 % from 12.40 ms to 15.20 ms between aaaaaaa and 4f2a91c,
        confidence over 99.9 % (12.5 nats)
      trend: the newest runs are heading nowhere

    what would change its mind
      the change is confirmed: growing old does not end it
      2 runs back at 12.40 ms: it is resolved

    what this series can show
      a lasting change of 1.6 % shows within 10 runs nine times in ten

    its life
      2026-11-20 08:00Z open
      2026-11-20 08:00Z acknowledged by Ada: known\x1b[2J

    a value that recovers resolves it by itself; plimsoll alert reopen 42 lets it close the gate again
    "#);
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.alert-explanation/1","project":"demo","id":42,"triggered_at":"2026-11-20T08:00:00Z","severity":"critical","series":"fast:parse#time","branch":"main","target":null,"current_value":15200000.0,"expected_value":12400000.0,"expected_spread":100000.0,"deviation_percent":22.6,"state":"acknowledged","by":"Ada","notes":"known","began":"4f2a91c0ffee","unit":"ns","direction":"lower","explanation":"parse#time was 15.20 ms where 12.40 ms was normal: +22.6 % slower, 28 times as far from the centre as its values usually are.","history":[12400000.0,12500000.0,15200000.0],"has_recovered":false,"baseline":null,"change_point":{"after":15200000.0,"before":12400000.0,"began":"4f2a91c0ffee","began_back":3,"change":0.22580645161290322,"confidence":0.9996,"evidence_nats":12.5,"last_before":"aaaaaaaaaaaa"},"level_trend":null,"outlook":{"is_confirmed":true,"confirming_runs":null,"present":15200000.0,"ending_runs":2,"expected":12400000.0},"smallest_steps":[{"change":0.0161,"power":0.9,"step":200000.0,"within_runs":10}],"life":[{"state":"open","at":"2026-11-20T08:00:00Z","by":null,"note":null,"until":null},{"state":"acknowledged","at":"2026-11-20T08:00:00Z","by":"Ada","note":"known\u001b[2J","until":null}]}"#);
        let again = AlertExplanation { change: None, outlook: None, runs_in_a_row: 2, ..view };
        let told = again.terminal(&screen());
        assert!(told.contains("since 4f2a91c, seen in 2 runs in a row"), "{told}");
        assert!(told.contains("2 runs in a row showed it, and hindsight finds"), "{told}");
    }
}
