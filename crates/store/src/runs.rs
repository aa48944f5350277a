//! Runs as rows: selected by index, never by reading them all.

use jiff::Timestamp;
use plimsoll_model::{CommitOrder, Outcome};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, Row, params_from_iter};

use crate::append::{RunRecord, StoredId};
use crate::commits::{CommitRow, HashRest, StoredHash, hexadecimal_bytes, start_of};
use crate::layout::outcome_of;
use crate::ledger::VOIDS;
use crate::{LaneId, Place, RunNumber, SqliteStore, StoreError};

/// A run without its measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its number in this store.
    pub number: RunNumber,
    /// Its identity.
    pub id: String,
    /// Its lane.
    pub lane: LaneId,
    /// Where it stands in history.
    pub place: Place,
    /// Its suite.
    pub suite: String,
    /// Its class of machine.
    pub testbed: String,
    /// Its branch.
    pub branch: Option<String>,
    /// The hash of its commit.
    pub commit: Option<String>,
    /// The first line of the commit's message.
    pub subject: Option<String>,
    /// When it was committed.
    pub committed_at: Option<Timestamp>,
    /// The work tree had changes that are not in the commit.
    pub dirty: bool,
    /// When the measured command started.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was taken out of the baselines.
    pub voided: Option<String>,
    /// It may enter a baseline: successful, clean, not voided.
    pub eligible: bool,
    /// How many measurements it has.
    pub measurements: usize,
    /// The session of an application it belongs to.
    pub session: Option<String>,
    /// The pull request it was made for.
    pub pull_request: Option<u64>,
}

impl RunRow {
    /// The order of its commit; for a run without one, when it started, in microseconds.
    pub fn order(&self) -> CommitOrder {
        self.place.order
    }
}

/// Which runs of a project are wanted. Runs come in commit order.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunFilter<'a> {
    /// The project.
    pub project: &'a str,
    /// Only of this suite.
    pub suite: Option<&'a str>,
    /// Only of this class of machine.
    pub testbed: Option<&'a str>,
    /// Only of this branch.
    pub branch: Option<&'a str>,
    /// Only of the commit of this full hash.
    pub commit: Option<&'a str>,
    /// Only of this session.
    pub session: Option<&'a str>,
    /// Only those that started then or later.
    pub since: Option<Timestamp>,
    /// Only those that stand before this place.
    pub before: Option<Place>,
    /// Only those whose commit has this order or a lower one.
    pub up_to: Option<CommitOrder>,
    /// Only those that may enter a baseline: successful, clean, not voided.
    pub eligible_only: bool,
    /// The newest first; else the oldest first.
    pub newest_first: bool,
    /// At most so many, counted from the newest or the oldest as `newest_first` says.
    pub limit: Option<usize>,
}

impl SqliteStore {
    /// The runs that pass a filter.
    pub fn select_runs(&self, filter: &RunFilter<'_>) -> Result<Vec<RunRow>, StoreError> {
        self.snapshot(|| {
            let mut places = match (filter.commit, filter.session) {
                (Some(_), _) | (_, Some(_)) => self.places_of_group(filter)?,
                _ => {
                    let mut places = Vec::new();
                    for lane in self.lanes(filter.project)? {
                        if filter.suite.is_none_or(|suite| suite == lane.suite)
                            && filter.testbed.is_none_or(|testbed| testbed == lane.testbed)
                        {
                            places.extend(self.places(lane.id, filter)?);
                        }
                    }
                    places
                }
            };
            places.sort_unstable();
            if filter.newest_first {
                places.reverse();
            }
            places.truncate(filter.limit.unwrap_or(usize::MAX));
            places.iter().map(|place| self.read_run(place.number)).collect()
        })
    }

    /// How many runs pass a filter, whatever its limit.
    pub fn count_runs(&self, filter: &RunFilter<'_>) -> Result<usize, StoreError> {
        let filter = RunFilter { limit: None, ..*filter };
        self.snapshot(|| {
            if filter.commit.is_some() || filter.session.is_some() {
                return Ok(self.places_of_group(&filter)?.len());
            }
            let mut count = 0;
            for lane in self.lanes(filter.project)? {
                let is_wanted = filter.suite.is_none_or(|suite| suite == lane.suite)
                    && filter.testbed.is_none_or(|testbed| testbed == lane.testbed);
                let Some((sql, values)) = self.places_query(lane.id, &filter)?.filter(|_| is_wanted) else {
                    continue;
                };
                let sql = format!("SELECT COUNT(*) FROM ({sql})");
                let of_lane: i64 = self
                    .connection
                    .prepare_cached(&sql)?
                    .query_row(params_from_iter(values), |row| row.get(0))?;
                count += of_lane as usize;
            }
            Ok(count)
        })
    }

