//! Text that is not quite UTF-8.

use crate::{Harness, ParseError};

/// What is said of such text.
pub(crate) const NOT_UTF8: &str = "not UTF-8, stray bytes were read as Latin-1";

/// The text behind its byte order mark. UTF-16, which some shells write, is refused by name.
pub(crate) fn without_mark<'a>(harness: Harness, name: &str, text: &'a [u8]) -> Result<&'a [u8], ParseError> {
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        return Err(ParseError::NotUnderstood {
            name: name.to_owned(),
            harness,
            reason: "it is UTF-16 text; save it as UTF-8".to_owned(),
        });
    }
    Ok(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
}

/// Reads stray bytes as Latin-1, in which most of them were written: a lone `0xb5` is the sign of a microsecond.
pub(crate) fn latin1_where_needed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    text
}
