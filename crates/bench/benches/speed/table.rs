//! What was measured, for people and for `plimsoll ingest`.

use std::fmt::Write as _;

use plimsoll_model::Unit;
use serde_json::{Value, json};

/// One promise.
struct Row {
    name: String,
    value: f64,
    unit: Unit,
    floor: Option<(String, f64)>,
    limit: String,
    is_kept: bool,
}

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A value that must be at most `most` times its floor.
    pub(crate) fn against_floor(
        &mut self,
        name: &str,
        value: f64,
        unit: Unit,
        floor: (&str, f64),
        most: f64,
    ) {
        self.rows.push(Row {
            name: name.to_owned(),
            value,
            unit,
            floor: Some((floor.0.to_owned(), floor.1)),
            limit: format!("at most {most} times"),
            is_kept: value <= most * floor.1,
        });
    }

    /// A value that must be at most `most`.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, unit: Unit, most: f64) {
        let limit = format!("at most {}", unit.human(most));
        self.alone((name, value, unit), limit, value <= most);
    }

    /// A value that must be at least `least`.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, unit: Unit, least: f64) {
        let limit = format!("at least {}", unit.human(least));
        self.alone((name, value, unit), limit, value >= least);
    }

    fn alone(&mut self, (name, value, unit): (&str, f64, Unit), limit: String, is_kept: bool) {
        self.rows.push(Row { name: name.to_owned(), value, unit, floor: None, limit, is_kept });
    }

    /// A Markdown table.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from(
            "| what | measured | floor | ratio | promised | kept |\n|---|---:|---:|---:|---|---|\n",
        );
        for row in &self.rows {
            let (floor, ratio) = match &row.floor {
                Some((name, floor)) => {
                    (format!("{} ({name})", row.unit.human(*floor)), format!("{:.2}", row.value / floor))
                }
                None => (String::new(), String::new()),
            };
            let kept = if row.is_kept { "yes" } else { "**no**" };
            let value = row.unit.human(row.value);
            let _ = writeln!(text, "| {} | {value} | {floor} | {ratio} | {} | {kept} |", row.name, row.limit);
        }
        text
    }

    /// The measured values and their floors in github-action-benchmark's custom form.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        let entry = |name: &str, value: f64, unit: &Unit| json!({"name": name, "value": value, "unit": unit.symbol()});
        let mut entries: Vec<Value> = Vec::new();
        for row in &self.rows {
            entries.push(entry(&row.name, row.value, &row.unit));
            if let Some((floor, value)) = &row.floor {
                entries.push(entry(&format!("floor of {}: {floor}", row.name), *value, &row.unit));
            }
        }
        serde_json::to_string(&entries)
    }
}
