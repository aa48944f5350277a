//! Where a project stands: its newest runs judged again, and what someone should look at.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use plimsoll_analyse::{LOW_CONFIDENCE, performance_index};
use plimsoll_model::{AlertState, Evaluation, Outcome, RunVerdict, SeriesVerdict};
use plimsoll_store::{Lane, RunFilter, RunRow, SqliteStore, StoreError};

use crate::alert_book::{BookedAlert, booked_alerts};
use crate::judge::Rules;
use crate::target_standing::{TargetStanding, target_standings};
use crate::track::judge_stored;

/// How far back the trend looks.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Runs read at once on the way back to last week's.
const PAGE_RUNS: usize = 64;
/// Benchmarks named in a warning.
const MOST_NAMED: usize = 5;

/// Where a project stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// The newest run of each suite that matters, in the order asked for: of the branch that is checked out, else of the default
    /// branch, else of any. Empty only where there is no run at all.
    pub last_runs: Vec<LastRun>,
    /// The targets and how they stand, also those that nothing measured fits.
    pub targets: Vec<TargetStanding>,
    /// What someone should look at, in words.
    pub warnings: Vec<String>,
    /// 100 minus the mean worsening; see [`performance_index`]. Over the newest run of each of these suites, on the testbed of
    /// the latest of them.
    pub performance_index: Option<f64>,
    /// The same of the runs that were the newest seven days before the latest.
    pub index_a_week_ago: Option<f64>,
    /// How many series were judged for the index.
    pub judged: usize,
    /// The open alerts.
    pub open_alerts: Vec<BookedAlert>,
}

/// The newest run of a suite that is not void; a void one only where there is no other.
#[derive(Debug, Clone, PartialEq)]
pub struct LastRun {
    /// The run.
    pub row: RunRow,
    /// What is decided about it today.
    pub verdict: RunVerdict,
}

/// Finds out where `project` stands on `branch`, the one that is checked out. What matters are the configured `suites`; where there are
/// none, or none was run, those that ran in the last week before the latest run.
pub fn standing(
    store: &SqliteStore,
    project: &str,
    (branch, suites): (Option<&str>, &[&str]),
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    store.snapshot(|| {
        let targets = target_standings(store, project, rules)?;
        let open_alerts = booked_alerts(store, project, &[AlertState::Open])?;
        let rows = newest_runs(store, project, (branch, suites), rules.default_branch)?;
        let Some(last) = rows.iter().max_by_key(|row| row.place) else {
            return Ok(Standing { targets, open_alerts, ..Standing::default() });
        };
        let is_shown =
            |lane: &Lane| lane.testbed == last.testbed && rows.iter().any(|row| row.suite == lane.suite);
        let lanes: Vec<Lane> = store.lanes(project)?.into_iter().filter(is_shown).collect();
        let today = Judged::at(store, &lanes, last.branch.as_deref(), None, rules)?;
        let week_before = last.started_at.checked_sub(WEEK).unwrap_or(Timestamp::MIN);
        let then = Judged::at(store, &lanes, last.branch.as_deref(), Some(week_before), rules)?;
        let mut warnings = warnings(&rows, last, &today.evaluation, now);
        warnings.splice(0..0, void_runs(store, project, &rows)?);
        Ok(Standing {
            targets,
            warnings,
            performance_index: performance_index(&today.evaluation, rules.policy),
            index_a_week_ago: performance_index(&then.evaluation, rules.policy),
            judged: today.evaluation.counts.judged(),
            open_alerts,
            last_runs: judged(store, rows, rules)?,
        })
    })
}

fn judged(store: &SqliteStore, rows: Vec<RunRow>, rules: Rules<'_>) -> Result<Vec<LastRun>, StoreError> {
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        let (_, evaluation) = judge_stored(store, row.number, None, rules)?;
        runs.push(LastRun { row, verdict: evaluation.verdict });
    }
    Ok(runs)
}

