//! plimsoll.toml as it is written: every key, its type, and what it is for. The JSON Schema comes from here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::setting::{
    Age, Commands, Duration, Limit, NamedDetector, NamedDirection, NamedGate, NamedSeverity,
};
use super::setting::{Amount, Text};

/// The configuration of one project.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The version of this format: 1. Required in plimsoll.toml.
    #[expect(dead_code, reason = "it is looked at before the rest is read; here it is a known key")]
    #[schemars(range(min = 1, max = 1))]
    pub version: Option<i64>,
    /// The project itself.
    pub project: Option<Project>,
    /// Named commands that yield a run.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Suite>")]
    pub suite: BTreeMap<Spanned<String>, Suite>,
    /// Metrics that a harness does not describe.
    #[serde(default)]
    pub metric: BTreeMap<String, Metric>,
    /// What to look for, how big a change must be, and what closes the gate.
    pub policy: Option<Policy>,
    /// Absolute limits.
    #[serde(default)]
    #[schemars(with = "Vec<Target>")]
    pub target: Vec<Spanned<Target>>,
    /// Metrics computed from other metrics of the same run.
    #[serde(default)]
    pub derived: BTreeMap<String, Derived>,
    /// Old names and the names that their history joins; each side may hold one `*`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub rename: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Plain files beside the store.
    pub files: Option<Files>,
    /// How long what is kept.
    pub retention: Option<Retention>,
    /// Where findings are announced.
    #[serde(default)]
    pub notify: BTreeMap<String, Notify>,
}

/// The project itself.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Project {
    /// Its name; by default the remote's or the folder's.
    pub name: Option<Text<super::setting::Name>>,
    /// The branch that others are merged into.
    pub default_branch: Option<Text<super::setting::Name>>,
    /// The address of a commit; `{hash}` stands for its hash.
    #[schemars(with = "Option<String>")]
    pub commit_url: Option<Spanned<String>>,
}

/// A named command that yields a run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Suite {
    /// A shell command that runs first, outside of time and limit.
    pub prepare: Option<String>,
    /// The shell command that is measured, or several. `{out}` stands for a file that is read afterwards.
    pub command: Commands,
    /// The time after which the command is ended with its children.
    pub timeout: Option<Text<Duration>>,
    /// How many times the command runs; the values become samples.
    #[schemars(with = "Option<u32>", range(min = 1))]
    pub repeat: Option<Spanned<i64>>,
    /// Run once more before the gate closes; only what both runs show closes it.
    pub confirm: Option<bool>,
    /// The suite that `plimsoll run` alone means.
    pub default: Option<bool>,
}

/// A metric that a harness does not describe.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Metric {
    /// The unit the harness writes its values in.
    pub unit: Option<Text<super::setting::NamedUnit>>,
    /// Which way is better. Without one it is shown and never gated.
    pub direction: Option<Text<NamedDirection>>,
}

/// What to look for, how big a change must be, and what closes the gate.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    /// How much history a run is held against.
    pub baseline: Option<Baseline>,
    /// The change from which on it is worth a warning.
    #[schemars(with = "Option<Text<Limit>>")]
    pub warn: Option<Spanned<Text<Limit>>>,
    /// The change from which on it is an error.
    #[schemars(with = "Option<Text<Limit>>")]
    pub error: Option<Spanned<Text<Limit>>>,
    /// The severity from which on the gate closes.
    pub gate: Option<Text<NamedGate>>,
    /// The tests that every series is put to.
    pub detectors: Option<Vec<Text<NamedDetector>>>,
    /// Other settings for some series; the later rule wins.
    #[serde(default)]
    pub rule: Vec<Rule>,
}

/// Other settings for the series that match.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Which suites; may hold `*`.
    pub suite: Option<String>,
    /// Which benchmarks; may hold `*`.
    pub benchmark: Option<String>,
    /// Which metrics; may hold `*`.
    pub metric: Option<String>,
    /// How much history a run is held against.
    pub baseline: Option<Baseline>,
    /// The change from which on it is worth a warning.
    #[schemars(with = "Option<Text<Limit>>")]
    pub warn: Option<Spanned<Text<Limit>>>,
    /// The change from which on it is an error.
    #[schemars(with = "Option<Text<Limit>>")]
    pub error: Option<Spanned<Text<Limit>>>,
    /// The severity from which on the gate closes.
    pub gate: Option<Text<NamedGate>>,
    /// The tests that these series are put to.
    pub detectors: Option<Vec<Text<NamedDetector>>>,
}

/// How much history a run is held against.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    /// How many of the newest runs count.
    #[schemars(with = "Option<u32>", range(min = 1))]
    pub window: Option<Spanned<i64>>,
    /// Fewer runs than this are a young baseline.
    #[schemars(with = "Option<u32>", range(min = 1))]
    pub min: Option<Spanned<i64>>,
}

/// An absolute limit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    /// A short name to refer to: `APP-001`.
    #[schemars(with = "Option<String>")]
    pub id: Option<Spanned<String>>,
    /// The suite it is for, every suite by default; may hold `*`.
    pub suite: Option<String>,
    /// The benchmark it is for; may hold `*`.
    pub benchmark: String,
    /// The metric it is for.
    pub metric: String,
    /// The value must not be above: `"500 ms"`.
    #[schemars(with = "Option<Amount>")]
    pub max: Option<Spanned<Amount>>,
    /// The value must not be below: `"1 M items/s"`.
    #[schemars(with = "Option<Amount>")]
    pub min: Option<Spanned<Amount>>,
    /// The items that the value is divided by first: `pages`.
    pub per: Option<String>,
    /// How far past the target a warning starts.
    #[schemars(with = "Option<Text<Limit>>")]
    pub warn: Option<Spanned<Text<Limit>>>,
    /// How far past the target an error starts.
    #[schemars(with = "Option<Text<Limit>>")]
    pub error: Option<Spanned<Text<Limit>>>,
}

/// A metric computed from other metrics of the same run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Derived {
    /// An expression of quoted series, numbers, `+ - * /` and parentheses.
    #[schemars(with = "String")]
    pub value: Spanned<String>,
    /// The unit of the result; by default the one that the operands give.
    pub unit: Option<Text<super::setting::NamedUnit>>,
    /// Which way is better. Without one it is shown and never gated.
    pub direction: Option<Text<NamedDirection>>,
}

/// Plain files beside the store.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    /// The folder they lie in, from the folder of the configuration on.
    pub dir: Text<super::setting::Name>,
}

/// How long what is kept.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retention {
    /// Raw samples and attachments.
    pub samples: Option<Text<Age>>,
    /// Runs beyond one for each commit, suite and testbed; after that one aggregate a day.
    pub extra: Option<Text<Age>>,
    /// The aggregates of a day; after that one a week.
    pub daily: Option<Text<Age>>,
    /// One run for each commit.
    pub commits: Option<Text<Age>>,
    /// Runs of merged or deleted branches.
    pub branches: Option<Text<Age>>,
}

/// Where findings are announced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Notify {
    /// The environment variable that holds the address.
    pub url_env: Text<super::setting::Name>,
    /// Which severities are announced; errors and worse by default.
    pub on: Option<Vec<Text<NamedSeverity>>>,
}
