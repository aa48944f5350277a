//! What an alert or an error code means, at length.

use jiff::Timestamp;
use plimsoll_model::{Alert, AlertState, Direction, Unit};
use serde::Serialize;

use crate::screen::{Page, Screen};
use crate::sparkline::sparkline;
use crate::style::{Span, Tone};
use crate::wire::AlertEntry;
use crate::{ListedAlert, json, number, wording};

/// The name and version of the formats.
const ALERT_FORMAT: &str = "plimsoll.alert-explanation/1";
const CODE_FORMAT: &str = "plimsoll.code-explanation/1";
const CODES_FORMAT: &str = "plimsoll.codes/1";
/// Columns of the labels.
const LABEL_COLUMNS: usize = 10;

/// An alert with its whole story. Rendered by [`AlertExplanation::terminal`] and [`AlertExplanation::json`].
#[derive(Debug, Clone, Copy)]
pub struct AlertExplanation<'a> {
    /// The project.
    pub project: &'a str,
    /// The alert.
    pub alert: ListedAlert<'a>,
    /// The values of its series up to now, oldest first.
    pub history: &'a [f64],
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

/// An error code. Rendered by [`CodeExplanation::terminal`] and [`CodeExplanation::json`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CodeExplanation<'a> {
    /// `PLM031`.
    pub code: &'a str,
    /// What happened.
    pub title: &'a str,
    /// What it means and what usually causes it.
    pub meaning: &'a str,
    /// What to do next.
    pub next: &'a str,
    /// The exit code that commands end with.
    pub exit_code: u8,
}

/// Every error code. Rendered by [`CodeList::terminal`] and [`CodeList::json`].
#[derive(Debug, Clone, Copy)]
pub struct CodeList<'a> {
    /// By number.
    pub codes: &'a [CodeExplanation<'a>],
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
    life: &'a [AlertStep<'a>],
}

#[derive(Serialize)]
struct CodeDocument<'a> {
    format: &'static str,
    #[serde(flatten)]
    code: CodeExplanation<'a>,
}

#[derive(Serialize)]
struct CodesDocument<'a> {
    format: &'static str,
    codes: &'a [CodeExplanation<'a>],
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
                Span::plain(&format!(" on {}", alert.series)),
            ],
        );
        page.blank();
        page.line(0, &[Span::plain(&self.sentence())]);
        page.blank();
        for (label, text) in self.facts(screen) {
            labelled(&mut page, label, &text);
        }
        page.blank();
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
            format: ALERT_FORMAT,
            project: self.project,
            alert: AlertEntry::from(self.alert.alert),
            unit: self.alert.unit,
            direction: self.alert.direction,
            explanation: self.sentence(),
            history: self.history,
            has_recovered: self.has_recovered,
            life: self.life,
        })
    }

    /// The evidence in words and numbers.
    fn sentence(&self) -> String {
        let ListedAlert { alert, unit, direction } = self.alert;
        let value = unit.human(alert.current_value);
        let expected = unit.human(alert.expected_value);
        let change = alert.deviation_percent / 100.0;
        let worse = wording::comparative(change, direction, unit);
        let by = format!("{} {worse}", number::change(change));
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
        match alert.expected_spread {
            spread if spread > 0.0 => {
                let spreads = ((alert.current_value - alert.expected_value) / spread).abs();
                format!(
                    ", {} times as far from the centre as its values usually are",
                    number::factor(spreads)
                )
            }
            _ => ", and it had never varied before".to_owned(),
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
            lines.push(("history", sparkline(self.history, 40)));
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

impl CodeExplanation<'_> {
    /// Code and title, then the meaning, what to do next and the exit code.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        page.line(0, &[Span::plain(self.code).strong(), Span::plain(&format!(" {}", self.title))]);
        page.blank();
        page.line(2, &[Span::plain(self.meaning)]);
        page.blank();
        labelled(&mut page, "next", self.next);
        labelled(&mut page, "exit code", &self.exit_code.to_string());
        page.finish()
    }

    /// `plimsoll.code-explanation/1` in one line.
    pub fn json(&self) -> String {
        json::document(&CodeDocument { format: CODE_FORMAT, code: *self })
    }
}

impl CodeList<'_> {
    /// A line a code: the code and what happened.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        for code in self.codes {
            page.line(0, &[Span::plain(code.code).strong(), Span::plain(&format!(" {}", code.title))]);
        }
        page.finish()
    }

    /// `plimsoll.codes/1` in one line.
    pub fn json(&self) -> String {
        json::document(&CodesDocument { format: CODES_FORMAT, codes: self.codes })
    }
}

fn labelled(page: &mut Page<'_>, label: &str, text: &str) {
    let label = format!("{label:<LABEL_COLUMNS$}");
    page.line(2, &[Span::quiet(&label), Span::plain(text)]);
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
        };
        insta::assert_snapshot!(view.terminal(&screen()), @r#"
    alert #42 (critical) on fast:parse#time

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

    its life
      2026-11-20 08:00Z open
      2026-11-20 08:00Z acknowledged by Ada: known\x1b[2J

    a value that recovers resolves it by itself; plimsoll alert reopen 42 lets it close the gate again
    "#);
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.alert-explanation/1","project":"demo","id":42,"triggered_at":"2026-11-20T08:00:00Z","severity":"critical","series":"fast:parse#time","branch":"main","target":null,"current_value":15200000.0,"expected_value":12400000.0,"expected_spread":100000.0,"deviation_percent":22.6,"state":"acknowledged","by":"Ada","notes":"known","began":"4f2a91c0ffee","unit":"ns","direction":"lower","explanation":"parse#time was 15.20 ms where 12.40 ms was normal: +22.6 % slower, 28 times as far from the centre as its values usually are.","history":[12400000.0,12500000.0,15200000.0],"has_recovered":false,"life":[{"state":"open","at":"2026-11-20T08:00:00Z","by":null,"note":null,"until":null},{"state":"acknowledged","at":"2026-11-20T08:00:00Z","by":"Ada","note":"known\u001b[2J","until":null}]}"#);
    }

    #[test]
    fn a_code_is_explained() {
        let view = CodeExplanation {
            code: "PLM031",
            title: "the store is damaged",
            meaning: "A checksum says that stored bytes have changed.",
            next: "plimsoll db check",
            exit_code: 6,
        };
        insta::assert_snapshot!(view.terminal(&screen()), @r#"
    PLM031 the store is damaged

      A checksum says that stored bytes have changed.

      next      plimsoll db check
      exit code 6
    "#);
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.code-explanation/1","code":"PLM031","title":"the store is damaged","meaning":"A checksum says that stored bytes have changed.","next":"plimsoll db check","exit_code":6}"#);
    }

    #[test]
    fn codes_are_listed() {
        let code = |code, title| CodeExplanation { code, title, meaning: "M.", next: "n", exit_code: 2 };
        let codes = [code("PLM001", "one"), code("PLM002", "two")];
        let view = CodeList { codes: &codes };
        insta::assert_snapshot!(view.terminal(&screen()), @r"
    PLM001 one
    PLM002 two
    ");
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.codes/1","codes":[{"code":"PLM001","title":"one","meaning":"M.","next":"n","exit_code":2},{"code":"PLM002","title":"two","meaning":"M.","next":"n","exit_code":2}]}"#);
    }
}
