//! What was accepted on a branch that was merged since.

use plimsoll_model::Run;
use plimsoll_store::{SqliteStore, StoreError};
use plimsoll_track::{Rules, Tracked, carry_accepted};

use crate::house::House;

/// Judges a stored run by what was accepted on a branch that its commit contains, and says so.
pub(crate) fn carry_over(
    house: &House,
    store: &mut SqliteStore,
    run: &Run,
    tracked: Tracked,
    rules: Rules<'_>,
) -> Result<Tracked, StoreError> {
    let contains = |ancestor: &str, commit: &str| house.is_built_upon(ancestor, commit);
    let (tracked, carried) = carry_accepted(store, run, tracked, rules, &contains)?;
    let here = run.context.branch.as_deref().unwrap_or_default();
    for normal in carried {
        let series: Vec<String> = normal.series.iter().take(MOST_NAMED).map(ToString::to_string).collect();
        let more = normal.series.len() - series.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        house.terminal.say(&format!(
            "accepted on {}, merged, and the new normal of {here} too: {}{more} ({})",
            normal.branch,
            series.join(", "),
            normal.note
        ));
    }
    Ok(tracked)
}

/// So many series are named, and the others counted.
const MOST_NAMED: usize = 3;
