//! Segments: runs whose points were folded into one compressed chunk for each series.

use std::sync::Arc;

use rusqlite::OptionalExtension as _;

use crate::bytes::{Kind, Reader, block, seal, unseal};
use crate::pack::{pack_floats, pack_integers, unpack_floats, unpack_integers};
use crate::{LaneId, Place, RunNumber, SeriesId, SqliteStore, StoreError};

/// No segment has more runs.
const MOST_RUNS: usize = 1 << 16;
/// A chunk that has a value for every run of its segment.
const FULL: u8 = 0;
/// A chunk that says by a bit for each run whether it has a value.
const WITH_GAPS: u8 = 1;

/// The runs of a segment, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) id: i64,
    pub(crate) runs: Vec<SegmentRun>,
}

/// What reading a series needs to know of a folded run. None of it ever changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentRun {
    pub(crate) place: Place,
    /// The name of its branch, 0 for none.
    pub(crate) branch: i64,
    /// It succeeded on a clean tree.
    pub(crate) clean: bool,
}

impl Segment {
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = block();
        out.count(self.runs.len());
        let columns: [fn(&SegmentRun) -> i64; 7] = [
            |run| run.place.number,
            |run| run.place.order,
            |run| run.place.tie,
            |run| run.place.started_us.wrapping_sub(run.place.order),
            |run| run.branch,
            |run| i64::from(run.clean),
            |run| run.place.digest,
        ];
        for column in columns {
            let values: Vec<i64> = self.runs.iter().map(column).collect();
            pack_integers(&values, &mut out);
        }
        seal(Kind::Segment, self.id, out)
    }

    pub(crate) fn read(id: i64, bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(unseal(Kind::Segment, id, bytes)?);
        let count = reader.count(MOST_RUNS)?;
        let mut column = || unpack_integers(&mut reader, count);
        let (numbers, orders, ties) = (column()?, column()?, column()?);
        let (starts, branches, clean) = (column()?, column()?, column()?);
        // The first stores kept no digests here: whoever reads takes them from the runs.
        let digests =
            if reader.rest().is_empty() { vec![0; count] } else { unpack_integers(&mut reader, count)? };
        let runs = (0..count).map(|slot| SegmentRun {
            place: Place {
                order: orders[slot],
                tie: ties[slot],
                started_us: orders[slot].wrapping_add(starts[slot]),
                digest: digests[slot],
                number: numbers[slot],
            },
            branch: branches[slot],
            clean: clean[slot] != 0,
        });
        Ok(Self { id, runs: runs.collect() })
    }

    /// Where in the segment a run stands.
    pub(crate) fn slot(&self, run: RunNumber) -> Option<usize> {
        self.runs.iter().position(|other| other.place.number == run)
    }
}

/// The key of a series' chunk in a segment. The chunks of a segment stand side by side: folding writes whole
/// pages, and a series is read with one look-up a segment.
pub(crate) fn chunk_key(segment: i64, series: SeriesId) -> i64 {
    segment << 32 | series
}

/// A chunk of `values`, NaN where a run has none; `None` when no run has one.
pub(crate) fn write_chunk(key: i64, values: &[f64]) -> Option<Vec<u8>> {
    let mut out = block();
    if !values.iter().any(|value| value.is_nan()) {
        out.byte(FULL);
        pack_floats(values, &mut out);
        return Some(seal(Kind::Chunk, key, out));
    }
    let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    if present.is_empty() {
        return None;
    }
    out.byte(WITH_GAPS);
    for group in values.chunks(8) {
        let bits = group.iter().enumerate().map(|(bit, value)| u8::from(!value.is_nan()) << bit);
        out.byte(bits.fold(0, |byte, bit| byte | bit));
    }
    pack_floats(&present, &mut out);
    Some(seal(Kind::Chunk, key, out))
}

/// Calls `each` with slot and value of a chunk whose segment has `count` runs.
pub(crate) fn read_chunk(
    key: i64,
    bytes: &[u8],
    count: usize,
    mut each: impl FnMut(usize, f64),
) -> Result<(), StoreError> {
    let mut reader = Reader::new(unseal(Kind::Chunk, key, bytes)?);
    if reader.byte()? == FULL {
        let mut slot = 0;
        return unpack_floats(&mut reader, count, |value| {
            each(slot, value);
            slot += 1;
        });
    }
    let present = reader.take(count.div_ceil(8))?;
    let mut slots = (0..count).filter(|slot| present[slot / 8] >> (slot % 8) & 1 != 0);
    let filled = slots.clone().count();
    unpack_floats(&mut reader, filled, |value| {
        if let Some(slot) = slots.next() {
            each(slot, value);
        }
    })
}