    /// Rows of runs by number, in the order asked for.
    pub fn runs(&self, numbers: &[RunNumber]) -> Result<Vec<RunRow>, StoreError> {
        self.snapshot(|| numbers.iter().map(|number| self.read_run(*number)).collect())
    }

    /// The places of the newest runs of a lane and branch that may enter a baseline and stand before a place,
    /// newest first. The hot form of [`Self::select_runs`].
    pub fn baseline_runs(
        &self,
        lane: LaneId,
        branch: &str,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Place>, StoreError> {
        self.snapshot(|| {
            self.places(
                lane,
                &RunFilter {
                    branch: Some(branch),
                    before,
                    eligible_only: true,
                    newest_first: true,
                    limit: Some(limit),
                    ..RunFilter::default()
                },
            )
        })
    }

    /// How many runs of a lane and branch may enter a baseline and stand before a place; counting stops at
    /// `at_most`.
    pub fn count_eligible(
        &self,
        lane: LaneId,
        branch: &str,
        before: Option<Place>,
        at_most: usize,
    ) -> Result<usize, StoreError> {
        Ok(self.baseline_runs(lane, branch, before, at_most)?.len())
    }

    /// The runs of a project that `text` may mean: a run's id, else the beginning of one or of a commit's hash. In
    /// commit order.
    pub fn resolve_run(&self, project: &str, text: &str) -> Result<Vec<RunRow>, StoreError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        self.snapshot(|| {
            let Some(project) = self.find_name(project)? else {
                return Ok(Vec::new());
            };
            let lanes: Vec<LaneId> = self.lanes_of(project)?;
            if let Some(number) = self.find_run(text)? {
                let row = self.read_run(number)?;
                if lanes.contains(&row.lane) {
                    return Ok(vec![row]);
                }
            }
            let mut numbers = self.numbers_by_id(text)?;
            for commit in self.commits_by_prefix(project, text)? {
                numbers.extend(self.numbers_of_commit(project, &commit)?);
            }
            numbers.sort_unstable();
            numbers.dedup();
            let mut rows =
                numbers.into_iter().map(|number| self.read_run(number)).collect::<Result<Vec<_>, _>>()?;
            rows.retain(|row| lanes.contains(&row.lane));
            rows.sort_unstable_by_key(|row| row.place);
            Ok(rows)
        })
    }

