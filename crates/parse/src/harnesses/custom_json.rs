//! github-action-benchmark's custom JSON, in both directions.

use plimsoll_model::Direction;

use crate::{Harness, Input, ParseError, Parsed};

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>], direction: Direction) -> Result<Parsed, ParseError> {
    let _ = inputs;
    Err(ParseError::Empty {
        harness: match direction {
            Direction::Higher => Harness::CustomBiggerIsBetter,
            _ => Harness::CustomSmallerIsBetter,
        },
        complaints: Vec::new(),
    })
}
