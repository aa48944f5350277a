//! Appending: a run is stored whole, durably, and once.

use jiff::Timestamp;
use plimsoll_model::{Environment, Run};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension as _, ToSql};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::bytes::{Kind, Writer, checksum};
use crate::commits::{Brought, hexadecimal_bytes, to_hexadecimal};
use crate::extras::{Extras, write_text};
use crate::layout::{describe, outcome_code};
use crate::numbers::{all_numbers, write_details, write_points, write_samples};
use crate::{LaneId, Place, RunNumber, SeriesId, SqliteStore, StoreError};

/// What appending a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The run's number in this store.
    pub number: RunNumber,
    /// It was not stored before.
    pub is_new: bool,
    /// Its lane.
    pub lane: LaneId,
    /// Where it stands in history.
    pub place: Place,
    /// The series of its measurements, in their order.
    pub series: Vec<SeriesId>,
}

impl SqliteStore {
    /// Stores a run; when this returns, a power cut cannot lose it.
    ///
    /// A run that is stored already, by its id, is left as it is; one that comes again with other content is
    /// [`StoreError::Conflict`]. The times of the run, what is known of its ancestors and the complaints of its
    /// reader are not content: reading the same file again tomorrow gives the same run.
    pub fn append(&mut self, run: &Run) -> Result<Appended, StoreError> {
        let prepared = Prepared::of(run)?;
        self.write(|store| {
            let appended = store.append_prepared(&prepared)?;
            if appended.is_new {
                store.fold_some(appended.lane)?;
            }
            Ok(appended)
        })
    }

    /// Stores a run in the open transaction. A conflict is found before anything is written.
    pub(crate) fn append_prepared(&self, prepared: &Prepared<'_>) -> Result<Appended, StoreError> {
        if let Some(appended) = self.find_appended(prepared)? {
            return Ok(appended);
        }
        let run = prepared.run;
        let context = &run.context;
        let project = self.name(&run.project)?;
        let lane = self.ensure_lane(project, self.name(&run.suite)?, self.name(&context.testbed)?)?;
        let layout = self.layout_of(lane, run, prepared.layout_digest)?;
        self.follow_layout(lane, &layout)?;
        let number: RunNumber = self
            .connection
            .prepare_cached("SELECT COALESCE(MAX(number), 0) + 1 FROM runs")?
            .query_row([], |row| row.get(0))?;
        let started_us = context.started_at.as_microsecond();
        let mut extras = Extras::of(run);
        let mut row = RunRecord {
            number,
            lane,
            place: Place::without_commit(started_us, prepared.digest, number),
            started_rest: (context.started_at.as_nanosecond() - i128::from(started_us) * 1_000) as i64,
            commit: None,
            flags: 0,
            ancestors: 0,
            branch: context.branch.as_deref().map(|name| self.name(name)).transpose()?,
            session: run.session.as_deref().map(|name| self.name(name)).transpose()?,
            pull_request: context.pull_request.map(|number| number as i64),
            outcome: outcome_code(run.outcome),
            duration_ms: context.duration_ms as i64,
            environment: self.environment(&context.environment)?,
            layout: layout.id,
        };
        if let Some(commit) = &context.commit {
            let (own, is_told) = self.ensure_commit(project, commit, started_us)?;
            let brought = Brought::of(commit);
            row.place.order = own.order;
            row.place.tie = own.hash.tie(commit.dirty);
            row.commit = Some(own.id);
            row.flags = flags_of(brought);
            row.ancestors = if is_told { brought.ancestors as i64 } else { 0 };
            if !is_told {
                extras.commit = Some(commit.clone());
            }
        }
        self.insert_run(&row, &StoredId::of(&run.id), run.is_clean())?;
        self.insert_block(
            "INSERT INTO fresh (run, block) VALUES (?1, ?2)",
            number,
            Some(write_points(number, &layout, &run.measurements)),
        )?;
        let details = write_details(number, &layout, &run.measurements);
        self.insert_block("INSERT INTO details (run, block) VALUES (?1, ?2)", number, details)?;
        let samples = write_samples(number, &run.measurements);
        self.insert_block("INSERT INTO samples (run, block) VALUES (?1, ?2)", number, samples)?;
        self.insert_block("INSERT INTO extras (run, block) VALUES (?1, ?2)", number, extras.write(number)?)?;
        Ok(Appended { number, is_new: true, lane, place: row.place, series: layout.series.clone() })
    }

