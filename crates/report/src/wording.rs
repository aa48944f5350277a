//! What findings, counts and verdicts are called in words; every rendering says it the same way.

use plimsoll_model::{
    Alert, Bound, CommonShift, Complaint, Counts, Direction, Evidence, Finding, LevelChange, LevelTrend,
    Parameters, SeriesEvaluation, SeriesVerdict, Severity, SmallestStep, Target, TargetOutcome, TargetStatus,
    Unit,
};

use crate::{Trend, number};

/// What stands for a list without a run.
pub(crate) const NO_RUNS: &str = "no runs yet: plimsoll run makes the first one";

/// What a finding says of its series, as a clause without a full stop.
pub(crate) fn finding(finding: &Finding, series: &SeriesEvaluation) -> String {
    let target = series.target.as_ref().map(|outcome| &outcome.target);
    match &finding.evidence {
        Evidence::Ladder { change, spreads } => ladder(*change, *spreads, series),
        Evidence::Threshold { change, limit, noise_rate } => format!(
            "{}, limit {limit}; steps that large come by themselves in {} of the runs",
            number::change(*change),
            number::percent(*noise_rate)
        ),
        Evidence::Target { over, spreads } => over_target(*over, *spreads, target, &series.unit),
        Evidence::YoungBaseline { runs, min, pooled } => young(*runs, *min, *pooled),
        Evidence::LowConfidence { confidence, would_be, further_runs } => format!(
            "the baseline is uncertain (confidence {confidence:.2}); on a firm one this would be {}; {}",
            suspected(*would_be),
            match further_runs {
                Some(runs) =>
                    format!("{} like it would make it firm", number::counted(*runs, "more run", "more runs")),
                None => "its values lie too far apart for more runs to make it firm".to_owned(),
            }
        ),
        Evidence::Unnoticeable { least, .. } => format!(
            "of a first call, less than {} more or less may have reasons outside of the program",
            series.unit.human(*least)
        ),
        Evidence::AbsoluteScale { difference } => format!(
            "{} by {}; values on both sides of zero are judged by distance, not by per cent",
            if *difference < 0.0 { "fell" } else { "rose" },
            series.unit.human(difference.abs())
        ),
        Evidence::UnitChanged { before } => format!(
            "the unit was {} before and is {} now: history starts anew",
            before.symbol(),
            series.unit.symbol()
        ),
        Evidence::ZeroBaseline { difference } => format!(
            "{} by {} from a baseline of zero",
            if *difference < 0.0 { "fell" } else { "rose" },
            series.unit.human(difference.abs())
        ),
        Evidence::NoDirection => "neither way is better: shown, never gated".to_owned(),
        Evidence::NewTestbed => {
            format!("first run of suite {} on testbed {}", series.key.suite, series.key.testbed)
        }
        Evidence::KnownOnBase { alert, branch } => {
            format!("known on {branch} as alert {alert}: not this branch's doing")
        }
        Evidence::NotConfirmed { first_value, would_be } => format!(
            "not confirmed: the first look was {} ({}), the second counts",
            series.unit.human(*first_value),
            would_be.name()
        ),
        Evidence::ChangePoint(change) if change.found_back > 0 => {
            format!("the baseline starts where {}", level_change(change, &series.unit))
        }
        Evidence::ChangePoint(change) => level_change(change, &series.unit),
        Evidence::Trend(trend) => level_trend(trend, &series.unit),
        Evidence::SeenInARow { runs, began } => in_a_row(*runs, began.as_deref()),
        Evidence::Failed => "the benchmark itself failed".to_owned(),
        Evidence::NotSignificant { .. }
        | Evidence::OwnJumps { .. }
        | Evidence::WildSamples { .. }
        | Evidence::SharedShift { .. } => doubt(&finding.evidence, series.verdict),
    }
}

fn in_a_row(runs: usize, began: Option<&str>) -> String {
    let since = began.map_or_else(String::new, |commit| format!(", since {}", number::short_hash(commit)));
    format!("{} runs in a row show it{since}", number::grouped(runs))
}

