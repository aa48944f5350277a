//! The table: for terminals, in Markdown, as JSON.

use serde_json::{Value, json};

use super::configuration::CONFIGURATIONS;
use super::experiment::{Form, Row};
use super::scoring::{Estimate, STEP_SIZES, Score};

/// What the table is measured against: one default setting for all configurations.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// At most so many false alarms in 100 commits.
    pub false_alarms: f64,
    /// At least this share of +5 % and +10 %.
    pub detected: [f64; 2],
    /// At least this F1 at +5 % and +10 %.
    pub f1: [f64; 2],
    /// At most so many commits until +5 % is found at a CV of 2 %, and +10 % at one of 5 %.
    pub delay: [f64; 2],
    /// At least this share of +5 % where 1 % noise is heavy or spiky.
    pub detected_in_outliers: f64,
}

/// The goal.
pub const GOAL: Goal = Goal {
    false_alarms: 0.1,
    detected: [0.80, 0.95],
    f1: [0.80, 0.92],
    delay: [3.0, 5.0],
    detected_in_outliers: 0.90,
};

const COLUMNS: [&str; 14] = [
    "rule",
    "false alarms\n/ 100 commits",
    "found\n+3 %",
    "found\n+5 %",
    "found\n+10 %",
    "found\n+20 %",
    "F1\n+5 %",
    "F1\n+10 %",
    "delay\n+5 %",
    "delay\n+10 %",
    "delay +5 %\nat CV 2 %",
    "delay +10 %\nat CV 5 %",
    "found +5 % in\nheavy / spiky 1 %",
    "series",
];

/// The configurations that the goal speaks of by name.
pub(super) struct Named {
    pub(super) delay_at_2_percent: Option<f64>,
    pub(super) delay_at_5_percent: Option<f64>,
    pub(super) detected_in_heavy: f64,
    pub(super) detected_in_spikes: f64,
}

impl Named {
    pub(super) fn of(row: &Row) -> Self {
        let score = |name: &str| {
            let found = CONFIGURATIONS.iter().position(|configuration| configuration.name == name);
            found.and_then(|index| row.scores.get(index))
        };
        let detected = |name| score(name).map_or(0.0, |score| score.detected[1].value);
        Self {
            delay_at_2_percent: score("2 %").and_then(|score| score.delay[1]),
            delay_at_5_percent: score("5 %").and_then(|score| score.delay[2]),
            detected_in_heavy: detected("heavy, 1 %"),
            detected_in_spikes: detected("spikes, 1 %"),
        }
    }
}

/// Aligned with spaces, best F1 first, the goal at the end.
pub fn terminal(rows: &[Row]) -> String {
    aligned(&lines(rows))
}

/// In Markdown, best F1 first, the goal at the end.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::new();
    for (index, line) in lines(rows).iter().enumerate() {
        let is_emphasised = index > 0 && (line[0] == "plimsoll" || line[0].starts_with("goal"));
        let cell = |cell: &String| match cell.replace('\n', " ") {
            shown if is_emphasised && !shown.is_empty() => format!("**{shown}**"),
            shown => shown,
        };
        text.push_str(&format!("| {} |\n", line.iter().map(cell).collect::<Vec<_>>().join(" | ")));
        if index == 0 {
            text.push_str(&format!("|---|{}\n", "---:|".repeat(COLUMNS.len() - 1)));
        }
    }
    text
}

/// One rule on each configuration, aligned with spaces.
pub fn by_configuration(row: &Row) -> String {
    let mut lines = vec![
        [row.rule.as_str()].into_iter().chain(COLUMNS[1..10].iter().copied()).map(str::to_owned).collect(),
    ];
    for (configuration, score) in CONFIGURATIONS.iter().zip(&row.scores) {
        lines.push([configuration.name.to_owned()].into_iter().chain(cells(score)).collect());
    }
    lines.push(["mean".to_owned()].into_iter().chain(cells(&row.mean)).collect());
    aligned(&lines)
}

/// All that was measured.
pub fn json(rows: &[Row], form: Form) -> Value {
    json!({
        "format": "plimsoll.operating-characteristics/1",
        "form": match form { Form::Check => "check", Form::Short => "short", Form::Long => "long" },
        "step_sizes": STEP_SIZES,
        "configurations": CONFIGURATIONS.map(|configuration| configuration.name),
        "goal": {"false_alarms": GOAL.false_alarms, "detected_5_percent": GOAL.detected[0]},
        "rules": ranked(rows),
    })
}

/// The rows of what [`json()`] made.
pub fn rows_of_json(mut measured: Value) -> Result<Vec<Row>, serde_json::Error> {
    serde_json::from_value(measured["rules"].take())
}

fn ranked(rows: &[Row]) -> Vec<&Row> {
    let mut ranked: Vec<&Row> = rows.iter().collect();
    ranked.sort_by(|a, b| b.mean.f1[1].value.total_cmp(&a.mean.f1[1].value));
    ranked
}

