//! Times as people type them: a date, a time or an age.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A time as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A time, or the beginning of a date in UTC.
    At(Timestamp),
    /// So far from now.
    Away(SignedDuration),
}

impl Moment {
    /// Reads `2026-11-20`, `2026-11-20T08:00:00Z`, `12h`, `30d` or `8w`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(distance) = distance(text) {
            return Ok(Self::Away(distance));
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::At(time));
        }
        let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
        date.and_then(|date| date.to_zoned(TimeZone::UTC).ok())
            .map(|start| Self::At(start.timestamp()))
            .ok_or_else(|| {
                format!("`{text}` is no date (2026-11-20), time (2026-11-20T08:00:00Z) or age (12h, 30d, 8w)")
            })
    }

    /// The moment, where a distance points into the past.
    pub(crate) fn past(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Away(distance) => now.checked_sub(distance).unwrap_or(Timestamp::MIN),
        }
    }

    /// The moment, where a distance points into the future.
    pub(crate) fn future(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Away(distance) => now.checked_add(distance).unwrap_or(Timestamp::MAX),
        }
    }
}

/// A whole number with its unit: `90s`, `15m`, `12h`, `30d`, `8w`.
fn distance(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    (number >= 0).then_some(SignedDuration::from_secs(number.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, past: &str) {
        let now = "2026-11-21T12:00:00Z".parse().expect("a time");
        let moment = Moment::parse(text).expect("a moment");
        assert_eq!(moment.past(now).to_string(), past);
    }

    #[test]
    fn dates_times_and_ages_are_read() {
        check("2026-11-20", "2026-11-20T00:00:00Z");
        check("2026-11-20T08:30:00+01:00", "2026-11-20T07:30:00Z");
        check("12h", "2026-11-21T00:00:00Z");
        check("1w", "2026-11-14T12:00:00Z");
        check("0d", "2026-11-21T12:00:00Z");
        for bad in ["", "d", "-1d", "5", "yesterday", "2026-13-01", "99999999999999999999w", "5é"] {
            assert!(Moment::parse(bad).is_err(), "{bad}");
        }
    }
}
