//! Bytes of stored blocks: written in order, read back with bounds checked, sealed by a checksum.

use crate::StoreError;

/// Writes the fields of a block one after another.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    /// An unsigned number in seven-bit groups, the lowest first.
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// A length or a count.
    pub(crate) fn count(&mut self, value: usize) {
        self.number(value as u64);
    }

    /// A signed number, small when near zero.
    pub(crate) fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)) as u64);
    }

    pub(crate) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn float(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A text that may be absent; an absent one differs from an empty one.
    pub(crate) fn optional_text(&mut self, text: Option<&str>) {
        self.byte(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }
}

/// Reads the fields of a block back; whatever the bytes are, it errs and never panics.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

fn cut_short() -> StoreError {
    StoreError::damaged("a block ends too early")
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], StoreError> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, StoreError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn number(&mut self) -> Result<u64, StoreError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(StoreError::damaged("a number in a block is too long"))
    }

    /// A count of things that take at least one byte each here, or are bounded by `most`.
    pub(crate) fn count(&mut self, most: usize) -> Result<usize, StoreError> {
        let count = self.number()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= most)
            .ok_or_else(|| StoreError::damaged("a count in a block is too large"))
    }

    pub(crate) fn signed(&mut self) -> Result<i64, StoreError> {
        let value = self.number()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub(crate) fn float(&mut self) -> Result<f64, StoreError> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, StoreError> {
        let len = self.count(self.rest.len())?;
        std::str::from_utf8(self.take(len)?)
            .map_err(|_| StoreError::damaged("a text in a block is not UTF-8"))
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, StoreError> {
        Ok(match self.byte()? {
            0 => None,
            _ => Some(self.text()?),
        })
    }
}

/// Which table a block stands in; part of its checksum, so that a block in the wrong place is found too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Fresh = 1,
    Chunk = 2,
    Segment = 3,
    Layout = 4,
    Detail = 5,
    Samples = 6,
    Extras = 7,
    Environment = 8,
    Run = 9,
    Commit = 10,
    Series = 11,
    Name = 12,
    Ledger = 13,
}

/// The checksum of a block of this kind under this key.
pub(crate) fn checksum(kind: Kind, key: i64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let mut place = [0; 9];
    place[0] = kind as u8;
    place[1..].copy_from_slice(&key.to_le_bytes());
    hasher.update(&place);
    hasher.update(bytes);
    hasher.finalize()
}

/// Room for the checksum, to be filled by [`seal`] once the block is complete.
pub(crate) const CHECKSUM_BYTES: usize = 4;

/// A writer that has left room for the checksum.
pub(crate) fn block() -> Writer {
    Writer { bytes: vec![0; CHECKSUM_BYTES] }
}

/// Fills in the checksum of a block begun by [`block`].
pub(crate) fn seal(kind: Kind, key: i64, writer: Writer) -> Vec<u8> {
    let mut bytes = writer.bytes;
    if let Some((head, body)) = bytes.split_first_chunk_mut::<CHECKSUM_BYTES>() {
        *head = checksum(kind, key, body).to_le_bytes();
    }
    bytes
}

/// The body of a sealed block, once its checksum was found right.
pub(crate) fn unseal(kind: Kind, key: i64, bytes: &[u8]) -> Result<&[u8], StoreError> {
    match bytes.split_first_chunk::<CHECKSUM_BYTES>() {
        Some((head, body)) if u32::from_le_bytes(*head) == checksum(kind, key, body) => Ok(body),
        _ => Err(StoreError::damaged(format!("the checksum of {kind:?} block {key} is wrong"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_are_read_back_as_they_were_written(number: u64, signed: i64, text: String, bits: u64) {
            let mut writer = block();
            writer.number(number);
            writer.signed(signed);
            writer.optional_text(Some(&text));
            writer.optional_text(None);
            writer.float(f64::from_bits(bits));
            let sealed = seal(Kind::Detail, 7, writer);
            let mut reader = Reader::new(unseal(Kind::Detail, 7, &sealed).unwrap());
            prop_assert_eq!(reader.number().unwrap(), number);
            prop_assert_eq!(reader.signed().unwrap(), signed);
            prop_assert_eq!(reader.optional_text().unwrap(), Some(text.as_str()));
            prop_assert_eq!(reader.optional_text().unwrap(), None);
            prop_assert_eq!(reader.float().unwrap().to_bits(), bits);
            prop_assert!(reader.rest().is_empty());
        }

        #[test]
        fn a_flipped_bit_or_another_place_is_found(body: Vec<u8>, at: proptest::sample::Index, bit in 0..8_u8) {
            let mut writer = block();
            writer.bytes.extend_from_slice(&body);
            let mut sealed = seal(Kind::Chunk, 3, writer);
            prop_assert!(unseal(Kind::Chunk, 4, &sealed).is_err());
            prop_assert!(unseal(Kind::Fresh, 3, &sealed).is_err());
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(unseal(Kind::Chunk, 3, &sealed).is_err());
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            let _ = (reader.number(), reader.text().is_ok(), reader.float().is_ok(), reader.optional_text().is_ok());
        }
    }
}
