//! Reading JSON: strictly as RFC 8259 has it, in one pass, without keeping what nobody asks for.

use std::borrow::Cow;
use std::fmt;

/// Arrays and objects within one another, at most.
const MOST_DEPTH: u32 = 32;

/// JSON that is being read. Whatever the bytes are, it gives what they say or an error, and never panics.
#[derive(Debug)]
pub(crate) struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// What was expected at a place where there is something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// Bytes before it.
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is expected after {} bytes", self.expected, self.at)
    }
}

impl<'a> JsonReader<'a> {
    /// Begins to read a text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// An object: `member` is told each name and reads, or skips, the value.
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.several(b'{', b'}', "an object", |reader| {
            let name = reader.string()?;
            reader.space();
            reader.byte(b':', "a colon")?;
            member(reader, &name)
        })
    }

    /// An array: `element` reads, or skips, each value.
    pub(crate) fn array(
        &mut self,
        element: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.several(b'[', b']', "an array", element)
    }

    /// What may be `null`.
    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, JsonError>,
    ) -> Result<Option<T>, JsonError> {
        self.space();
        if self.literal("null") { Ok(None) } else { read(self).map(Some) }
    }

    /// A text; borrowed unless something in it is escaped.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.space();
        self.byte(b'"', "a text")?;
        let mut text = Cow::Borrowed(self.plain());
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let character = self.escaped()?;
                    let more = self.plain();
                    let owned = text.to_mut();
                    owned.push(character);
                    owned.push_str(more);
                }
                _ => return Err(self.expected("the end of a text")),
            }
        }
    }

    /// A number that is finite.
    pub(crate) fn number(&mut self) -> Result<f64, JsonError> {
        self.space();
        let start = self.at;
        self.skip_byte(b'-');
        if !self.skip_byte(b'0') && self.digits() == 0 {
            return Err(self.expected("a number"));
        }
        if self.skip_byte(b'.') && self.digits() == 0 {
            return Err(self.expected("a digit"));
        }
        if self.skip_byte(b'e') || self.skip_byte(b'E') {
            let _ = self.skip_byte(b'+') || self.skip_byte(b'-');
            if self.digits() == 0 {
                return Err(self.expected("a digit"));
            }
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        let number = written.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or(JsonError { at: start, expected: "a number of usual size" })
    }

    /// A whole number that is not negative.
    pub(crate) fn integer(&mut self) -> Result<u64, JsonError> {
        self.space();
        let start = self.at;
        let number = self.number()?;
        let is_whole = number >= 0.0 && number.fract() == 0.0;
        // A number that is too large becomes the largest one.
        if is_whole { Ok(number as u64) } else { Err(JsonError { at: start, expected: "a whole number" }) }
    }

    /// Any value, which nobody wants.
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        self.space();
        match self.peek() {
            Some(b'{') => self.object(|reader, _| reader.skip()),
            Some(b'[') => self.array(Self::skip),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            _ if ["null", "true", "false"].iter().any(|literal| self.literal(literal)) => Ok(()),
            _ => Err(self.expected("a value")),
        }
    }

    /// Whether exactly these characters come next; then they are read.
    pub(crate) fn literal(&mut self, characters: &str) -> bool {
        let comes = self.rest().starts_with(characters.as_bytes());
        if comes {
            self.at += characters.len();
        }
        comes
    }

    /// That nothing comes any more.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        if self.rest().is_empty() { Ok(()) } else { Err(self.expected("the end")) }
    }

    /// An error about the place that was reached.
    pub(crate) fn expected(&self, expected: &'static str) -> JsonError {
        JsonError { at: self.at, expected }
    }

    fn several(
        &mut self,
        open: u8,
        close: u8,
        what: &'static str,
        mut one: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.space();
        self.byte(open, what)?;
        if self.depth >= MOST_DEPTH {
            return Err(self.expected("less depth"));
        }
        self.depth += 1;
        self.space();
        if !self.skip_byte(close) {
            loop {
                one(self)?;
                self.space();
                if self.skip_byte(close) {
                    break;
                }
                self.byte(b',', "a comma")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// The characters up to the next that means something within a text.
    fn plain(&mut self) -> &'a str {
        let rest = self.rest();
        let means_something = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let end = self.at + rest.iter().position(means_something).unwrap_or(rest.len());
        // All of these stand alone in UTF-8, so that no character is cut.
        let plain = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        plain
    }

    /// What a backslash, which was read, makes of the characters behind it.
    fn escaped(&mut self) -> Result<char, JsonError> {
        let character = match self.peek() {
            Some(itself @ (b'"' | b'\\' | b'/')) => char::from(itself),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.numbered();
            }
            _ => return Err(self.expected("an escape")),
        };
        self.at += 1;
        Ok(character)
    }

    /// A character by its number; one beyond 16 bits is written in two halves.
    fn numbered(&mut self) -> Result<char, JsonError> {
        let first = self.four_digits()?;
        let number = match first {
            0xd800..=0xdbff if self.literal("\\u") => match self.four_digits()? {
                second @ 0xdc00..=0xdfff => 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                _ => return Err(self.expected("the other half of a character")),
            },
            whole => whole,
        };
        char::from_u32(number).ok_or_else(|| self.expected("the other half of a character"))
    }

    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let digits = self.rest().get(..4).ok_or_else(|| self.expected("four digits"))?;
        let number =
            digits.iter().try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?));
        let number = number.ok_or_else(|| self.expected("four digits"))?;
        self.at += 4;
        Ok(number)
    }

    /// How many digits were read.
    fn digits(&mut self) -> usize {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn space(&mut self) {
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().iter().take_while(is_space).count();
    }

    fn byte(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.skip_byte(byte) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn skip_byte(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(text: &str) -> Result<(), JsonError> {
        let mut reader = JsonReader::new(text);
        reader.skip()?;
        reader.end()
    }

    #[track_caller]
    fn check(text: &str, is_json: bool) {
        assert_eq!(skip(text).is_ok(), is_json, "{text}: {:?}", skip(text));
    }

    #[test]
    fn what_is_json_is_read_and_nothing_else() {
        for text in [
            "{}",
            " [ 1 , -0.5e+3,\t\"\\u00e4\\ud83d\\ude00\" ] ",
            "null",
            "{\"a\":{\"b\":[true,false]}}",
            "0",
            "-0",
        ] {
            check(text, true);
        }
        for text in [
            "",
            "{",
            "[1,]",
            "{,}",
            "{\"a\"}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "--1",
            "NaN",
            "1e400",
            "nul",
            "tru",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"a",
            "[1] 2",
            "'a'",
            "\u{feff}1",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        check(&nested(32), true);
        check(&nested(33), false);
        check(&"[".repeat(1_000_000), false);
    }

    #[test]
    fn texts_and_numbers_are_what_they_say() {
        let text = |json| JsonReader::new(json).string().map(Cow::into_owned);
        assert_eq!(
            text(r#""a\n\"\\\/\b\f\r\t\u00e4 \ud83d\ude00ö""#).as_deref(),
            Ok("a\n\"\\/\u{8}\u{c}\r\tä 😀ö")
        );
        assert!(matches!(JsonReader::new("\"plain\"").string(), Ok(Cow::Borrowed("plain"))));
        for (json, expected) in
            [("-12.5e2", -1250.0), ("0", 0.0), ("1e-400", 0.0), ("123456789", 123_456_789.0)]
        {
            assert_eq!(JsonReader::new(json).number(), Ok(expected), "{json}");
        }
        assert_eq!(JsonReader::new("12").integer(), Ok(12));
        assert!(JsonReader::new("1.5").integer().is_err() && JsonReader::new("-1").integer().is_err());
        assert_eq!(JsonReader::new("null").optional(JsonReader::number), Ok(None));
        assert_eq!(JsonReader::new(" 2").optional(JsonReader::number), Ok(Some(2.0)));
        assert_eq!(
            JsonReader::new("[1,x]").skip().map_err(|error| error.to_string()),
            Err("a value is expected after 3 bytes".to_owned())
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let texts = ["", "a\"b\\c\n\u{0}\u{7f}\u{2028}ä😀", "\u{1f}"];
        for written in texts {
            let mut json = crate::json::Json::default();
            json.string(written);
            let json = json.into_text();
            assert_eq!(JsonReader::new(&json).string().as_deref(), Ok(written));
        }
    }

    /// Numbers that look like chance and are the same each time (Marsaglia's xorshift).
    fn next(state: &mut u64) -> usize {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) as usize
    }

    #[test]
    fn whatever_comes_it_agrees_with_another_reader() {
        const PIECES: [&str; 28] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\"a\"",
            "\\",
            "\\u00e4",
            "\\ud83d",
            "\\ude00",
            "\\n",
            "0",
            "1",
            "-",
            "+",
            ".",
            "e5",
            "12.5",
            "null",
            "true",
            "false",
            " ",
            "\n",
            "ä",
            "{\"a\":[1,2]}",
            "[[],{}]",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15;
        let mut accepted = 0;
        for round in 0..40_000 {
            let mut text = String::from(if round % 2 == 0 {
                ""
            } else {
                r#"{"a":[1,{"b":"c\n"}],"d":-1.5e3,"e":null}"#
            });
            for _ in 0..=next(&mut state) % 6 {
                let piece = PIECES[next(&mut state) % PIECES.len()];
                let mut at = next(&mut state) % (text.len() + 1);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                if next(&mut state).is_multiple_of(4) {
                    text.truncate(at);
                }
                text.insert_str(at.min(text.len()), piece);
            }
            let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            assert_eq!(skip(&text).is_ok(), is_json, "{text}");
            accepted += usize::from(is_json);
        }
        assert!(accepted > 1_000, "{accepted} were JSON");
    }
}
