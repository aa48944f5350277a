//! A row of the summary: a value, and how it stands against its baseline and its target.

use crate::last_run::{Baseline, MOST_TREND, Series, SeriesTarget};
use crate::measured::{Direction, Measured, Severity, Target};
use crate::nearness::{Known, is_near};
use crate::sparkline;
use crate::unit;

/// A value of one metric of one benchmark, held against what is known of it. All numbers are in [`Self::unit`].
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The benchmark: an operation, a phase, or the tracker itself.
    pub benchmark: String,
    /// What it was called with.
    pub parameters: Vec<(String, String)>,
    /// The kind of quantity: `time`, `peak_rss`, or a name of the program's own.
    pub metric: String,
    /// The unit as history keeps it: `ns` for every time, `bytes` for every size.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// The value.
    pub value: f64,
    /// Whether this tracker measured the value. Otherwise it is that of the last run.
    pub is_measured: bool,
    /// What the value is held against, once there are enough runs.
    pub baseline: Option<Baseline>,
    /// The limit that someone set, in the program or for the command. Of two it is the one with less headroom.
    pub target: Option<Target>,
    /// The items of which each has the target as its budget.
    pub per: Option<String>,
    /// How many times better than the target the value is; below 1 when past it. `None` without a target, or where
    /// the items are not known.
    pub headroom: Option<f64>,
    /// How all this stands.
    pub mark: Mark,
    /// The newest values, at most eight, oldest first; this one is the last.
    pub trend: Vec<f64>,
    /// Why the mark is what it is.
    pub(crate) standing: Standing,
}

/// How a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Past its target, or so far from its baseline that it is an error, and out of the noise between runs: three spreads.
    Beyond,
    /// So far from its baseline that it is a warning, or an error that noise explains; or near to missing its target:
    /// noise may carry the next one past it, or more than half of the way from the usual value to the target is gone. Where the usual
    /// value is not known, nine tenths of the room: from zero to a largest value, from 100 % to a smallest percentage; and within a tenth
    /// of the target where there is no best value.
    Near,
    /// Within its limits.
    Within,
    /// There is nothing to hold it against: no target, and no baseline or one that tells nothing, as it is young or its runs lie too far apart.
    Unknown,
}

impl Mark {
    /// `✗`, `⚠`, `✓` or `·`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Beyond => "✗",
            Self::Near => "⚠",
            Self::Within => "✓",
            Self::Unknown => "·",
        }
    }
}

/// How far a value is from its limits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Standing {
    /// How far past the target, as a share of it; negative when within.
    pub(crate) past_target: Option<f64>,
    /// Whether it is known from which value on one would be a warning or an error: a baseline that is young or uncertain does not tell.
    has_limits: bool,
    /// Whether it meets the target, and is near to missing it.
    is_near_target: bool,
    /// What this distance from the baseline is by itself.
    pub(crate) severity: Option<Severity>,
    /// How much worse than the baseline, as a share of what is an error; from 0 to 1. `None` where nothing is judged.
    pub(crate) share_of_error: Option<f64>,
    /// Whether the noise between runs explains the distance.
    pub(crate) is_noise: bool,
    /// What is divided by the number of items, to be held against a target for each.
    items: Option<f64>,
}

/// A value that is fewer spreads from its baseline's centre is as far as values of the same program come now and then.
pub(crate) const NOISE_SPREADS: f64 = 3.0;

