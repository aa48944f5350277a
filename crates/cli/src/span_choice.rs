//! The span of history that a user means.

use jiff::{SignedDuration, Timestamp};
use plimsoll_store::{RunFilter, SqliteStore};
use plimsoll_track::SpanStart;

use crate::codes;
use crate::failure::Failure;
use crate::house::{House, store_failure};
use crate::moment::Moment;

/// Hours of a day.
const DAY_HOURS: i64 = 24;

/// The last days, and what they are called.
pub(crate) fn span_of_days(days: u32, now: Timestamp) -> (SpanStart, String) {
    let age = SignedDuration::from_hours(i64::from(days) * DAY_HOURS);
    let name = match days {
        1 => "the last day".to_owned(),
        days => format!("the last {days} days"),
    };
    let from = now.checked_sub(age).unwrap_or(Timestamp::MIN);
    (SpanStart { from, after: None }, name)
}

/// Everything since a revision, a date, a time or an age, and what it is called. `command` is the one that was typed.
pub(crate) fn span_since(
    house: &House,
    store: &SqliteStore,
    project: &str,
    since: &str,
    command: &str,
) -> Result<(SpanStart, String), Failure> {
    let name = format!("the time since {since}");
    if let Some(hash) = house.git().and_then(|git| git.resolve(since).ok()) {
        let order =
            store.commit_order(project, &hash).map_err(|error| store_failure(&error))?.ok_or_else(|| {
                Failure::new(
                    codes::REVISION,
                    format!(
                        "history does not know where {since} stands: nothing was measured on it or near it"
                    ),
                )
                .hint("name a date instead")
            })?;
        // Commit order follows commit time, in microseconds.
        let from = Timestamp::from_microsecond(order).unwrap_or(Timestamp::MIN);
        return Ok((SpanStart { from, after: Some(order) }, name));
    }
    if let Some(days) = since.strip_suffix('d').and_then(|days| days.parse().ok()) {
        return Ok(span_of_days(days, House::now()));
    }
    let moment = Moment::parse(since).map_err(|_| {
        Failure::new(
            codes::REVISION,
            format!("`{since}` is no revision that git knows, no date, no time and no age"),
        )
        .hint(format!("plimsoll {command} --since 2026-11-01"))
    })?;
    Ok((SpanStart { from: moment.past(House::now()), after: None }, name))
}

/// The branch asked for; else the default branch if anything was measured on it, else the one checked out, else all.
pub(crate) fn span_branch(
    asked: Option<&str>,
    house: &House,
    store: &SqliteStore,
    project: &str,
) -> Result<Option<String>, Failure> {
    if let Some(asked) = asked {
        return Ok(Some(asked.to_owned()));
    }
    let current = house.git().and_then(|git| git.current_branch().ok().flatten());
    for branch in [Some(house.default_branch().to_owned()), current].into_iter().flatten() {
        let any = store.select_runs(&RunFilter {
            project,
            branch: Some(&branch),
            newest_first: true,
            limit: Some(1),
            ..RunFilter::default()
        });
        if !any.map_err(|error| store_failure(&error))?.is_empty() {
            return Ok(Some(branch));
        }
    }
    Ok(None)
}