/// The newest run of each configured suite, in their order; else of each suite of the last week, the latest first.
fn newest_runs(
    store: &SqliteStore,
    project: &str,
    (branch, suites): (Option<&str>, &[&str]),
    default_branch: &str,
) -> Result<Vec<RunRow>, StoreError> {
    let mut rows = Vec::new();
    for suite in suites {
        rows.extend(last_run(store, project, suite, (branch, default_branch))?);
    }
    if !rows.is_empty() {
        return Ok(rows);
    }
    let any: BTreeSet<String> = store.lanes(project)?.into_iter().map(|lane| lane.suite).collect();
    for suite in any {
        rows.extend(last_run(store, project, &suite, (branch, default_branch))?);
    }
    rows.sort_by_key(|row| Reverse(row.place));
    let latest = rows.iter().map(|row| row.started_at).max();
    rows.retain(|row| latest.is_some_and(|latest| latest.duration_since(row.started_at) <= WEEK));
    Ok(rows)
}

fn last_run(
    store: &SqliteStore,
    project: &str,
    suite: &str,
    (branch, default_branch): (Option<&str>, &str),
) -> Result<Option<RunRow>, StoreError> {
    let branches = branch.into_iter().chain([default_branch]).map(Some).chain([None]);
    let mut void = None;
    for branch in branches {
        let newest = store.select_runs(&RunFilter {
            project,
            suite: Some(suite),
            branch,
            newest_first: true,
            limit: Some(PAGE_RUNS),
            ..RunFilter::default()
        })?;
        let (good, bad): (Vec<_>, Vec<_>) = newest.into_iter().partition(|row| row.voided.is_none());
        if let Some(row) = good.into_iter().next() {
            return Ok(Some(row));
        }
        void = void.or(bad.into_iter().next());
    }
    Ok(void)
}

/// What stands behind the last runs and is void.
fn void_runs(store: &SqliteStore, project: &str, rows: &[RunRow]) -> Result<Vec<String>, StoreError> {
    let mut told = Vec::new();
    for row in rows.iter().filter(|row| row.voided.is_none()) {
        let newest = store.select_runs(&RunFilter {
            project,
            suite: Some(&row.suite),
            branch: row.branch.as_deref(),
            newest_first: true,
            limit: Some(1),
            ..RunFilter::default()
        })?;
        if let Some((void, note)) = newest.first().and_then(|row| Some((row, row.voided.as_ref()?))) {
            let of = if rows.len() > 1 { format!(" of suite {}", row.suite) } else { String::new() };
            let at = void
                .commit
                .as_deref()
                .map_or_else(String::new, |hash| format!(" of commit {}", hash.get(..7).unwrap_or(hash)));
            told.push(format!("a later run{of}{at} is void: {note}"));
        }
    }
    Ok(told)
}

/// The newest runs of some lanes, judged, as one evaluation.
struct Judged {
    evaluation: Evaluation,
}

impl Judged {
    /// Judges the newest successful run of each lane and branch that started at `latest` or before.
    fn at(
        store: &SqliteStore,
        lanes: &[Lane],
        branch: Option<&str>,
        latest: Option<Timestamp>,
        rules: Rules<'_>,
    ) -> Result<Self, StoreError> {
        let mut evaluation = Evaluation {
            series: Vec::new(),
            verdict: RunVerdict::Inconclusive,
            counts: plimsoll_model::Counts::default(),
            tested: 0,
            common_shift: None,
            baseline: None,
            complaints: Vec::new(),
        };
        for lane in lanes {
            if let Some(row) = newest_before(store, lane, branch, latest)? {
                let (_, judged) = judge_stored(store, row.number, None, rules)?;
                evaluation.series.extend(judged.series);
            }
        }
        evaluation.counts = plimsoll_model::Counts::of(&evaluation.series);
        Ok(Self { evaluation })
    }
}

