//! Values of plimsoll.toml that are written as text: limits, durations, units, names from a short list.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration as StdDuration;

use plimsoll_model::{Detector, Direction, GateLevel, OUT, Quantity, Severity, Unit, misspelt_out};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Something that is written as text in the file.
pub(super) trait Setting: Sized {
    /// Its name in the JSON Schema.
    const NAME: &'static str;
    /// The only words it may be, where there is a list.
    const WORDS: &'static [&'static str] = &[];
    /// An example, for messages and the schema.
    const EXAMPLE: &'static str;

    /// Reads it, or says what is wrong with it.
    fn read(text: &str) -> Result<Self, String>;
}

/// A value read from text while the file is read, so that its errors know their place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text<T>(pub T);

impl<'de, T: Setting> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(std::marker::PhantomData<T>);
        impl<T: Setting> Visitor<'_> for Reader<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a text such as \"{}\"", T::EXAMPLE)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
                if !T::WORDS.is_empty() && !T::WORDS.contains(&text) {
                    return Err(E::unknown_variant(text, T::WORDS));
                }
                T::read(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Reader(std::marker::PhantomData)).map(Text)
    }
}

impl<T: Setting> JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        if T::WORDS.is_empty() {
            json_schema!({ "type": "string", "examples": [T::EXAMPLE] })
        } else {
            json_schema!({ "type": "string", "enum": T::WORDS })
        }
    }
}

/// A size of change: `"10%"`, `"x1.5"`, `"never"`.
pub(super) type Limit = plimsoll_model::Limit;

impl Setting for Limit {
    const NAME: &'static str = "limit";
    const EXAMPLE: &'static str = "10%";

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }
}

/// A length of time over zero: `"30s"`, `"1h 30m"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Duration(pub StdDuration);

impl Setting for Duration {
    const NAME: &'static str = "duration";
    const EXAMPLE: &'static str = "30s";

    fn read(text: &str) -> Result<Self, String> {
        match parse_duration(text) {
            Some(duration) if !duration.is_zero() => Ok(Self(duration)),
            Some(_) => Err("a time of zero leaves nothing to run".to_owned()),
            None => {
                Err(format!("`{text}` is not a time such as \"500ms\", \"30s\", \"15m\", \"2h\" or \"30d\""))
            }
        }
    }
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Age {
    /// So long.
    For(StdDuration),
    /// Always.
    #[default]
    Forever,
}

impl Setting for Age {
    const NAME: &'static str = "age";
    const EXAMPLE: &'static str = "30d";

    fn read(text: &str) -> Result<Self, String> {
        if text.trim() == "forever" {
            return Ok(Self::Forever);
        }
        parse_duration(text)
            .map(Self::For)
            .ok_or_else(|| format!("`{text}` is not an age such as \"30d\", \"8w\" or \"forever\""))
    }
}

/// Some text that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Name(pub String);

impl Setting for Name {
    const NAME: &'static str = "name";
    const EXAMPLE: &'static str = "name";

    fn read(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() || text.contains(char::is_control) {
            return Err("this must be a text of printable characters".to_owned());
        }
        Ok(Self(text.trim().to_owned()))
    }
}

/// A unit, with the factor from values written in it to the normalised one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NamedUnit {
    pub unit: Unit,
    pub factor: f64,
}

impl Setting for NamedUnit {
    const NAME: &'static str = "unit";
    const EXAMPLE: &'static str = "ms";

    fn read(text: &str) -> Result<Self, String> {
        if text.starts_with(|first: char| first.is_ascii_digit()) && text != "1" && !text.starts_with("1/") {
            return Err(format!("`{text}` is not a unit such as \"ms\", \"MB\" or \"items/s\""));
        }
        let (unit, factor) = Unit::normalise(text);
        Ok(Self { unit, factor })
    }
}

/// Implements [`Setting`] for a word from a list.
macro_rules! words {
    ($name:ident($inner:ty), $called:literal, $($word:literal => $value:expr),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub(super) struct $name(pub $inner);

        impl Setting for $name {
            const NAME: &'static str = $called;
            const WORDS: &'static [&'static str] = &[$($word),+];
            const EXAMPLE: &'static str = Self::WORDS[0];

            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self($value)),)+
                    other => Err(format!("`{other}` is not a {}", $called)),
                }
            }
        }
    };
}

words!(NamedDirection(Direction), "direction",
    "lower" => Direction::Lower, "higher" => Direction::Higher, "none" => Direction::None);