/// Why a change that is large enough is not believed, and what would settle it.
fn doubt(evidence: &Evidence, verdict: SeriesVerdict) -> String {
    match evidence {
        Evidence::NotSignificant { chance, tested, would_be, .. } if verdict == SeriesVerdict::Unchanged => {
            format!(
                "would be {}; noise explains it: chance alone does as much in {} of runs ({} tested)",
                suspected(*would_be),
                number::percent(*chance),
                number::grouped(*tested)
            )
        }
        Evidence::NotSignificant { chance, tested, would_be, further_runs } => format!(
            "would be {}, and chance alone does as much in {} of runs ({} tested); {}",
            suspected(*would_be),
            number::percent(*chance),
            number::grouped(*tested),
            settled_by(*further_runs)
        ),
        Evidence::OwnJumps { share, would_be, further_runs } => format!(
            "would be {}, and jumps as large come and go in {} of the runs of such series; {}",
            suspected(*would_be),
            number::percent(*share),
            settled_by(*further_runs)
        ),
        Evidence::WildSamples { within, between, would_be, further_runs } => format!(
            "would be {}, and the samples of this run are wild: they tell its value to ±{}, where runs lie {} apart; {}",
            suspected(*would_be),
            number::percent(*within),
            number::percent(*between),
            settled_by(*further_runs)
        ),
        Evidence::SharedShift { worsening, remaining, would_be, further_runs } => format!(
            "would be {}, and most of the run moved alike ({} {}): {} is left; {} would tell",
            suspected(*would_be),
            number::percent(worsening.abs()),
            if *worsening > 0.0 { "worse" } else { "better" },
            number::change(*remaining),
            number::counted(*further_runs, "more run", "more runs")
        ),
        _ => String::new(),
    }
}

/// What a series would be called if noise were out of the question.
fn suspected(would_be: Option<Severity>) -> &'static str {
    would_be.map_or("an improvement", Severity::name)
}

fn settled_by(further_runs: Option<usize>) -> String {
    match further_runs {
        Some(1) => "1 more run that shows the same would settle it".to_owned(),
        Some(runs) => format!("{runs} more runs that show the same would settle it"),
        None => "a few more runs would not settle it: measure more steadily".to_owned(),
    }
}

/// `whole run 14.0 % slower, 41 of 45 series: the machine, or something they all share; another run would tell`.
pub(crate) fn common_shift(shift: &CommonShift) -> String {
    format!(
        "whole run {} {}, {} of {} series: the machine, or something they all share; another run or another machine \
         would tell",
        number::percent(shift.worsening.abs()),
        if shift.worsening > 0.0 { "slower" } else { "faster" },
        number::grouped(shift.moved),
        number::grouped(shift.of)
    )
}

/// What stands above a table of benchmarks whose names begin alike.
pub(crate) fn beginning(beginning: &str) -> String {
    format!("all benchmarks begin with {beginning}")
}

/// `45 series tested for what noise does not explain`.
pub(crate) fn tested(tested: usize) -> String {
    format!("{} series tested for what noise does not explain", number::grouped(tested))
}

fn ladder(change: f64, spreads: f64, series: &SeriesEvaluation) -> String {
    let side = if change < 0.0 { "under" } else { "over" };
    let runs = series.baseline.map_or_else(String::new, |baseline| {
        format!(" of {}", number::counted(baseline.runs, "run", "runs"))
    });
    if spreads.is_finite() {
        let distance = number::factor(spreads.abs());
        format!("{} and {distance} spreads {side} the baseline{runs}", number::change(change))
    } else {
        format!("{} {side} a baseline{runs} that never varied", number::change(change))
    }
}

/// `the level rose by 8.1 % from 100 ns to 108 ns between 1a2b3c4 and 5d6e7f8, confidence 99 %`.
pub(crate) fn level_change(change: &LevelChange, unit: &Unit) -> String {
    let verb = if change.after < change.before { "fell" } else { "rose" };
    let by = moved_by(change.change(), change.after - change.before, unit);
    format!(
        "the level {verb} by {by} from {} to {} {}, confidence {}",
        unit.human(change.before),
        unit.human(change.after),
        commit_range(change),
        confidence(change.confidence)
    )
}

/// How far a level moved, without the sign: about zero in its own unit, where per cent say nothing.
fn moved_by(relatively: Option<f64>, by: f64, unit: &Unit) -> String {
    relatively.map_or_else(|| unit.human(by.abs()), number::percent)
}

/// `+22.6 % slower`; about zero `+3 ms slower`.
pub(crate) fn alert_change(alert: &Alert, direction: Direction, unit: &Unit) -> String {
    let difference = alert.current_value - alert.expected_value;
    format!(
        "{} {}",
        number::change_or(alert.change(), difference, unit),
        comparative(difference, direction, unit)
    )
}

/// `a lasting change of 3.7 % shows within 10 runs nine times in ten (8.1 % within 4, 2.2 % within 30)`. `None` where nothing is
/// known.
pub(crate) fn smallest_steps(steps: &[SmallestStep], unit: &Unit) -> Option<String> {
    let size = |step: &SmallestStep| {
        step.change.map_or_else(|| unit.human(step.step.abs()), |change| number::percent(change.abs()))
    };
    let main = steps.get(1).or_else(|| steps.first())?;
    let others: Vec<String> = steps
        .iter()
        .filter(|step| step.within_runs != main.within_runs)
        .map(|step| format!("{} within {}", size(step), step.within_runs))
        .collect();
    let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    Some(format!(
        "a lasting change of {} shows within {} nine times in ten{others}",
        size(main),
        number::counted(main.within_runs, "run", "runs")
    ))
}

