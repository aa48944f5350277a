//! The summary as plain text.

use std::fmt;

use crate::row::{Mark, Row};
use crate::summary::Summary;
use crate::text;
use crate::unit;

/// No line is wider.
const COLUMNS: usize = 80;
/// Rows beyond this number are counted, not shown; the worst come first.
const MOST_ROWS: usize = 24;
/// Names are shortened to so much before anything is left out for them.
const USUAL_NAME: usize = 24;
/// A cell besides the name is no wider: only a unit or a noun could make it so.
const MOST_CELL: usize = 20;
/// Between two columns.
const GAP: usize = 2;

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return f.write_str("nothing is measured");
        }
        f.write_str(&text::cut_middle(&self.headline(), COLUMNS))?;
        let rows: Vec<Row> = self.rows().take(MOST_ROWS).collect();
        for line in Table::of(&rows).lines() {
            write!(f, "\n{}", text::cut_middle(&line, COLUMNS))?;
        }
        for line in self.remarks(&rows) {
            write!(f, "\n{}", text::cut_middle(&line, COLUMNS))?;
        }
        Ok(())
    }
}

impl Summary {
    fn remarks(&self, shown: &[Row]) -> Vec<String> {
        let others = self.places.get(shown.len()..).unwrap_or_default();
        let notable = others.iter().filter(|place| place.mark < Mark::Within).count();
        let others = match (others.len(), notable) {
            (0, _) => None,
            (count, 0) => Some(format!("   and {count} more within their limits or without any")),
            (count, _) => Some(format!("   and {count} more, {notable} of them beyond or near their limits")),
        };
        let mut remarks = Vec::from_iter(others);
        match &self.last_run {
            Some(run) if shown.iter().any(|row| !row.is_measured) => {
                let commit = run.commit.as_deref().map_or_else(String::new, |hash| {
                    format!(" {}", text::visible(hash.get(..7).unwrap_or(hash)))
                });
                let day = run.measured_at.get(..10).unwrap_or(&run.measured_at);
                remarks.push(format!(
                    "   * not measured yet: of the last run,{commit} on {}",
                    text::visible(day)
                ));
            }
            Some(_) => {}
            None => remarks.push("   no baselines yet: plimsoll ingest reads what runs leave".to_owned()),
        }
        remarks
    }
}

/// Cells of rows, of which some columns may be left out.
struct Table {
    columns: Vec<Column>,
}

struct Column {
    head: &'static str,
    cells: Vec<String>,
    is_right: bool,
    width: usize,
}

impl Column {
    fn new(head: &'static str, is_right: bool, cells: Vec<String>) -> Self {
        let mut column = Self { head, cells, is_right, width: 0 };
        column.widen();
        column
    }

    fn widen(&mut self) {
        let widest = self.cells.iter().map(|cell| text::width(cell)).max().unwrap_or(0);
        self.width = widest.max(self.head.len());
    }
}

impl Table {
    fn of(rows: &[Row]) -> Self {
        let column = |head: &'static str, is_right, cell: &dyn Fn(&Row) -> String| {
            let visible = rows.iter().map(|row| text::visible(&cell(row)));
            let most = if head.is_empty() { usize::MAX } else { MOST_CELL };
            Column::new(head, is_right, visible.map(|cell| text::cut_middle(&cell, most)).collect())
        };
        // Values stand below one another, with a star or without.
        let own = if rows.iter().all(|row| row.is_measured) { "" } else { " " };
        let or_nothing = |text: Option<String>| text.unwrap_or_default();
        let columns = vec![
            column("", false, &|row| row.mark.symbol().to_owned()),
            column("", false, &|row| row.name()),
            column("value", true, &|row| row.value_text() + if row.is_measured { own } else { "*" }),
            column("baseline", true, &|row| {
                or_nothing(row.baseline.map(|it| unit::human(it.center, &row.unit)))
            }),
            column("change", true, &|row| or_nothing(row.change().map(unit::change))),
            column("target", false, &|row| or_nothing(target(row))),
            column("headroom", false, &|row| or_nothing(headroom(row))),
            column("trend", false, &|row| {
                if row.baseline.is_some() { row.sparkline() } else { String::new() }
            }),
        ];
        let mut table = Self { columns };
        table.columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()));
        table.fit();
        table
    }

    /// Makes it as narrow as it must be: names are shortened, and what other columns say too is left out.
    fn fit(&mut self) {
        for left_out in ["baseline", "headroom", "trend"] {
            if self.width() - self.name_width() + self.name_width().min(USUAL_NAME) <= COLUMNS {
                break;
            }
            self.columns.retain(|column| column.head != left_out);
        }
        let room = (COLUMNS + self.name_width()).saturating_sub(self.width()).max(1);
        if let Some(names) = self.columns.get_mut(1) {
            names.cells.iter_mut().for_each(|name| *name = text::cut_middle(name, room));
            names.widen();
        }
    }

    fn name_width(&self) -> usize {
        self.columns.get(1).map_or(0, |column| column.width)
    }

    fn width(&self) -> usize {
        let gaps = self.columns.len().saturating_sub(1) * GAP;
        self.columns.iter().map(|column| column.width).sum::<usize>() + gaps
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let rows = self.columns.first().map_or(0, |column| column.cells.len());
        let head = (rows > 0).then(|| self.line(|column| column.head));
        head.into_iter()
            .chain((0..rows).map(|row| self.line(|column| column.cells.get(row).map_or("", String::as_str))))
    }

    fn line<'a>(&'a self, cell: impl Fn(&'a Column) -> &'a str) -> String {
        let mut line = String::new();
        for (index, column) in self.columns.iter().enumerate() {
            let cell = cell(column);
            let padding = " ".repeat(column.width.saturating_sub(text::width(cell)));
            line.push_str(if index == 0 { "" } else { "  " });
            let (before, after) = if column.is_right { (&*padding, "") } else { ("", &*padding) };
            line.push_str(before);
            line.push_str(cell);
            line.push_str(after);
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// `max 50 ms/page`.
fn target(row: &Row) -> Option<String> {
    let target = row.target.as_ref()?;
    let (word, limit) = match (target.max, target.min) {
        (Some(max), Some(min)) if row.value_for_target() >= min => ("max", max),
        (_, Some(min)) => ("min", min),
        (Some(max), None) => ("max", max),
        (None, None) => return None,
    };
    let per = row.per.as_deref().map_or_else(String::new, |per| format!("/{}", unit::singular(per)));
    Some(format!("{word} {}{per}", unit::human(limit, &row.unit)))
}

/// `1.3 times`, or `missed 12 %`.
fn headroom(row: &Row) -> Option<String> {
    let past = row.standing.past_target?;
    if past > 0.0 {
        let percent = past * 100.0;
        return Some(match percent {
            far if far >= 10_000.0 => "missed".to_owned(),
            usual if usual >= 9.95 => format!("missed {usual:.0} %"),
            small => format!("missed {small:.1} %"),
        });
    }
    row.headroom.map(|times| match times {
        hardly if hardly < 1.095 => format!("{hardly:.2} times"),
        few if few < 9.95 => format!("{few:.1} times"),
        many if many < 999.5 => format!("{many:.0} times"),
        many if many < 1e6 => {
            let step = 10_f64.powf(many.log10().floor() - 1.0);
            format!("{} times", unit::counted((many / step).round() * step))
        }
        _ => "far".to_owned(),
    })
}
