//! The words that judging ends in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AlertId, CommonShift, Complaint, Detector, LevelChange, LevelTrend, SeriesKey, Suspicion, TargetOutcome,
    Unit, ValueLimits,
};
use crate::{Direction, Limit};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// Closes the gate by default.
    Error,
    /// Beyond any doubt.
    Critical,
}

impl Severity {
    /// Its name in listings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// What is said of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeriesVerdict {
    /// Nothing that counts.
    Unchanged,
    /// Better, beyond noise and big enough.
    Improved,
    /// Worse, beyond noise and big enough (severity warning or more).
    Regressed,
    /// Not enough is known.
    Inconclusive,
    /// Never seen before.
    New,
    /// Seen before, not in this run.
    Missing,
}

impl SeriesVerdict {
    /// Its name in listings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Improved => "improved",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
            Self::New => "new",
            Self::Missing => "missing",
        }
    }
}

/// What is said of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunVerdict {
    /// Nothing that counts.
    Pass,
    /// Something is better, nothing is worse.
    Improved,
    /// Something is worse, nothing is better.
    Regressed,
    /// Some of both.
    Mixed,
    /// Nothing could be judged.
    Inconclusive,
}

impl RunVerdict {
    /// Its name in listings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Improved => "improved",
            Self::Regressed => "regressed",
            Self::Mixed => "mixed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The part of a series that a value is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// The median.
    pub center: f64,
    /// The scaled median absolute deviation, in the metric's unit.
    pub spread: f64,
    /// How many runs stand behind it.
    pub runs: usize,
    /// Between 0 and 1; under 0.3 is low, over 0.7 high.
    pub confidence: f64,
}

