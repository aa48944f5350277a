//! How series wobble when nothing changed, each by itself and all of a kind together.

use std::collections::BTreeMap;

use plimsoll_model::{Baseline, Direction, Measurement, Metric, Noise};

use crate::series_input::SeriesInput;
use crate::stats::{
    Spread, UsualSpread, borrow_from, excursions, median_distance, median_error, usual_spread,
};

/// What spreads are like where nobody else can be asked: the median of 591 public series, hardly worth half a value.
const ANYWHERE: UsualSpread = UsualSpread { deviation: 0.025, degrees: 0.45 };
/// Of 64,000 points of public histories, so many lie more than [`OFF_ANYWHERE`] times off their neighbours; farther ones are taken to
/// be rarer by the square of the logarithm …
const JUMPS_ANYWHERE: f64 = 0.02;
const OFF_ANYWHERE: f64 = 1.5;
/// … which is believed like this many runs of the suite's own record.
const JUMP_BELIEF: f64 = 20.0;
/// The share of jumps that are still there in the next run, before any are seen, and its weight in jumps.
const LASTING_ANYWHERE: f64 = 0.1;
const LASTING_BELIEF: f64 = 5.0;
/// How many of the runs of its kind a series' own record is worth besides its own.
const KIND_WEIGHT: f64 = 40.0;
/// A jump is about as far as a change when it is at least this share of it.
const ABOUT_AS_FAR: f64 = 0.7;
/// Closer than this many spreads to its neighbours, a value of another series is no jump.
const JUMP_SPREADS: f64 = 4.0;
/// What lasts longer is a level.
const LONGEST_JUMP: usize = 4;
/// So many series are enough to know what spreads are usual.
pub(crate) const MOST_SPREADS: usize = 200;
/// The standard error of a median, times the root of the number of runs, in standard deviations: √(π/2).
const MEDIAN_ERROR: f64 = 1.253_314_137_315_500_3;
/// A metric that counts must keep within this, relatively, to be taken for exact.
const EXACT_SPREAD: f64 = 0.005;
/// Metrics that count, whatever the harness says of them.
const EXACT_METRICS: [&str; 5] = ["instructions", "allocations", "allocated_bytes", "size", "count"];

/// A series on the scale that its changes are measured on.
#[derive(Debug)]
pub(crate) struct Wobble {
    /// All earlier values, and the newest.
    values: Vec<f64>,
    /// How many of the earlier ones are in the window that tells their spread.
    runs: usize,
    /// Their spread by the median absolute deviation: for telling jumps, of which half of the values may be.
    calm: f64,
    /// Values are logarithms.
    pub(crate) is_relative: bool,
}

/// The series of one metric in one run.
#[derive(Debug, Default)]
pub(crate) struct Kind {
    usual: Option<UsualSpread>,
    /// Earlier values of all of them.
    points: usize,
    /// Values that stand out above their neighbours, those that stand out least first.
    rises: Vec<Jump>,
    /// The same below.
    falls: Vec<Jump>,
}

/// A value that stands out from those around it.
#[derive(Debug, Clone, Copy)]
struct Jump {
    /// How far.
    size: f64,
    /// How far the value after it stands out on the same side.
    next: f64,
    /// From how far on values of its series stand out.
    least: f64,
    /// Its series.
    series: usize,
    /// How many values stand behind it.
    back: usize,
}

/// What is known of the jumps at least so far.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    /// How many there were, and how many of them were followed by another.
    jumps: f64,
    lasting: f64,
    /// All of them were one happening, and count as one jump.
    is_one_happening: bool,
}

/// Whether a metric does not wobble: it says so or counts, and its values agree.
pub(crate) fn is_exact(metric: &Metric, baseline: &Baseline) -> bool {
    (metric.exact || EXACT_METRICS.contains(&&*metric.name))
        && baseline.spread <= EXACT_SPREAD * baseline.center.abs()
}

/// The logarithm of the ratio of a value to its baseline, positive when worse; `None` where there is no ratio.
pub(crate) fn log_worsening(value: f64, center: f64, direction: Direction) -> Option<f64> {
    let sign = direction.worse_sign()? * center.signum();
    let ratio = value / center;
    (ratio > 0.0 && ratio.is_finite()).then(|| ratio.ln() * sign)
}

impl Wobble {
    /// How the earlier values of `input` wobble.
    pub(crate) fn of(input: &SeriesInput<'_>, value: f64, baseline: &Baseline) -> Self {
        let sign = value.signum();
        let is_relative = value != 0.0 && input.history.iter().all(|earlier| earlier * sign > 0.0);
        let mut values: Vec<f64> = match is_relative {
            true => input.history.iter().map(|earlier| earlier.abs().ln()).collect(),
            false => input.history.clone(),
        };
        let calm = if is_relative { baseline.spread / baseline.center.abs() } else { baseline.spread };
        values.push(if is_relative { value.abs().ln() } else { value });
        let runs = baseline.runs.max(input.level.spread_runs);
        Self { values, runs, calm, is_relative }
    }

    fn wobbles(&self) -> bool {
        let earlier = self.earlier();
        earlier.iter().any(|value| *value != earlier[0])
    }

    /// From how far on a value stands out from those around it.
    fn jump(&self, usual: &UsualSpread) -> f64 {
        JUMP_SPREADS * if self.is_relative { self.calm.max(usual.deviation) } else { self.calm }
    }

    /// The spread of the window, by itself.
    fn own(&self) -> Spread {
        let earlier = self.earlier();
        median_distance(&earlier[earlier.len().saturating_sub(self.runs)..])
    }

