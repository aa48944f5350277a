//! Harness output to model: one file a harness.
//!
//! Nothing here opens a file, reads a clock or panics, whatever the bytes. A parser returns what it understood
//! and names what it did not.

mod called;
mod complaints;
mod decimal;
mod describe;
mod encoding;
mod harness;
mod harnesses;
mod input;
mod json;
mod json_outline;
mod lenient_json;
mod lines;
#[cfg(test)]
mod listing;
mod loose;
mod parsed;
mod recognise;
mod samples;
mod vet;

use plimsoll_model::{Outcome, Run};

pub use called::{Called, called};
pub use describe::{HarnessDescription, describe};
pub use harness::Harness;
pub use harnesses::UNNAMED;
pub use input::Input;
pub use parsed::{Facts, ParseError, Parsed};
pub use recognise::{HEAD_BYTES, Recognition, recognise};

/// Reads what `harness` left behind.
///
/// Several inputs are read as one result, as Criterion's directory of small files needs. Bad entries in a whole
/// file are complaints; a file that is not understood, is truncated or holds nothing is an error.
pub fn parse(harness: Harness, inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = harnesses::parse(harness, inputs)?;
    vet::vet(harness, &mut parsed);
    // A run that failed is worth keeping without a measurement; a successful one that measured nothing is not.
    let is_empty = |run: &Run| run.measurements.is_empty() && run.outcome == Outcome::Success;
    if parsed.measurements.is_empty() && parsed.runs.iter().all(is_empty) {
        let of_runs = parsed.runs.into_iter().flat_map(|run| run.complaints);
        parsed.complaints.extend(of_runs);
        return Err(ParseError::Empty { harness, complaints: parsed.complaints });
    }
    Ok(parsed)
}
