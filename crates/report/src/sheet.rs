//! Comma-separated values that a spreadsheet may open without running them.

use plimsoll_model::{Direction, SeriesKey, Unit};

use crate::{text, wording};

/// What every row about a series begins with.
const SERIES_HEADINGS: [&str; 8] =
    ["series", "suite", "testbed", "benchmark", "parameters", "metric", "unit", "direction"];

/// Rows for a spreadsheet (RFC 4180), the headings first.
pub(crate) struct Sheet {
    writer: csv::Writer<Vec<u8>>,
}

/// One cell.
pub(crate) enum Cell<'a> {
    Text(&'a str),
    Number(f64),
    Whole(usize),
    Empty,
}

impl Sheet {
    pub(crate) fn new(headings: &[&str]) -> Self {
        let mut sheet = Self::without_headings();
        sheet.record(headings.iter().map(|heading| (*heading).to_owned()));
        sheet
    }

    /// A row is about a series, and has these besides.
    pub(crate) fn of_series(headings: &[&str]) -> Self {
        Self::new(&[&SERIES_HEADINGS, headings].concat())
    }

    /// A sheet that goes on where another ended.
    pub(crate) fn without_headings() -> Self {
        Self { writer: csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()) }
    }

    /// Adds a row: a cell for each heading.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) {
        self.record(cells.iter().map(Cell::written));
    }

    /// Adds a row about a series: a cell for each heading behind those that say which.
    pub(crate) fn series_row(
        &mut self,
        key: &SeriesKey,
        unit: &Unit,
        direction: Direction,
        cells: &[Cell<'_>],
    ) {
        let name = key.to_string();
        let parameters = wording::parameters(&key.parameters);
        let which = [
            name.as_str(),
            &key.suite,
            &key.testbed,
            &key.benchmark,
            &parameters,
            &key.metric,
            unit.symbol(),
            wording::direction(direction),
        ];
        let which = which.map(|text| Cell::Text(text).written());
        self.record(which.into_iter().chain(cells.iter().map(Cell::written)));
    }

    fn record(&mut self, fields: impl Iterator<Item = String>) {
        self.writer
            .write_record(fields)
            .expect("every row has a cell for each heading, and memory does not fail");
    }

    pub(crate) fn finish(self) -> String {
        let bytes = self.writer.into_inner().expect("writing to memory does not fail");
        String::from_utf8(bytes).expect("only text was written")
    }
}

impl<'a> Cell<'a> {
    pub(crate) fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::Number)
    }

    pub(crate) fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Empty, Self::Text)
    }

    fn written(&self) -> String {
        match self {
            Self::Text(text) => defused(text),
            Self::Number(value) if value.is_finite() => value.to_string(),
            Self::Whole(value) => value.to_string(),
            Self::Number(_) | Self::Empty => String::new(),
        }
    }
}

/// `text` so that no spreadsheet takes it for a formula: an apostrophe goes before what would start one. A plain
/// number is not a formula.
fn defused(text: &str) -> String {
    let shown = text::visible_but_spaces(text);
    let starts_formula = shown.starts_with(['=', '+', '-', '@', '\t', '\n', '\r', '＝', '＋', '－', '＠']);
    let is_number = shown.parse::<f64>().is_ok_and(f64::is_finite);
    if starts_formula && !is_number { format!("'{shown}") } else { shown.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_stay() {
        let mut sheet = Sheet::new(&["a", "b"]);
        sheet.row(&[Cell::Text("=HYPERLINK(\"x\")"), Cell::Number(-1.5)]);
        sheet.row(&[Cell::Text("-1.5"), Cell::Text("-1.5+cmd|x")]);
        sheet.row(&[Cell::Text("@all, you"), Cell::Text("two\nlines")]);
        sheet.row(&[Cell::Text("\t=1\u{1b}[31m"), Cell::Number(f64::INFINITY)]);
        sheet.row(&[Cell::Text("\r=1"), Cell::Number(15.2e6)]);
        assert_eq!(
            sheet.finish(),
            "a,b\r\n\"'=HYPERLINK(\"\"x\"\")\",-1.5\r\n-1.5,'-1.5+cmd|x\r\n\"'@all, you\",\"two\nlines\"\r\n\
             '\t=1\\x1b[31m,\r\n\\r=1,15200000\r\n"
        );
    }
}
