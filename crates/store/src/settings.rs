//! What people decided about a project: accepted baselines and targets.

use jiff::Timestamp;
use plimsoll_model::{SeriesKey, Target};
use rusqlite::OptionalExtension as _;

use crate::alerts::time_of;
use crate::bytes::{Reader, Writer};
use crate::ledger::{BASELINE_MARKS, TARGETS};
use crate::names::{parameters_text, read_parameters};
use crate::target_block::{read_target, write_target};
use crate::{Place, RunFilter, RunNumber, SqliteStore, StoreError};

/// "This is the new normal": baselines of the branch start anew at a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineMark {
    /// The branch.
    pub branch: String,
    /// Its number among those of the branch.
    pub step: i64,
    /// The series; all series of the project when absent.
    pub series: Option<SeriesKey>,
    /// The first run of the new normal.
    pub run: RunNumber,
    /// Where that run stands.
    pub place: Place,
    /// Why.
    pub note: String,
    /// Who said so.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl SqliteStore {
    /// Declares a run the start of a new normal, for one series or for all.
    #[expect(clippy::too_many_arguments, reason = "each is a word of the sentence that is recorded")]
    pub fn accept_baseline(
        &mut self,
        project: &str,
        branch: &str,
        series: Option<&SeriesKey>,
        run: RunNumber,
        note: &str,
        by: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|store| {
            store.read_run(run)?;
            let part = |text: Option<&str>| text.map(|text| store.name(text)).transpose();
            let parameters = series.map(|key| parameters_text(&key.parameters)).transpose()?;
            let (project, branch) = (store.name(project)?, store.name(branch)?);
            let step: i64 = store
                .connection
                .prepare_cached(
                    "INSERT INTO baseline_marks (project, branch, step, suite, testbed, benchmark, parameters, metric, run, \
                     note, by, at) VALUES (?1, ?2, (SELECT COALESCE(MAX(step), 0) + 1 FROM baseline_marks \
                     WHERE project = ?1 AND branch = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING step",
                )?
                .query_row(rusqlite::params![
                    project,
                    branch,
                    part(series.map(|key| key.suite.as_str()))?,
                    part(series.map(|key| key.testbed.as_str()))?,
                    part(series.map(|key| key.benchmark.as_str()))?,
                    part(parameters.as_deref())?,
                    part(series.map(|key| key.metric.as_str()))?,
                    run,
                    note,
                    by,
                    now.as_microsecond(),
                ], |row| row.get(0))?;
            store.seal(BASELINE_MARKS, (project, branch, step))
        })
    }

    /// What was accepted as the new normal of a branch, oldest first.
    pub fn baseline_marks(&self, project: &str, branch: &str) -> Result<Vec<BaselineMark>, StoreError> {
        self.snapshot(|| {
            let (Some(project), Some(branch)) = (self.find_name(project)?, self.find_name(branch)?) else {
                return Ok(Vec::new());
            };
            self.select_marks(project, Some(branch))
        })
    }

    /// What was accepted on all branches of a project, by branch, oldest first.
    pub fn all_baseline_marks(&self, project: &str) -> Result<Vec<BaselineMark>, StoreError> {
        self.snapshot(|| match self.find_name(project)? {
            Some(project) => self.select_marks(project, None),
            None => Ok(Vec::new()),
        })
    }

    fn select_marks(&self, project: i64, branch: Option<i64>) -> Result<Vec<BaselineMark>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT m.run, m.note, m.by, m.at, r.place, r.tie, r.started_us, suite.text, testbed.text, benchmark.text, \
             parameters.text, metric.text, r.digest, branch.text, m.step \
             FROM baseline_marks m JOIN runs r ON r.number = m.run JOIN names branch ON branch.id = m.branch \
             LEFT JOIN names suite ON suite.id = m.suite LEFT JOIN names testbed ON testbed.id = m.testbed \
             LEFT JOIN names benchmark ON benchmark.id = m.benchmark \
             LEFT JOIN names parameters ON parameters.id = m.parameters \
             LEFT JOIN names metric ON metric.id = m.metric \
             WHERE m.project = ?1 AND (?2 IS NULL OR m.branch = ?2) ORDER BY m.branch, m.step",
        )?;
        let mut rows = statement.query((project, branch))?;
        let mut marks = Vec::new();
        while let Some(row) = rows.next()? {
            let series = match row.get::<_, Option<String>>(7)? {
                None => None,
                Some(suite) => Some(SeriesKey {
                    suite,
                    testbed: row.get(8)?,
                    benchmark: row.get(9)?,
                    parameters: read_parameters(&row.get::<_, String>(10)?)?,
                    metric: row.get(11)?,
                }),
            };
            let run = row.get(0)?;
            marks.push(BaselineMark {
                branch: row.get(13)?,
                step: row.get(14)?,
                series,
                run,
                place: Place {
                    order: row.get(4)?,
                    tie: row.get(5)?,
                    started_us: row.get(6)?,
                    digest: row.get(12)?,
                    number: run,
                },
                note: row.get(1)?,
                by: row.get(2)?,
                at: time_of(row.get(3)?)?,
            });
        }
        Ok(marks)
    }

    /// Takes back what was accepted: as if nobody had said so. All of `marks` or, where that fails, none.
    pub fn withdraw_baselines(&mut self, project: &str, marks: &[BaselineMark]) -> Result<(), StoreError> {
        self.write(|store| {
            let Some(project) = store.find_name(project)? else {
                return Ok(());
            };
            for mark in marks {
                let branch = store.find_name(&mark.branch)?;
                store
                    .connection
                    .prepare_cached(
                        "DELETE FROM baseline_marks WHERE project = ?1 AND branch = ?2 AND step = ?3",
                    )?
                    .execute((project, branch, mark.step))?;
            }
            Ok(())
        })
    }

    /// Sets a target of a project, in place of the one of the same id. A target without an id goes by
    /// `benchmark#metric`; the id it is kept under is returned.
    pub fn set_target(&mut self, project: &str, target: &Target) -> Result<String, StoreError> {
        let id = match &target.id {
            Some(id) => id.clone(),
            None => format!("{}#{}", target.benchmark, target.metric),
        };
        let mut block = Writer::default();
        write_target(target, &mut block);
        self.write(|store| {
            let project = store.name(project)?;
            store
                .connection
                .prepare_cached("INSERT OR REPLACE INTO targets (project, id, block) VALUES (?1, ?2, ?3)")?
                .execute((project, &id, &block.bytes))?;
            store.seal(TARGETS, (project, &id))
        })?;
        Ok(id)
    }

    /// Removes a target by the id it is kept under; tells whether there was one.
    pub fn remove_target(&mut self, project: &str, id: &str) -> Result<bool, StoreError> {
        self.write(|store| {
            let Some(project) = store.find_name(project)? else {
                return Ok(false);
            };
            let removed = store
                .connection
                .prepare_cached("DELETE FROM targets WHERE project = ?1 AND id = ?2")?
                .execute((project, id))?;
            Ok(removed > 0)
        })
    }

    /// The targets of a project with the ids they are kept under, by id.
    pub fn targets(&self, project: &str) -> Result<Vec<(String, Target)>, StoreError> {
        self.snapshot(|| {
            let Some(project) = self.find_name(project)? else {
                return Ok(Vec::new());
            };
            let mut statement = self
                .connection
                .prepare_cached("SELECT id, block FROM targets WHERE project = ?1 ORDER BY id")?;
            let mut rows = statement.query([project])?;
            let mut targets = Vec::new();
            while let Some(row) = rows.next()? {
                let block = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                targets.push((row.get(0)?, read_target(&mut Reader::new(block))?));
            }
            Ok(targets)
        })
    }

    /// The newest run of a lane in commit order that may enter a baseline.
    pub fn good_run(&self, lane: i64) -> Result<Option<RunNumber>, StoreError> {
        self.snapshot(|| {
            let filter =
                RunFilter { eligible_only: true, newest_first: true, limit: Some(1), ..RunFilter::default() };
            Ok(self.places(lane, &filter)?.first().map(|place| place.number))
        })
    }

    /// The newest run of a lane in commit order, whatever became of it.
    pub fn newest_run(&self, lane: i64) -> Result<Option<RunNumber>, StoreError> {
        self.snapshot(|| {
            Ok(self
                .connection
                .prepare_cached(
                    "SELECT number FROM runs WHERE lane = ?1 \
                     ORDER BY place DESC, tie DESC, started_us DESC, digest DESC, number DESC LIMIT 1",
                )?
                .query_row([lane], |row| row.get(0))
                .optional()?)
        })
    }
}
