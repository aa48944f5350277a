//! A run at a glance.

use std::collections::HashMap;

use plimsoll_model::{AlertState, Evidence, RunVerdict, SeriesEvaluation, SeriesVerdict, Unit};

use super::folding::Folding;
use super::headline::{Headline, Part, headline};
use super::{Holding, RunView, is_notable, is_over_target, mark, ranked};
use crate::name::Naming;
use crate::screen::{Page, Screen};
use crate::sparkline::sparkline;
use crate::style::{Span, Tone};
use crate::table::{Column, Table};
use crate::{number, text, wording};

/// Values in a sparkline, the newest included.
const SPARKLINE_COLUMNS: usize = 16;
/// Columns of one name in the first line.
const LONGEST_NAME: usize = 60;
/// A remark that stands below more series than this is said once instead.
const MOST_REPEATED: usize = 3;
/// Complaints and alerts that are shown each.
const MOST_MENTIONED: usize = 8;

impl RunView<'_> {
    /// A table that a person reads at a glance: the verdict of the run and the gate in the first line, then the
    /// series, ranked. `all` shows every series; without it, long lists of one verdict are folded.
    pub fn terminal(&self, screen: &Screen, all: bool) -> String {
        let mut page = Page::new(screen);
        let headline = headline(self);
        write_headline(&headline, &mut page);
        self.write_facts(&mut page);
        if !self.evaluation.series.is_empty() {
            page.blank();
            self.write_series(&mut page, all);
        }
        self.write_footer(&mut page, headline.says_counts);
        page.finish()
    }

    fn write_facts(&self, page: &mut Page<'_>) {
        let run = &self.run;
        let mut facts = vec![format!("{} {}", run.project, run.suite), String::new()];
        match (run.branch, &self.evaluation.baseline) {
            (branch, Some(baseline)) => facts.push(format!(
                "{}against {} ({})",
                branch.map_or_else(String::new, |branch| format!("{branch} ")),
                baseline.name,
                number::counted(baseline.runs, "run", "runs")
            )),
            (Some(branch), None) => facts.push(branch.to_owned()),
            (None, None) => {}
        }
        facts.push(run.testbed.to_owned());
        let taken = text::width(&facts.join(" · ")) + 2;
        let room = page.screen.columns().saturating_sub(taken);
        facts[1] = run.commit_with_subject(room, page.screen.ellipsis());
        let mut spans = vec![Span::quiet(&facts.join(" · "))];
        for remark in run.remarks().iter().filter(|remark| **remark != "dirty") {
            spans.push(Span::quiet(" · "));
            spans.push(Span::new(remark, Tone::Doubt));
        }
        page.line(2, &spans);
    }

    /// Writes the table, and how many series of which verdict were left out.
    fn write_series(&self, page: &mut Page<'_>, all: bool) {
        let keys = self.evaluation.series.iter().map(|series| &series.key);
        let (naming, beginning) = Naming::among(keys.clone()).below_beginning(keys);
        if let Some(beginning) = beginning {
            page.line(2, &[Span::quiet(&wording::beginning(beginning))]);
        }
        let mut table = Table::new(
            page.screen,
            vec![
                Column::left("", Column::ALWAYS),
                Column::name("benchmark"),
                Column::sparkline("history", 2),
                Column::right("now", 5),
                Column::right("baseline", 3),
                Column::right("change", Column::ALWAYS),
                Column::left("interval", Column::LUXURY),
                Column::left("verdict", 4),
            ],
        );
        let holding = Holding::of(self);
        let ranked = ranked(self.evaluation, &holding);
        let Folding { shown, folds } = Folding::of(&ranked, &holding, all);
        // What is said once holds for those that hide, too.
        let repeated = repeated(ranked.iter().map(|series| remarks(series, &holding)));
        for series in shown {
            table.row(row(series, &holding, naming));
            for remark in remarks(series, &holding) {
                if !repeated.iter().any(|(said, _)| *said == remark) {
                    table.remark(vec![Span::quiet(&remark)]);
                }
            }
        }
        table.write(0, page);
        for (remark, number) in repeated {
            page.line(2, &[Span::quiet(&format!("{} series: {remark}", number::grouped(number)))]);
        }
        for fold in folds {
            page.line(2, &[Span::quiet(&fold.words())]);
        }
    }

    fn write_footer(&self, page: &mut Page<'_>, has_counts: bool) {
        page.blank();
        let counts = wording::counts(&self.evaluation.counts);
        if !counts.is_empty() && !has_counts {
            page.line(0, &[Span::plain(&counts)]);
        }
        if self.evaluation.tested > 1 && self.evaluation.has_suspects() {
            page.line(0, &[Span::quiet(&wording::tested(self.evaluation.tested))]);
        }
        if let Some(shift) = &self.evaluation.common_shift
            && self.evaluation.verdict != RunVerdict::Inconclusive
        {
            page.line(0, &[Span::new("! ", Tone::Doubt), Span::plain(&wording::common_shift(shift))]);
        }
        if let Some(look) = self.second_look {
            let text = wording::second_look(look.suspected, look.confirmed);
            page.line(0, &[Span::plain(&text)]);
        }
        if let Some(usage) = self.usage_line() {
            page.line(0, &[Span::quiet(&usage)]);
        }
        self.write_alerts(page);
        let complaints: Vec<String> = self.all_complaints().map(wording::complaint).collect();
        for complaint in complaints.iter().take(MOST_MENTIONED) {
            page.line(0, &[Span::new("! ", Tone::Doubt), Span::plain(complaint)]);
        }
        write_rest(page, complaints.len(), "complaints");
        page.line(0, &[Span::quiet(&format!("run {}", self.run.id))]);
    }

    fn usage_line(&self) -> Option<String> {
        let usage = self.usage?;
        let wall = Unit::NANOSECONDS.human(usage.wall_ns as f64);
        let cpu = Unit::NANOSECONDS.human(usage.user_cpu_ns as f64 + usage.system_cpu_ns as f64);
        let peak = Unit::BYTES.human(usage.peak_rss_bytes as f64);
        Some(format!("the command: wall {wall} · cpu {cpu} · peak memory {peak} (largest process)"))
    }

    fn write_alerts(&self, page: &mut Page<'_>) {
        let (grave, minor) = self.grave_alerts();
        for alert in grave.iter().take(MOST_MENTIONED) {
            let mut text = format!("alert #{} {} ", alert.id, alert.state.name());
            text.push_str(&alert.series.short());
            if let Some(began) = &alert.began {
                text.push_str(&format!(" since {}", number::short_hash(began)));
            }
            if let Some(by) = &alert.by {
                text.push_str(&format!(" by {by}"));
            }
            if let Some(notes) = &alert.notes {
                text.push_str(&format!(": {notes}"));
            }
            if alert.state == AlertState::Open {
                text.push_str(&format!(" · plimsoll alert ack {} --note …", alert.id));
            }
            let mark = Span::new("! ", Tone::of_severity(alert.severity));
            page.line(0, &[mark, Span::plain(&text)]);
        }
        write_rest(page, grave.len(), "alerts");
        if minor > 0 {
            let noun = number::counted(minor, "alert", "alerts");
            let text = format!("{noun} of severity info: plimsoll alert ls shows them");
            page.line(0, &[Span::quiet(&text)]);
        }
    }
}

