//! What to look for, how big a change must be, and what closes the gate.

use std::fmt;

use wildmatch::WildMatch;

use crate::{SeriesKey, Severity, Target};

/// A size of change, relative to what is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// As a fraction: `0.1` is 10 %.
    Relative(f64),
    /// Switched off.
    Never,
}

/// Why a setting of a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyError {
    /// A limit that is not `"10%"`, `"x1.5"` or `"never"`.
    Limit(String),
    /// The error level lies below the warning level.
    ErrorBelowWarn,
    /// `min` is zero or larger than `window`, or `window` larger than [`BaselineSettings::MOST_RUNS`].
    Window,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(text) => write!(f, "`{text}` is not a change such as \"10%\", \"x1.5\" or \"never\""),
            Self::ErrorBelowWarn => f.write_str("`error` must not be below `warn`"),
            Self::Window => write!(
                f,
                "`min` must be at least 1 and at most `window`, and `window` at most {}",
                BaselineSettings::MOST_RUNS
            ),
        }
    }
}

impl std::error::Error for PolicyError {}

impl Limit {
    /// Reads `"10%"` (a change), `"x1.5"` (a ratio: 50 %) or `"never"`.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let error = || PolicyError::Limit(text.to_owned());
        let trimmed = text.trim();
        if trimmed == "never" {
            return Ok(Self::Never);
        }
        let fraction = if let Some(percent) = trimmed.strip_suffix('%') {
            percent.trim().parse::<f64>().map_err(|_| error())? / 100.0
        } else if let Some(ratio) = trimmed.strip_prefix('x') {
            ratio.trim().parse::<f64>().map_err(|_| error())? - 1.0
        } else {
            return Err(error());
        };
        if fraction.is_finite() && fraction >= 0.0 { Ok(Self::Relative(fraction)) } else { Err(error()) }
    }

    /// Whether a worsening by `fraction` is past this limit.
    pub fn is_exceeded_by(self, fraction: f64) -> bool {
        match self {
            Self::Relative(limit) => fraction > limit,
            Self::Never => false,
        }
    }

    /// The fraction, or `None` when it is switched off.
    pub fn fraction(self) -> Option<f64> {
        match self {
            Self::Relative(limit) => Some(limit),
            Self::Never => None,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(fraction) => write!(f, "{}%", (fraction * 1e6).round() / 1e4),
            Self::Never => f.write_str("never"),
        }
    }
}

/// How much history a new run is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaselineSettings {
    /// How many of the newest runs the centre and spread are computed from.
    pub window: usize,
    /// Fewer runs than this are a young baseline.
    pub min: usize,
}

impl BaselineSettings {
    /// The largest `window`: so many runs are read for each judgement and no more.
    pub const MOST_RUNS: usize = 64;
}

/// From which severity on the gate closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateLevel {
    /// An error or worse.
    Error,
    /// Only critical.
    Critical,
    /// Nothing closes it.
    Never,
}

impl GateLevel {
    /// Whether a severity closes the gate.
    pub fn is_closed_by(self, severity: Option<Severity>) -> bool {
        match self {
            Self::Error => severity >= Some(Severity::Error),
            Self::Critical => severity >= Some(Severity::Critical),
            Self::Never => false,
        }
    }
}

/// One test that a series is put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detector {
    /// Absolute limits.
    Target,
    /// The ladder of change and spreads.
    Ladder,
    /// Slowly worse.
    Trend,
    /// The distribution changed.
    ChangePoint,
    /// Plain per cent, whatever the noise.
    Threshold,
}

impl Detector {
    /// Every detector.
    pub const ALL: [Self; 5] = [Self::Target, Self::Ladder, Self::Trend, Self::ChangePoint, Self::Threshold];

    /// Its name in configuration and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Ladder => "ladder",
            Self::Trend => "trend",
            Self::ChangePoint => "change-point",
            Self::Threshold => "threshold",
        }
    }
}

/// What applies to one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How much history counts.
    pub baseline: BaselineSettings,
    /// From which change on it is worth a warning.
    pub warn: Limit,
    /// From which change on it is an error.
    pub error: Limit,
    /// What closes the gate.
    pub gate: GateLevel,
    /// The tests.
    pub detectors: Vec<Detector>,
    /// A change so large or smaller, in the unit of the metric, matters to nobody; [`Policy::settings_for`] knows which.
    pub least: f64,
}

/// What the first call of an operation in a process may take more or less for reasons outside of the program, in nanoseconds: it is
/// measured once, and a page that must come from the disk, or some hundred that are touched for the first time, cost as much.
const LEAST_OF_FIRST_CALLS_NS: f64 = 100_000.0;

impl Default for Settings {
    fn default() -> Self {
        Self {
            baseline: BaselineSettings { window: 20, min: 5 },
            warn: Limit::Relative(0.10),
            error: Limit::Relative(0.20),
            gate: GateLevel::Error,
            detectors: vec![Detector::Target, Detector::Ladder, Detector::Trend, Detector::ChangePoint],
            least: 0.0,
        }
    }
}

