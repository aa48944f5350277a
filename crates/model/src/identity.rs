//! The identity of a run that brought none of its own, or one for another place.

use sha2::{Digest, Sha256};

use crate::Run;

/// The version of the canonical form below; part of the digest.
const VERSION: &str = "plimsoll.identity/1";

/// A digest of what makes a run itself: project, suite, commit, testbed, CI job and attempt, start, and the
/// measurements in any order. `salt` tells repeats apart that are stored on purpose; it is empty otherwise.
pub fn run_identity(run: &Run, salt: &str) -> String {
    let mut digest = Sha256::new();
    let mut field = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    };
    field(VERSION);
    field(salt);
    field(&run.project);
    field(&run.suite);
    let commit = run.context.commit.as_ref();
    field(commit.map_or("", |commit| &commit.hash));
    field(if commit.is_some_and(|commit| commit.dirty) { "dirty" } else { "clean" });
    field(&run.context.testbed);
    let ci = run.context.ci.as_ref();
    field(ci.and_then(|ci| ci.run_id.as_deref()).unwrap_or(""));
    field(ci.and_then(|ci| ci.job.as_deref()).unwrap_or(""));
    field(&ci.and_then(|ci| ci.attempt).unwrap_or(0).to_string());
    field(&run.context.started_at.to_string());
    let mut sum = [0_u8; 32];
    for measurement in &run.measurements {
        add(&mut sum, &measurement_digest(measurement));
    }
    digest.update(sum);
    hexadecimal(&digest.finalize()[..16])
}

/// The identity of a run with an identity of its own once its project, suite or testbed were named by somebody else: the same
/// under the same names, whatever else is found out about it later.
pub fn named_identity(own: &str, run: &Run) -> String {
    let mut digest = Sha256::new();
    for text in [VERSION, own, &run.project, &run.suite, &run.context.testbed] {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    hexadecimal(&digest.finalize()[..16])
}

/// Adds digests as 256-bit numbers, so that the order of measurements does not matter.
fn add(sum: &mut [u8; 32], digest: &[u8]) {
    let mut carry = 0_u16;
    for (total, byte) in sum.iter_mut().zip(digest) {
        let value = u16::from(*total) + u16::from(*byte) + carry;
        *total = (value & 0xff) as u8;
        carry = value >> 8;
    }
}

fn measurement_digest(measurement: &crate::Measurement) -> Vec<u8> {
    let mut digest = Sha256::new();
    let mut field = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    };
    field(&measurement.benchmark);
    for (name, value) in &measurement.parameters {
        field(name);
        field(value);
    }
    field(&measurement.metric.name);
    field(measurement.metric.unit.symbol());
    digest.update(measurement.value.to_bits().to_le_bytes());
    for sample in &measurement.samples {
        digest.update(sample.to_bits().to_le_bytes());
    }
    digest.finalize().to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Measurement, Metric, Outcome};

    fn run(values: &[f64]) -> Run {
        Run {
            id: String::new(),
            project: "p".to_owned(),
            suite: "s".to_owned(),
            session: None,
            outcome: Outcome::Success,
            context: Context::new("t", jiff::Timestamp::UNIX_EPOCH),
            measurements: values
                .iter()
                .map(|value| Measurement::new("h", format!("b{value}"), Metric::time(), *value))
                .collect(),
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: Vec::new(),
            unknown: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn a_run_of_its_own_identity_is_another_under_other_names_alone() {
        let mut elsewhere = run(&[1.0]);
        elsewhere.context.testbed = "elsewhere".to_owned();
        assert_eq!(named_identity("a", &run(&[1.0])), named_identity("a", &run(&[2.0])));
        assert_ne!(named_identity("a", &run(&[1.0])), named_identity("a", &elsewhere));
        assert_ne!(named_identity("a", &run(&[1.0])), named_identity("b", &run(&[1.0])));
    }

    #[test]
    fn the_order_of_measurements_is_irrelevant_and_their_values_are_not() {
        assert_eq!(run_identity(&run(&[1.0, 2.0]), ""), run_identity(&run(&[2.0, 1.0]), ""));
        assert_ne!(run_identity(&run(&[1.0, 2.0]), ""), run_identity(&run(&[1.0, 2.5]), ""));
        assert_ne!(run_identity(&run(&[1.0]), ""), run_identity(&run(&[1.0]), "again"));
        assert_eq!(run_identity(&run(&[1.0]), "").len(), 32);
    }
}