/// What is said below a series.
fn remarks(series: &SeriesEvaluation, holding: &Holding<'_>) -> Vec<String> {
    match (series.verdict, holding.remark(series)) {
        (SeriesVerdict::Unchanged, None) if !is_notable(series) && !is_unnoticeable(series) => Vec::new(),
        (_, of_alert) => of_alert.into_iter().chain(wording::remarks(series)).collect(),
    }
}

/// Whether the row alone would make one wonder why nothing is said of so large a change.
fn is_unnoticeable(series: &SeriesEvaluation) -> bool {
    series.findings.iter().any(|finding| matches!(finding.evidence, Evidence::Unnoticeable { .. }))
}

/// Remarks that would stand below many series, or below each of several, each with how many, in the order in which they come; they are
/// said once.
fn repeated(remarks: impl Iterator<Item = Vec<String>>) -> Vec<(String, usize)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut numbers: Vec<(String, usize)> = Vec::new();
    let mut series = 0;
    for remark in remarks.inspect(|_| series += 1).flatten() {
        let place = *places.entry(remark).or_insert_with_key(|remark| {
            numbers.push((remark.clone(), 0));
            numbers.len() - 1
        });
        numbers[place].1 += 1;
    }
    numbers.retain(|(_, number)| *number > MOST_REPEATED || *number > 1 && *number == series);
    numbers
}

