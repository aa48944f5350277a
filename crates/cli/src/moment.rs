//! A point in time as people write it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 86_400;

/// A point in time: fixed, or so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    Ago(SignedDuration),
}

impl Moment {
    /// Reads a time (`2026-11-20T08:00:00Z`), a date (`2026-11-20`, its beginning in UTC) or an age (`90m`, `12h`, `7d`, `4w`).
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(age) = age(text) {
            return Ok(Self::Ago(age));
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::At(time));
        }
        text.parse::<Date>()
            .and_then(|date| date.to_zoned(TimeZone::UTC))
            .map(|start| Self::At(start.timestamp()))
            .map_err(|_| {
                format!("`{text}` is not a time such as 2026-11-20T08:00:00Z, a date such as 2026-11-20 or an age such as 7d")
            })
    }

    /// The time itself. Ages longer than time itself end at its beginning.
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(age) => now.checked_sub(age).unwrap_or(Timestamp::MIN),
        }
    }
}

fn age(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let seconds_each = match unit {
        'm' => 60,
        'h' => HOUR_SECONDS,
        'd' => DAY_SECONDS,
        'w' => 7 * DAY_SECONDS,
        _ => return None,
    };
    let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
    Some(SignedDuration::from_secs(i64::from(count) * seconds_each))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let told = Moment::parse(text).map(|moment| moment.before(now).to_string());
        assert_eq!(told.as_deref().unwrap_or("no time"), expected);
    }

    #[test]
    fn times_dates_and_ages_are_read() {
        check("2026-11-01T08:00:00Z", "2026-11-01T08:00:00Z");
        check("2026-11-01", "2026-11-01T00:00:00Z");
        check("7d", "2026-11-13T12:00:00Z");
        check("90m", "2026-11-20T10:30:00Z");
        check("2w", "2026-11-06T12:00:00Z");
        check("yesterday", "no time");
        check("d", "no time");
        check("-7d", "no time");
        check("", "no time");
    }
}