/// `slowly rose by 8.1 % from 100 ns to 108 ns over 40 runs since 1a2b3c4, 0.2 % a run, confidence 99 %`.
pub(crate) fn level_trend(trend: &LevelTrend, unit: &Unit) -> String {
    let verb = if trend.slope < 0.0 { "fell" } else { "rose" };
    let by = moved_by(trend.change(), trend.after - trend.before, unit);
    let each =
        trend.change_each().map_or_else(String::new, |each| format!(", {} a run", number::percent(each)));
    let runs = number::counted(trend.began_back - trend.found_back, "run", "runs");
    let since = trend
        .began
        .as_ref()
        .map_or_else(String::new, |began| format!(" since {}", number::short_hash(began)));
    format!(
        "slowly {verb} by {by} from {} to {} over {runs}{since}{each}, confidence {}",
        unit.human(trend.before),
        unit.human(trend.after),
        confidence(trend.confidence)
    )
}

/// `between 1a2b3c4 and 5d6e7f8`: the last commit of the old level and the first of the new one.
pub(crate) fn commit_range(change: &LevelChange) -> String {
    match (&change.last_before, &change.began) {
        (Some(before), Some(began)) if before != began => {
            format!("between {} and {}", number::short_hash(before), number::short_hash(began))
        }
        (_, Some(began)) => format!("at {}", number::short_hash(began)),
        _ => format!("{} ago", number::counted(change.began_back, "run", "runs")),
    }
}

/// Never quite certain: `98 %`, `over 99.9 %`.
pub(crate) fn confidence(confidence: f64) -> String {
    match confidence {
        sure if sure >= 0.9995 => "over 99.9 %".to_owned(),
        high if high >= 0.9895 => format!("{:.1} %", high * 100.0),
        other => format!("{:.0} %", other * 100.0),
    }
}

fn over_target(over: f64, spreads: Option<f64>, target: Option<&Target>, unit: &Unit) -> String {
    let excess = target_excess(over, target, unit);
    let distance = match spreads {
        Some(spreads) if spreads.is_finite() => format!(" and {} spreads", number::factor(spreads.abs())),
        _ => String::new(),
    };
    excess + &distance
}

/// `over target APP-001 (max 500 ms) by 12 %`.
pub(crate) fn target_excess(over: f64, target: Option<&Target>, unit: &Unit) -> String {
    let name = target.map_or_else(|| "its target".to_owned(), |target| target_name(target, unit));
    let side = match target.map(|target| target.bound) {
        Some(Bound::Min(_)) => "under",
        _ => "over",
    };
    format!("{side} {name} by {}", number::percent(over))
}

fn young(runs: usize, min: usize, pooled: bool) -> String {
    if pooled {
        format!("baseline is young: {runs} of {min} runs; their samples were pooled")
    } else {
        let lacking = number::counted(min.saturating_sub(runs), "more run settles", "more runs settle");
        format!("baseline is young: {runs} of {min} runs; {lacking} it")
    }
}

/// `target APP-001 (max 500 ms)`; `unit` is that of the measured series.
pub(crate) fn target_name(target: &Target, unit: &Unit) -> String {
    let limit = target_limit(target, unit);
    match &target.id {
        Some(id) => format!("target {id} ({limit})"),
        None => format!("the target ({limit})"),
    }
}

/// `max 500 ms`, `min 1 M items/s`, `max 500 kB per page`.
pub(crate) fn target_limit(target: &Target, unit: &Unit) -> String {
    let unit = target.unit.as_ref().unwrap_or(unit);
    let (word, limit) = match target.bound {
        Bound::Max(limit) => ("max", limit),
        Bound::Min(limit) => ("min", limit),
    };
    format!("{word} {}{}", unit.human(limit), per_item(target))
}

/// The value held against a target: `15.2 ms`, `480 kB per page`. One that cannot be is the whole, of however many pages.
pub(crate) fn target_value(outcome: &TargetOutcome, unit: &Unit) -> String {
    let unit = outcome.target.unit.as_ref().unwrap_or(unit);
    let value = unit.human(outcome.value);
    match outcome.status {
        TargetStatus::NotComparable => value,
        TargetStatus::Met | TargetStatus::Over => value + &per_item(&outcome.target),
    }
}

fn per_item(target: &Target) -> String {
    target.per.as_deref().map_or_else(String::new, |items| format!(" per {}", singular(items)))
}

fn singular(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    noun.strip_suffix('s').unwrap_or(noun).to_owned()
}

