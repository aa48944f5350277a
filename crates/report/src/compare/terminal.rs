//! A comparison at a glance.

use plimsoll_model::SeriesVerdict;

use super::{CompareView, ComparedSeries, Side, mark};
use crate::name::Naming;
use crate::screen::{Page, Screen};
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::{RunFacts, number, text, wording};

/// Rows shown unless all are asked for.
const MOST_ROWS: usize = 30;

impl<'a> CompareView<'a> {
    /// A table of both values and the change, the largest first; without `all` only the first 30.
    pub fn terminal(&self, screen: &Screen, all: bool) -> String {
        let mut page = Page::new(screen);
        let ranked = self.ranked();
        let naming = Naming::among(ranked.iter().map(|series| series.key));
        self.write_headline(&ranked, naming, &mut page);
        write_side("A", &self.a, &mut page);
        write_side("B", &self.b, &mut page);
        if !ranked.is_empty() {
            page.blank();
        }
        let keys = ranked.iter().map(|series| series.key);
        let (naming, beginning) = naming.below_beginning(keys);
        if let Some(beginning) = beginning {
            page.line(2, &[Span::quiet(&wording::beginning(beginning))]);
        }
        let shown = if all || ranked.len() <= MOST_ROWS + 2 { ranked.len() } else { MOST_ROWS };
        let mut table = Table::new(
            screen,
            vec![
                Column::left("", Column::ALWAYS),
                Column::name("benchmark"),
                Column::right("A", 3),
                Column::right("B", 4),
                Column::right("change", Column::ALWAYS),
                Column::left("interval", 1),
                Column::left("verdict", 2),
            ],
        );
        for series in &ranked[..shown] {
            table.row(row(series, naming));
            for change in series.changes {
                table.remark(vec![Span::quiet(&wording::level_change(change, series.unit))]);
            }
        }
        if shown > 0 {
            table.write(0, &mut page);
        }
        if let Some(next) = ranked.get(shown) {
            let rest = number::counted(ranked.len() - shown, "more series", "more series");
            let size = next.change.map_or_else(
                || "on one side only".to_owned(),
                |change| format!("none changed by more than {}", number::percent(change)),
            );
            page.line(2, &[Span::quiet(&format!("… {rest}, {size} (--all shows them)"))]);
        }
        let remarks = self.remarks();
        if !remarks.is_empty() || !self.complaints.is_empty() {
            page.blank();
        }
        for remark in remarks {
            page.line(0, &[Span::quiet(&remark)]);
        }
        for complaint in self.complaints {
            let text = wording::complaint(complaint);
            page.line(0, &[Span::new("! ", Tone::Doubt), Span::plain(&text)]);
        }
        page.finish()
    }

    fn write_headline(&self, ranked: &[&ComparedSeries<'a>], naming: Naming, page: &mut Page<'_>) {
        let headline = self.headline(ranked);
        let mut text = format!("{} {} → {}: {}: ", headline.mark, self.a.name, self.b.name, headline.word);
        if let Some((key, change)) = &headline.largest {
            text.push_str(&format!("{} {change}; ", naming.of(key)));
        }
        text.push_str(&headline.words);
        page.line(0, &[Span::new(&text, headline.tone).strong()]);
    }
}

fn write_side(label: &str, side: &Side<'_>, page: &mut Page<'_>) {
    // One that goes by its commit needs no other name.
    let is_commit = |run: &RunFacts<'_>| run.commit.is_some_and(|hash| hash.starts_with(side.name));
    let mut facts = match side.run.as_ref().is_some_and(is_commit) {
        true => Vec::new(),
        false => vec![side.name.to_owned()],
    };
    let commit = facts.len();
    if let Some(run) = &side.run {
        facts.extend([String::new(), number::minute(run.started_at), run.testbed.to_owned()]);
    }
    if side.runs != 1 {
        facts.push(format!("median of {}", number::counted(side.runs, "run", "runs")));
    }
    if let Some(run) = &side.run {
        let taken = text::width(&facts.join(" · ")) + 5;
        let room = page.screen.columns().saturating_sub(taken);
        facts[commit] = run.commit_with_subject(room, page.screen.ellipsis());
    }
    page.line(2, &[Span::quiet(&format!("{label}  {}", facts.join(" · ")))]);
}

fn row(series: &ComparedSeries<'_>, naming: Naming) -> Vec<Vec<Span>> {
    let tone = match series.verdict() {
        SeriesVerdict::Inconclusive if series.verdict.is_none() => Tone::Plain,
        verdict => Tone::of(verdict, series.severity),
    };
    let human = |value: Option<f64>| value.map_or_else(String::new, |value| series.unit.human(value));
    let verdict = match series.verdict {
        None if series.change.is_some() => "",
        _ => wording::brief_verdict(series.verdict(), series.severity),
    };
    vec![
        vec![Span::new(mark(series), tone)],
        vec![Span::plain(&naming.of(series.key))],
        vec![Span::quiet(&human(series.a))],
        vec![Span::plain(&human(series.b))],
        vec![Span::new(&series.change.map_or_else(String::new, number::change), tone)],
        vec![Span::quiet(&series.interval.map_or_else(String::new, number::change_interval))],
        vec![Span::new(verdict, tone)],
    ]
}
