//! A run as a comment below a pull request.

use std::fmt::Write as _;

use plimsoll_model::{RunVerdict, SeriesEvaluation, SeriesVerdict, Severity};

use super::headline::{Part, headline};
use super::{Holding, RunView, is_notable, ranked};
use crate::markdown::{MAX_BYTES, capitalised, code, prose, rows_within, value};
use crate::name::Naming;
use crate::{number, wording};

/// Complaints that are listed.
const MOST_COMPLAINTS: usize = 20;
/// Series whose findings are told in words.
const MOST_REMARKED: usize = 20;
const TABLE_HEAD: &str =
    "| | benchmark | metric | baseline | current | change | status |\n|---|---|---|---:|---:|---:|---|\n";

impl RunView<'_> {
    /// Like a good comment below a pull request: headline, what it was held against, table, summary, unchanged
    /// series folded. At most 64,000 bytes: rows that do not fit are left out from the end, which is said.
    pub fn markdown(&self) -> String {
        let head = self.markdown_head();
        let foot = self.markdown_foot();
        let holding = Holding::of(self);
        let (unchanged, notable): (Vec<_>, Vec<_>) =
            ranked(self.evaluation, &holding).into_iter().partition(|series| {
                series.verdict == SeriesVerdict::Unchanged && holding.alert(series).is_none()
            });
        let mut budget = MAX_BYTES.saturating_sub(head.len() + foot.len() + 1_000);
        let naming = Naming::among(self.evaluation.series.iter().map(|series| &series.key)).without_metric();
        let mut out = head;
        if !notable.is_empty() {
            let (rows, left_out) =
                rows_within(notable.iter().map(|series| row(series, &holding, naming)), budget * 3 / 4);
            budget -= rows.len();
            let _ = write!(out, "{TABLE_HEAD}{rows}");
            write_left_out(&mut out, left_out, &notable);
            out.push('\n');
        }
        let summary = self.markdown_summary();
        if !summary.is_empty() {
            let _ = writeln!(out, "{summary}\n");
        }
        let telling: Vec<&SeriesEvaluation> =
            notable.iter().chain(unchanged.iter().filter(|series| is_notable(series))).copied().collect();
        let remarks = remarks(&telling, &holding, naming);
        let (remarks, _) = rows_within(remarks.into_iter(), budget / 3);
        budget -= remarks.len();
        if !remarks.is_empty() {
            let _ = writeln!(out, "{remarks}");
        }
        if !unchanged.is_empty() {
            let (rows, left_out) =
                rows_within(unchanged.iter().map(|series| row(series, &holding, naming)), budget);
            let _ = write!(
                out,
                "<details><summary>{} unchanged</summary>\n\n{TABLE_HEAD}{rows}",
                number::grouped(unchanged.len())
            );
            write_left_out(&mut out, left_out, &[]);
            out.push_str("\n</details>\n\n");
        }
        out + &foot
    }

    fn markdown_head(&self) -> String {
        let headline = headline(self);
        let mut out = format!("### {} ", headline.mark);
        for (index, part) in headline.parts.iter().enumerate() {
            match part {
                Part::Words(words) if index == 0 => out.push_str(&capitalised(&prose(words))),
                Part::Words(words) => out.push_str(&prose(words)),
                Part::Name(name) => out.push_str(&code(name)),
            }
        }
        out.push_str("\n\n");
        let mut facts = Vec::new();
        if let Some(branch) = self.run.branch {
            facts.push(format!("**Branch:** {}", code(branch)));
        }
        if let Some(baseline) = &self.evaluation.baseline {
            facts.push(format!(
                "**Baseline:** {} ({})",
                code(&baseline.name),
                number::counted(baseline.runs, "run", "runs")
            ));
        }
        if self.run.commit.is_some() {
            facts.push(format!("**Commit:** {}", code(&self.run.commit_label())));
        }
        if !facts.is_empty() {
            let _ = writeln!(out, "{}\n", facts.join(" · "));
        }
        out
    }

    /// `**3 improved, 1 regressed (acceptable)**, 1 inconclusive, 61 unchanged`.
    fn markdown_summary(&self) -> String {
        let counts = &self.evaluation.counts;
        let gate = if self.is_gate_closed() { "gate closed" } else { "acceptable" };
        let mut changed = Vec::new();
        if counts.improved > 0 {
            changed.push(format!("{} improved", number::grouped(counts.improved)));
        }
        if counts.regressed > 0 {
            changed.push(format!("{} regressed ({gate})", number::grouped(counts.regressed)));
        }
        let mut rest = Vec::new();
        for (number, word) in [
            (counts.inconclusive, "inconclusive"),
            (counts.missing, "missing"),
            (counts.new, "new"),
            (counts.unchanged, "unchanged"),
        ] {
            if number > 0 {
                rest.push(format!("{} {word}", number::grouped(number)));
            }
        }
        match (changed.is_empty(), rest.is_empty()) {
            (true, _) => rest.join(", "),
            (false, true) => format!("**{}**", changed.join(", ")),
            (false, false) => format!("**{}**, {}", changed.join(", "), rest.join(", ")),
        }
    }

    fn markdown_foot(&self) -> String {
        let mut out = String::new();
        if self.evaluation.tested > 1 && self.evaluation.has_suspects() {
            let _ = writeln!(out, "{}.\n", wording::tested(self.evaluation.tested));
        }
        if let Some(shift) = &self.evaluation.common_shift
            && self.evaluation.verdict != RunVerdict::Inconclusive
        {
            let _ = writeln!(out, "{}.\n", capitalised(&wording::common_shift(shift)));
        }
        if let Some(look) = self.second_look {
            let words = wording::second_look(look.suspected, look.confirmed);
            let _ = writeln!(out, "{}.\n", capitalised(&words));
        }
        let open: Vec<String> = self
            .grave_alerts()
            .0
            .iter()
            .take(MOST_COMPLAINTS)
            .map(|alert| format!("{} {} ({})", alert.id, code(&alert.series.short()), alert.state.name()))
            .collect();
        if !open.is_empty() {
            let _ = writeln!(out, "Alerts: {}\n", open.join(", "));
        }
        let total = self.all_complaints().count();
        if total > 0 {
            let noun = number::counted(total, "complaint", "complaints");
            let _ = writeln!(out, "<details><summary>{noun} about the input</summary>\n");
            for complaint in self.all_complaints().take(MOST_COMPLAINTS) {
                let _ = writeln!(out, "- {}", code(&wording::complaint(complaint)));
            }
            if total > MOST_COMPLAINTS {
                let _ = writeln!(out, "- … {} more", number::grouped(total - MOST_COMPLAINTS));
            }
            out.push_str("\n</details>\n\n");
        }
        let _ = writeln!(
            out,
            "<sub>{} · suite {} · testbed {} · {} · run {}</sub>",
            code(self.run.project),
            code(self.run.suite),
            code(self.run.testbed),
            number::minute(self.run.started_at),
            code(self.run.id)
        );
        out
    }
}

