//! Alerts: findings with a life, and every step of that life.

use jiff::Timestamp;
use plimsoll_model::{Alert, AlertId, AlertState, SeriesKey, Severity};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, Row, params_from_iter};

use crate::ledger::{ALERT_MOVES, ALERTS};
use crate::names::{parameters_text, read_parameters};
use crate::{RunNumber, SqliteStore, StoreError};

/// An alert to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    /// The project.
    pub project: String,
    /// The series; it has been stored with a run.
    pub series: SeriesKey,
    /// The branch it was seen on.
    pub branch: Option<String>,
    /// The target that was missed, by its id.
    pub target: Option<String>,
    /// The run that showed it.
    pub run: Option<RunNumber>,
    /// When it was seen.
    pub triggered_at: Timestamp,
    /// How bad it is.
    pub severity: Severity,
    /// The value that showed it.
    pub current_value: f64,
    /// The baseline's centre, or the target.
    pub expected_value: f64,
    /// The spread of the baseline.
    pub expected_spread: f64,
    /// The change in per cent, positive when the value rose.
    pub deviation_percent: f64,
    /// The hash of the commit at which the change began.
    pub began: Option<String>,
}

/// A step in an alert's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMove {
    /// The state it came to.
    pub state: AlertState,
    /// When.
    pub at: Timestamp,
    /// Who moved it.
    pub by: Option<String>,
    /// What they said.
    pub note: Option<String>,
    /// Until when it is muted.
    pub until: Option<Timestamp>,
}

/// A change to the alerts; several are made in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertChange {
    /// Opens an alert, unless one of the same series, branch and target is open, acknowledged or muted.
    Open(NewAlert),
    /// Moves an alert, unless it is there already, moved by the same person with the same words.
    Move(AlertId, AlertMove),
}

/// Which alerts are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlertFilter<'a> {
    /// The project.
    pub project: &'a str,
    /// Only of this suite.
    pub suite: Option<&'a str>,
    /// Only of this class of machine.
    pub testbed: Option<&'a str>,
    /// Only of this branch.
    pub branch: Option<&'a str>,
    /// Only of this series.
    pub series: Option<&'a SeriesKey>,
    /// Only in one of these states; all when empty.
    pub states: &'a [AlertState],
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

const SELECT_ALERTS: &str = "SELECT a.id, a.triggered_at, a.severity, suite.text, testbed.text, benchmark.text, \
   parameters.text, metric.text, branch.text, a.target, a.current_value, a.expected_value, a.expected_spread, \
   a.deviation_percent, a.state, a.by, a.notes, a.began FROM alerts a JOIN lanes l ON l.id = a.lane \
   JOIN names suite ON suite.id = l.suite JOIN names testbed ON testbed.id = l.testbed \
   JOIN names benchmark ON benchmark.id = a.benchmark JOIN names parameters ON parameters.id = a.parameters \
   JOIN names metric ON metric.id = a.metric LEFT JOIN names branch ON branch.id = a.branch";

impl SqliteStore {
    /// The alerts that pass a filter, newest first.
    pub fn alerts(&self, filter: &AlertFilter<'_>) -> Result<Vec<Alert>, StoreError> {
        self.snapshot(|| {
            let mut alerts = Vec::new();
            for lane in self.lanes(filter.project)? {
                if filter.suite.is_none_or(|suite| suite == lane.suite)
                    && filter.testbed.is_none_or(|testbed| testbed == lane.testbed)
                {
                    self.alerts_of_lane(lane.id, filter, &mut alerts)?;
                }
            }
            alerts.retain(|alert| {
                filter.branch.is_none_or(|branch| alert.branch.as_deref() == Some(branch))
                    && filter.series.is_none_or(|series| alert.series == *series)
            });
            alerts.sort_unstable_by_key(|alert| std::cmp::Reverse(alert.id));
            alerts.truncate(filter.limit.unwrap_or(usize::MAX));
            Ok(alerts)
        })
    }

    /// One alert.
    pub fn alert(&self, id: AlertId) -> Result<Alert, StoreError> {
        self.snapshot(|| self.read_alert(id))
    }

    /// Every step of an alert's life, oldest first.
    pub fn alert_history(&self, id: AlertId) -> Result<Vec<AlertMove>, StoreError> {
        self.snapshot(|| {
            self.read_alert(id)?;
            let mut statement = self.connection.prepare_cached(
                "SELECT state, at, by, note, until FROM alert_moves WHERE alert = ?1 ORDER BY step",
            )?;
            let mut rows = statement.query([id])?;
            let mut moves = Vec::new();
            while let Some(row) = rows.next()? {
                moves.push(AlertMove {
                    state: state_of(row.get(0)?)?,
                    at: time_of(row.get(1)?)?,
                    by: row.get(2)?,
                    note: row.get(3)?,
                    until: row.get::<_, Option<i64>>(4)?.map(time_of).transpose()?,
                });
            }
            Ok(moves)
        })
    }

