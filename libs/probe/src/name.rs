//! Names: as long as the reader takes them, and told apart however long they are.

/// The longest name, in bytes.
pub(crate) const MOST_BYTES: usize = 1_000;

/// A name that is not longer than it may be, and not empty. Of a longer one the beginning stays, with a digest of the
/// whole: names that begin alike stay apart, and are the same in the next run.
pub(crate) fn name(text: &str) -> String {
    if text.is_empty() {
        return "unnamed".to_owned();
    }
    if text.len() <= MOST_BYTES {
        return text.to_owned();
    }
    let digest = format!("…{:016x}", digest(text));
    format!("{}{digest}", beginning(text, MOST_BYTES - digest.len()))
}

/// What fits of a text, cut between two characters.
pub(crate) fn beginning(text: &str, most_bytes: usize) -> &str {
    let end = (0..=most_bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// The hash of Fowler, Noll and Vo, FNV-1a with 64 bits.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stay() {
        assert_eq!((name(""), name("abc")), ("unnamed".to_owned(), "abc".to_owned()));
        assert_eq!(name(&"x".repeat(MOST_BYTES)), "x".repeat(MOST_BYTES));
    }

    #[test]
    fn long_names_fit_and_stay_apart() {
        let (one, other) = (name(&"ä".repeat(5_000)), name(&format!("{}b", "ä".repeat(5_000))));
        assert!(one.len() <= MOST_BYTES && one.starts_with("ääää"));
        assert_ne!(one, other);
        assert_eq!(name(&"ä".repeat(5_000)), one);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!((beginning("äöü", 3), beginning("abc", 3), beginning("", 3)), ("ä", "abc", ""));
    }

    #[test]
    fn the_digest_is_that_of_its_definition() {
        assert_eq!((digest(""), digest("a")), (0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c));
    }
}
