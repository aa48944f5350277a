//! JSON documents of any size: small ones are read whole, which is two to three times as fast, large ones are
//! streamed.

use std::io::{self, BufReader, Read};

use plimsoll_model::Complaint;
use serde::de::DeserializeSeed;
use serde_json::{Deserializer, error::Category};

use crate::encoding::{NOT_UTF8, latin1_where_needed, without_mark};
use crate::lenient_json::{self, LenientReader};
use crate::{Harness, Input, ParseError};

/// Documents up to this size are read whole.
const WHOLE_BYTES: usize = 16 * 1024 * 1024;
/// How much is taken from a stream at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// What a document held, and what had to be mended to read it.
pub(crate) struct Document<T> {
    /// What the seed made of it.
    pub(crate) value: T,
    /// Bare `NaN`s that were read as `null`, text that was not UTF-8.
    pub(crate) complaints: Vec<Complaint>,
}

/// Reads one JSON document with `seed` (`PhantomData::<T>` for a plain type), streaming it when it is large.
///
/// Bare `NaN`, `Infinity` and `-Infinity` reach the seed as `null`. A byte order mark is skipped. Fails on
/// documents that end early, that are no JSON or that the seed refuses, and on anything but white space after
/// the document.
pub(crate) fn read_json<S, T>(
    harness: Harness,
    input: &mut Input<'_>,
    seed: S,
) -> Result<Document<T>, ParseError>
where
    S: for<'de> DeserializeSeed<'de, Value = T>,
{
    read_json_within(harness, input, seed, WHOLE_BYTES)
}

fn read_json_within<S, T>(
    harness: Harness,
    input: &mut Input<'_>,
    seed: S,
    whole_bytes: usize,
) -> Result<Document<T>, ParseError>
where
    S: for<'de> DeserializeSeed<'de, Value = T>,
{
    let name = input.name;
    let mut head = Vec::new();
    (&mut *input.reader)
        .take(whole_bytes as u64)
        .read_to_end(&mut head)
        .map_err(|source| ParseError::read(name, source))?;
    let text = without_mark(harness, name, &head)?;
    if head.len() < whole_bytes {
        return read_whole(harness, name, text, seed);
    }
    let mut reader = LenientReader::new(text.chain(&mut *input.reader));
    let mut deserializer = Deserializer::from_reader(BufReader::with_capacity(BUFFER_BYTES, &mut reader));
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| ParseError::json(harness, name, error))?;
    Ok(Document { value, complaints: mended(name, reader.replaced()).into_iter().collect() })
}

fn read_whole<S, T>(harness: Harness, name: &str, text: &[u8], seed: S) -> Result<Document<T>, ParseError>
where
    S: for<'de> DeserializeSeed<'de, Value = T>,
{
    let mut complaints = Vec::new();
    let readable;
    let text = match str::from_utf8(text) {
        Ok(text) => text.as_bytes(),
        Err(error) => {
            complaints.push(not_utf8(name, error.valid_up_to()));
            readable = latin1_where_needed(text);
            readable.as_bytes()
        }
    };
    let finite = lenient_json::mend(text);
    let text = match &finite {
        Some((finite, replaced)) => {
            complaints.extend(mended(name, *replaced));
            finite.as_slice()
        }
        None => text,
    };
    let mut deserializer = Deserializer::from_slice(text);
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| ParseError::json(harness, name, error))?;
    Ok(Document { value, complaints })
}

fn mended(name: &str, replaced: u64) -> Option<Complaint> {
    (replaced > 0)
        .then(|| Complaint::new(format!("{replaced} bare NaN or Infinity were read as null")).in_source(name))
}

fn not_utf8(name: &str, place: usize) -> Complaint {
    Complaint::new(format!("byte {place}: {NOT_UTF8}")).in_source(name)
}

impl ParseError {
    /// A reader that failed.
    pub(crate) fn read(name: &str, source: io::Error) -> Self {
        Self::Read { name: name.to_owned(), source }
    }

    /// What a failure of `serde_json` means: the reader's, an early end, or another shape.
    pub(crate) fn json(harness: Harness, name: &str, error: serde_json::Error) -> Self {
        let name = name.to_owned();
        match error.classify() {
            Category::Io => Self::Read { name, source: error.into() },
            Category::Eof => Self::Truncated { name, reason: error.to_string() },
            Category::Syntax | Category::Data => {
                Self::NotUnderstood { name, harness, reason: error.to_string() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;

    use super::*;

    #[track_caller]
    fn check(text: &[u8], expected: &str) {
        let seen = |whole_bytes| {
            let mut reader = text;
            let mut input = Input { name: "in.json", modified: None, reader: &mut reader };
            let seed = PhantomData::<Vec<Option<f64>>>;
            match read_json_within(Harness::Pyperf, &mut input, seed, whole_bytes) {
                Ok(document) => {
                    let complaints: Vec<_> = document.complaints.iter().map(|c| c.message.as_str()).collect();
                    format!("{:?} {}", document.value, complaints.join("; ")).trim_end().to_owned()
                }
                Err(error) => error.to_string(),
            }
        };
        assert_eq!(seen(WHOLE_BYTES), expected, "read whole");
        // serde_json counts columns a little differently in a stream.
        let without_place = |text: &str| text.split(" at line ").next().map(str::to_owned);
        assert_eq!(without_place(&seen(4)), without_place(expected), "streamed");
    }

    #[test]
    fn documents_are_read() {
        check(b"[1, 2.5]", "[Some(1.0), Some(2.5)]");
        check(b"\xef\xbb\xbf[1]\n", "[Some(1.0)]");
        check(b"[NaN]  ", "[None] 1 bare NaN or Infinity were read as null");
    }

    #[test]
    fn failures_say_where() {
        check(b"[1, 2", "in.json ends in the middle: EOF while parsing a list at line 1 column 5");
        check(b"     ", "in.json ends in the middle: EOF while parsing a value at line 1 column 5");
        check(
            b"{\"a\": 1}",
            "in.json is not what pyperf writes: invalid type: map, expected a sequence at line 1 column 0",
        );
        check(b"[1] trailing", "in.json is not what pyperf writes: trailing characters at line 1 column 5");
        check(b"\xff\xfe[\0]\0", "in.json is not what pyperf writes: it is UTF-16 text; save it as UTF-8");
    }
}