/// Pages back through a lane until a run is old enough.
fn newest_before(
    store: &SqliteStore,
    lane: &Lane,
    branch: Option<&str>,
    latest: Option<Timestamp>,
) -> Result<Option<RunRow>, StoreError> {
    let mut before = None;
    loop {
        let page = store.select_runs(&RunFilter {
            project: &lane.project,
            suite: Some(&lane.suite),
            testbed: Some(&lane.testbed),
            branch,
            before,
            newest_first: true,
            limit: Some(if latest.is_some() { PAGE_RUNS } else { 1 }),
            ..RunFilter::default()
        })?;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        before = Some(last.place);
        let is_meant = |row: &RunRow| {
            row.outcome == Outcome::Success
                && row.voided.is_none()
                && latest.is_none_or(|latest| row.started_at <= latest)
        };
        if let Some(row) = page.into_iter().find(is_meant) {
            return Ok(Some(row));
        }
    }
}

/// What someone should look at.
fn warnings(rows: &[RunRow], last: &RunRow, evaluation: &Evaluation, now: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    for row in rows {
        let of = if rows.len() > 1 { format!(" of suite {}", row.suite) } else { String::new() };
        match row.outcome {
            Outcome::Success => {}
            Outcome::Failed => {
                warnings.push(format!("the last run{of} failed: its values enter no baseline"));
            }
            Outcome::TimedOut => {
                warnings.push(format!("the last run{of} ran out of its time: its values enter no baseline"));
            }
        }
        if row.dirty {
            warnings.push(format!(
                "the last run{of} measured changes that are not committed: it is judged and enters no baseline"
            ));
        }
        if let Some(note) = &row.voided {
            warnings.push(format!("the last run{of} is void: {note}"));
        }
    }
    let silence = now.duration_since(last.started_at);
    if silence >= WEEK {
        warnings.push(format!("nothing was measured for {} days", silence.as_hours() / 24));
    }
    warnings.extend(missing(evaluation));
    warnings.extend(uncertain(evaluation));
    warnings
}

fn missing(evaluation: &Evaluation) -> Option<String> {
    let names: BTreeSet<&str> = evaluation
        .series
        .iter()
        .filter(|series| series.verdict == SeriesVerdict::Missing)
        .map(|series| series.key.benchmark.as_str())
        .collect();
    let listed = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1 => Some(format!("benchmark {listed} was measured before and is missing now")),
        many if many > MOST_NAMED => Some(format!(
            "{many} benchmarks were measured before and are missing now: {listed} and {} more",
            many - MOST_NAMED
        )),
        many => Some(format!("{many} benchmarks were measured before and are missing now: {listed}")),
    }
}