/// How a value stands against its target, with its headroom: `3.2 times under target APP-001 (max 500 ms)`.
pub(crate) fn standing(outcome: &TargetOutcome, unit: &Unit) -> String {
    let name = target_name(&outcome.target, unit);
    match (outcome.status, outcome.headroom) {
        (TargetStatus::NotComparable, _) => format!("cannot be held against {name}"),
        (TargetStatus::Met, Some(headroom)) if headroom.is_finite() && headroom >= 1.05 => {
            let side = match outcome.target.bound {
                Bound::Max(_) => "under",
                Bound::Min(_) => "over",
            };
            format!("{} times {side} {name}", number::factor(headroom))
        }
        (TargetStatus::Met, _) => format!("meets {name}"),
        (TargetStatus::Over, _) => format!("misses {name}"),
    }
}

/// What is worth saying of a series below its row.
pub(crate) fn remarks(series: &SeriesEvaluation) -> Vec<String> {
    let mut remarks: Vec<String> = series.findings.iter().map(|found| finding(found, series)).collect();
    let says_target = series.findings.iter().any(|found| matches!(found.evidence, Evidence::Target { .. }));
    if let Some(outcome) = &series.target
        && !says_target
    {
        remarks.push(standing(outcome, &series.unit));
    }
    if series.verdict == SeriesVerdict::Missing && remarks.is_empty() {
        remarks.push("measured before, not in this run".to_owned());
    }
    remarks
}

/// The verdict in words: `regressed (critical)`, `improved`, `unchanged`.
pub(crate) fn verdict(verdict: SeriesVerdict, severity: Option<Severity>) -> String {
    match (verdict, severity) {
        (SeriesVerdict::Regressed, Some(severity)) => format!("regressed ({})", severity.name()),
        _ => verdict.name().to_owned(),
    }
}

/// The verdict where there is little room: how bad a regression is says that it is one.
pub(crate) fn brief_verdict(verdict: SeriesVerdict, severity: Option<Severity>) -> &'static str {
    match (verdict, severity) {
        (SeriesVerdict::Regressed, Some(severity)) => severity.name(),
        _ => verdict.name(),
    }
}

/// `looked twice: 2 of 3 suspected regressions confirmed; each value is the milder of both`.
pub(crate) fn second_look(suspected: usize, confirmed: usize) -> String {
    let noun = number::counted(suspected, "suspected regression", "suspected regressions");
    format!(
        "looked twice: {} of {noun} confirmed; each value is the milder of both",
        number::grouped(confirmed)
    )
}

/// `3 regressed, 1 improved, 61 unchanged`: what occurred at all, worst first.
pub(crate) fn counts(counts: &Counts) -> String {
    let all = [
        (counts.regressed, "regressed"),
        (counts.improved, "improved"),
        (counts.unchanged, "unchanged"),
        (counts.inconclusive, "inconclusive"),
        (counts.new, "new"),
        (counts.missing, "missing"),
    ];
    let occurred: Vec<String> = all
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", number::grouped(*number)))
        .collect();
    occurred.join(", ")
}

/// Whether a change is for the better: `faster`, `slower` for times, else `better`, `worse`, `higher`, `lower`.
pub(crate) fn comparative(change: f64, direction: Direction, unit: &Unit) -> &'static str {
    let is_time = *unit == Unit::NANOSECONDS;
    match (direction.worse_sign().map(|sign| change * sign > 0.0), is_time) {
        (Some(true), true) => "slower",
        (Some(false), true) => "faster",
        (Some(true), false) => "worse",
        (Some(false), false) => "better",
        (None, _) if change > 0.0 => "higher",
        (None, _) => "lower",
    }
}

/// `trend: slower, +2.1 % over these 20 points (+0.5 … +4.0 %)`, or that there is none.
pub(crate) fn trend(trend: &Trend, points: usize, direction: Direction, unit: &Unit) -> String {
    let over = format!("over these {}", number::counted(points, "point", "points"));
    let interval = trend
        .interval
        .map_or_else(String::new, |interval| format!(" ({})", number::change_interval(interval)));
    let is_unclear = trend.interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0);
    if is_unclear || number::change(trend.change) == number::change(0.0) {
        return format!("trend: none that stands out {over}{interval}");
    }
    let word = comparative(trend.change, direction, unit);
    format!("trend: {word}, {} {over}{interval}", number::change(trend.change))
}

/// `file.json:7: what was wrong`.
pub(crate) fn complaint(complaint: &Complaint) -> String {
    let mut text = String::new();
    if let Some(source) = &complaint.source {
        text.push_str(source);
        text.push(':');
    }
    if let Some(line) = complaint.line {
        if complaint.source.is_none() {
            text.push_str("line ");
        }
        text.push_str(&line.to_string());
        text.push(':');
    }
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(&complaint.message);
    text
}

/// `n=8,size=large`.
pub(crate) fn parameters(parameters: &Parameters) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(",")
}

/// `lower`, `higher` or `none`: which way is better.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Lower => "lower",
        Direction::Higher => "higher",
        Direction::None => "none",
    }
}
