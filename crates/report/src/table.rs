//! Aligned columns that give way, the least important first, when the terminal is narrow.

use crate::screen::{Page, Screen};
use crate::style::Span;
use crate::text;

/// Columns between two cells.
const GAP: usize = 2;
/// A name is not cut below this width while another column can be left out instead.
const COMFORTABLE_NAME: usize = 17;
/// Prose is not cut below this width; it is left out instead.
const COMFORTABLE_PROSE: usize = 16;
/// The widest that a cell which cannot give may be; units and suites have names of any length.
const WIDEST_RIGID: usize = 40;
/// A sparkline is not cut below this width; it is left out instead.
const COMFORTABLE_SPARKLINE: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// How the cells of a column give way when there is little room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Give {
    /// They do not; the column is left out.
    Never,
    /// They lose their middle, down to a width.
    Middle(usize),
    /// They lose their end.
    End,
    /// They lose their start: the newest stands at the end.
    Start,
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its heading; may be empty.
    pub(crate) title: &'static str,
    /// Where its cells stand.
    pub(crate) align: Align,
    /// Columns with a low rank are left out first; [`Column::ALWAYS`] stays.
    pub(crate) rank: u8,
    /// How its cells give way.
    give: Give,
}

impl Column {
    /// The rank of a column that is never left out.
    pub(crate) const ALWAYS: u8 = u8::MAX;
    /// The rank of a column that is there only while names are whole: one that is cut may be that of two rows.
    pub(crate) const LUXURY: u8 = 0;

    pub(crate) const fn left(title: &'static str, rank: u8) -> Self {
        Self { title, align: Align::Left, rank, give: Give::Never }
    }

    pub(crate) const fn right(title: &'static str, rank: u8) -> Self {
        Self { title, align: Align::Right, rank, give: Give::Never }
    }

    /// A column of names: always there, cut in the middle where it must be.
    pub(crate) const fn name(title: &'static str) -> Self {
        Self::long_name(title, COMFORTABLE_NAME)
    }

    /// A column of names that matter so much that they are cut below `comfortable` columns only when no other
    /// column is left to give way.
    pub(crate) const fn long_name(title: &'static str, comfortable: usize) -> Self {
        Self { title, align: Align::Left, rank: Self::ALWAYS, give: Give::Middle(comfortable) }
    }

    /// A column of sparklines: the newest values are kept.
    pub(crate) const fn sparkline(title: &'static str, rank: u8) -> Self {
        Self { title, align: Align::Left, rank, give: Give::Start }
    }

    /// The least width that is comfortable, for a column of this natural width, before a column of `rank` is left out.
    fn comfortable(&self, natural: usize, rank: u8) -> usize {
        match self.give {
            Give::Middle(_) if rank == Self::LUXURY => natural.min(WIDEST_RIGID),
            Give::Never => natural.min(WIDEST_RIGID),
            Give::Middle(comfortable) => natural.min(comfortable),
            Give::End => natural.min(COMFORTABLE_PROSE),
            Give::Start => natural.min(COMFORTABLE_SPARKLINE.max(text::width(self.title))),
        }
    }

    /// A column of prose, cut where it must be and left out when there is no room.
    pub(crate) const fn prose(title: &'static str, rank: u8) -> Self {
        Self { title, align: Align::Left, rank, give: Give::End }
    }
}

/// Rows of cells, with remarks in words below some of them.
pub(crate) struct Table<'s> {
    screen: &'s Screen,
    columns: Vec<Column>,
    lines: Vec<Line>,
}

enum Line {
    Row(Vec<Vec<Span>>),
    Remark(Vec<Span>),
}

impl<'s> Table<'s> {
    pub(crate) fn new(screen: &'s Screen, columns: Vec<Column>) -> Self {
        Self { screen, columns, lines: Vec::new() }
    }