impl Settings {
    /// Whether these settings make sense together.
    pub fn validate(&self) -> Result<(), PolicyError> {
        if let (Some(warn), Some(error)) = (self.warn.fraction(), self.error.fraction())
            && error < warn
        {
            return Err(PolicyError::ErrorBelowWarn);
        }
        let BaselineSettings { window, min } = self.baseline;
        if min == 0 || min > window || window > BaselineSettings::MOST_RUNS {
            return Err(PolicyError::Window);
        }
        Ok(())
    }

    /// Whether a difference is large enough, in the unit of the metric, to matter to anybody.
    pub fn is_noticeable(&self, difference: f64) -> bool {
        difference.abs() > self.least
    }

    /// Whether `detector` is switched on.
    pub fn uses(&self, detector: Detector) -> bool {
        self.detectors.contains(&detector)
    }
}

/// Some settings, to be laid over others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SettingsPatch {
    /// See [`BaselineSettings::window`].
    pub window: Option<usize>,
    /// See [`BaselineSettings::min`].
    pub min: Option<usize>,
    /// See [`Settings::warn`].
    pub warn: Option<Limit>,
    /// See [`Settings::error`].
    pub error: Option<Limit>,
    /// See [`Settings::gate`].
    pub gate: Option<GateLevel>,
    /// See [`Settings::detectors`].
    pub detectors: Option<Vec<Detector>>,
}

impl SettingsPatch {
    /// Lays this patch over `settings`.
    pub fn apply(&self, settings: &mut Settings) {
        if let Some(window) = self.window {
            settings.baseline.window = window;
        }
        if let Some(min) = self.min {
            settings.baseline.min = min;
        }
        if let Some(warn) = self.warn {
            settings.warn = warn;
        }
        if let Some(error) = self.error {
            settings.error = error;
        }
        if let Some(gate) = self.gate {
            settings.gate = gate;
        }
        if let Some(detectors) = &self.detectors {
            settings.detectors.clone_from(detectors);
        }
    }
}

/// Settings for the series that match; an absent pattern matches all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    /// Which suites; may hold `*`.
    pub suite: Option<String>,
    /// Which benchmarks; may hold `*`.
    pub benchmark: Option<String>,
    /// Which metrics; may hold `*`.
    pub metric: Option<String>,
    /// What it changes.
    pub patch: SettingsPatch,
}

impl Rule {
    /// Whether the rule is for this series.
    pub fn is_for(&self, key: &SeriesKey) -> bool {
        let matches = |pattern: &Option<String>, text: &str| {
            pattern.as_deref().is_none_or(|pattern| pattern == text || WildMatch::new(pattern).matches(text))
        };
        matches(&self.suite, &key.suite)
            && matches(&self.benchmark, &key.benchmark)
            && matches(&self.metric, &key.metric)
    }
}

/// Defaults, the rules that narrow them, and the targets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// What holds where no rule says otherwise.
    pub defaults: Settings,
    /// Laid over the defaults in order: the later rule wins.
    pub rules: Vec<Rule>,
    /// Absolute limits.
    pub targets: Vec<Target>,
}

impl Policy {
    /// What applies to one series.
    pub fn settings_for(&self, key: &SeriesKey) -> Settings {
        let mut settings = self.defaults.clone();
        for rule in self.rules.iter().filter(|rule| rule.is_for(key)) {
            rule.patch.apply(&mut settings);
        }
        if key.is_first_call() && key.metric == "time" {
            settings.least = LEAST_OF_FIRST_CALLS_NS;
        }
        settings
    }

    /// The target for a series; a later one wins.
    pub fn target_for(&self, key: &SeriesKey) -> Option<&Target> {
        self.targets.iter().rev().find(|target| target.is_for(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameters;

    #[test]
    fn limits_are_read() {
        assert_eq!(Limit::parse("10%"), Ok(Limit::Relative(0.1)));
        assert_eq!(Limit::parse("x1.5"), Ok(Limit::Relative(0.5)));
        assert_eq!(Limit::parse("never"), Ok(Limit::Never));
        for bad in ["10", "-5%", "x0.5", "", "NaN%", "abc"] {
            assert!(Limit::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_later_rule_wins() {
        let rule = |benchmark: &str, error| Rule {
            benchmark: Some(benchmark.to_owned()),
            patch: SettingsPatch { error: Some(Limit::Relative(error)), ..SettingsPatch::default() },
            ..Rule::default()
        };
        let policy =
            Policy { rules: vec![rule("import/*", 0.5), rule("import/small", 0.3)], ..Policy::default() };
        let key = |benchmark: &str| SeriesKey {
            suite: "s".to_owned(),
            testbed: "t".to_owned(),
            benchmark: benchmark.to_owned(),
            parameters: Parameters::new(),
            metric: "time".to_owned(),
        };
        assert_eq!(policy.settings_for(&key("import/large")).error, Limit::Relative(0.5));
        assert_eq!(policy.settings_for(&key("import/small")).error, Limit::Relative(0.3));
        assert_eq!(policy.settings_for(&key("export")).error, Limit::Relative(0.2));
    }
}