/// Why a detector says what it says, in numbers; wording is the report's matter.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// Held against the baseline's centre: relative change (positive when the value rose), and by how many spreads
    /// (infinite when the spread is zero and the value differs).
    Ladder {
        /// Relative change, positive when the value rose.
        change: f64,
        /// The distance in spreads; infinite on a baseline without any spread.
        spreads: f64,
    },
    /// Plain per cent against the centre.
    Threshold {
        /// Relative change, positive when the value rose.
        change: f64,
        /// The limit that was passed.
        limit: Limit,
        /// The share of steps between neighbouring baseline runs that are at least as large.
        noise_rate: f64,
    },
    /// Past an absolute limit, by this fraction of it.
    Target {
        /// How far past, as a fraction of the limit.
        over: f64,
        /// The distance in spreads, where a baseline exists.
        spreads: Option<f64>,
    },
    /// Too few runs; the samples were pooled instead.
    YoungBaseline {
        /// Runs there are.
        runs: usize,
        /// Runs there should be.
        min: usize,
        /// The samples could be pooled.
        pooled: bool,
    },
    /// The baseline is so uncertain that the severity was capped.
    LowConfidence {
        /// Between 0 and 1.
        confidence: f64,
        /// What the severity would have been; `None` of a change for the better.
        would_be: Option<Severity>,
        /// How many further runs like those of the baseline would make it firm.
        further_runs: Option<usize>,
    },
    /// Too likely by chance, given how many series were tested.
    NotSignificant {
        /// The chance of a change at least as large when nothing changed.
        chance: f64,
        /// How many series were tested.
        tested: usize,
        /// What the severity would be; `None` of a change for the better.
        would_be: Option<Severity>,
        /// How many further runs that show the same would settle it; `None` when a few would not.
        further_runs: Option<usize>,
    },
    /// The series, or those of its kind, jump about as far by themselves and come back.
    OwnJumps {
        /// The share of their runs that do.
        share: f64,
        /// What the severity would be; `None` of a change for the better.
        would_be: Option<Severity>,
        /// How many further runs that show the same would settle it; `None` when a few would not.
        further_runs: Option<usize>,
    },
    /// The run's own samples lie so far apart that its value says little.
    WildSamples {
        /// The relative standard error of the value by its samples.
        within: f64,
        /// The relative spread between runs.
        between: f64,
        /// What the severity would be; `None` of a change for the better.
        would_be: Option<Severity>,
        /// How many further runs that show the same would settle it; `None` when a few would not.
        further_runs: Option<usize>,
    },
    /// The runs right before this one show the same.
    SeenInARow {
        /// How many do, this one among them.
        runs: usize,
        /// The commit of the first of them.
        began: Option<String>,
    },
    /// Most series of the run moved by the same factor, which explains this change.
    SharedShift {
        /// The common factor less one; positive when worse.
        worsening: f64,
        /// What is left of the change without it; positive when worse.
        remaining: f64,
        /// What the severity would be; `None` of a change for the better.
        would_be: Option<Severity>,
        /// How many further runs would tell the machine from the code.
        further_runs: usize,
    },
    /// So small a difference may have reasons outside of the program, however large a part of the value it is.
    Unnoticeable {
        /// The difference from the baseline's centre, in the metric's unit.
        difference: f64,
        /// From where on one counts, in the metric's unit.
        least: f64,
    },
    /// Values on both sides of zero: judged by their distance, not by per cent.
    AbsoluteScale {
        /// The difference from the baseline's centre, in the metric's unit.
        difference: f64,
    },
    /// The unit is another than before: a new segment of the series.
    UnitChanged {
        /// The unit before.
        before: Unit,
    },
    /// A change cannot be relative: the baseline is zero.
    ZeroBaseline {
        /// The difference, in the metric's unit.
        difference: f64,
    },
    /// The metric has no direction: shown, never gated.
    NoDirection,
    /// No run of the suite on this testbed before.
    NewTestbed,
    /// An alert on the branch that the run is held against says the same: this change brought it not, and does not make it
    /// worse, so it does not close the gate.
    KnownOnBase {
        /// The alert's number.
        alert: AlertId,
        /// The branch it was seen on.
        branch: String,
    },
    /// The first look said worse than the second, which counts.
    NotConfirmed {
        /// The value of the first look.
        first_value: f64,
        /// What the severity was on the first look.
        would_be: Severity,
    },
    /// The level moved. With a severity: for the worse, and the judged value gave it away. As a remark: for the better, or the
    /// baseline is young because it starts there.
    ChangePoint(LevelChange),
    /// The level moves slowly. With a severity: for the worse, and the judged value gave it away. As a remark: for the better.
    Trend(LevelTrend),
    /// The benchmark itself failed.
    Failed,
}

/// What one detector says of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The test.
    pub detector: Detector,
    /// How bad; `None` where it is a remark.
    pub severity: Option<Severity>,
    /// Why.
    pub evidence: Evidence,
}

/// Everything that was decided about one series of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesEvaluation {
    /// The series.
    pub key: SeriesKey,
    /// The unit of all values below.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The value judged; `None` for a missing one.
    pub value: Option<f64>,
    /// What it was held against.
    pub baseline: Option<Baseline>,
    /// From which values on one that is held against the same would be worse than it may be.
    pub limits: ValueLimits,
    /// Relative change against the centre, positive when the value rose.
    pub change: Option<f64>,
    /// An interval for the change, at 95 %.
    pub change_interval: Option<(f64, f64)>,
    /// The verdict.
    pub verdict: SeriesVerdict,
    /// The worst severity of its findings.
    pub severity: Option<Severity>,
    /// How it stands against its target.
    pub target: Option<TargetOutcome>,
    /// What the detectors said.
    pub findings: Vec<Finding>,
    /// The newest values before this one, oldest first, for a sparkline.
    pub history: Vec<f64>,
    /// Where its level moved among the values that were looked at, oldest first.
    pub level_changes: Vec<LevelChange>,
    /// Where its level is slowly moving, if it still does.
    pub level_trend: Option<LevelTrend>,
    /// Whether this series closes the gate by itself.
    pub closes_gate: bool,
    /// What it would be if chance were out of the question; `None` where nothing is suspected or noise plays no part.
    pub suspicion: Option<Suspicion>,
}