    fn earlier(&self) -> &[f64] {
        &self.values[..self.values.len().saturating_sub(1)]
    }

    /// The noise that a change of `distance` (up or down) stands in.
    pub(crate) fn noise(
        &self,
        kind: &Kind,
        measurement: &Measurement,
        runs: usize,
        (distance, is_rise): (f64, bool),
    ) -> Noise {
        let usual = kind.usual.unwrap_or(ANYWHERE);
        let spread = if self.is_relative { borrow_from(usual, self.own()) } else { self.own() };
        let within = median_error(&measurement.samples).unwrap_or(0.0);
        let far = distance * ABOUT_AS_FAR;
        let nearer = if self.is_relative { (OFF_ANYWHERE.ln() / far).min(1.0) } else { 1.0 };
        let jumps_anywhere = JUMPS_ANYWHERE * nearer * nearer;
        let jump = self.jump(&usual);
        let mut strays = excursions(self.earlier(), jump, jump.min(0.99 * far));
        if !is_rise {
            strays.iter_mut().for_each(|stray| *stray = -*stray);
        }
        let Record { jumps, lasting, is_one_happening } = kind.record(far, is_rise);
        let points = kind.points as f64;
        if is_one_happening {
            strays.iter_mut().for_each(|stray| *stray = 0.0);
        }
        let own_jumps = strays.iter().filter(|stray| **stray >= far).count() as f64;
        let own_lasting = strays.windows(2).filter(|pair| pair[0].min(pair[1]) >= far).count() as f64;
        let runs_of_own = strays.len() as f64;
        let with_own = |share: f64| (KIND_WEIGHT * share + own_jumps) / (KIND_WEIGHT + runs_of_own);
        let jump_chance = with_own((JUMP_BELIEF * jumps_anywhere + jumps) / (JUMP_BELIEF + points));
        let lasts = (LASTING_BELIEF * LASTING_ANYWHERE + lasting.max(own_lasting))
            / (LASTING_BELIEF + jumps.max(own_jumps));
        Noise {
            between: spread.deviation,
            within: if self.is_relative { within / measurement.value.abs() } else { within },
            degrees: spread.degrees,
            center_error: MEDIAN_ERROR / (runs.max(1) as f64).sqrt(),
            jumps_seen: with_own(jumps / (JUMP_BELIEF + points)),
            jump_chance,
            jump_lasts: lasts.max(jump_chance).min(1.0),
        }
    }
}

impl Kind {
    /// What series that are measured on a relative scale have in common; the first of them tell what spreads are usual. Those that
    /// never wobble play no part.
    pub(crate) fn of(wobbles: &[&Wobble]) -> Self {
        let wobbling = || wobbles.iter().filter(|wobble| wobble.is_relative && wobble.wobbles());
        let spreads: Vec<Spread> = wobbling().take(MOST_SPREADS).map(|wobble| wobble.own()).collect();
        let mut kind = Self { usual: usual_spread(&spreads), ..Self::default() };
        for (series, wobble) in wobbling().enumerate() {
            // With the newest value it is known of one more whether it came back; what jumps right now is left out.
            let least = wobble.jump(&kind.usual.unwrap_or(ANYWHERE));
            let strays = excursions(&wobble.values, least, 0.99 * least);
            kind.points += strays.len();
            let jumps = |sign: f64| {
                let of = move |(index, stray): (usize, &f64), next: f64| Jump {
                    size: stray * sign,
                    next: next * sign,
                    least,
                    series,
                    back: wobble.values.len() - index,
                };
                let nexts = strays.iter().skip(1).copied().chain([0.0]);
                let all = strays.iter().enumerate().zip(nexts).map(move |(stray, next)| of(stray, next));
                all.filter(move |jump| jump.size >= least)
            };
            kind.rises.extend(jumps(1.0));
            kind.falls.extend(jumps(-1.0));
        }
        for record in [&mut kind.rises, &mut kind.falls] {
            record.sort_by(|left, right| left.size.total_cmp(&right.size));
        }
        kind
    }

    /// What is known of the jumps of at least so `far`.
    fn record(&self, far: f64, is_rise: bool) -> Record {
        let jumps = if is_rise { &self.rises } else { &self.falls };
        let jumps = &jumps[jumps.partition_point(|jump| jump.size < far)..];
        if is_one_happening(jumps) {
            return Record { jumps: 1.0, lasting: 0.0, is_one_happening: true };
        }
        let lasting = jumps.iter().filter(|jump| jump.next >= far).count();
        Record { jumps: jumps.len() as f64, lasting: lasting as f64, is_one_happening: false }
    }
}

/// Whether all jumps began with one run, lasted for some, and ended with one, each series on one level meanwhile: that was slow code
/// which somebody mended, or a slow machine once, and no habit of these series.
fn is_one_happening(jumps: &[Jump]) -> bool {
    let (Some(first), Some(last)) =
        (jumps.iter().map(|jump| jump.back).max(), jumps.iter().map(|jump| jump.back).min())
    else {
        return false;
    };
    let runs = first - last + 1;
    if !(2..=LONGEST_JUMP).contains(&runs) {
        return false;
    }
    let mut by_series: BTreeMap<usize, Vec<&Jump>> = BTreeMap::new();
    for jump in jumps {
        by_series.entry(jump.series).or_default().push(jump);
    }
    let is_level = |jumps: &Vec<&Jump>| {
        let sizes = || jumps.iter().map(|jump| jump.size);
        let span = sizes().fold(0.0, f64::max) - sizes().fold(f64::INFINITY, f64::min);
        jumps.len() == runs && jumps.iter().all(|jump| span < jump.least)
    };
    by_series.values().all(is_level)
}