fn lines(rows: &[Row]) -> Vec<Vec<String>> {
    let mut lines = vec![COLUMNS.map(str::to_owned).to_vec()];
    for row in ranked(rows) {
        let named = Named::of(row);
        let mut line = vec![row.rule.clone()];
        line.extend(cells(&row.mean));
        line.push(delay(named.delay_at_2_percent, 0));
        line.push(delay(named.delay_at_5_percent, 0));
        line.push(format!("{} / {}", percent(named.detected_in_heavy), percent(named.detected_in_spikes)));
        line.push(row.series.to_string());
        lines.push(line);
    }
    let blank = String::new;
    let at_least = |share: f64| format!("≥ {}", percent(share));
    lines.push(vec![
        "goal, one setting for all".to_owned(),
        format!("≤ {}", GOAL.false_alarms),
        blank(),
        at_least(GOAL.detected[0]),
        at_least(GOAL.detected[1]),
        blank(),
        format!("≥ {:.2}", GOAL.f1[0]),
        format!("≥ {:.2}", GOAL.f1[1]),
        blank(),
        blank(),
        format!("≤ {}", GOAL.delay[0]),
        format!("≤ {}", GOAL.delay[1]),
        at_least(GOAL.detected_in_outliers),
        blank(),
    ]);
    lines
}

/// The columns from false alarms to delays.
fn cells(score: &Score) -> Vec<String> {
    let share =
        |estimate: Estimate| format!("{} ±{:.1}", percent(estimate.value), 100.0 * estimate.standard_error);
    let number = |estimate: Estimate| format!("{:.3} ±{:.3}", estimate.value, estimate.standard_error);
    let mut cells = vec![number(score.false_alarms)];
    cells.extend(score.detected.map(share));
    cells.extend([number(score.f1[1]), number(score.f1[2])]);
    cells.extend([delay(score.delay[1], 1), delay(score.delay[2], 1)]);
    cells
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn delay(delay: Option<f64>, decimals: usize) -> String {
    delay.map_or_else(|| "never".to_owned(), |commits| format!("{commits:.decimals$}"))
}

/// Columns as wide as their widest cell: the first to the left, the others to the right. Headings may have several lines.
fn aligned(lines: &[Vec<String>]) -> String {
    let heading_lines =
        lines.first().map_or(0, |heading| heading.iter().map(|cell| parts(cell).len()).max().unwrap_or(0));
    let mut grid: Vec<Vec<String>> = (0..heading_lines)
        .map(|line| lines[0].iter().map(|cell| part_from_below(cell, heading_lines - 1 - line)).collect())
        .collect();
    grid.extend(lines.iter().skip(1).cloned());
    let columns = grid.first().map_or(0, Vec::len);
    let width = |column: usize| grid.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in &grid {
        let padded = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn parts(cell: &str) -> Vec<&str> {
    cell.split('\n').collect()
}

/// Line number `line` of a heading, counted from its last.
fn part_from_below(cell: &str, line: usize) -> String {
    parts(cell).iter().rev().nth(line).map(|part| (*part).to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row that found everything in the share `found` of its series, with this many false alarms.
    fn row(rule: &str, found: f64, false_alarms: f64) -> Row {
        let exact = |value| Estimate { value, standard_error: 0.0 };
        let score = Score {
            false_alarms: exact(false_alarms),
            detected: [exact(found); 4],
            f1: [exact(2.0 * found / (1.0 + found + false_alarms)); 4],
            delay: [(found > 0.0).then_some(3.0); 4],
        };
        Row {
            rule: rule.to_owned(),
            series: 10,
            scores: vec![score.clone(); CONFIGURATIONS.len()],
            mean: score,
        }
    }

    #[test]
    fn what_was_saved_is_read_again() {
        let rows = [row("blind", 0.0, 0.5), row("plimsoll", 0.75, 0.125)];
        let read = rows_of_json(json(&rows, Form::Long)).expect("it is what was written");
        assert_eq!(terminal(&read), terminal(&rows));
        assert_eq!(read[0].rule, "plimsoll");
    }

    #[test]
    fn the_best_is_first_in_markdown_and_the_goal_last() {
        let text = markdown(&[row("blind", 0.0, 0.5), row("plimsoll", 0.75, 0.125)]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("| rule | false alarms / 100 commits | found +3 % |"), "{text}");
        assert!(lines[2].starts_with("| **plimsoll** | **0.125 ±0.000** | **75.0 ±0.0** |"), "{text}");
        assert!(lines[3].starts_with("| blind | 0.500 ±0.000 |") && lines[3].contains("| never |"), "{text}");
        assert!(lines[4].starts_with("| **goal, one setting for all** |"), "{text}");
        assert!(lines.iter().all(|line| line.matches('|').count() == 15), "{text}");
    }

    fn line(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_are_aligned_and_headings_stand_low() {
        let lines = [line(&["rule", "false\nalarms"]), line(&["±1", "10"]), line(&["longer", "0.1"])];
        assert_eq!(aligned(&lines), "         false\nrule    alarms\n±1          10\nlonger     0.1\n");
    }
}
