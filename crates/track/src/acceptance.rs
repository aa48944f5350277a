//! "This is the new normal": a baseline starts anew.

use jiff::Timestamp;
use plimsoll_model::{AlertId, AlertState, Run, SeriesKey, SeriesVerdict, TargetStatus};
use plimsoll_store::{AlertChange, AlertFilter, AlertMove, RunNumber, SqliteStore, StoreError};

use crate::judge::Rules;
use crate::track::{LIVE, judge_stored};

/// With more series than this, one mark for all of them is kept: marks are read whenever a run is judged.
const MOST_MARKS: usize = 64;

/// What is accepted, by whom and why.
#[derive(Debug, Clone, Copy)]
pub struct Acceptance<'a> {
    /// The first run of the new normal.
    pub run: RunNumber,
    /// Only this series; otherwise whatever changed in that run or has a live alert.
    pub series: Option<&'a SeriesKey>,
    /// Why.
    pub note: &'a str,
    /// Who says so.
    pub by: Option<&'a str>,
    /// The present.
    pub now: Timestamp,
}

/// What was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The run.
    pub run: Run,
    /// The branch whose baselines start anew.
    pub branch: String,
    /// The series whose baselines start anew, by name.
    pub series: Vec<SeriesKey>,
    /// So much changed that all baselines of the branch start anew.
    pub is_whole: bool,
    /// The alerts that are resolved by it.
    pub resolved: Vec<AlertId>,
    /// Series that miss a target all the same: accepting moves no target.
    pub missed_targets: Vec<(SeriesKey, String)>,
}

/// Starts baselines anew at a run and resolves the alerts that it settles.
///
/// Without a series, those are accepted that the run shows as changed or that have a live alert: what did not change keeps its
/// baseline, and with it the confidence that it has earned.
pub fn accept(
    store: &mut SqliteStore,
    acceptance: Acceptance<'_>,
    rules: Rules<'_>,
) -> Result<Accepted, StoreError> {
    let (run, evaluation) = judge_stored(store, acceptance.run, None, rules)?;
    let context = &run.context;
    let branch = context
        .branch
        .as_deref()
        .unwrap_or(rules.default_branch)
        .to_owned();
    let alerts = store.alerts(&AlertFilter {
        project: &run.project,
        suite: Some(&run.suite),
        testbed: Some(&context.testbed),
        branch: context.branch.as_deref(),
        series: acceptance.series,
        states: &LIVE,
        ..AlertFilter::default()
    })?;
    let mut series: Vec<SeriesKey> = match acceptance.series {
        Some(key) => vec![key.clone()],
        None => {
            let has_changed = |verdict| matches!(verdict, SeriesVerdict::Regressed | SeriesVerdict::Improved);
            let changed = evaluation
                .series
                .iter()
                .filter(|series| has_changed(series.verdict));
            let alerted = alerts.iter().map(|alert| alert.series.clone());
            changed.map(|series| series.key.clone()).chain(alerted).collect()
        }
    };
    series.sort_unstable();
    series.dedup();
    let is_whole = series.len() > MOST_MARKS;
    let marks: Vec<Option<&SeriesKey>> = match is_whole {
        true => vec![None],
        false => series.iter().map(Some).collect(),
    };
    for mark in marks {
        store.accept_baseline(
            &run.project,
            &branch,
            mark,
            acceptance.run,
            acceptance.note,
            acceptance.by,
            acceptance.now,
        )?;
    }
    let resolve = |id: &AlertId| {
        let step = AlertMove {
            state: AlertState::Resolved,
            at: acceptance.now,
            by: acceptance.by.map(str::to_owned),
            note: Some(acceptance.note.to_owned()),
            until: None,
        };
        AlertChange::Move(*id, step)
    };
    let mut resolved: Vec<AlertId> = alerts.iter().map(|alert| alert.id).collect();
    resolved.sort_unstable();
    store.change_alerts(&resolved.iter().map(resolve).collect::<Vec<_>>())?;
    let missed = evaluation.series.iter().filter_map(|judged| {
        let outcome = judged.target.as_ref()?;
        let is_missed = outcome.status == TargetStatus::Over && series.contains(&judged.key);
        let target = &outcome.target;
        let id = target.id.clone();
        let name = id.unwrap_or_else(|| format!("{}#{}", target.benchmark, target.metric));
        is_missed.then(|| (judged.key.clone(), name))
    });
    let missed_targets = missed.collect();
    Ok(Accepted {
        branch,
        series,
        is_whole,
        resolved,
        missed_targets,
        run,
    })
}
