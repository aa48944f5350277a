//! One file a harness. A parser reports what stands in its format; [`crate::parse`] vets names and numbers,
//! drops duplicates and turns an empty result into an error afterwards.
//!
//! Rates have one name everywhere: a benchmark's `throughput` is in items/s or bytes/s, its unit says which; where a
//! benchmark reports both, items are `throughput` and bytes are `throughput_bytes`.

mod bencher_metric_format;
mod cargo_bench;
mod criterion;
mod criterion_text;
mod custom_json;
mod divan;
mod gnu_time;
mod go_entries;
mod go_json;
mod go_results;
mod go_text;
mod google_benchmark;
mod hyperfine;
mod libtest;
mod plimsoll_run;
mod pyperf;
mod pytest_benchmark;
mod pytest_json_report;

pub use plimsoll_run::UNNAMED;

use plimsoll_model::Direction;

use crate::{Harness, Input, ParseError, Parsed};

/// Reads the inputs with the parser of `harness`.
pub(crate) fn parse(harness: Harness, inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    match harness {
        Harness::Criterion => criterion::parse(inputs),
        Harness::CriterionText | Harness::Libtest | Harness::Divan => cargo_bench::parse(harness, inputs),
        Harness::PytestBenchmark => pytest_benchmark::parse(inputs),
        Harness::PytestJsonReport => pytest_json_report::parse(inputs),
        Harness::Pyperf => pyperf::parse(inputs),
        Harness::GoText => go_text::parse(inputs),
        Harness::GoJson => go_json::parse(inputs),
        Harness::GoogleBenchmark => google_benchmark::parse(inputs),
        Harness::Hyperfine => hyperfine::parse(inputs),
        Harness::GnuTime => gnu_time::parse(inputs),
        Harness::CustomSmallerIsBetter => custom_json::parse(inputs, Direction::Lower),
        Harness::CustomBiggerIsBetter => custom_json::parse(inputs, Direction::Higher),
        Harness::BencherMetricFormat => bencher_metric_format::parse(inputs),
        Harness::PlimsollRun => plimsoll_run::parse(inputs),
    }
}
