//! Runs of a project that never existed.

use plimsoll_model::{Commit, Context, Measurement, Metric, Outcome, Run};

use crate::Noise;

/// 2026-01-01T00:00:00Z: the first commit of the made-up project.
const FIRST_COMMIT_SECOND: i64 = 1_767_225_600;
/// First-parent ancestors that a run brings, as a real one does.
const ANCESTORS: usize = 256;
/// Seconds between two of its commits.
const COMMIT_INTERVAL_SECONDS: i64 = 600;

/// The run of commit number `commit` with `series` series, each a value and nothing else.
pub fn run_of(commit: usize, series: usize) -> Run {
    let mut noise = Noise::seeded(commit as u64);
    let second_of = |commit: usize| FIRST_COMMIT_SECOND + COMMIT_INTERVAL_SECONDS * commit as i64;
    let at = jiff::Timestamp::from_second(second_of(commit)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let hash = |commit: usize| {
        format!("{:016x}{commit:024x}", (commit as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    };
    let earlier = (commit.saturating_sub(ANCESTORS)..commit).rev();
    let mut context = Context::new("linux/x86_64/2/made-up", at);
    context.branch = Some("main".to_owned());
    context.commit = Some(Commit {
        hash: hash(commit),
        ancestors: earlier.clone().map(hash).collect(),
        ancestor_times: earlier.map(second_of).collect(),
        committed_at: Some(at),
        subject: Some(format!("Commit number {commit}")),
        dirty: false,
    });
    let measurement = |index: usize| {
        let value = noise.around(1e6 * (1.0 + index as f64 / 10.0), 0.02);
        Measurement::new("made-up", format!("group_{}/bench_{index}", index / 10), Metric::time(), value)
    };
    Run {
        id: hash(commit)[..32].to_owned(),
        project: "made-up".to_owned(),
        suite: "fast".to_owned(),
        session: None,
        outcome: Outcome::Success,
        context,
        measurements: (0..series).map(measurement).collect(),
        allocators: Vec::new(),
        notes: Vec::new(),
        complaints: Vec::new(),
        unknown: std::collections::BTreeMap::new(),
    }
}

/// The same as `plimsoll.run/1`.
pub fn run_json(commit: usize, series: usize) -> String {
    plimsoll_model::format::run::write(&run_of(commit, series)).unwrap_or_default()
}
