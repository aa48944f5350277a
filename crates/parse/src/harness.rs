//! The harnesses whose output is understood.

use std::fmt;
use std::str::FromStr;

use plimsoll_model::{Name, name};

/// A program that measures, by the format it leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Harness {
    /// Criterion's files under `target/criterion`.
    Criterion,
    /// Criterion's text on standard output.
    CriterionText,
    /// `cargo bench` with the standard library's harness, and Criterion's `--output-format bencher`.
    Libtest,
    /// divan's tree on standard output.
    Divan,
    /// pytest-benchmark's JSON.
    PytestBenchmark,
    /// pytest-json-report's JSON.
    PytestJsonReport,
    /// pyperf's JSON.
    Pyperf,
    /// `go test -bench` text.
    GoText,
    /// `go test -bench -json`.
    GoJson,
    /// Google Benchmark's JSON.
    GoogleBenchmark,
    /// hyperfine's JSON.
    Hyperfine,
    /// GNU `time -v`.
    GnuTime,
    /// github-action-benchmark's custom JSON, smaller is better.
    CustomSmallerIsBetter,
    /// github-action-benchmark's custom JSON, bigger is better.
    CustomBiggerIsBetter,
    /// Bencher Metric Format.
    BencherMetricFormat,
    /// Our own run format.
    PlimsollRun,
}

impl Harness {
    /// Every harness, in the order in which they are listed.
    pub const ALL: [Self; 16] = [
        Self::Criterion,
        Self::CriterionText,
        Self::Libtest,
        Self::Divan,
        Self::PytestBenchmark,
        Self::PytestJsonReport,
        Self::Pyperf,
        Self::GoText,
        Self::GoJson,
        Self::GoogleBenchmark,
        Self::Hyperfine,
        Self::GnuTime,
        Self::CustomSmallerIsBetter,
        Self::CustomBiggerIsBetter,
        Self::BencherMetricFormat,
        Self::PlimsollRun,
    ];

    /// The name that `--harness` takes and measurements carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Criterion => "criterion",
            Self::CriterionText => "criterion-text",
            Self::Libtest => "libtest",
            Self::Divan => "divan",
            Self::PytestBenchmark => "pytest-benchmark",
            Self::PytestJsonReport => "pytest-json-report",
            Self::Pyperf => "pyperf",
            Self::GoText => "go",
            Self::GoJson => "go-json",
            Self::GoogleBenchmark => "google-benchmark",
            Self::Hyperfine => "hyperfine",
            Self::GnuTime => "gnu-time",
            Self::CustomSmallerIsBetter => "custom-smaller-is-better",
            Self::CustomBiggerIsBetter => "custom-bigger-is-better",
            Self::BencherMetricFormat => "bencher-metric-format",
            Self::PlimsollRun => "plimsoll-run",
        }
    }
}

impl From<Harness> for Name {
    fn from(harness: Harness) -> Self {
        match harness {
            Harness::Criterion => name!(Harness::Criterion.name()),
            Harness::CriterionText => name!(Harness::CriterionText.name()),
            Harness::Libtest => name!(Harness::Libtest.name()),
            Harness::Divan => name!(Harness::Divan.name()),
            Harness::PytestBenchmark => name!(Harness::PytestBenchmark.name()),
            Harness::PytestJsonReport => name!(Harness::PytestJsonReport.name()),
            Harness::Pyperf => name!(Harness::Pyperf.name()),
            Harness::GoText => name!(Harness::GoText.name()),
            Harness::GoJson => name!(Harness::GoJson.name()),
            Harness::GoogleBenchmark => name!(Harness::GoogleBenchmark.name()),
            Harness::Hyperfine => name!(Harness::Hyperfine.name()),
            Harness::GnuTime => name!(Harness::GnuTime.name()),
            Harness::CustomSmallerIsBetter => name!(Harness::CustomSmallerIsBetter.name()),
            Harness::CustomBiggerIsBetter => name!(Harness::CustomBiggerIsBetter.name()),
            Harness::BencherMetricFormat => name!(Harness::BencherMetricFormat.name()),
            Harness::PlimsollRun => name!(Harness::PlimsollRun.name()),
        }
    }
}

impl fmt::Display for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Harness {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|harness| harness.name() == name).ok_or(())
    }
}
