//! The numbers of a run's measurements: the points that are read all the time, and the rest that is not.

use plimsoll_model::{Interval, Measurement, Name, NamedNumbers, Run};

use crate::RunNumber;
use crate::StoreError;
use crate::bytes::{Kind, Reader, Writer, block, seal, unseal};
use crate::layout::Layout;
use crate::pack::{pack_floats, pack_integers, unpack_floats, unpack_integers};

/// No measurement has more samples; a damaged count must not reserve the memory of the machine.
const MOST_SAMPLES: usize = 1 << 24;

/// The values of the points of a run, each in eight bytes: read at the speed of memory.
pub(crate) fn write_points(run: RunNumber, layout: &Layout, measurements: &[Measurement]) -> Vec<u8> {
    let mut out = block();
    out.bytes.reserve(layout.points.len() * 8 + 4);
    out.signed(layout.id);
    for (measurement, entry) in measurements.iter().zip(&layout.entries) {
        if !entry.aside {
            out.float(measurement.value);
        }
    }
    seal(Kind::Fresh, run, out)
}

/// The layout of a block of points, and the values as bytes.
pub(crate) fn read_points(run: RunNumber, bytes: &[u8]) -> Result<(i64, &[[u8; 8]]), StoreError> {
    let body = unseal(Kind::Fresh, run, bytes)?;
    let mut reader = Reader::new(body);
    let layout = reader.signed()?;
    let (values, rest) = reader.rest().as_chunks::<8>();
    if !rest.is_empty() {
        return Err(StoreError::damaged(format!("the points of run {run} are cut short")));
    }
    Ok((layout, values))
}

/// Everything numerical but points and samples; `None` when there is nothing.
pub(crate) fn write_details(
    run: RunNumber,
    layout: &Layout,
    measurements: &[Measurement],
) -> Option<Vec<u8>> {
    let mut asides = Vec::new();
    let mut intervals = [const { Vec::new() }; 3];
    let mut iterations = Vec::new();
    let mut estimates = Vec::new();
    let mut items = Vec::new();
    for (measurement, entry) in measurements.iter().zip(&layout.entries) {
        if entry.aside {
            asides.push(measurement.value);
        }
        if let Some(interval) = measurement.interval {
            intervals[0].push(interval.low);
            intervals[1].push(interval.high);
            intervals[2].push(interval.level);
        }
        iterations.extend(measurement.iterations.count().map(|count| count as i64));
        estimates.extend(measurement.estimates.values());
        items.extend(measurement.items.values());
    }
    let floats = [&asides, &intervals[0], &intervals[1], &intervals[2], &estimates, &items];
    if iterations.is_empty() && floats.iter().all(|column| column.is_empty()) {
        return None;
    }
    let mut out = block();
    floats.iter().for_each(|column| pack_floats(column, &mut out));
    pack_integers(&iterations, &mut out);
    Some(seal(Kind::Detail, run, out))
}

/// All samples; `None` when there are none. Each measurement's can be passed over without reading them.
pub(crate) fn write_samples(run: RunNumber, measurements: &[Measurement]) -> Option<Vec<u8>> {
    if measurements.iter().all(|measurement| measurement.samples.is_empty()) {
        return None;
    }
    let mut out = block();
    let mut packed = Writer::default();
    for measurement in measurements {
        out.count(measurement.samples.len());
        if !measurement.samples.is_empty() {
            packed.bytes.clear();
            pack_floats(&measurement.samples, &mut packed);
            out.count(packed.bytes.len());
            out.bytes.extend_from_slice(&packed.bytes);
        }
    }
    Some(seal(Kind::Samples, run, out))
}

/// Calls `each` with the place and the samples of every measurement that has some and that `wanted` names.
pub(crate) fn read_samples(
    run: RunNumber,
    bytes: &[u8],
    measurements: usize,
    wanted: impl Fn(usize) -> bool,
    mut each: impl FnMut(usize, Vec<f64>),
) -> Result<(), StoreError> {
    let mut reader = Reader::new(unseal(Kind::Samples, run, bytes)?);
    for place in 0..measurements {
        let count = reader.count(MOST_SAMPLES)?;
        if count == 0 {
            continue;
        }
        let len = reader.count(bytes.len())?;
        let packed = reader.take(len)?;
        if wanted(place) {
            let mut samples = Vec::new();
            unpack_floats(&mut Reader::new(packed), count, |sample| samples.push(sample))?;
            each(place, samples);
        }
    }
    Ok(())
}

