//! What the runs of a suite have in common: which series they measure, in which order, and how.
//!
//! A run of a thousand measurements repeats a thousand names. They are written once as a *layout*; a run then
//! is a layout and its numbers. A run whose names were seen before is recognised by the digest of all of them,
//! and no series has to be looked up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plimsoll_model::{Direction, Measurement, Name, Outcome, Run, Target};
use rusqlite::OptionalExtension as _;

use crate::bytes::{Kind, Reader, Writer, block, seal, unseal};
use crate::target_block::{read_target, write_target};
use crate::{LaneId, SeriesId, SqliteStore, StoreError};

/// What the runs of a suite have in common.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) id: i64,
    /// The series of every measurement, in the run's order.
    pub(crate) series: Vec<SeriesId>,
    /// The series of those measurements whose value is a point; the others stand aside.
    pub(crate) points: Vec<SeriesId>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) shapes: Vec<Shape>,
}

/// What one measurement has besides its numbers and its series.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// Which of the layout's shapes it has.
    pub(crate) shape: usize,
    /// Its value is no point: the benchmark failed, or the run has measured the same series already.
    pub(crate) aside: bool,
    pub(crate) target: Option<Box<Target>>,
}

/// What many measurements of a layout share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub(crate) harness: Name,
    pub(crate) statistic: Name,
    pub(crate) outcome: Outcome,
    pub(crate) direction: Direction,
    pub(crate) exact: bool,
    pub(crate) has_interval: bool,
    pub(crate) has_iterations: bool,
    pub(crate) estimates: Vec<Name>,
    pub(crate) items: Vec<Name>,
}

impl Shape {
    fn of(measurement: &Measurement) -> Self {
        Self {
            harness: measurement.harness.clone(),
            statistic: measurement.statistic.clone(),
            outcome: measurement.outcome,
            direction: measurement.metric.direction,
            exact: measurement.metric.exact,
            has_interval: measurement.interval.is_some(),
            has_iterations: measurement.iterations.count().is_some(),
            estimates: measurement.estimates.names().cloned().collect(),
            items: measurement.items.names().cloned().collect(),
        }
    }

