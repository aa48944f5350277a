//! Harness output to model: one file a harness.
//!
//! Nothing here opens a file, reads a clock or panics, whatever the bytes. A parser returns what it understood
//! and names what it did not.

mod harness;
mod input;
mod parsed;
mod recognise;

pub use harness::Harness;
pub use input::Input;
pub use parsed::{Facts, ParseError, Parsed};
pub use recognise::{HEAD_BYTES, Recognition, recognise};

/// Reads what `harness` left behind.
///
/// Several inputs are read as one result, as Criterion's directory of small files needs. Bad entries in a whole
/// file are complaints; a file that is not understood, is truncated or holds nothing is an error.
pub fn parse(harness: Harness, inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let _ = inputs;
    Err(ParseError::Empty { harness })
}