fn row(series: &SeriesEvaluation, holding: &Holding<'_>, naming: Naming) -> String {
    let baseline =
        series.baseline.map_or_else(|| "–".to_owned(), |baseline| number::baseline(&baseline, &series.unit));
    let current = series.value.map_or_else(|| "–".to_owned(), |now| series.unit.human(now));
    let mut change = series.change.map_or_else(|| "–".to_owned(), number::change);
    if matches!(series.verdict, SeriesVerdict::Regressed | SeriesVerdict::Improved) {
        change = format!("**{change}**");
    }
    if let Some(interval) = series.change_interval {
        let _ = write!(change, " ({})", number::change_interval(interval));
    }
    format!(
        "| {} | {} | {} | {} | {} | {change} | {} |\n",
        emoji(series, holding),
        code(&naming.of(&series.key)),
        code(&series.key.metric),
        value(&baseline),
        value(&current),
        wording::verdict(series.verdict, series.severity),
    )
}

fn emoji(series: &SeriesEvaluation, holding: &Holding<'_>) -> &'static str {
    match series.verdict {
        _ if holding.alert(series).is_some() => "🔴",
        SeriesVerdict::Regressed if series.closes_gate || series.severity >= Some(Severity::Error) => "🔴",
        SeriesVerdict::Regressed => "🟡",
        SeriesVerdict::Improved => "🟢",
        SeriesVerdict::Inconclusive => "❔",
        SeriesVerdict::Missing => "➖",
        SeriesVerdict::New => "🆕",
        SeriesVerdict::Unchanged => "⚪",
    }
}

/// A list of what the findings say, worst first.
fn remarks(notable: &[&SeriesEvaluation], holding: &Holding<'_>, naming: Naming) -> Vec<String> {
    notable
        .iter()
        .filter(|series| series.verdict != SeriesVerdict::New)
        .take(MOST_REMARKED)
        .filter_map(|series| {
            let remarks: Vec<String> =
                holding.remark(series).into_iter().chain(wording::remarks(series)).collect();
            (!remarks.is_empty()).then(|| {
                let shown: Vec<String> = remarks.iter().map(|remark| prose(remark)).collect();
                format!(
                    "- {} {}: {}\n",
                    code(&naming.of(&series.key)),
                    code(&series.key.metric),
                    shown.join("; ")
                )
            })
        })
        .collect()
}

fn write_left_out(out: &mut String, left_out: usize, among: &[&SeriesEvaluation]) {
    if left_out == 0 {
        return;
    }
    let regressed =
        among.iter().rev().take(left_out).filter(|series| series.verdict == SeriesVerdict::Regressed).count();
    let rows = number::counted(left_out, "more row", "more rows");
    let of_them = match regressed {
        0 => String::new(),
        some => format!(", {} of them regressed", number::grouped(some)),
    };
    let _ = writeln!(out, "\n_{rows} left out for length{of_them}._");
}
