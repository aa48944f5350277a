//! Writing JSON on one line.

use std::fmt::Write;

/// JSON that is being written. What is written through it is always well formed, whatever the texts and numbers.
#[derive(Debug, Default)]
pub(crate) struct Json {
    text: String,
    needs_comma: bool,
}

impl Json {
    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// An object, as a value or (with [`Self::key`] before) a member.
    pub(crate) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.between('{', '}', write);
    }

    /// An array.
    pub(crate) fn array(&mut self, write: impl FnOnce(&mut Self)) {
        self.between('[', ']', write);
    }

    fn between(&mut self, open: char, close: char, write: impl FnOnce(&mut Self)) {
        self.comma();
        self.text.push(open);
        self.needs_comma = false;
        write(self);
        self.text.push(close);
        self.needs_comma = true;
    }

    /// The name of the member whose value comes next.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.text.push(':');
        self.needs_comma = false;
        self
    }

    /// A text.
    pub(crate) fn string(&mut self, text: &str) {
        self.comma();
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                // Some programs take these two for ends of lines.
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                    // Writing to a text cannot fail.
                    let _ = write!(self.text, "\\u{:04x}", u32::from(c));
                }
                c => self.text.push(c),
            }
        }
        self.text.push('"');
        self.needs_comma = true;
    }

    /// A number; `null` for one that JSON cannot say.
    pub(crate) fn number(&mut self, number: f64) {
        self.comma();
        if number.is_finite() {
            let _ = write!(self.text, "{number:?}");
        } else {
            self.text.push_str("null");
        }
        self.needs_comma = true;
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, number: u64) {
        self.comma();
        let _ = write!(self.text, "{number}");
        self.needs_comma = true;
    }

    fn comma(&mut self) {
        if self.needs_comma {
            self.text.push(',');
        }
        self.needs_comma = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(write: impl FnOnce(&mut Json), expected: &str) {
        let mut json = Json::default();
        write(&mut json);
        assert_eq!(json.into_text(), expected);
    }

    #[test]
    fn members_and_elements_are_separated() {
        check(
            |json| {
                json.object(|json| {
                    json.key("a").integer(1);
                    json.key("b").array(|json| {
                        json.number(0.5);
                        json.object(|_| {});
                        json.string("c");
                    });
                    json.key("d").object(|json| json.key("e").number(f64::NAN));
                });
            },
            r#"{"a":1,"b":[0.5,{},"c"],"d":{"e":null}}"#,
        );
    }

    #[test]
    fn any_text_stays_on_one_line() {
        check(|json| json.string("a\n\"b\"\\\u{0}\u{7f}\u{2028}é"), r#""a\n\"b\"\\\u0000\u007f\u2028é""#);
    }
}