impl Row {
    /// A measured value, with what is known of its series.
    pub(crate) fn measured(measured: &Measured, series: Option<&Series>) -> Self {
        let known = unit::of_metric(&measured.metric);
        let (unit, factor) = match (&measured.unit, known) {
            (Some(unit), _) => unit::normal(unit),
            (None, Some((unit, _))) => (unit.into(), 1.0),
            (None, None) => (series.map_or("count", |series| &series.unit).into(), 1.0),
        };
        // Where the dimension changed, the series begins anew.
        let series = series.filter(|series| series.unit == unit);
        let direction = series.map(|series| series.direction).or(measured.direction);
        let mut row = Self {
            benchmark: measured.benchmark.clone(),
            parameters: measured.parameters.clone(),
            metric: measured.metric.clone(),
            unit: unit.into_owned(),
            direction: direction.or(known.map(|(_, direction)| direction)).unwrap_or(Direction::None),
            value: measured.value * factor,
            is_measured: true,
            baseline: series.and_then(|series| series.baseline),
            target: None,
            per: None,
            headroom: None,
            mark: Mark::Unknown,
            trend: series.map(|series| series.trend.clone()).unwrap_or_default(),
            standing: Standing::default(),
        };
        if row.trend.len() >= MOST_TREND {
            row.trend.remove(0);
        }
        row.trend.push(row.value);
        row.standing.has_limits = series.is_some_and(has_limits);
        row.standing.severity =
            series.and_then(|series| row.severity_by_itself(series.warn_beyond, series.error_beyond));
        row.standing.share_of_error = series.and_then(|series| row.share_of_error(series));
        row.standing.is_noise = row.is_noise();
        let declared = measured.target.as_ref().map(|target| scaled(target, factor));
        let of_series = series.and_then(|series| series.target.clone());
        for target in targets(declared, of_series) {
            let items = target.per.as_ref().map(|per| items_of(measured, per));
            row.hold_against(target, items.unwrap_or(Some(1.0)));
        }
        row.mark = row.marked();
        row
    }

    /// A value of the last run that this process has not measured.
    pub(crate) fn of_last_run(series: Series) -> Self {
        let has_limits = has_limits(&series);
        let mut row = Self {
            benchmark: series.benchmark,
            parameters: series.parameters,
            metric: series.metric,
            unit: series.unit,
            direction: series.direction,
            value: series.value,
            is_measured: false,
            baseline: series.baseline,
            target: None,
            per: None,
            headroom: None,
            mark: Mark::Unknown,
            trend: series.trend,
            standing: Standing::default(),
        };
        // The command looked at it beside its neighbours, and knows better; what it could not tell is no more than near.
        let told = series.severity.filter(|severity| *severity != Severity::Info);
        row.standing.has_limits = has_limits;
        row.standing.severity =
            told.or_else(|| row.severity_by_itself(series.warn_beyond, series.error_beyond));
        row.standing.is_noise = series.severity == Some(Severity::Info);
        if let Some(target) = series.target {
            let items = if target.per.is_some() { None } else { Some(1.0) };
            row.hold_against(target, items);
        }
        row.mark = row.marked();
        row
    }

    fn share_of_error(&self, series: &Series) -> Option<f64> {
        let center = series.baseline?.center;
        let share = (self.value - center) / (series.error_beyond? - center);
        share.is_finite().then(|| share.clamp(0.0, 1.0))
    }

    /// The name as it is shown: `build/rendering{kind=small}`, and `build#peak_rss` for what is no time.
    pub fn name(&self) -> String {
        let mut name = self.benchmark.clone();
        if !self.parameters.is_empty() {
            let parameters: Vec<String> =
                self.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            name.push_str(&format!("{{{}}}", parameters.join(",")));
        }
        if self.metric != "time" {
            name.push('#');
            name.push_str(&self.metric);
        }
        name
    }

    /// The change against the baseline's centre: 0.1 is 10 % more, whether that is better or worse. `None` without a
    /// baseline, or against one of 0.
    pub fn change(&self) -> Option<f64> {
        let center = self.baseline?.center;
        let change = (self.value - center) / center.abs();
        change.is_finite().then_some(change)
    }

    /// The value as people read it: `305.6 ms`.
    pub fn value_text(&self) -> String {
        unit::human(self.value, &self.unit)
    }

    /// The trend in blocks: `▁▁▁▁▁▁▁█`.
    pub fn sparkline(&self) -> String {
        sparkline::of(&self.trend)
    }

    /// How much worse than the baseline it is; less than 0 where it is better.
    pub(crate) fn worsening(&self) -> Option<f64> {
        match self.direction {
            Direction::Lower => self.change(),
            Direction::Higher => self.change().map(|change| -change),
            Direction::None => None,
        }
    }