/// Series that nothing certain can be said of yet.
fn uncertain(evaluation: &Evaluation) -> Option<String> {
    let present = || evaluation.series.iter().filter(|series| series.value.is_some());
    let uncertain = present()
        .filter(|series| series.baseline.is_none_or(|baseline| baseline.confidence < LOW_CONFIDENCE))
        .count();
    (uncertain > 0).then(|| {
        format!(
            "{uncertain} of {} series have too little or too noisy a history to be sure of: more runs help",
            present().count()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renames::Renames;
    use crate::scratch::{about, append, at, hash, run, scratch_store};
    use plimsoll_model::Policy;

    fn standing_of(store: &SqliteStore, branch: Option<&str>, now: Timestamp) -> Standing {
        let rules =
            Rules { policy: &Policy::default(), renames: &Renames::default(), default_branch: "main" };
        standing(store, "p", (branch, &[]), rules, now).unwrap()
    }

    #[test]
    fn the_index_falls_with_what_got_worse_and_remembers_last_week() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=25 {
            let times = [("parse", about(100.0, place)), ("render", about(50.0, place))];
            append(&mut store, &run(place, &times));
        }
        append(&mut store, &run(26, &[("parse", 140.0), ("render", 50.0)]));
        let standing = standing_of(&store, Some("main"), at(27));
        assert_eq!(standing.performance_index, Some(50.0));
        let before = standing.index_a_week_ago.unwrap();
        assert!(before > 90.0, "{before}");
        assert_eq!((standing.judged, standing.last_runs[0].verdict), (2, RunVerdict::Regressed));
        assert_eq!(standing.warnings, [""; 0]);
    }

    #[test]
    fn what_someone_should_look_at_is_said_in_words() {
        let (_folder, mut store) = scratch_store();
        append(&mut store, &run(1, &[("parse", 100.0), ("render", 50.0)]));
        let mut dirty = run(2, &[("parse", 100.0)]);
        dirty.context.commit.as_mut().unwrap().dirty = true;
        append(&mut store, &dirty);
        assert_eq!(
            standing_of(&store, None, at(20)).warnings,
            [
                "the last run measured changes that are not committed: it is judged and enters no baseline",
                "nothing was measured for 9 days",
                "benchmark render was measured before and is missing now",
                "1 of 1 series have too little or too noisy a history to be sure of: more runs help",
            ]
        );
    }

    #[test]
    fn a_void_run_is_no_last_run_and_is_told() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=7 {
            append(&mut store, &run(place, &[("parse", about(100.0, place))]));
        }
        let void = append(&mut store, &run(8, &[("parse", 500.0)]));
        store.void_run(void, "a backup ran", None, at(9)).unwrap();
        let standing = standing_of(&store, Some("main"), at(9));
        let LastRun { row, verdict } = &standing.last_runs[0];
        assert_eq!((row.subject.as_deref(), *verdict), (Some("Change number 7"), RunVerdict::Pass));
        assert_eq!(
            standing.warnings[0],
            format!("a later run of commit {} is void: a backup ran", &hash(8)[..7])
        );
    }

    #[test]
    fn the_branch_that_is_checked_out_goes_before_the_default_branch() {
        let (_folder, mut store) = scratch_store();
        append(&mut store, &run(1, &[("parse", 100.0)]));
        let mut on_branch = run(2, &[("parse", 100.0)]);
        on_branch.context.branch = Some("feature".to_owned());
        append(&mut store, &on_branch);
        let subject = |branch| standing_of(&store, branch, at(3)).last_runs.remove(0).row.subject;
        assert_eq!(subject(Some("feature")).as_deref(), Some("Change number 2"));
        assert_eq!(subject(Some("elsewhere")).as_deref(), Some("Change number 1"));
        assert_eq!(standing_of(&scratch_store().1, None, at(3)), Standing::default());
    }
    #[test]
    fn a_stray_run_hides_no_suite_that_is_configured() {
        let (_folder, mut store) = scratch_store();
        let mut place = 0;
        let mut append_suite = |store: &mut SqliteStore, suite: &str, days: u64| {
            place += 2 * days;
            let mut run = run(place, &[("parse", 100.0)]);
            suite.clone_into(&mut run.suite);
            append(store, &run);
        };
        for (suite, days) in [("nightly", 1), ("old", 1), ("fast", 9), ("true", 1)] {
            append_suite(&mut store, suite, days);
        }
        let rules =
            Rules { policy: &Policy::default(), renames: &Renames::default(), default_branch: "main" };
        let of = |suites: &[&str]| standing(&store, "p", (None, suites), rules, at(30)).unwrap();
        let told = |suites: &[&str]| -> Vec<String> {
            of(suites).last_runs.into_iter().map(|run| run.row.suite).collect()
        };
        assert_eq!(told(&["nightly", "fast", "never"]), ["nightly", "fast"]);
        assert_eq!(told(&[]), ["true", "fast"]);
        assert_eq!(told(&["never"]), ["true", "fast"]);
        // The stray run does not count for the project either.
        let uncertain = |suites: &[&str]| of(suites).warnings.pop().unwrap();
        assert!(uncertain(&["fast"]).starts_with("1 of 1 series"), "{}", uncertain(&["fast"]));
    }
}