impl SeriesEvaluation {
    /// The relative worsening: positive when worse, whatever the direction. `None` without a change or direction.
    pub fn worsening(&self) -> Option<f64> {
        Some(self.change? * self.direction.worse_sign()?)
    }
}

/// How many series ended in which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// See [`SeriesVerdict`].
    pub unchanged: usize,
    /// See [`SeriesVerdict`].
    pub improved: usize,
    /// See [`SeriesVerdict`].
    pub regressed: usize,
    /// See [`SeriesVerdict`].
    pub inconclusive: usize,
    /// See [`SeriesVerdict`].
    pub new: usize,
    /// See [`SeriesVerdict`].
    pub missing: usize,
}

impl Counts {
    /// Counts the verdicts of `series`.
    pub fn of(series: &[SeriesEvaluation]) -> Self {
        series.iter().map(|evaluation| evaluation.verdict).collect()
    }

    /// How many series were held against anything.
    pub fn judged(&self) -> usize {
        self.unchanged + self.improved + self.regressed
    }
}

impl FromIterator<SeriesVerdict> for Counts {
    fn from_iter<I: IntoIterator<Item = SeriesVerdict>>(verdicts: I) -> Self {
        let mut counts = Self::default();
        for verdict in verdicts {
            *match verdict {
                SeriesVerdict::Unchanged => &mut counts.unchanged,
                SeriesVerdict::Improved => &mut counts.improved,
                SeriesVerdict::Regressed => &mut counts.regressed,
                SeriesVerdict::Inconclusive => &mut counts.inconclusive,
                SeriesVerdict::New => &mut counts.new,
                SeriesVerdict::Missing => &mut counts.missing,
            } += 1;
        }
        counts
    }
}

/// What kind of history a run was held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BaselineKind {
    /// The runs of a branch.
    Branch,
    /// One named run, tag or commit.
    Revision,
    /// A file.
    File,
}

/// What a run was held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineSource {
    /// What kind.
    pub kind: BaselineKind,
    /// The branch, revision or file.
    pub name: String,
    /// How many runs could take part.
    pub runs: usize,
}

/// Everything that was decided about a run. Derived: it can be computed again at any time.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The series, ranked: what matters most comes first.
    pub series: Vec<SeriesEvaluation>,
    /// The verdict over all of them.
    pub verdict: RunVerdict,
    /// How many of each.
    pub counts: Counts,
    /// How many series were tested for a change that noise does not explain.
    pub tested: usize,
    /// What most series did alike.
    pub common_shift: Option<CommonShift>,
    /// What it was held against.
    pub baseline: Option<BaselineSource>,
    /// What judging itself could not make sense of.
    pub complaints: Vec<Complaint>,
}

impl Evaluation {
    /// Whether a change of any series is suspected, believed or not: then it matters how many were tested.
    pub fn has_suspects(&self) -> bool {
        self.series.iter().any(|series| series.suspicion.is_some())
    }
}

/// Which verdicts close the gate besides the policy's severity (`--fail-on`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOn {
    /// A regression of gate severity (on by default).
    pub regressed: bool,
    /// Nothing could be judged, or a series is inconclusive.
    pub inconclusive: bool,
    /// A benchmark vanished.
    pub missing: bool,
}

impl Default for FailOn {
    fn default() -> Self {
        Self { regressed: true, inconclusive: false, missing: false }
    }
}

/// Whether the change may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateStatus {
    /// It may.
    Open,
    /// It may not.
    Closed,
}

/// The policy's answer to a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Whether the change may pass.
    pub status: GateStatus,
    /// The exit code that follows.
    pub exit_code: u8,
    /// Why, in one clause.
    pub because: String,
    /// The open alerts that hold it closed, by their numbers: those of earlier runs, on series that would not close it themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertId>,
}