    /// How much of an error it is, for the performance index. Like what the command calls inconclusive, a change that would matter,
    /// and that noise explains, has no part in it.
    pub(crate) fn share_of_index(&self) -> Option<f64> {
        let is_grave = self.standing.severity.is_some_and(|severity| severity != Severity::Info);
        let is_in_doubt = is_grave && self.standing.is_noise;
        self.standing.share_of_error.filter(|_| !is_in_doubt)
    }

    /// The number that is held against the target.
    pub(crate) fn value_for_target(&self) -> f64 {
        self.value / self.standing.items.unwrap_or(1.0)
    }

    fn severity_by_itself(&self, warn_beyond: Option<f64>, error_beyond: Option<f64>) -> Option<Severity> {
        let is_beyond = |limit: f64| match self.direction {
            Direction::Lower => self.value > limit,
            Direction::Higher => self.value < limit,
            Direction::None => false,
        };
        if error_beyond.is_some_and(is_beyond) {
            return Some(Severity::Error);
        }
        warn_beyond.is_some_and(is_beyond).then_some(Severity::Warning)
    }

    fn is_noise(&self) -> bool {
        self.baseline
            .is_some_and(|baseline| (self.value - baseline.center).abs() < NOISE_SPREADS * baseline.spread)
    }

    /// Takes a target, unless there is one that leaves less headroom.
    fn hold_against(&mut self, target: SeriesTarget, items: Option<f64>) {
        let limits = Target { id: target.id, max: target.max, min: target.min };
        let past = items.and_then(|items| past(self.value / items, &limits));
        if self.target.is_some() && past <= self.standing.past_target {
            return;
        }
        self.standing.past_target = past;
        self.standing.items = items;
        self.headroom = items.and_then(|items| headroom(self.value / items, &limits));
        // Of each item nobody knows what is usual: other runs handled other numbers of them.
        let known = match self.baseline.filter(|_| target.per.is_none()) {
            Some(baseline) => Known::Usual(baseline),
            None => Known::Kind { is_ratio: self.unit == "ratio" },
        };
        self.standing.is_near_target = items.is_some_and(|items| is_near(self.value / items, &limits, known));
        (self.target, self.per) = (Some(limits), target.per);
    }

    fn marked(&self) -> Mark {
        let Standing { past_target, severity, is_noise, has_limits, is_near_target, .. } = self.standing;
        match severity {
            _ if past_target.is_some_and(|past| past > 0.0) => Mark::Beyond,
            Some(Severity::Error | Severity::Critical) if !is_noise => Mark::Beyond,
            Some(Severity::Warning | Severity::Error | Severity::Critical) => Mark::Near,
            _ if is_near_target => Mark::Near,
            _ if has_limits || past_target.is_some() => Mark::Within,
            _ => Mark::Unknown,
        }
    }
}

fn has_limits(series: &Series) -> bool {
    series.direction != Direction::None && (series.warn_beyond.is_some() || series.error_beyond.is_some())
}

/// Both targets; of one that has the same name in the program and in history, the program's, which is newer.
fn targets(
    declared: Option<SeriesTarget>,
    of_series: Option<SeriesTarget>,
) -> impl Iterator<Item = SeriesTarget> {
    let is_same = declared.as_ref().zip(of_series.as_ref()).is_some_and(|(own, other)| own.id == other.id);
    let of_series = if is_same { None } else { of_series };
    declared.into_iter().chain(of_series).filter(|target| target.max.is_some() || target.min.is_some())
}

fn scaled(target: &Target, factor: f64) -> SeriesTarget {
    let scale = |limit: Option<f64>| limit.map(|limit| limit * factor);
    SeriesTarget { id: target.id.clone(), max: scale(target.max), min: scale(target.min), per: None }
}

/// How many items it handled.
fn items_of(measured: &Measured, noun: &str) -> Option<f64> {
    let (_, count) = measured.items.iter().find(|(name, _)| name == noun)?;
    Some(*count).filter(|count| *count > 0.0)
}

/// How far past the limits, as a share of them. Past a limit of 0 is infinitely far.
fn past(value: f64, target: &Target) -> Option<f64> {
    let share = |distance: f64, limit: f64| {
        if distance == 0.0 {
            0.0
        } else if limit == 0.0 {
            distance.signum() * f64::INFINITY
        } else {
            distance / limit.abs()
        }
    };
    let above = target.max.map(|max| share(value - max, max));
    let below = target.min.map(|min| share(min - value, min));
    above.into_iter().chain(below).reduce(f64::max)
}