words!(NamedGate(GateLevel), "gate",
    "error" => GateLevel::Error, "critical" => GateLevel::Critical, "never" => GateLevel::Never);
words!(NamedDetector(Detector), "detector",
    "target" => Detector::Target, "ladder" => Detector::Ladder, "trend" => Detector::Trend,
    "change-point" => Detector::ChangePoint, "threshold" => Detector::Threshold);
words!(NamedSeverity(Severity), "severity",
    "info" => Severity::Info, "warning" => Severity::Warning, "error" => Severity::Error,
    "critical" => Severity::Critical);

/// A number with its unit: `"500 ms"`, or a bare number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Amount {
    pub value: f64,
    /// `None` for a bare number.
    pub unit: Option<Unit>,
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity such as \"500 ms\" or a number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                if has_comma(text) {
                    return Err(E::custom(format!(
                        "`{text}` has a comma: decimals come after a point, as in \"0.5 s\", and thousands have no separator"
                    )));
                }
                let quantity = Quantity::parse(text).map_err(E::custom)?;
                let is_bare = text.trim().parse::<f64>().is_ok();
                Ok(Amount { value: quantity.value, unit: (!is_bare).then_some(quantity.unit) })
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
                self.visit_f64(number as f64)
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Amount, E> {
                if !value.is_finite() {
                    return Err(E::custom("this must be a finite number"));
                }
                Ok(Amount { value, unit: None })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Whether a comma stands between two digits, as some write decimals and others thousands.
fn has_comma(text: &str) -> bool {
    text.split_once(',').is_some_and(|(before, after)| {
        before.ends_with(|last: char| last.is_ascii_digit())
            && after.starts_with(|first: char| first.is_ascii_digit())
    })
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("quantity")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"], "examples": ["500 ms", "0.5 MB", "1 M items/s"] })
    }
}

/// One shell command or several; none of them is empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Commands(pub Vec<String>);

impl<'de> Deserialize<'de> for Commands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Commands;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a shell command or an array of shell commands")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Commands, E> {
                Ok(Commands(vec![command(text)?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Commands, A::Error> {
                let mut commands = Vec::new();
                while let Some(text) = sequence.next_element::<String>()? {
                    commands.push(command(&text)?);
                }
                if commands.is_empty() {
                    return Err(A::Error::custom("at least one command is needed"));
                }
                Ok(Commands(commands))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Commands {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("commands")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1 })
    }
}

fn command<E: Error>(text: &str) -> Result<String, E> {
    if text.trim().is_empty() {
        return Err(E::custom("a command must not be empty"));
    }
    if let Some(written) = misspelt_out(text) {
        return Err(E::custom(format!(
            "`{written}` stands for nothing; a file to be read afterwards is `{OUT}`"
        )));
    }
    Ok(text.to_owned())
}

/// Reads numbers with units, one after the other: `90s`, `1h 30m`, `1.5h`.
fn parse_duration(text: &str) -> Option<StdDuration> {
    let mut rest = text.trim();
    let mut total_s = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number_end = rest.find(|character: char| !(character.is_ascii_digit() || character == '.'))?;
        let (number, tail) = rest.split_at(number_end);
        let tail = tail.trim_start();
        let unit_end = tail.find(|character: char| !character.is_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit_s = match unit {
            "ms" => 1e-3,
            "s" | "sec" | "second" | "seconds" => 1.0,
            "m" | "min" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3_600.0,
            "d" | "day" | "days" => 86_400.0,
            "w" | "week" | "weeks" => 604_800.0,
            _ => return None,
        };
        total_s += number.parse::<f64>().ok()? * unit_s;
        rest = tail.trim_start();
    }
    StdDuration::try_from_secs_f64(total_s).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected_ms: Option<u128>) {
        assert_eq!(parse_duration(text).map(|duration| duration.as_millis()), expected_ms, "{text}");
    }

    #[test]
    fn durations_are_read() {
        check("30s", Some(30_000));
        check("500 ms", Some(500));
        check("15m", Some(900_000));
        check("1h 30m", Some(5_400_000));
        check("1.5h", Some(5_400_000));
        check("30d", Some(2_592_000_000));
        for bad in ["", "30", "s", "30 parsecs", "-3s", "1..2s", "99999999999999999999w", "3s,"] {
            check(bad, None);
        }
    }

    #[test]
    fn every_detector_can_be_named() {
        for detector in Detector::ALL {
            assert_eq!(NamedDetector::read(detector.name()), Ok(NamedDetector(detector)));
        }
    }
}