impl SqliteStore {
    /// A segment's runs.
    pub(crate) fn segment(&self, id: i64) -> Result<Arc<Segment>, StoreError> {
        if let Some(segment) = self.cache.borrow().segments.get(&id) {
            return Ok(Arc::clone(segment));
        }
        let mut segment = self
            .connection
            .prepare_cached("SELECT block FROM segments WHERE id = ?1")?
            .query_row([id], |row| Ok(Segment::read(id, row.get_ref(0)?.as_blob()?)))
            .optional()?
            .ok_or_else(|| StoreError::damaged(format!("segment {id} is missing")))??;
        if segment.runs.iter().all(|run| run.place.digest == 0) {
            self.add_digests(&mut segment)?;
        }
        let segment = Arc::new(segment);
        self.cache.borrow_mut().segments.insert(id, Arc::clone(&segment));
        Ok(segment)
    }

    /// Without its digest a run would stand before itself: what it measured would be part of what it is held against.
    fn add_digests(&self, segment: &mut Segment) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT digest FROM runs WHERE number = ?1")?;
        for run in &mut segment.runs {
            let digest = statement.query_row([run.place.number], |row| row.get(0)).optional()?;
            // That a run is missing is for `check` to say.
            run.place.digest = digest.unwrap_or(0);
        }
        Ok(())
    }

    /// The finished segments of a lane with the order of the last commit in each, latest first.
    pub(crate) fn segments_of(&self, lane: LaneId) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, last_place FROM segments WHERE lane = ?1 \
             AND id IS NOT (SELECT open_segment FROM lanes WHERE lanes.id = ?1) ORDER BY last_place DESC",
        )?;
        let rows = statement.query_map([lane], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeriesFilter;
    use crate::store::tests::run;

    /// The segment as the first stores wrote it.
    fn without_digests(segment: &Segment) -> Vec<u8> {
        let mut out = block();
        out.count(segment.runs.len());
        let columns: [fn(&SegmentRun) -> i64; 6] = [
            |run| run.place.number,
            |run| run.place.order,
            |run| run.place.tie,
            |run| run.place.started_us - run.place.order,
            |run| run.branch,
            |run| i64::from(run.clean),
        ];
        for column in columns {
            pack_integers(&segment.runs.iter().map(column).collect::<Vec<_>>(), &mut out);
        }
        seal(Kind::Segment, segment.id, out)
    }

    #[test]
    fn no_run_of_an_old_segment_stands_before_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let mut store = SqliteStore::open(&path).unwrap();
        for number in 1..300 {
            store.append(&run(number, 1)).unwrap();
        }
        let lane = store.lane("p", "s", "t").unwrap().unwrap();
        let segments = store.segments_of(lane).unwrap();
        assert!(!segments.is_empty());
        let mut places = Vec::new();
        for (id, _) in segments {
            let segment = store.segment(id).unwrap();
            places.extend(segment.runs.iter().map(|run| run.place));
            let update = "UPDATE segments SET block = ?2 WHERE id = ?1";
            store.connection.execute(update, (id, without_digests(&segment))).unwrap();
        }
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        for place in places {
            let filter = SeriesFilter { before: Some(place), last: Some(1), ..SeriesFilter::default() };
            let points = store.read_series(1, &filter).unwrap();
            assert!(points.iter().all(|point| point.place.number < place.number), "{place:?}");
        }
        assert!(store.check(|_, _| {}).unwrap().is_sound());
    }

    #[test]
    fn a_segment_without_digests_is_read_too() {
        let place = Place { order: 7, tie: 2, started_us: 9, digest: 0, number: 3 };
        let segment = Segment { id: 1, runs: vec![SegmentRun { place, branch: 4, clean: true }] };
        assert_eq!(Segment::read(1, &without_digests(&segment)).unwrap(), segment);
        assert_eq!(Segment::read(1, &segment.write()).unwrap(), segment);
    }
}