fn write_headline(headline: &Headline, page: &mut Page<'_>) {
    let mut spans = vec![Span::new(headline.mark, headline.tone).strong(), Span::plain(" ")];
    spans.extend(headline.parts.iter().map(|part| match part {
        Part::Words(words) => Span::new(words, headline.tone).strong(),
        Part::Name(name) => {
            let name = text::cut_middle(&text::visible(name), LONGEST_NAME, page.screen.ellipsis());
            Span::new(&name, headline.tone).strong()
        }
    }));
    page.line(0, &spans);
}

fn write_rest(page: &mut Page<'_>, number: usize, noun: &str) {
    if number > MOST_MENTIONED {
        let text = format!("… {} more {noun}", number::grouped(number - MOST_MENTIONED));
        page.line(2, &[Span::quiet(&text)]);
    }
}

fn row(series: &SeriesEvaluation, holding: &Holding<'_>, naming: Naming) -> Vec<Vec<Span>> {
    let tone = Tone::of(series.verdict, series.severity);
    let alert = holding.alert(series);
    let name_tone = match series.verdict {
        SeriesVerdict::Unchanged if alert.is_none() => Tone::Quiet,
        _ => Tone::Plain,
    };
    let mark_tone = match alert {
        Some(alert) => Tone::of_severity(alert.severity),
        None if is_over_target(series) && tone == Tone::Quiet => Tone::Doubt,
        None => tone,
    };
    let mut mark = Span::new(mark(series, holding), mark_tone);
    let mut name = Span::new(&naming.of(&series.key), name_tone);
    let mut change = Span::new(&series.change.map_or_else(String::new, number::change), tone);
    if alert.is_some() {
        (mark, name) = (mark.strong(), name.strong());
    }
    if series.verdict == SeriesVerdict::Regressed {
        (mark, name, change) = (mark.strong(), name.strong(), change.strong());
    }
    let baseline =
        series.baseline.map_or_else(String::new, |baseline| number::baseline(&baseline, &series.unit));
    let interval = series.change_interval.map_or_else(String::new, number::change_interval);
    vec![
        vec![mark],
        vec![name],
        history(series, tone),
        vec![Span::new(&series.value.map_or_else(String::new, |value| series.unit.human(value)), name_tone)],
        vec![Span::quiet(&baseline)],
        vec![change],
        vec![Span::quiet(&interval)],
        vec![Span::new(wording::brief_verdict(series.verdict, series.severity), tone)],
    ]
}

/// The sparkline: what was, quiet; what is, in the verdict's tone.
fn history(series: &SeriesEvaluation, tone: Tone) -> Vec<Span> {
    if series.history.is_empty() {
        return Vec::new();
    }
    let newest = series.history.len().saturating_sub(SPARKLINE_COLUMNS);
    let mut values = series.history[newest..].to_vec();
    values.extend(series.value);
    let mut line: Vec<char> = sparkline(&values, SPARKLINE_COLUMNS).chars().collect();
    let last = match series.value {
        Some(_) => line.split_off(line.len().saturating_sub(1)),
        None => Vec::new(),
    };
    vec![Span::quiet(&String::from_iter(line)), Span::new(&String::from_iter(last), tone)]
}
