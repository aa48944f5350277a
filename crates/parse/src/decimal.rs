//! Words and numbers of a line. Text formats are as fast to read as these are to find.

/// Powers of ten that are exact.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Whole numbers below it are exact.
const EXACT_BELOW: u64 = 1 << 53;
/// As many digits fit into 64 bits whatever they are.
const MOST_DIGITS: usize = 19;

/// Reads a number as `str::parse` does. Plain decimals such as `1234.5`, which is what harnesses print, are read
/// here: a whole number below 2^53 divided by a power of ten up to 10^22 is rounded once, so that the quotient is
/// the nearest number there is (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
pub(crate) fn decimal(word: &str) -> Option<f64> {
    plain(word.as_bytes()).or_else(|| word.parse().ok())
}

fn plain(word: &[u8]) -> Option<f64> {
    if word.len() > MOST_DIGITS {
        return None;
    }
    let mut digits = 0_u64;
    let mut point = None;
    for (place, byte) in word.iter().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(place),
            _ => return None,
        }
    }
    let fraction = point.map_or(0, |place| word.len() - place - 1);
    let is_number = word.len() > usize::from(point.is_some());
    (is_number && digits < EXACT_BELOW).then(|| digits as f64 / POWERS[fraction])
}

/// The words of a text, between ASCII white space.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a>(pub(crate) &'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.0.as_bytes();
        let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let length = bytes[start..].iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len() - start);
        let (word, rest) = self.0[start..].split_at(length);
        self.0 = rest;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(word in r"[0-9]{0,20}\.?[0-9]{0,20}|[-+0-9.eE]{0,8}|inf|NaN|1e400") {
            prop_assert_eq!(decimal(&word).map(f64::to_bits), word.parse().ok().map(f64::to_bits));
        }

        #[test]
        fn words_are_those_of_the_standard_library(text in r"[a-z\u{a0}µ \t\r\x0b\x0c]{0,20}") {
            prop_assert!(Words(&text).eq(text.split_ascii_whitespace()));
        }
    }
}