/// How many times better than the limits.
fn headroom(value: f64, target: &Target) -> Option<f64> {
    let ratios = [target.max.map(|max| max / value), target.min.map(|min| value / min)];
    let usual = ratios.into_iter().flatten().filter(|ratio| ratio.is_finite() && *ratio > 0.0);
    usual.reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        Series {
            benchmark: "build".to_owned(),
            parameters: Vec::new(),
            metric: "time".to_owned(),
            unit: "ns".to_owned(),
            direction: Direction::Lower,
            value: 101.0,
            severity: None,
            baseline: Some(Baseline { center: 100.0, spread: 2.0, runs: 12 }),
            warn_beyond: Some(110.0),
            error_beyond: Some(120.0),
            target: None,
            trend: vec![99.0, 100.0, 101.0],
        }
    }

    fn measured(value: f64) -> Measured {
        Measured::new("build", "time", value, "value").with_unit("ns", Direction::Lower)
    }

    #[track_caller]
    fn check(value: f64, change: impl FnOnce(&mut Measured, &mut Series), mark: Mark, headroom: Option<f64>) {
        let (mut measured, mut series) = (measured(value), series());
        change(&mut measured, &mut series);
        let row = Row::measured(&measured, Some(&series));
        assert_eq!((row.mark, row.headroom), (mark, headroom), "{row:#?}");
    }

    #[test]
    fn a_value_is_marked_by_its_baseline() {
        let nothing = |_: &mut Measured, _: &mut Series| {};
        check(110.0, nothing, Mark::Within, None);
        check(110.1, nothing, Mark::Near, None);
        check(120.1, nothing, Mark::Beyond, None);
        check(10.0, nothing, Mark::Within, None);
        let young = |_: &mut Measured, series: &mut Series| {
            series.baseline = Some(Baseline { center: 100.0, spread: 30.0, runs: 6 });
            (series.warn_beyond, series.error_beyond) = (None, None);
        };
        check(232.0, young, Mark::Unknown, None);
        check(100.0, young, Mark::Unknown, None);
        let noisy = |_: &mut Measured, series: &mut Series| {
            series.baseline = Some(Baseline { center: 100.0, spread: 10.0, runs: 12 });
        };
        check(129.9, noisy, Mark::Near, None);
        check(130.0, noisy, Mark::Beyond, None);
        let higher = |_: &mut Measured, series: &mut Series| {
            (series.direction, series.warn_beyond, series.error_beyond) =
                (Direction::Higher, Some(90.0), Some(80.0));
        };
        check(120.0, higher, Mark::Within, None);
        check(89.9, higher, Mark::Near, None);
        check(79.9, higher, Mark::Beyond, None);
        check(500.0, |_, series| series.direction = Direction::None, Mark::Unknown, None);
        // Where nothing ever failed, nothing is what is expected, and any more is an error.
        let zero = |_: &mut Measured, series: &mut Series| {
            series.baseline = Some(Baseline { center: 0.0, spread: 0.0, runs: 12 });
            (series.warn_beyond, series.error_beyond) = (Some(0.0), Some(0.0));
        };
        check(0.0, zero, Mark::Within, None);
        check(0.1, zero, Mark::Beyond, None);
        check(
            500.0,
            |_, series| (series.baseline, series.warn_beyond, series.error_beyond) = (None, None, None),
            Mark::Unknown,
            None,
        );
        let young = |_: &mut Measured, series: &mut Series| {
            series.baseline = Some(Baseline { center: 100.0, spread: 0.0, runs: 2 });
            (series.warn_beyond, series.error_beyond) = (None, None);
        };
        check(160.0, young, Mark::Unknown, None);
        check(500.0, |_, series| series.unit = "bytes".to_owned(), Mark::Unknown, None);
        check(0.121, |measured, _| measured.unit = Some("us".to_owned()), Mark::Beyond, None);
    }

    #[test]
    fn a_value_is_marked_by_its_targets() {
        let max = |max| Some(SeriesTarget { max: Some(max), ..SeriesTarget::default() });
        check(100.0, |_, series| series.target = max(200.0), Mark::Within, Some(2.0));
        check(100.0, |_, series| series.target = max(108.0), Mark::Within, Some(1.08));
        check(100.0, |_, series| series.target = max(105.0), Mark::Near, Some(1.05));
        check(100.0, |_, series| series.target = max(80.0), Mark::Beyond, Some(0.8));
        check(100.0, |_, series| series.target = max(0.0), Mark::Beyond, None);
        let at_zero = |_: &mut Measured, series: &mut Series| {
            series.target = max(0.0);
            series.baseline = Some(Baseline { center: 0.0, spread: 0.0, runs: 12 });
        };
        check(0.0, at_zero, Mark::Within, None);
        let coverage = |measured: &mut Measured, series: &mut Series| {
            (measured.unit, series.unit) = (Some("ratio".to_owned()), "ratio".to_owned());
            (series.direction, series.warn_beyond, series.error_beyond) = (Direction::Higher, None, None);
            series.baseline = None;
            series.target = Some(SeriesTarget { min: Some(0.98), ..SeriesTarget::default() });
        };
        check(0.99, coverage, Mark::Within, Some(0.99 / 0.98));
        check(0.981, coverage, Mark::Near, Some(0.981 / 0.98));
        check(0.97, coverage, Mark::Beyond, Some(0.97 / 0.98));
        let per = |items: f64| {
            move |measured: &mut Measured, series: &mut Series| {
                measured.items = vec![("pages".to_owned(), items)];
                series.target = Some(SeriesTarget {
                    max: Some(2.0),
                    per: Some("pages".to_owned()),
                    ..SeriesTarget::default()
                });
            }
        };
        check(100.0, per(100.0), Mark::Within, Some(2.0));
        check(100.0, per(25.0), Mark::Beyond, Some(0.5));
        check(100.0, per(0.0), Mark::Within, None);
        let declared = |max, id: &str| Some(Target { id: Some(id.to_owned()), max: Some(max), min: None });
        check(100.0, |measured, _| measured.target = declared(50.0, "A"), Mark::Beyond, Some(0.5));
        let both = |id: &'static str| {
            move |measured: &mut Measured, series: &mut Series| {
                measured.target = declared(400.0, "A");
                series.target = Some(SeriesTarget {
                    id: Some(id.to_owned()),
                    max: Some(50.0),
                    ..SeriesTarget::default()
                });
            }
        };
        check(100.0, both("A"), Mark::Within, Some(4.0));
        check(100.0, both("B"), Mark::Beyond, Some(0.5));
    }

    #[test]
    fn the_last_run_is_marked_as_it_was_judged() {
        let row = |severity| Row::of_last_run(Series { severity, ..series() }).mark;
        assert_eq!(row(None), Mark::Within);
        assert_eq!(row(Some(Severity::Warning)), Mark::Near);
        assert_eq!(row(Some(Severity::Critical)), Mark::Beyond);
    }

    #[test]
    fn what_the_command_could_not_tell_is_near_where_the_value_is_far() {
        let row = |value| {
            let severity = Some(Severity::Info);
            Row::of_last_run(Series { value, severity, ..series() }).mark
        };
        assert_eq!((row(100.0), row(1000.0)), (Mark::Within, Mark::Near));
    }

    #[test]
    fn the_value_is_the_newest_of_its_trend() {
        let row = Row::measured(&measured(200.0), Some(&Series { trend: vec![1.0; 8], ..series() }));
        assert_eq!((row.trend.len(), row.trend.last(), row.change()), (8, Some(&200.0), Some(1.0)));
        assert_eq!(row.sparkline(), "▁▁▁▁▁▁▁█");
        assert_eq!(Row::measured(&measured(5.0), None).sparkline(), "▅");
    }

    #[test]
    fn names_say_what_is_no_time() {
        let mut row = Row::of_last_run(series());
        assert_eq!(row.name(), "build");
        row.parameters =
            vec![("kind".to_owned(), "small".to_owned()), ("start".to_owned(), "cold".to_owned())];
        row.metric = "peak_rss".to_owned();
        assert_eq!(row.name(), "build{kind=small,start=cold}#peak_rss");
    }
}
