//! A line of dots over commits, in braille: two columns and four rows of dots a character.

use plimsoll_model::{SeriesVerdict, Severity, Unit};

use super::LogPoint;
use crate::number;
use crate::screen::Page;
use crate::style::{Span, Tone};
use crate::text;

/// The bits of a braille character by row and column of its dots.
const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/// Heights and widths beyond this show nothing more.
const MOST_LINES: usize = 60;
const MOST_COLUMNS: usize = 200;

/// Dots on a grid, row 0 on top.
struct Canvas {
    columns: usize,
    lines: usize,
    cells: Vec<u32>,
}

/// What the y axis spans.
struct Scale {
    low: f64,
    high: f64,
}

/// Writes the points, oldest to the left, with a value axis and marks at the commits that matter.
pub(crate) fn write(points: &[LogPoint<'_>], unit: &Unit, height: usize, page: &mut Page<'_>) {
    let lines = height.clamp(3, MOST_LINES);
    let Some(scale) = Scale::of(points) else {
        return;
    };
    let labels: Vec<String> = (0..lines)
        .map(|line| {
            let is_labelled = line == 0 || line == lines - 1 || line == lines / 2;
            let place = 1.0 - line as f64 / (lines - 1) as f64;
            if is_labelled { unit.human(scale.low + (scale.high - scale.low) * place) } else { String::new() }
        })
        .collect();
    let label_width = labels.iter().map(|label| text::width(label)).max().unwrap_or(0);
    let columns = page.screen.columns().saturating_sub(label_width + 3).clamp(4, MOST_COLUMNS);
    let canvas = Canvas::of(points, &scale, columns, lines);
    for (line, label) in labels.iter().enumerate() {
        let axis = if label.is_empty() { "│" } else { "┤" };
        page.cells(&[
            (label_width - text::width(label), &[page.screen.fit(Span::quiet(label))]),
            (label_width + 1, &[page.screen.fit(Span::quiet(axis))]),
            (label_width + 2, &[page.screen.fit(Span::plain(&canvas.line(line)))]),
        ]);
    }
    write_axis(points, label_width + 2, columns, page);
}

impl Scale {
    /// From the least to the largest value; a flat series stands in the middle. `None` without a finite value.
    fn of(points: &[LogPoint<'_>]) -> Option<Self> {
        let finite = || points.iter().map(|point| point.value).filter(|value| value.is_finite());
        let low = finite().reduce(f64::min)?;
        let high = finite().reduce(f64::max)?;
        if high > low {
            return Some(Self { low, high });
        }
        let pad = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        Some(Self { low: low - pad, high: high + pad })
    }

    /// The row of dots, from the top, of `rows`.
    fn row(&self, value: f64, rows: usize) -> usize {
        // Halves keep the difference of two large values finite.
        let place = (self.high / 2.0 - value / 2.0) / (self.high / 2.0 - self.low / 2.0);
        ((place * (rows - 1) as f64).round() as usize).min(rows - 1)
    }
}

impl Canvas {
    fn of(points: &[LogPoint<'_>], scale: &Scale, columns: usize, lines: usize) -> Self {
        let mut canvas = Self { columns, lines, cells: vec![0; columns * lines] };
        let mut previous: Option<(usize, usize)> = None;
        for (index, point) in points.iter().enumerate() {
            if !point.value.is_finite() {
                previous = None;
                continue;
            }
            let here = (place_of(index, points.len(), columns * 2), scale.row(point.value, lines * 4));
            match previous {
                Some(before) => canvas.join(before, here),
                None => canvas.dot(here),
            }
            previous = Some(here);
        }
        canvas
    }

    /// Dots from one place to the next, so that the eye can follow the line.
    fn join(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = (to.0 - from.0).max(to.1.abs_diff(from.1)).max(1);
        for step in 0..=steps {
            let share = step as f64 / steps as f64;
            let between = |start: usize, end: usize| {
                (start as f64 + (end as f64 - start as f64) * share).round() as usize
            };
            self.dot((between(from.0, to.0), between(from.1, to.1)));
        }
    }

    fn dot(&mut self, (x, y): (usize, usize)) {
        let (column, line) = (x / 2, y / 4);
        if column < self.columns && line < self.lines {
            self.cells[line * self.columns + column] |= DOTS[y % 4][x % 2];
        }
    }

    fn line(&self, line: usize) -> String {
        let cells = &self.cells[line * self.columns..(line + 1) * self.columns];
        let drawn: String = cells
            .iter()
            .map(|dots| match dots {
                0 => ' ',
                dots => char::from_u32(0x2800 + dots).unwrap_or(' '),
            })
            .collect();
        drawn.trim_end().to_owned()
    }
}

/// Where point `index` of `count` stands on `width` places.
fn place_of(index: usize, count: usize, width: usize) -> usize {
    match count {
        0 | 1 => width / 2,
        _ => index * (width - 1) / (count - 1),
    }
}

/// The x axis and below it the commits that matter, as many as there is room for: the ends first, then where
/// changes began, then the regressions.
fn write_axis(points: &[LogPoint<'_>], start: usize, columns: usize, page: &mut Page<'_>) {
    let mut wanted: Vec<usize> = vec![points.len() - 1, 0];
    wanted.extend((0..points.len()).filter(|index| points[*index].change_point.is_some()));
    wanted.extend((0..points.len()).filter(|index| is_bad(&points[*index])));
    let mut labels: Vec<(usize, usize, Span)> = Vec::new();
    let mut ticks = vec![false; columns];
    for index in wanted {
        let Some(hash) = points[index].run.commit else {
            continue;
        };
        let tick = place_of(index, points.len(), columns * 2) / 2;
        let sign = if points[index].change_point.is_some() || is_bad(&points[index]) { "!" } else { "" };
        let label = format!("{sign}{}", number::short_hash(hash));
        let span =
            page.screen.fit(Span::new(&label, if sign.is_empty() { Tone::Quiet } else { Tone::Doubt }));
        let width = text::width(&span.text);
        let at = tick.saturating_sub(width / 2).min(columns.saturating_sub(width));
        let is_free =
            labels.iter().all(|(other, other_width, _)| at + width < *other || other + other_width < at);
        if is_free {
            ticks[tick.min(columns - 1)] = true;
            labels.push((at, width, span));
        }
    }
    labels.sort_by_key(|(at, _, _)| *at);
    let axis: String = ticks.iter().map(|tick| if *tick { '┬' } else { '─' }).collect();
    page.cells(&[(start - 1, &[page.screen.fit(Span::quiet(&format!("└{axis}")))])]);
    let cells: Vec<(usize, &[Span])> =
        labels.iter().map(|(at, _, span)| (start + at, std::slice::from_ref(span))).collect();
    if !cells.is_empty() {
        page.cells(&cells);
    }
}

fn is_bad(point: &LogPoint<'_>) -> bool {
    point.verdict == Some(SeriesVerdict::Regressed) && point.severity >= Some(Severity::Warning)
}
