//! The nouns of performance tracking and their invariants.
//!
//! Nothing here reads a file, a clock or the environment. Everything that two other crates must both know
//! lives here: what a measurement is, what a run is, how a series is named, what a policy says and which
//! words a verdict uses.

mod alert;
mod commit_order;
mod complaint;
mod context;
mod derived;
mod details;
pub mod format;
mod identity;
mod iterations;
mod level_change;
mod level_trend;
mod measurement;
mod metric;
mod name;
mod named_numbers;
mod nearest;
mod outlook;
mod parameters;
mod placeholder;
mod policy;
mod relative;
mod replay;
mod run;
mod series;
mod suspicion;
mod target;
mod unit;
mod value_limits;
mod verdict;

#[doc(hidden)]
pub use arcstr::literal;

pub use alert::{Alert, AlertId, AlertState};
pub use commit_order::CommitOrder;
pub use complaint::Complaint;
pub use context::{Base, Ci, Commit, Context, Environment, Usage};
pub use derived::{
    DERIVED_HARNESS, Derived, Expression, ExpressionError, ExpressionProblem, NotComputable, derive,
};
pub use details::{DetailFields, Details};
pub use identity::{named_identity, run_identity};
pub use iterations::Iterations;
pub use level_change::LevelChange;
pub use level_trend::LevelTrend;
pub use measurement::{Interval, MAX_SAMPLES, Measurement, Outcome, thin};
pub use metric::{Direction, METRIC_NAMES, Metric, known_metric};
pub use name::Name;
pub use named_numbers::NamedNumbers;
pub use nearest::nearest;
pub use outlook::{Outlook, SmallestStep};
pub use parameters::Parameters;
pub use placeholder::{OUT, misspelt_out};
pub use policy::{
    BaselineSettings, Detector, GateLevel, Limit, Policy, PolicyError, Rule, Settings, SettingsPatch,
};
pub use relative::relative_change;
pub use replay::{ReplayCounts, Replayed, ReplayedAlert, ReplayedChangePoint};
pub use run::{AllocationSite, Note, Run};
pub use series::SeriesKey;
pub use suspicion::{CommonShift, Noise, Suspicion};
pub use target::{Bound, Target, TargetOutcome, TargetStatus};
pub use unit::{Quantity, Unit, UnitError};
pub use value_limits::ValueLimits;
pub use verdict::{
    Baseline, BaselineKind, BaselineSource, Counts, Evaluation, Evidence, FailOn, Finding, Gate, GateStatus,
    RunVerdict, SeriesEvaluation, SeriesVerdict, Severity,
};

/// The version of the rules that turn history into verdicts; a report names it.
pub const ENGINE: &str = "1";