    fn write(&self, out: &mut Writer) {
        out.text(&self.harness);
        out.text(&self.statistic);
        out.byte(outcome_code(self.outcome) as u8);
        out.byte(direction_code(self.direction) as u8);
        out.byte(
            u8::from(self.exact) | u8::from(self.has_interval) << 1 | u8::from(self.has_iterations) << 2,
        );
        for names in [&self.estimates, &self.items] {
            out.count(names.len());
            names.iter().for_each(|name| out.text(name));
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, StoreError> {
        let harness = reader.text()?.into();
        let statistic = reader.text()?.into();
        let outcome = outcome_of(i64::from(reader.byte()?))?;
        let direction = direction_of(i64::from(reader.byte()?))?;
        let flags = reader.byte()?;
        let mut names = || -> Result<Vec<Name>, StoreError> {
            let count = reader.count(MOST_NAMES)?;
            (0..count).map(|_| Ok(reader.text()?.into())).collect()
        };
        Ok(Self {
            harness,
            statistic,
            outcome,
            direction,
            exact: flags & 1 != 0,
            has_interval: flags & 2 != 0,
            has_iterations: flags & 4 != 0,
            estimates: names()?,
            items: names()?,
        })
    }
}

/// No measurement has more names of estimates; a damaged count must not reserve the memory of the machine.
const MOST_NAMES: usize = 1 << 20;
/// No run has more measurements.
const MOST_ENTRIES: usize = 1 << 24;

/// Everything of a run that its layout says: equal layouts have equal bytes.
pub(crate) fn describe(run: &Run) -> Writer {
    let mut out = Writer::default();
    out.bytes.reserve(run.measurements.len() * 96);
    for measurement in &run.measurements {
        let metric = &measurement.metric;
        out.text(&measurement.benchmark);
        out.count(measurement.parameters.len());
        for (name, value) in &measurement.parameters {
            out.text(name);
            out.text(value);
        }
        out.text(&metric.name);
        out.text(metric.unit.symbol());
        out.text(&measurement.harness);
        out.text(&measurement.statistic);
        out.byte(outcome_code(measurement.outcome) as u8);
        out.byte(direction_code(metric.direction) as u8);
        out.byte(
            u8::from(metric.exact)
                | u8::from(measurement.interval.is_some()) << 1
                | u8::from(measurement.iterations.count().is_some()) << 2
                | u8::from(measurement.target.is_some()) << 3,
        );
        for names in [&measurement.estimates, &measurement.items] {
            out.count(names.len());
            names.names().for_each(|name| out.text(name));
        }
        if let Some(target) = &measurement.target {
            write_target(target, &mut out);
        }
    }
    out
}

impl SqliteStore {
    /// The layout of a run, stored now if it is new. `digest` is that of [`describe`].
    pub(crate) fn layout_of(&self, lane: LaneId, run: &Run, digest: u128) -> Result<Arc<Layout>, StoreError> {
        if let Some(layout) = self.cache.borrow().layouts_by_digest.get(&(lane, digest)) {
            return Ok(Arc::clone(layout));
        }
        let found: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM layouts WHERE lane = ?1 AND digest = ?2")?
            .query_row((lane, &digest.to_be_bytes()[..]), |row| row.get(0))
            .optional()?;
        let layout = match found {
            Some(id) => self.layout(id)?,
            None => self.store_layout(lane, run, digest)?,
        };
        let mut cache = self.cache.borrow_mut();
        cache.layouts_by_digest.insert((lane, digest), Arc::clone(&layout));
        Ok(layout)
    }

    /// A stored layout.
    pub(crate) fn layout(&self, id: i64) -> Result<Arc<Layout>, StoreError> {
        if let Some(layout) = self.cache.borrow().layouts.get(&id) {
            return Ok(Arc::clone(layout));
        }
        let layout = self
            .connection
            .prepare_cached("SELECT block FROM layouts WHERE id = ?1")?
            .query_row([id], |row| Ok(read_layout(id, row.get_ref(0)?.as_blob()?)))
            .optional()?
            .ok_or_else(|| StoreError::damaged(format!("layout {id} is missing")))??;
        let layout = Arc::new(layout);
        self.cache.borrow_mut().layouts.insert(id, Arc::clone(&layout));
        Ok(layout)
    }

    fn store_layout(&self, lane: LaneId, run: &Run, digest: u128) -> Result<Arc<Layout>, StoreError> {
        let mut series = Vec::with_capacity(run.measurements.len());
        let mut entries = Vec::with_capacity(run.measurements.len());
        let mut shapes = Vec::new();
        let mut known_shapes = HashMap::new();
        let mut seen = HashSet::new();
        for measurement in &run.measurements {
            let id = self.series_id(lane, measurement)?;
            let shape = *known_shapes.entry(Shape::of(measurement)).or_insert_with_key(|shape| {
                shapes.push(shape.clone());
                shapes.len() - 1
            });
            series.push(id);
            entries.push(Entry {
                shape,
                aside: measurement.outcome != Outcome::Success || !seen.insert(id),
                target: measurement.target.clone(),
            });
        }
        let id: i64 = self
            .connection
            .prepare_cached("SELECT COALESCE(MAX(id), 0) + 1 FROM layouts")?
            .query_row([], |row| row.get(0))?;
        let layout = Layout::new(id, series, entries, shapes);
        self.connection
            .prepare_cached("INSERT INTO layouts (id, lane, digest, block) VALUES (?1, ?2, ?3, ?4)")?
            .execute((id, lane, &digest.to_be_bytes()[..], write_layout(&layout)))?;
        let layout = Arc::new(layout);
        self.cache.borrow_mut().layouts.insert(id, Arc::clone(&layout));
        Ok(layout)
    }
}

impl Layout {
    fn new(id: i64, series: Vec<SeriesId>, entries: Vec<Entry>, shapes: Vec<Shape>) -> Self {
        let points = series
            .iter()
            .zip(&entries)
            .filter(|(_, entry)| !entry.aside)
            .map(|(series, _)| *series)
            .collect();
        Self { id, series, points, entries, shapes }
    }

    /// Each measurement with its shape, in the run's order.
    pub(crate) fn shaped(&self) -> impl Iterator<Item = (&Entry, &Shape)> {
        self.entries.iter().map(|entry| (entry, &self.shapes[entry.shape]))
    }
}

fn write_layout(layout: &Layout) -> Vec<u8> {
    let mut out = block();
    out.count(layout.shapes.len());
    layout.shapes.iter().for_each(|shape| shape.write(&mut out));
    out.count(layout.entries.len());
    let mut previous = 0;
    for (series, entry) in layout.series.iter().zip(&layout.entries) {
        out.signed(series - previous);
        previous = *series;
        out.number(
            (entry.shape as u64) << 2 | u64::from(entry.target.is_some()) << 1 | u64::from(entry.aside),
        );
        if let Some(target) = &entry.target {
            write_target(target, &mut out);
        }
    }
    seal(Kind::Layout, layout.id, out)
}

fn read_layout(id: i64, bytes: &[u8]) -> Result<Layout, StoreError> {
    let mut reader = Reader::new(unseal(Kind::Layout, id, bytes)?);
    let count = reader.count(MOST_ENTRIES)?;
    let shapes = (0..count).map(|_| Shape::read(&mut reader)).collect::<Result<Vec<_>, _>>()?;
    let count = reader.count(MOST_ENTRIES)?;
    let mut series = Vec::new();
    let mut entries = Vec::new();
    let mut previous = 0_i64;
    for _ in 0..count {
        previous = previous.wrapping_add(reader.signed()?);
        series.push(previous);
        let code = reader.number()?;
        let shape = usize::try_from(code >> 2)
            .ok()
            .filter(|shape| *shape < shapes.len())
            .ok_or_else(|| StoreError::damaged(format!("layout {id} has an entry without a shape")))?;
        entries.push(Entry {
            shape,
            aside: code & 1 != 0,
            target: if code & 2 != 0 { Some(Box::new(read_target(&mut reader)?)) } else { None },
        });
    }
    Ok(Layout::new(id, series, entries, shapes))
}

/// How an outcome is stored.
pub(crate) fn outcome_code(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Success => 0,
        Outcome::Failed => 1,
        Outcome::TimedOut => 2,
    }
}

/// The inverse of [`outcome_code`].
pub(crate) fn outcome_of(code: i64) -> Result<Outcome, StoreError> {
    match code {
        0 => Ok(Outcome::Success),
        1 => Ok(Outcome::Failed),
        2 => Ok(Outcome::TimedOut),
        _ => Err(StoreError::damaged("an outcome is unknown")),
    }
}

/// How a direction is stored.
pub(crate) fn direction_code(direction: Direction) -> i64 {
    match direction {
        Direction::None => 0,
        Direction::Lower => 1,
        Direction::Higher => 2,
    }
}

/// The inverse of [`direction_code`].
pub(crate) fn direction_of(code: i64) -> Result<Direction, StoreError> {
    match code {
        0 => Ok(Direction::None),
        1 => Ok(Direction::Lower),
        2 => Ok(Direction::Higher),
        _ => Err(StoreError::damaged("a direction is unknown")),
    }
}