/// The details of a run, taken out measurement by measurement in the run's order.
pub(crate) struct Details {
    asides: std::vec::IntoIter<f64>,
    lows: std::vec::IntoIter<f64>,
    highs: std::vec::IntoIter<f64>,
    levels: std::vec::IntoIter<f64>,
    estimates: std::vec::IntoIter<f64>,
    items: std::vec::IntoIter<f64>,
    iterations: std::vec::IntoIter<i64>,
}

impl Details {
    /// Reads the block that [`write_details`] wrote for a run of this layout.
    pub(crate) fn read(run: RunNumber, bytes: Option<&[u8]>, layout: &Layout) -> Result<Self, StoreError> {
        let mut counts = [0_usize; 5];
        for (entry, shape) in layout.shaped() {
            counts[0] += usize::from(entry.aside);
            counts[1] += usize::from(shape.has_interval);
            counts[2] += shape.estimates.len();
            counts[3] += shape.items.len();
            counts[4] += usize::from(shape.has_iterations);
        }
        let body = match bytes {
            Some(bytes) => unseal(Kind::Detail, run, bytes)?,
            None => &[],
        };
        let mut reader = Reader::new(body);
        let mut column = |count: usize| -> Result<std::vec::IntoIter<f64>, StoreError> {
            let mut values = Vec::new();
            unpack_floats(&mut reader, count, |value| values.push(value))?;
            Ok(values.into_iter())
        };
        Ok(Self {
            asides: column(counts[0])?,
            lows: column(counts[1])?,
            highs: column(counts[1])?,
            levels: column(counts[1])?,
            estimates: column(counts[2])?,
            items: column(counts[3])?,
            iterations: unpack_integers(&mut reader, counts[4])?.into_iter(),
        })
    }

    /// The value of the next measurement that stands aside.
    pub(crate) fn aside(&mut self) -> Result<f64, StoreError> {
        next(&mut self.asides)
    }

    /// The interval of the next measurement that has one.
    pub(crate) fn interval(&mut self) -> Result<Interval, StoreError> {
        Ok(Interval {
            low: next(&mut self.lows)?,
            high: next(&mut self.highs)?,
            level: next(&mut self.levels)?,
        })
    }

    /// The iterations of the next measurement that has them.
    pub(crate) fn iterations(&mut self) -> Result<u64, StoreError> {
        Ok(next(&mut self.iterations)? as u64)
    }

    /// The next estimates under these names.
    pub(crate) fn estimates(&mut self, names: &[Name]) -> Result<NamedNumbers, StoreError> {
        named(&mut self.estimates, names)
    }

    /// The next item counts under these names.
    pub(crate) fn items(&mut self, names: &[Name]) -> Result<NamedNumbers, StoreError> {
        named(&mut self.items, names)
    }
}

fn next<T>(column: &mut std::vec::IntoIter<T>) -> Result<T, StoreError> {
    column.next().ok_or_else(|| StoreError::damaged("the details of a run are cut short"))
}

fn named(column: &mut std::vec::IntoIter<f64>, names: &[Name]) -> Result<NamedNumbers, StoreError> {
    names.iter().map(|name| Ok((name.clone(), next(column)?))).collect()
}

/// Every number of a run, for the digest of its content.
pub(crate) fn all_numbers(run: &Run, out: &mut Writer) {
    for measurement in &run.measurements {
        out.float(measurement.value);
        if let Some(interval) = measurement.interval {
            [interval.low, interval.high, interval.level].iter().for_each(|end| out.float(*end));
        }
        if let Some(iterations) = measurement.iterations.count() {
            out.number(iterations);
        }
        measurement.estimates.values().for_each(|value| out.float(value));
        measurement.items.values().for_each(|value| out.float(value));
        out.count(measurement.samples.len());
        measurement.samples.iter().for_each(|value| out.float(*value));
    }
}