    fn find_appended(&self, prepared: &Prepared<'_>) -> Result<Option<Appended>, StoreError> {
        let found: Option<(LaneId, Place, i64)> = self
            .connection
            .prepare_cached(
                "SELECT number, lane, digest, place, tie, started_us, layout FROM runs WHERE id = ?1",
            )?
            .query_row([StoredId::of(&prepared.run.id)], |row| {
                let place = Place {
                    order: row.get(3)?,
                    tie: row.get(4)?,
                    started_us: row.get(5)?,
                    digest: row.get(2)?,
                    number: row.get(0)?,
                };
                Ok((row.get(1)?, place, row.get(6)?))
            })
            .optional()?;
        let Some((lane, place, layout)) = found else {
            return Ok(None);
        };
        if place.digest != prepared.digest {
            return Err(StoreError::Conflict { id: prepared.run.id.clone() });
        }
        let series = self.layout(layout)?.series.clone();
        Ok(Some(Appended { number: place.number, is_new: false, lane, place, series }))
    }

    fn insert_run(&self, row: &RunRecord, id: &StoredId, is_clean: bool) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO runs (number, lane, id, place, tie, started_after, started_rest, commit_id, flags, ancestors, \
                 branch, session, pull_request, outcome, duration_ms, environment, layout, digest, checksum, eligible) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            )?
            .execute(rusqlite::params![
                row.number,
                row.lane,
                id,
                row.place.order,
                row.place.tie,
                row.place.started_us.wrapping_sub(row.place.order),
                row.started_rest,
                row.commit,
                row.flags,
                row.ancestors,
                row.branch,
                row.session,
                row.pull_request,
                row.outcome,
                row.duration_ms,
                row.environment,
                row.layout,
                row.place.digest,
                row.checksum(),
                is_clean,
            ])?;
        Ok(())
    }

    fn insert_block(&self, sql: &str, run: RunNumber, block: Option<Vec<u8>>) -> Result<(), StoreError> {
        if let Some(block) = block {
            self.connection.prepare_cached(sql)?.execute((run, block))?;
        }
        Ok(())
    }

    fn environment(&self, environment: &Environment) -> Result<i64, StoreError> {
        let json = serde_json::to_vec(environment)?;
        let digest = xxh3_64(&json) as i64;
        if let Some(id) = self.cache.borrow().environments.get(&digest) {
            return Ok(*id);
        }
        let found: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM environments WHERE digest = ?1")?
            .query_row([digest], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => {
                // The checksum covers the digest, not the id that SQLite is about to give.
                self.connection
                    .prepare_cached("INSERT INTO environments (digest, block) VALUES (?1, ?2)")?
                    .execute((digest, write_text(Kind::Environment, digest, &json)))?;
                self.connection.last_insert_rowid()
            }
        };
        self.cache.borrow_mut().environments.insert(digest, id);
        Ok(id)
    }
}

/// A run with what can be computed of it before the write lock is taken.
pub(crate) struct Prepared<'a> {
    pub(crate) run: &'a Run,
    pub(crate) layout_digest: u128,
    pub(crate) digest: i64,
}

impl<'a> Prepared<'a> {
    pub(crate) fn of(run: &'a Run) -> Result<Self, StoreError> {
        let broken = run.measurements.iter().find(|measurement| {
            !measurement.value.is_finite() || !measurement.samples.iter().all(|sample| sample.is_finite())
        });
        if let Some(measurement) = broken {
            return Err(StoreError::NotFinite { benchmark: measurement.benchmark.to_string() });
        }
        let layout_digest = xxh3_128(&describe(run).bytes);
        Ok(Self { run, layout_digest, digest: content_digest(run, layout_digest)? })
    }
}

/// The digest of a run's content: everything but its times, the complaints of its reader and what is known of
/// its commit besides the hash.
pub(crate) fn content_digest(run: &Run, layout_digest: u128) -> Result<i64, StoreError> {
    let context = &run.context;
    let mut out = Writer::default();
    out.bytes.reserve(run.measurements.len() * 9 + 256);
    out.bytes.extend_from_slice(&layout_digest.to_be_bytes());
    out.text(&run.project);
    out.text(&run.suite);
    out.text(&context.testbed);
    out.optional_text(run.session.as_deref());
    out.optional_text(context.branch.as_deref());
    out.optional_text(context.commit.as_ref().map(|commit| commit.hash.as_str()));
    out.byte(u8::from(context.commit.as_ref().is_some_and(|commit| commit.dirty)));
    out.optional_text(context.pull_request.map(|number| number.to_string()).as_deref());
    out.number(outcome_code(run.outcome) as u64);
    out.bytes.extend(serde_json::to_vec(&context.environment)?);
    let extras = Extras { complaints: Vec::new(), ..Extras::of(run) };
    if extras != Extras::default() {
        out.bytes.extend(serde_json::to_vec(&extras)?);
    }
    all_numbers(run, &mut out);
    // Six bytes are enough to tell two contents under one id apart.
    Ok((xxh3_64(&out.bytes) >> 17) as i64)
}

