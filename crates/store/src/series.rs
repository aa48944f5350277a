//! Lanes and series: where points belong.
//!
//! A lane is what all series of one project, suite and testbed share. It bounds every scan of the points.

use plimsoll_model::{Measurement, SeriesKey};
use rusqlite::OptionalExtension as _;

use crate::bytes::{Kind, Writer, checksum};
use crate::layout::direction_code;
use crate::names::parameters_text;
use crate::{LaneId, RunNumber, SeriesId, SqliteStore, StoreError};

/// The suite of a project on a testbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Its number in this store.
    pub id: LaneId,
    /// The project.
    pub project: String,
    /// The suite.
    pub suite: String,
    /// The class of machine.
    pub testbed: String,
}

impl SqliteStore {
    /// The lane of a project's suite on a testbed, if a run was ever stored in it.
    pub fn lane(&self, project: &str, suite: &str, testbed: &str) -> Result<Option<LaneId>, StoreError> {
        self.snapshot(|| {
            let mut names = [0; 3];
            for (place, text) in names.iter_mut().zip([project, suite, testbed]) {
                match self.find_name(text)? {
                    Some(id) => *place = id,
                    None => return Ok(None),
                }
            }
            self.find_lane(names.into())
        })
    }

    /// All lanes of a project, in order of their first run.
    pub fn lanes(&self, project: &str) -> Result<Vec<Lane>, StoreError> {
        let sql = "SELECT l.id, suite.text, testbed.text FROM lanes l JOIN names suite ON suite.id = l.suite \
             JOIN names testbed ON testbed.id = l.testbed WHERE l.project = ?1 ORDER BY l.id";
        self.snapshot(|| {
            let Some(id) = self.find_name(project)? else {
                return Ok(Vec::new());
            };
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map([id], |row| {
                Ok(Lane {
                    id: row.get(0)?,
                    project: project.to_owned(),
                    suite: row.get(1)?,
                    testbed: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// All projects with a run, by name.
    pub fn projects(&self) -> Result<Vec<String>, StoreError> {
        self.snapshot(|| {
            let mut statement = self.connection.prepare_cached(
                "SELECT text FROM names WHERE id IN (SELECT DISTINCT project FROM lanes) ORDER BY text",
            )?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The series of a key in a lane: one for every unit it was measured in, oldest first. The key's suite and
    /// testbed are the lane's.
    pub fn find_series(&self, lane: LaneId, key: &SeriesKey) -> Result<Vec<SeriesId>, StoreError> {
        self.snapshot(|| {
            let parameters = parameters_text(&key.parameters)?;
            let mut names = [0; 3];
            for (place, text) in names.iter_mut().zip([&key.benchmark, &key.metric, &parameters]) {
                match self.find_name(text)? {
                    Some(id) => *place = id,
                    None => return Ok(Vec::new()),
                }
            }
            let mut statement = self.connection.prepare_cached(
                "SELECT id FROM series WHERE lane = ?1 AND benchmark = ?2 AND metric = ?3 AND parameters = ?4",
            )?;
            let rows = statement.query_map((lane, names[0], names[1], names[2]), |row| row.get(0))?;
            let mut ids: Vec<SeriesId> = rows.collect::<Result<_, _>>()?;
            ids.sort_unstable();
            Ok(ids)
        })
    }

    /// The series that a run measured, in the order of its measurements.
    pub fn series_of_run(&self, run: RunNumber) -> Result<Vec<SeriesId>, StoreError> {
        self.snapshot(|| {
            let layout: Option<i64> = self
                .connection
                .prepare_cached("SELECT layout FROM runs WHERE number = ?1")?
                .query_row([run], |row| row.get(0))
                .optional()?;
            let layout = self.layout(layout.ok_or(StoreError::NoSuchRun(run))?)?;
            Ok(layout.series.clone())
        })
    }

    fn find_lane(&self, names: (i64, i64, i64)) -> Result<Option<LaneId>, StoreError> {
        if let Some(lane) = self.cache.borrow().lanes.get(&names) {
            return Ok(Some(*lane));
        }
        let lane: Option<LaneId> = self
            .connection
            .prepare_cached("SELECT id FROM lanes WHERE project = ?1 AND suite = ?2 AND testbed = ?3")?
            .query_row(names, |row| row.get(0))
            .optional()?;
        if let Some(lane) = lane {
            self.cache.borrow_mut().lanes.insert(names, lane);
        }
        Ok(lane)
    }

    /// The lane of these names, stored now if it is new.
    pub(crate) fn ensure_lane(&self, project: i64, suite: i64, testbed: i64) -> Result<LaneId, StoreError> {
        let names = (project, suite, testbed);
        if let Some(lane) = self.find_lane(names)? {
            return Ok(lane);
        }
        self.connection
            .prepare_cached("INSERT INTO lanes (project, suite, testbed) VALUES (?1, ?2, ?3)")?
            .execute(names)?;
        let lane = self.connection.last_insert_rowid();
        self.cache.borrow_mut().lanes.insert(names, lane);
        Ok(lane)
    }

    /// The series of a measurement, stored now if it is new.
    pub(crate) fn series_id(&self, lane: LaneId, measurement: &Measurement) -> Result<SeriesId, StoreError> {
        let metric = &measurement.metric;
        let benchmark = self.name(&measurement.benchmark)?;
        let parameters = self.name(&parameters_text(&measurement.parameters)?)?;
        let metric_name = self.name(&metric.name)?;
        let unit = self.name(metric.unit.symbol())?;
        let key = [lane, benchmark, metric_name, parameters, unit];
        let found: Option<SeriesId> = self
            .connection
            .prepare_cached(
                "SELECT id FROM series WHERE lane = ?1 AND benchmark = ?2 AND metric = ?3 AND parameters = ?4 AND unit = ?5",
            )?
            .query_row(key, |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO series (lane, benchmark, metric, parameters, unit, direction, exact, checksum) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                lane,
                benchmark,
                metric_name,
                parameters,
                unit,
                direction_code(metric.direction),
                metric.exact,
                series_checksum(key),
            ))?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Gives the series of a layout the direction and exactness that the newest run brought.
    pub(crate) fn follow_layout(
        &self,
        lane: LaneId,
        layout: &crate::layout::Layout,
    ) -> Result<(), StoreError> {
        let newest: Option<i64> = self
            .connection
            .prepare_cached("SELECT newest_layout FROM lanes WHERE id = ?1")?
            .query_row([lane], |row| row.get(0))?;
        if newest == Some(layout.id) {
            return Ok(());
        }
        let mut update = self.connection.prepare_cached(
            "UPDATE series SET direction = ?2, exact = ?3 WHERE id = ?1 AND (direction <> ?2 OR exact <> ?3)",
        )?;
        for (series, (_, shape)) in layout.series.iter().zip(layout.shaped()) {
            update.execute((series, direction_code(shape.direction), shape.exact))?;
        }
        self.connection
            .prepare_cached("UPDATE lanes SET newest_layout = ?2 WHERE id = ?1")?
            .execute((lane, layout.id))?;
        Ok(())
    }
}

/// The checksum in a series' row: of lane, benchmark, metric, parameters and unit.
pub(crate) fn series_checksum(key: [i64; 5]) -> i32 {
    let mut bytes = Writer::default();
    key.iter().for_each(|part| bytes.signed(*part));
    checksum(Kind::Series, 0, &bytes.bytes) as i32
}
