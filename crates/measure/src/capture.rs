//! What a command wrote, in bounded memory.

use std::collections::VecDeque;

/// The most that is kept of one stream: the first half and the last half of this many bytes.
pub const CAPTURE_LIMIT_BYTES: usize = 64 << 20;

/// What a command wrote to one stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// The bytes as they came, whatever their encoding. Where some were left out, a line break stands for them.
    pub bytes: Vec<u8>,
    /// How many bytes were left out of the middle.
    pub omitted_bytes: u64,
}

/// Collects a stream: everything up to a limit, beyond it the head and the tail.
#[derive(Debug)]
pub(crate) struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    half_bytes: usize,
    omitted_bytes: u64,
}

impl Capture {
    /// A capture that keeps at most `limit_bytes`.
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self { head: Vec::new(), tail: VecDeque::new(), half_bytes: limit_bytes / 2, omitted_bytes: 0 }
    }

    /// Takes the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = self.half_bytes - self.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        let kept = &rest[rest.len().saturating_sub(self.half_bytes)..];
        let excess = (self.tail.len() + kept.len()).saturating_sub(self.half_bytes);
        self.tail.drain(..excess);
        self.tail.extend(kept);
        self.omitted_bytes += (excess + rest.len() - kept.len()) as u64;
    }

    /// What was kept.
    pub(crate) fn finish(self) -> Output {
        let mut bytes = self.head;
        if self.omitted_bytes > 0 {
            bytes.push(b'\n');
        }
        let (front, back) = self.tail.as_slices();
        bytes.extend_from_slice(front);
        bytes.extend_from_slice(back);
        Output { bytes, omitted_bytes: self.omitted_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: &[&str], kept: &str, omitted_bytes: u64) {
        let mut capture = Capture::new(8);
        for piece in pieces {
            capture.push(piece.as_bytes());
        }
        let output = capture.finish();
        assert_eq!(
            (String::from_utf8_lossy(&output.bytes).as_ref(), output.omitted_bytes),
            (kept, omitted_bytes)
        );
    }

    #[test]
    fn the_middle_of_a_long_stream_is_left_out() {
        check(&[], "", 0);
        check(&["abc", "defgh"], "abcdefgh", 0);
        check(&["abcdefghi"], "abcd\nfghi", 1);
        check(&["ab", "cdef", "gh", "ij", "k"], "abcd\nhijk", 3);
        check(&["abcdefghijklmnopqrstuvwxyz"], "abcd\nwxyz", 18);
        check(&["abcdef", "0123456789"], "abcd\n6789", 8);
    }
}