    /// Makes changes to the alerts in one transaction, all or none. Making the same changes again changes
    /// nothing. Tells the number of the alert that each change was about.
    pub fn change_alerts(&mut self, changes: &[AlertChange]) -> Result<Vec<AlertId>, StoreError> {
        self.write(|store| {
            let changed = changes.iter().map(|change| match change {
                AlertChange::Open(alert) => store.open_alert_now(alert),
                AlertChange::Move(id, step) => store.move_alert_now(*id, step).map(|()| *id),
            });
            changed.collect()
        })
    }

    /// Opens an alert; the number of the live alert of the same series, branch and target if there is one.
    pub fn open_alert(&mut self, alert: &NewAlert) -> Result<AlertId, StoreError> {
        self.write(|store| store.open_alert_now(alert))
    }

    /// Moves an alert to another state.
    pub fn move_alert(&mut self, id: AlertId, step: &AlertMove) -> Result<(), StoreError> {
        self.write(|store| store.move_alert_now(id, step))
    }

    fn open_alert_now(&self, alert: &NewAlert) -> Result<AlertId, StoreError> {
        let lane = self.ensure_lane(
            self.name(&alert.project)?,
            self.name(&alert.series.suite)?,
            self.name(&alert.series.testbed)?,
        )?;
        let benchmark = self.name(&alert.series.benchmark)?;
        let parameters = self.name(&parameters_text(&alert.series.parameters)?)?;
        let metric = self.name(&alert.series.metric)?;
        let branch = alert.branch.as_deref().map_or(Ok(0), |branch| self.name(branch))?;
        let target = alert.target.as_deref().unwrap_or("");
        let live: Option<AlertId> = self
            .connection
            .prepare_cached(
                "SELECT id FROM alerts WHERE lane = ?1 AND benchmark = ?2 AND metric = ?3 AND parameters = ?4 \
                 AND branch = ?5 AND target = ?6 AND state < 3",
            )?
            .query_row((lane, benchmark, metric, parameters, branch, target), |row| row.get(0))
            .optional()?;
        if let Some(id) = live {
            return Ok(id);
        }
        // A run shows a series' alert once, also when its judging is repeated after the alert was settled.
        let settled: Option<AlertId> = self
            .connection
            .prepare_cached(
                "SELECT id FROM alerts WHERE lane = ?1 AND state >= 3 AND benchmark = ?2 AND metric = ?3 \
                 AND parameters = ?4 AND branch = ?5 AND target = ?6 AND run = ?7",
            )?
            .query_row((lane, benchmark, metric, parameters, branch, target, alert.run), |row| row.get(0))
            .optional()?;
        if let Some(id) = settled {
            return Ok(id);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO alerts (lane, benchmark, parameters, metric, branch, target, run, triggered_at, severity, \
                 current_value, expected_value, expected_spread, deviation_percent, began, state) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0)",
            )?
            .execute(rusqlite::params![
                lane,
                benchmark,
                parameters,
                metric,
                branch,
                target,
                alert.run,
                alert.triggered_at.as_microsecond(),
                severity_code(alert.severity),
                alert.current_value,
                alert.expected_value,
                alert.expected_spread,
                alert.deviation_percent,
                alert.began,
            ])?;
        let id = self.connection.last_insert_rowid();
        self.seal(ALERTS, [id])?;
        self.record_move(
            id,
            &AlertMove { state: AlertState::Open, at: alert.triggered_at, by: None, note: None, until: None },
        )?;
        Ok(id)
    }

    fn move_alert_now(&self, id: AlertId, step: &AlertMove) -> Result<(), StoreError> {
        let alert = self.read_alert(id)?;
        if (alert.state, &alert.by, &alert.notes) == (step.state, &step.by, &step.note) {
            return Ok(());
        }
        let is_live = |state: AlertState| state_code(state) < 3;
        if is_live(step.state) && !is_live(alert.state) {
            let other: Option<AlertId> = self
                .connection
                .prepare_cached(
                    "SELECT o.id FROM alerts a JOIN alerts o ON o.lane = a.lane AND o.benchmark = a.benchmark \
                     AND o.metric = a.metric AND o.parameters = a.parameters AND o.branch = a.branch \
                     AND o.target = a.target AND o.state < 3 WHERE a.id = ?1",
                )?
                .query_row([id], |row| row.get(0))
                .optional()?;
            if let Some(other) = other {
                return Err(StoreError::AlertIsLive { id, other });
            }
        }
        self.connection
            .prepare_cached(
                "UPDATE alerts SET state = ?2, by = ?3, notes = ?4, muted_until = ?5 WHERE id = ?1",
            )?
            .execute((
                id,
                state_code(step.state),
                &step.by,
                &step.note,
                step.until.map(Timestamp::as_microsecond),
            ))?;
        self.seal(ALERTS, [id])?;
        self.record_move(id, step)
    }

    fn record_move(&self, id: AlertId, step: &AlertMove) -> Result<(), StoreError> {
        let place: i64 = self
            .connection
            .prepare_cached(
                "INSERT INTO alert_moves (alert, step, at, state, by, note, until) VALUES \
                 (?1, (SELECT COALESCE(MAX(step), 0) + 1 FROM alert_moves WHERE alert = ?1), ?2, ?3, ?4, ?5, ?6) \
                 RETURNING step",
            )?
            .query_row(
                (
                    id,
                    step.at.as_microsecond(),
                    state_code(step.state),
                    &step.by,
                    &step.note,
                    step.until.map(Timestamp::as_microsecond),
                ),
                |row| row.get(0),
            )?;
        self.seal(ALERT_MOVES, (id, place))
    }

    fn alerts_of_lane(
        &self,
        lane: i64,
        filter: &AlertFilter<'_>,
        alerts: &mut Vec<Alert>,
    ) -> Result<(), StoreError> {
        let mut sql = format!("{SELECT_ALERTS} WHERE a.lane = ?");
        let mut values = vec![Value::Integer(lane)];
        if !filter.states.is_empty() {
            let marks = vec!["?"; filter.states.len()].join(", ");
            sql.push_str(&format!(" AND a.state IN ({marks})"));
            values.extend(filter.states.iter().map(|state| Value::Integer(state_code(*state))));
        }
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            alerts.push(alert_of(row)?);
        }
        Ok(())
    }

    fn read_alert(&self, id: AlertId) -> Result<Alert, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{SELECT_ALERTS} WHERE a.id = ?1"))?;
        let mut rows = statement.query([id])?;
        alert_of(rows.next()?.ok_or(StoreError::NoSuchAlert(id))?)
    }
}

