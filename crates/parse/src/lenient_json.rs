//! Python writes `NaN`, `Infinity` and `-Infinity` as bare tokens, which JSON forbids: they are read as `null`.
//!
//! Only the letters `N` and `I` are looked for, so a document without them costs one pass at memory speed.

use std::io::{self, Read};

use memchr::{memchr, memchr2};

/// How much is read at once.
const CHUNK_BYTES: usize = 128 * 1024;
/// The longest token that may lie across two chunks: `-Infinity`.
const TOKEN_BYTES: usize = 9;

/// Replaces bare non-finite tokens in a stream and counts them.
pub(crate) struct LenientReader<R> {
    input: R,
    raw: Vec<u8>,
    filled: usize,
    mended: Vec<u8>,
    position: usize,
    ended: bool,
    mender: Mender,
}

impl<R: Read> LenientReader<R> {
    /// Wraps a stream of JSON text without a byte order mark.
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            raw: vec![0; CHUNK_BYTES],
            filled: 0,
            mended: Vec::with_capacity(CHUNK_BYTES + TOKEN_BYTES),
            position: 0,
            ended: false,
            mender: Mender::default(),
        }
    }

    /// How many tokens were replaced so far.
    pub(crate) fn replaced(&self) -> u64 {
        self.mender.replaced
    }

    fn refill(&mut self) -> io::Result<()> {
        self.mended.clear();
        self.position = 0;
        while self.mended.is_empty() && !self.ended {
            match self.input.read(&mut self.raw[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            let pending = &self.raw[..self.filled];
            let limit = if self.ended { self.filled } else { whole_tokens(pending) };
            let consumed = self.mender.mend(pending, limit, &mut self.mended);
            self.raw.copy_within(consumed..self.filled, 0);
            self.filled -= consumed;
        }
        Ok(())
    }
}

impl<R: Read> Read for LenientReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.mended.len() {
            self.refill()?;
        }
        let ready = &self.mended[self.position..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.position += count;
        Ok(count)
    }
}

/// Replaces bare non-finite tokens in a whole document; `None` when it has none.
pub(crate) fn mend(document: &[u8]) -> Option<(Vec<u8>, u64)> {
    let mut rest = document;
    while let Some(place) = memchr2(b'N', b'I', rest) {
        if token_length(&rest[place..]).is_some() {
            let mut mender = Mender::default();
            let mut mended = Vec::with_capacity(document.len() + document.len() / 64);
            mender.mend(document, document.len(), &mut mended);
            return (mender.replaced > 0).then_some((mended, mender.replaced));
        }
        rest = &rest[place + 1..];
    }
    None
}

/// Where a chunk can be cut without cutting a token.
fn whole_tokens(chunk: &[u8]) -> usize {
    let limit = chunk.len().saturating_sub(TOKEN_BYTES);
    if limit > 0 && chunk[limit - 1] == b'-' { limit - 1 } else { limit }
}

fn token_length(text: &[u8]) -> Option<usize> {
    ["NaN", "Infinity"].into_iter().find(|token| text.starts_with(token.as_bytes())).map(str::len)
}

/// What must be remembered between two chunks.
#[derive(Default)]
struct Mender {
    in_string: bool,
    escaped: bool,
    replaced: u64,
}

impl Mender {
    /// Copies what starts before `limit` to `mended`; returns how much of `chunk` that was.
    fn mend(&mut self, chunk: &[u8], limit: usize, mended: &mut Vec<u8>) -> usize {
        let (mut copied, mut synchronised, mut searched) = (0, 0, 0);
        while searched < limit {
            let Some(offset) = memchr2(b'N', b'I', &chunk[searched..limit]) else {
                break;
            };
            let place = searched + offset;
            searched = place + 1;
            let Some(length) = token_length(&chunk[place..]) else {
                continue;
            };
            self.advance(&chunk[synchronised..place]);
            synchronised = place;
            if self.in_string {
                continue;
            }
            let start = place - usize::from(place > copied && chunk[place - 1] == b'-');
            mended.extend_from_slice(&chunk[copied..start]);
            mended.extend_from_slice(b"null");
            self.replaced += 1;
            copied = place + length;
            (synchronised, searched) = (copied, copied);
        }
        let consumed = limit.max(copied);
        self.advance(&chunk[synchronised..consumed]);
        mended.extend_from_slice(&chunk[copied..consumed]);
        consumed
    }

    /// Follows the quotes through `text`.
    fn advance(&mut self, mut text: &[u8]) {
        if self.escaped && !text.is_empty() {
            self.escaped = false;
            text = &text[1..];
        }
        loop {
            if !self.in_string {
                let Some(quote) = memchr(b'"', text) else { return };
                self.in_string = true;
                text = &text[quote + 1..];
            }
            let Some(place) = memchr2(b'"', b'\\', text) else {
                return;
            };
            if text[place] == b'"' {
                self.in_string = false;
                text = &text[place + 1..];
            } else if place + 2 <= text.len() {
                text = &text[place + 2..];
            } else {
                self.escaped = true;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A reader that gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn streamed(document: &[u8], step: usize) -> (Vec<u8>, u64) {
        let mut reader = LenientReader::new(Drip(document, step));
        let mut all = Vec::new();
        reader.read_to_end(&mut all).expect("readable");
        (all, reader.replaced())
    }

    #[track_caller]
    fn check(document: &str, expected: &str, replaced: u64) {
        let whole = mend(document.as_bytes()).unwrap_or_else(|| (document.as_bytes().to_vec(), 0));
        assert_eq!((String::from_utf8_lossy(&whole.0).as_ref(), whole.1), (expected, replaced));
        for step in [1, 2, 3, 7, 4096] {
            assert_eq!(streamed(document.as_bytes(), step), whole, "in steps of {step}");
        }
    }

    #[test]
    fn bare_tokens_become_null() {
        check("[NaN,Infinity,-Infinity,1]", "[null,null,null,1]", 3);
        check("NaN", "null", 1);
        check("[1,2]", "[1,2]", 0);
    }

    #[test]
    fn strings_stay_as_they_are() {
        check(r#"{"NaN": "a \" NaN", "I": -Infinity}"#, r#"{"NaN": "a \" NaN", "I": null}"#, 1);
        check(r#"["\\", NaN, "\\\"NaN"]"#, r#"["\\", null, "\\\"NaN"]"#, 1);
        check(r#"["Infinity", "I", "N"]"#, r#"["Infinity", "I", "N"]"#, 0);
    }

    #[test]
    fn tokens_across_chunks_are_found() {
        for shift in 0..20 {
            let padding = " ".repeat(CHUNK_BYTES - shift);
            check(&format!("[{padding}-Infinity]"), &format!("[{padding}null]"), 1);
        }
    }

    proptest! {
        #[test]
        fn streaming_and_whole_agree(document in r#"[NaI"\\\-finty, ]{0,80}"#, step in 1_usize..20) {
            let whole = mend(document.as_bytes()).unwrap_or_else(|| (document.clone().into_bytes(), 0));
            prop_assert_eq!(streamed(document.as_bytes(), step), whole);
        }
    }
}