/// The row of a run, as far as it never changes.
#[derive(Debug, Clone)]
pub(crate) struct RunRecord {
    pub(crate) number: RunNumber,
    pub(crate) lane: LaneId,
    pub(crate) place: Place,
    /// Nanoseconds of the start beyond its microsecond.
    pub(crate) started_rest: i64,
    pub(crate) commit: Option<i64>,
    pub(crate) flags: i64,
    pub(crate) ancestors: i64,
    pub(crate) branch: Option<i64>,
    pub(crate) session: Option<i64>,
    pub(crate) pull_request: Option<i64>,
    pub(crate) outcome: i64,
    pub(crate) duration_ms: i64,
    pub(crate) environment: i64,
    pub(crate) layout: i64,
}

impl RunRecord {
    /// The columns that [`Self::read`] reads, in its order.
    pub(crate) const COLUMNS: &str = "number, lane, place, tie, started_us, started_rest, commit_id, flags, ancestors, \
         branch, session, pull_request, outcome, duration_ms, environment, layout, digest";

    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            lane: row.get(1)?,
            place: Place {
                order: row.get(2)?,
                tie: row.get(3)?,
                started_us: row.get(4)?,
                digest: row.get(16)?,
                number: row.get(0)?,
            },
            started_rest: row.get(5)?,
            commit: row.get(6)?,
            flags: row.get(7)?,
            ancestors: row.get(8)?,
            branch: row.get(9)?,
            session: row.get(10)?,
            pull_request: row.get(11)?,
            outcome: row.get(12)?,
            duration_ms: row.get(13)?,
            environment: row.get(14)?,
            layout: row.get(15)?,
        })
    }

    /// The checksum in the row.
    pub(crate) fn checksum(&self) -> i32 {
        let mut out = Writer::default();
        let place = self.place;
        for number in [self.lane, place.order, place.tie, place.started_us, self.started_rest] {
            out.signed(number);
        }
        for number in [self.commit, self.branch, self.session, self.pull_request] {
            out.byte(u8::from(number.is_some()));
            out.signed(number.unwrap_or(0));
        }
        for number in [
            self.flags,
            self.ancestors,
            self.outcome,
            self.duration_ms,
            self.environment,
            self.layout,
            self.place.digest,
        ] {
            out.signed(number);
        }
        checksum(Kind::Run, self.number, &out.bytes) as i32
    }

    /// When the measured command started.
    pub(crate) fn started_at(&self) -> Result<Timestamp, StoreError> {
        let nanoseconds = i128::from(self.place.started_us) * 1_000 + i128::from(self.started_rest);
        Timestamp::from_nanosecond(nanoseconds)
            .map_err(|_| StoreError::damaged(format!("run {} started outside of time", self.number)))
    }

    /// What of its commit the run brought.
    pub(crate) fn brought(&self) -> Brought {
        Brought {
            dirty: self.flags & 1 != 0,
            subject: self.flags & 2 != 0,
            committed_at: self.flags & 4 != 0,
            ancestor_times: self.flags & 8 != 0,
            ancestors: usize::try_from(self.ancestors).unwrap_or(0),
        }
    }
}

fn flags_of(brought: Brought) -> i64 {
    i64::from(brought.dirty)
        | i64::from(brought.subject) << 1
        | i64::from(brought.committed_at) << 2
        | i64::from(brought.ancestor_times) << 3
}

/// A run's id as stored: a hexadecimal one as its bytes, half as long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoredId {
    Bytes(Vec<u8>),
    Text(String),
}

impl StoredId {
    pub(crate) fn of(id: &str) -> Self {
        hexadecimal_bytes(id)
            .filter(|bytes| !bytes.is_empty())
            .map_or_else(|| Self::Text(id.to_owned()), Self::Bytes)
    }

    pub(crate) fn read(value: ValueRef<'_>) -> rusqlite::types::FromSqlResult<String> {
        match value {
            ValueRef::Blob(bytes) => Ok(to_hexadecimal(bytes)),
            other => other.as_str().map(str::to_owned),
        }
    }
}

impl ToSql for StoredId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