    /// Takes a run out of the baselines; it stays in the books. Voiding it again changes the note.
    pub fn void_run(
        &mut self,
        number: RunNumber,
        note: &str,
        by: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|store| {
            let changed = store
                .connection
                .prepare_cached("UPDATE runs SET eligible = 0 WHERE number = ?1")?
                .execute([number])?;
            if changed == 0 {
                return Err(StoreError::NoSuchRun(number));
            }
            store
                .connection
                .prepare_cached("INSERT OR REPLACE INTO voids (run, note, by, at) VALUES (?1, ?2, ?3, ?4)")?
                .execute((number, note, by, now.as_microsecond()))?;
            store.seal(VOIDS, [number])
        })
    }

    /// The places of a lane's runs that pass a filter, from the end that the filter counts from.
    pub(crate) fn places(&self, lane: LaneId, filter: &RunFilter<'_>) -> Result<Vec<Place>, StoreError> {
        let Some((sql, values)) = self.places_query(lane, filter)? else {
            return Ok(Vec::new());
        };
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), read_place)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The query behind [`Self::places`]; `None` when it names what was never stored.
    pub(crate) fn places_query(
        &self,
        lane: LaneId,
        filter: &RunFilter<'_>,
    ) -> Result<Option<(String, Vec<Value>)>, StoreError> {
        let mut sql = "SELECT number, place, tie, started_us, digest FROM runs WHERE lane = ?".to_owned();
        let mut values = vec![Value::Integer(lane)];
        if let Some(branch) = filter.branch {
            let Some(branch) = self.find_name(branch)? else {
                return Ok(None);
            };
            sql.push_str(" AND branch = ?");
            values.push(Value::Integer(branch));
        }
        if filter.eligible_only {
            sql.push_str(" AND eligible = 1");
        }
        if let Some(order) = filter.up_to {
            sql.push_str(" AND place <= ?");
            values.push(Value::Integer(order));
        }
        if let Some(before) = filter.before {
            sql.push_str(" AND (place, tie, started_us, digest, number) < (?, ?, ?, ?, ?)");
            let Place { order, tie, started_us, digest, number } = before;
            values.extend([order, tie, started_us, digest, number].map(Value::Integer));
        }
        if let Some(since) = filter.since {
            sql.push_str(" AND started_us >= ?");
            values.push(Value::Integer(since.as_microsecond()));
        }
        sql.push_str(match filter.newest_first {
            true => " ORDER BY place DESC, tie DESC, started_us DESC, digest DESC, number DESC",
            false => " ORDER BY place, tie, started_us, digest, number",
        });
        if let Some(limit) = filter.limit {
            sql.push_str(" LIMIT ?");
            values.push(Value::Integer(limit as i64));
        }
        Ok(Some((sql, values)))
    }

    /// The places of the runs of one commit or session that pass a filter: few, so they are looked at one by one.
    fn places_of_group(&self, filter: &RunFilter<'_>) -> Result<Vec<Place>, StoreError> {
        let Some(project) = self.find_name(filter.project)? else {
            return Ok(Vec::new());
        };
        let numbers = match (filter.commit, filter.session) {
            (Some(hash), _) => match self.find_commit(project, &StoredHash::of(hash))? {
                Some(commit) => self.numbers_of_commit(project, &commit)?,
                None => Vec::new(),
            },
            (None, session) => {
                let session = session.map(|session| self.find_name(session)).transpose()?;
                let mut statement =
                    self.connection.prepare_cached("SELECT number FROM runs WHERE session = ?1")?;
                let rows = statement.query_map([session.flatten()], |row| row.get(0))?;
                rows.collect::<Result<_, _>>()?
            }
        };
        let lanes = self.lanes_of(project)?;
        let mut places = Vec::new();
        for number in numbers {
            let row = self.read_run(number)?;
            if lanes.contains(&row.lane) && passes(&row, filter) {
                places.push(row.place);
            }
        }
        Ok(places)
    }

    /// The runs of a commit, found by their place.
    fn numbers_of_commit(&self, project: i64, commit: &CommitRow) -> Result<Vec<RunNumber>, StoreError> {
        let mut numbers = Vec::new();
        let mut statement = self
            .connection
            .prepare_cached("SELECT number FROM runs WHERE lane = ?1 AND place = ?2 AND commit_id = ?3")?;
        for lane in self.lanes_of(project)? {
            for number in statement.query_map((lane, commit.order, commit.id), |row| row.get(0))? {
                numbers.push(number?);
            }
        }
        Ok(numbers)
    }

    fn lanes_of(&self, project: i64) -> Result<Vec<LaneId>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM lanes WHERE project = ?1")?;
        let rows = statement.query_map([project], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn numbers_by_id(&self, prefix: &str) -> Result<Vec<RunNumber>, StoreError> {
        let sql = "SELECT number FROM runs WHERE id >= ?1 AND id < ?2";
        let mut numbers = Vec::new();
        let mut ranges = vec![(Value::Text(prefix.to_owned()), Value::Text(format!("{prefix}\u{10ffff}")))];
        if let (Some(low), Some(mut high)) = (hexadecimal_start(prefix, "0"), hexadecimal_start(prefix, "f"))
        {
            high.extend([0xff; 64]);
            ranges.push((Value::Blob(low), Value::Blob(high)));
        }
        for range in ranges {
            let mut statement = self.connection.prepare_cached(sql)?;
            for number in statement.query_map([range.0, range.1], |row| row.get(0))? {
                numbers.push(number?);
            }
        }
        Ok(numbers)
    }

    fn commits_by_prefix(&self, project: i64, prefix: &str) -> Result<Vec<CommitRow>, StoreError> {
        let sql = format!(
            "SELECT {} FROM commits WHERE project = ?1 AND hash_start BETWEEN ?2 AND ?3",
            CommitRow::COLUMNS
        );
        let mut ranges = vec![(start_of(prefix.as_bytes(), 0), start_of(prefix.as_bytes(), 0xff))];
        if let (Some(low), Some(high)) = (hexadecimal_start(prefix, "0"), hexadecimal_start(prefix, "f")) {
            ranges.push((start_of(&low, 0), start_of(&high, 0xff)));
        }
        let mut commits = Vec::new();
        for range in ranges {
            let mut statement = self.connection.prepare_cached(&sql)?;
            for commit in statement.query_map((project, range.0, range.1), CommitRow::read)? {
                commits.push(commit?);
            }
        }
        commits.retain(|commit| commit.hash.text().starts_with(prefix));
        Ok(commits)
    }

    pub(crate) fn read_run(&self, number: RunNumber) -> Result<RunRow, StoreError> {
        let sql = format!(
            "SELECT {}, r.id, suite.text, testbed.text, branch.text, session.text, c.hash_start, c.hash_rest, c.subject, \
             c.place - c.commit_time_back, v.note, r.eligible FROM runs r JOIN lanes l ON l.id = r.lane \
             JOIN names suite ON suite.id = l.suite JOIN names testbed ON testbed.id = l.testbed \
             LEFT JOIN names branch ON branch.id = r.branch LEFT JOIN names session ON session.id = r.session \
             LEFT JOIN commits c ON c.id = r.commit_id LEFT JOIN voids v ON v.run = r.number WHERE r.number = ?1",
            run_columns()
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([number])?;
        let row = rows.next()?.ok_or(StoreError::NoSuchRun(number))?;
        let record = RunRecord::read(row)?;
        let committed_us: Option<i64> = row.get(25)?;
        Ok(RunRow {
            number,
            id: StoredId::read(row.get_ref(17)?).map_err(rusqlite::Error::from)?,
            lane: record.lane,
            place: record.place,
            suite: row.get(18)?,
            testbed: row.get(19)?,
            branch: row.get(20)?,
            session: row.get(21)?,
            commit: read_hash(row, 22)?,
            subject: row.get(24)?,
            committed_at: committed_us.and_then(|us| Timestamp::from_microsecond(us).ok()),
            dirty: record.brought().dirty,
            started_at: record.started_at()?,
            duration_ms: record.duration_ms as u64,
            outcome: outcome_of(record.outcome)?,
            voided: row.get(26)?,
            eligible: row.get(27)?,
            measurements: self.layout(record.layout)?.series.len(),
            pull_request: record.pull_request.map(|number| number as u64),
        })
    }

    /// The number of the run of this id.
    pub fn find_run(&self, id: &str) -> Result<Option<RunNumber>, StoreError> {
        self.snapshot(|| {
            Ok(self
                .connection
                .prepare_cached("SELECT number FROM runs WHERE id = ?1")?
                .query_row([StoredId::of(id)], |row| row.get(0))
                .optional()?)
        })
    }
}

/// The bytes that a hexadecimal text begins with, an odd last digit filled up with `digit`.
fn hexadecimal_start(text: &str, digit: &str) -> Option<Vec<u8>> {
    match text.len() % 2 {
        0 => hexadecimal_bytes(text),
        _ => hexadecimal_bytes(&format!("{text}{digit}")),
    }
}

fn run_columns() -> String {
    let columns = RunRecord::COLUMNS.split(',').map(|column| format!("r.{}", column.trim()));
    columns.collect::<Vec<_>>().join(", ")
}

fn passes(row: &RunRow, filter: &RunFilter<'_>) -> bool {
    let is = |wanted: Option<&str>, text: Option<&str>| wanted.is_none_or(|wanted| text == Some(wanted));
    is(filter.suite, Some(&row.suite))
        && is(filter.testbed, Some(&row.testbed))
        && is(filter.branch, row.branch.as_deref())
        && is(filter.commit, row.commit.as_deref())
        && is(filter.session, row.session.as_deref())
        && filter.since.is_none_or(|since| row.started_at >= since)
        && filter.before.is_none_or(|before| row.place < before)
        && filter.up_to.is_none_or(|order| row.place.order <= order)
        && (!filter.eligible_only || row.eligible)
}

fn read_place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        number: row.get(0)?,
        order: row.get(1)?,
        tie: row.get(2)?,
        started_us: row.get(3)?,
        digest: row.get(4)?,
    })
}

fn read_hash(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    let start: Option<i64> = row.get(at)?;
    let rest = match row.get(at + 1)? {
        Value::Blob(bytes) => HashRest::Bytes(bytes),
        Value::Text(text) => HashRest::Text(text),
        _ => return Ok(None),
    };
    Ok(start.map(|start| StoredHash { start, rest }.text()))
}