fn alert_of(row: &Row<'_>) -> Result<Alert, StoreError> {
    Ok(Alert {
        id: row.get(0)?,
        triggered_at: time_of(row.get(1)?)?,
        severity: severity_of(row.get(2)?)?,
        series: SeriesKey {
            suite: row.get(3)?,
            testbed: row.get(4)?,
            benchmark: row.get(5)?,
            parameters: read_parameters(&row.get::<_, String>(6)?)?,
            metric: row.get(7)?,
        },
        branch: row.get(8)?,
        target: row.get::<_, Option<String>>(9)?.filter(|target| !target.is_empty()),
        current_value: row.get(10)?,
        expected_value: row.get(11)?,
        expected_spread: row.get(12)?,
        deviation_percent: row.get(13)?,
        state: state_of(row.get(14)?)?,
        by: row.get(15)?,
        notes: row.get(16)?,
        began: row.get(17)?,
    })
}

pub(crate) fn time_of(us: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(us).map_err(|_| StoreError::damaged("a time is outside of time"))
}

/// The states before `Resolved` are live: queries count on their codes being below 3.
fn state_code(state: AlertState) -> i64 {
    match state {
        AlertState::Open => 0,
        AlertState::Acknowledged => 1,
        AlertState::Muted => 2,
        AlertState::Resolved => 3,
        AlertState::Withdrawn => 4,
    }
}

fn state_of(code: i64) -> Result<AlertState, StoreError> {
    Ok(match code {
        0 => AlertState::Open,
        1 => AlertState::Acknowledged,
        2 => AlertState::Muted,
        3 => AlertState::Resolved,
        4 => AlertState::Withdrawn,
        _ => return Err(StoreError::damaged("the state of an alert is unknown")),
    })
}

fn severity_code(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 0,
        Severity::Warning => 1,
        Severity::Error => 2,
        Severity::Critical => 3,
    }
}

fn severity_of(code: i64) -> Result<Severity, StoreError> {
    Ok(match code {
        0 => Severity::Info,
        1 => Severity::Warning,
        2 => Severity::Error,
        3 => Severity::Critical,
        _ => return Err(StoreError::damaged("the severity of an alert is unknown")),
    })
}