    /// Adds a row: one cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<Vec<Span>>) {
        let fitted = cells
            .into_iter()
            .map(|cell| cell.into_iter().map(|span| self.screen.fit(span)).collect())
            .collect();
        self.lines.push(Line::Row(fitted));
    }

    /// Adds a remark below the last row, standing under its name.
    pub(crate) fn remark(&mut self, spans: Vec<Span>) {
        self.lines.push(Line::Remark(spans));
    }

    /// Writes the table behind `indent` columns, its headings first.
    pub(crate) fn write(self, indent: usize, page: &mut Page<'_>) {
        let widths = self.widths(indent);
        let starts = starts(&widths, indent);
        let remark_indent = self
            .columns
            .iter()
            .position(|column| matches!(column.give, Give::Middle(_)))
            .map_or(indent, |place| starts[place]);
        let titles: Vec<Vec<Span>> =
            self.columns.iter().map(|column| vec![self.screen.fit(Span::quiet(column.title))]).collect();
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            self.write_row(&titles, &widths, &starts, page);
        }
        for line in &self.lines {
            match line {
                Line::Row(cells) => self.write_row(cells, &widths, &starts, page),
                Line::Remark(spans) => page.line(remark_indent + 2, spans),
            }
        }
    }

    fn write_row(&self, cells: &[Vec<Span>], widths: &[usize], starts: &[usize], page: &mut Page<'_>) {
        let mut placed: Vec<(usize, Vec<Span>)> = Vec::with_capacity(cells.len());
        for (place, cell) in cells.iter().enumerate() {
            if widths[place] == 0 {
                continue;
            }
            let cell = cut(cell, widths[place], self.columns[place].give, self.screen.ellipsis());
            let slack = widths[place].saturating_sub(cell_width(&cell));
            let shift = match self.columns[place].align {
                Align::Left => 0,
                Align::Right => slack,
            };
            placed.push((starts[place] + shift, cell));
        }
        let borrowed: Vec<(usize, &[Span])> =
            placed.iter().map(|(start, cell)| (*start, cell.as_slice())).collect();
        page.cells(&borrowed);
    }

    /// The width of each column; 0 for one that is left out.
    fn widths(&self, indent: usize) -> Vec<usize> {
        let mut natural = vec![0; self.columns.len()];
        for line in &self.lines {
            if let Line::Row(cells) = line {
                for (place, cell) in cells.iter().enumerate() {
                    natural[place] = natural[place].max(cell_width(cell));
                }
            }
        }
        for (place, column) in self.columns.iter().enumerate() {
            if natural[place] > 0 {
                natural[place] = natural[place].max(text::width(column.title));
            }
        }
        let room = self.screen.columns().saturating_sub(indent);
        loop {
            let least = (0..natural.len())
                .filter(|place| natural[*place] > 0 && self.columns[*place].rank != Column::ALWAYS)
                .min_by_key(|place| self.columns[*place].rank);
            match least {
                Some(place) if self.demand(&natural, self.columns[place].rank) > room => natural[place] = 0,
                _ => return self.stretched(natural, room),
            }
        }
    }

    /// Columns that cells and gaps need to be comfortable, before a column of `rank` is left out.
    fn demand(&self, natural: &[usize], rank: u8) -> usize {
        let shown = natural.iter().filter(|width| **width > 0).count();
        let cells: usize =
            self.columns.iter().zip(natural).map(|(column, width)| column.comfortable(*width, rank)).sum();
        cells + GAP * shown.saturating_sub(1)
    }

    /// Gives the columns that can stretch what the others leave, first to the first; takes what is lacking even so
    /// from the widest.
    fn stretched(&self, mut natural: Vec<usize>, room: usize) -> Vec<usize> {
        let demand = self.demand(&natural, Column::ALWAYS);
        let mut spare = room.saturating_sub(demand);
        for (column, width) in self.columns.iter().zip(&mut natural) {
            let base = column.comfortable(*width, Column::ALWAYS);
            let given = match column.give {
                Give::Never => 0,
                _ => spare.min(*width - base),
            };
            spare -= given;
            *width = base + given;
        }
        for _ in room..demand {
            if let Some(widest) = natural.iter_mut().max() {
                *widest -= usize::from(*widest > 1);
            }
        }
        natural
    }
}

fn starts(widths: &[usize], indent: usize) -> Vec<usize> {
    let mut start = indent;
    widths
        .iter()
        .map(|width| {
            let own = start;
            if *width > 0 {
                start += width + GAP;
            }
            own
        })
        .collect()
}

fn cell_width(cell: &[Span]) -> usize {
    cell.iter().map(|span| text::width(&span.text)).sum()
}

/// A cell in at most `columns` columns.
fn cut(cell: &[Span], columns: usize, give: Give, ellipsis: &'static str) -> Vec<Span> {
    let mut surplus = cell_width(cell).saturating_sub(columns);
    cell.iter()
        .map(|span| {
            let own = text::width(&span.text);
            let lost = surplus.min(own);
            surplus -= lost;
            let text = match give {
                _ if lost == 0 => span.text.clone(),
                // A sparkline has one column a character.
                Give::Start => span.text.chars().skip(lost).collect(),
                Give::End => text::cut_end(&span.text, own - lost, ellipsis),
                Give::Middle(_) | Give::Never => text::cut_middle(&span.text, own - lost, ellipsis),
            };
            Span { text, ..*span }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(width: usize, expected: &str) {
        let screen = Screen { width, color: false, unicode: true, now: jiff::Timestamp::UNIX_EPOCH };
        let mut table = Table::new(
            &screen,
            vec![Column::name("benchmark"), Column::right("now", 2), Column::left("note", 1)],
        );
        let row =
            |name, now, note| vec![vec![Span::plain(name)], vec![Span::plain(now)], vec![Span::plain(note)]];
        table.row(row("parse/of/a/very/large/json/document", "1 ms", "slow"));
        table.row(row("short", "12.5 ms", ""));
        table.remark(vec![Span::quiet("a remark in words")]);
        let mut page = Page::new(&screen);
        table.write(0, &mut page);
        assert_eq!(page.finish(), expected.replace('|', "\n"));
    }

    #[test]
    fn columns_give_way_by_rank() {
        check(
            60,
            "benchmark                                now  note|\
             parse/of/a/very/large/json/document     1 ms  slow|\
             short                                12.5 ms|  a remark in words|",
        );
        check(
            40,
            "benchmark                      now  note|\
             parse/of/a/v…son/document     1 ms  slow|\
             short                      12.5 ms|  a remark in words|",
        );
        check(
            30,
            "benchmark                  now|\
             parse/of/a…n/document     1 ms|\
             short                  12.5 ms|  a remark in words|",
        );
    }
}
