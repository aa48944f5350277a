//! A whole run, as it was stored.

use plimsoll_model::{Context, DetailFields, Measurement, Metric, Run};
use rusqlite::OptionalExtension as _;

use crate::append::{RunRecord, StoredId};
use crate::bytes::Kind;
use crate::extras::{Extras, read_text};
use crate::layout::{Layout, outcome_of};
use crate::numbers::{Details, read_samples};
use crate::{RunNumber, SqliteStore, StoreError};

impl SqliteStore {
    /// A whole run, equal to what was appended.
    pub fn load_run(&self, number: RunNumber) -> Result<Run, StoreError> {
        self.snapshot(|| {
            let sql = format!("SELECT {}, id, segment FROM runs WHERE number = ?1", RunRecord::COLUMNS);
            let found = self
                .connection
                .prepare_cached(&sql)?
                .query_row([number], |row| {
                    let record = RunRecord::read(row)?;
                    Ok((record, StoredId::read(row.get_ref(17)?)?, row.get::<_, Option<i64>>(18)?))
                })
                .optional()?;
            let (record, id, segment) = found.ok_or(StoreError::NoSuchRun(number))?;
            let layout = self.layout(record.layout)?;
            let points = match segment {
                None => self.fresh_points(number)?.1,
                Some(segment) => self.folded_points(number, segment, &layout)?,
            };
            self.assemble(&record, id, &layout, &points)
        })
    }

    /// A run from its row and points; the rest is read.
    pub(crate) fn assemble(
        &self,
        record: &RunRecord,
        id: String,
        layout: &Layout,
        points: &[f64],
    ) -> Result<Run, StoreError> {
        let number = record.number;
        let name = |id: Option<i64>| id.map(|id| self.name_text(id)).transpose();
        let block = self.block("SELECT block FROM extras WHERE run = ?1", number)?;
        let extras = match block {
            Some(block) => Extras::read(number, &block)?,
            None => Extras::default(),
        };
        let usage = extras.usage();
        let commit = match (extras.commit, record.commit) {
            (Some(commit), _) => Some(commit),
            (None, Some(id)) => Some(self.read_commit(id, record.brought())?),
            (None, None) => None,
        };
        let [project, suite, testbed] = self.lane_names(record.lane)?;
        Ok(Run {
            id,
            project,
            suite,
            session: name(record.session)?,
            outcome: outcome_of(record.outcome)?,
            context: Context {
                commit,
                branch: name(record.branch)?,
                base: extras.base,
                pull_request: record.pull_request.map(|number| number as u64),
                testbed,
                environment: self.read_environment(record.environment)?,
                started_at: record.started_at()?,
                duration_ms: record.duration_ms as u64,
                usage,
                ci: extras.ci,
                unknown: extras.context_unknown,
            },
            measurements: self.measurements(number, layout, points)?,
            allocators: extras.allocators,
            notes: extras.notes,
            complaints: extras.complaints,
            unknown: extras.unknown,
        })
    }

    fn measurements(
        &self,
        run: RunNumber,
        layout: &Layout,
        points: &[f64],
    ) -> Result<Vec<Measurement>, StoreError> {
        let block = self.block("SELECT block FROM details WHERE run = ?1", run)?;
        let mut details = Details::read(run, block.as_deref(), layout)?;
        let mut points = points.iter();
        let mut measurements = Vec::with_capacity(layout.series.len());
        for (row, (entry, shape)) in self.named_series(&layout.series)?.iter().zip(layout.shaped()) {
            let fields = DetailFields {
                outcome: shape.outcome,
                interval: shape.has_interval.then(|| details.interval()).transpose()?,
                estimates: details.estimates(&shape.estimates)?,
                samples: Vec::new(),
                items: details.items(&shape.items)?,
                target: entry.target.clone(),
            };
            measurements.push(Measurement {
                benchmark: row.key.benchmark.as_str().into(),
                parameters: row.key.parameters.clone(),
                harness: shape.harness.clone(),
                metric: Metric {
                    name: row.key.metric.as_str().into(),
                    unit: row.unit.clone(),
                    direction: shape.direction,
                    exact: shape.exact,
                },
                value: match entry.aside {
                    true => details.aside()?,
                    false => *points
                        .next()
                        .ok_or_else(|| StoreError::damaged(format!("run {run} lacks a point")))?,
                },
                statistic: shape.statistic.clone(),
                iterations: shape.has_iterations.then(|| details.iterations()).transpose()?.into(),
                details: fields.into(),
            });
        }
        if let Some(block) = self.block("SELECT block FROM samples WHERE run = ?1", run)? {
            read_samples(
                run,
                &block,
                measurements.len(),
                |_| true,
                |at, samples| {
                    measurements[at].samples = samples;
                },
            )?;
        }
        Ok(measurements)
    }

    /// The points of a folded run, in the order of its layout.
    fn folded_points(&self, run: RunNumber, segment: i64, layout: &Layout) -> Result<Vec<f64>, StoreError> {
        let segment = self.segment(segment)?;
        let wanted = segment
            .slot(run)
            .ok_or_else(|| StoreError::damaged(format!("run {run} is not in its segment")))?;
        let mut points = Vec::with_capacity(layout.points.len());
        let mut chunks = self.chunks()?;
        for series in &layout.points {
            let mut found = None;
            self.chunk(&mut chunks, segment.id, *series, segment.runs.len(), |slot, value| {
                if slot == wanted {
                    found = Some(value);
                }
            })?;
            points.push(found.ok_or_else(|| StoreError::damaged(format!("run {run} lacks a point")))?);
        }
        Ok(points)
    }

    pub(crate) fn block(&self, sql: &str, key: i64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?)
    }

    pub(crate) fn lane_names(&self, lane: i64) -> Result<[String; 3], StoreError> {
        let names: Option<[i64; 3]> = self
            .connection
            .prepare_cached("SELECT project, suite, testbed FROM lanes WHERE id = ?1")?
            .query_row([lane], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
            .optional()?;
        let [project, suite, testbed] =
            names.ok_or_else(|| StoreError::damaged(format!("lane {lane} is missing")))?;
        Ok([self.name_text(project)?, self.name_text(suite)?, self.name_text(testbed)?])
    }

    fn read_environment(&self, id: i64) -> Result<plimsoll_model::Environment, StoreError> {
        let found: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT digest, block FROM environments WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (digest, block) =
            found.ok_or_else(|| StoreError::damaged(format!("environment {id} is missing")))?;
        let json = read_text(Kind::Environment, digest, &block)?;
        serde_json::from_slice(&json)
            .map_err(|_| StoreError::damaged(format!("environment {id} is not JSON")))
    }
}
