//! The series of a suite in one piece of memory: their names and numbers, and some ten bytes besides.
//!
//! A program keeps them as long as it runs and asks for a few: as objects they would take four times as much.

use crate::last_run::{Baseline, Series, SeriesTarget};
use crate::measured::{Direction, Severity};

/// Room for as many series as a summary has usually. What is not written to takes no memory.
const USUAL_BYTES: usize = 64 * 1024;

/// Series, in the order in which they were added.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct PackedSeries {
    places: Vec<Place>,
    bytes: Vec<u8>,
}

/// Where a series stands.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    /// Of its key, so that few others are looked at when one is sought.
    digest: u32,
    start: u32,
}

/// What is there, of what may be missing. The two lowest bits are the direction, the next three the severity.
const HAS_BASELINE: u8 = 1 << 5;
const HAS_WARN: u8 = 1 << 6;
const HAS_ERROR: u8 = 1 << 7;
const SEVERITY_SHIFT: u32 = 2;
/// Of a target.
const HAS_TARGET: u8 = 1;
const HAS_ID: u8 = 1 << 1;
const HAS_MAX: u8 = 1 << 2;
const HAS_MIN: u8 = 1 << 3;
const HAS_PER: u8 = 1 << 4;
/// The newest value of a trend is the series' own, and not written again.
const ENDS_IN_VALUE: u8 = 1 << 7;

const DIRECTIONS: [Direction; 3] = [Direction::Lower, Direction::Higher, Direction::None];
const SEVERITIES: [Severity; 4] = [Severity::Info, Severity::Warning, Severity::Error, Severity::Critical];

impl PackedSeries {
    /// Makes room for this many.
    pub(crate) fn with_room_for(series: usize) -> Self {
        Self { places: Vec::with_capacity(series), bytes: Vec::with_capacity(USUAL_BYTES) }
    }

    /// Gives back the room that was not needed.
    pub(crate) fn shrink(&mut self) {
        self.places.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Adds one, whose parameters are sorted.
    pub(crate) fn push(&mut self, series: &Series) {
        // A line of the summary has a few hundred kilobytes at most.
        let Ok(start) = u32::try_from(self.bytes.len()) else { return };
        let bytes = &mut self.bytes;
        write_key(bytes, &series.benchmark, &series.metric, &series.parameters);
        let digest = digest(bytes.get(start as usize..).unwrap_or_default());
        write_text(bytes, &series.unit);
        let direction = DIRECTIONS.iter().position(|one| *one == series.direction).unwrap_or(0) as u8;
        let severity =
            series.severity.and_then(|severity| SEVERITIES.iter().position(|one| *one == severity));
        let severity = severity.map_or(0, |place| place as u8 + 1) << SEVERITY_SHIFT;
        let optional = flag(HAS_BASELINE, series.baseline.is_some())
            | flag(HAS_WARN, series.warn_beyond.is_some())
            | flag(HAS_ERROR, series.error_beyond.is_some());
        bytes.push(direction | severity | optional);
        write_number(bytes, series.value);
        if let Some(Baseline { center, spread, runs }) = series.baseline {
            write_number(bytes, center);
            write_number(bytes, spread);
            write_integer(bytes, runs);
        }
        for limit in [series.warn_beyond, series.error_beyond].into_iter().flatten() {
            write_number(bytes, limit);
        }
        write_target(bytes, series.target.as_ref());
        write_trend(bytes, &series.trend, series.value);
        self.places.push(Place { digest, start });
    }

    /// One by its number.
    pub(crate) fn get(&self, number: usize) -> Option<Series> {
        self.places.get(number).and_then(|place| self.unpacked(*place))
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Series> {
        self.places.iter().filter_map(|place| self.unpacked(*place))
    }

    /// The series of this key, whose parameters come in any order.
    pub(crate) fn find(
        &self,
        benchmark: &str,
        metric: &str,
        parameters: &[(String, String)],
    ) -> Option<Series> {
        let mut sorted = parameters.to_vec();
        sorted.sort();
        let mut key = Vec::new();
        write_key(&mut key, benchmark, metric, &sorted);
        let digest = digest(&key);
        let has_digest = self.places.iter().filter(|place| place.digest == digest);
        // A key tells its own length: what begins like it has the same.
        let found = has_digest.copied().find(|place| self.behind(*place).starts_with(&key))?;
        self.unpacked(found)
    }

    fn behind(&self, place: Place) -> &[u8] {
        self.bytes.get(place.start as usize..).unwrap_or_default()
    }

    fn unpacked(&self, place: Place) -> Option<Series> {
        let mut reader = Reader(self.behind(place));
        let (benchmark, metric) = (reader.text()?, reader.text()?);
        let count = reader.integer()?;
        let parameters: Option<Vec<(String, String)>> =
            (0..count).map(|_| Some((reader.text()?, reader.text()?))).collect();
        let unit = reader.text()?;
        let flags = reader.byte()?;
        let value = reader.number()?;
        let baseline = match flags & HAS_BASELINE {
            0 => None,
            _ => {
                Some(Baseline { center: reader.number()?, spread: reader.number()?, runs: reader.integer()? })
            }
        };
        Some(Series {
            benchmark,
            parameters: parameters?,
            metric,
            unit,
            direction: *DIRECTIONS.get(usize::from(flags & 0b11))?,
            value,
            severity: usize::from(flags >> SEVERITY_SHIFT & 0b111)
                .checked_sub(1)
                .and_then(|place| SEVERITIES.get(place).copied()),
            baseline,
            warn_beyond: reader.number_if(flags & HAS_WARN)?,
            error_beyond: reader.number_if(flags & HAS_ERROR)?,
            target: reader.target()?,
            trend: reader.trend(value)?,
        })
    }
}

fn flag(flag: u8, is_set: bool) -> u8 {
    if is_set { flag } else { 0 }
}

fn write_key(bytes: &mut Vec<u8>, benchmark: &str, metric: &str, parameters: &[(String, String)]) {
    write_text(bytes, benchmark);
    write_text(bytes, metric);
    write_integer(bytes, parameters.len() as u64);
    for (name, value) in parameters {
        write_text(bytes, name);
        write_text(bytes, value);
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_integer(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn write_number(bytes: &mut Vec<u8>, number: f64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn write_integer(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn write_target(bytes: &mut Vec<u8>, target: Option<&SeriesTarget>) {
    let Some(SeriesTarget { id, max, min, per }) = target else {
        return bytes.push(0);
    };
    bytes.push(
        HAS_TARGET
            | flag(HAS_ID, id.is_some())
            | flag(HAS_MAX, max.is_some())
            | flag(HAS_MIN, min.is_some())
            | flag(HAS_PER, per.is_some()),
    );
    for limit in [max, min].into_iter().flatten() {
        write_number(bytes, *limit);
    }
    for text in [id, per].into_iter().flatten() {
        write_text(bytes, text);
    }
}

fn write_trend(bytes: &mut Vec<u8>, trend: &[f64], value: f64) {
    let (earlier, ending) = match trend.split_last() {
        Some((last, earlier)) if last.to_bits() == value.to_bits() => (earlier, ENDS_IN_VALUE),
        _ => (trend, 0),
    };
    // It has eight values at most.
    bytes.push(earlier.len() as u8 | ending);
    for value in earlier {
        write_number(bytes, *value);
    }
}

/// Mixes the bytes of a key (FNV-1a, by Fowler, Noll and Vo).
fn digest(key: &[u8]) -> u32 {
    key.iter().fold(0x811c_9dc5, |digest, byte| (digest ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// What was written, from its beginning on.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(f64::from_le_bytes(*bytes))
    }

    /// A number where there is one.
    fn number_if(&mut self, is_there: u8) -> Option<Option<f64>> {
        if is_there == 0 { Some(None) } else { self.number().map(Some) }
    }

    fn integer(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.integer()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }

    fn text_if(&mut self, is_there: u8) -> Option<Option<String>> {
        if is_there == 0 { Some(None) } else { self.text().map(Some) }
    }

    fn target(&mut self) -> Option<Option<SeriesTarget>> {
        let flags = self.byte()?;
        if flags == 0 {
            return Some(None);
        }
        let (max, min) = (self.number_if(flags & HAS_MAX)?, self.number_if(flags & HAS_MIN)?);
        let (id, per) = (self.text_if(flags & HAS_ID)?, self.text_if(flags & HAS_PER)?);
        Some(Some(SeriesTarget { id, max, min, per }))
    }

    fn trend(&mut self, value: f64) -> Option<Vec<f64>> {
        let flags = self.byte()?;
        let mut trend = Vec::with_capacity(usize::from(flags & !ENDS_IN_VALUE) + 1);
        for _ in 0..flags & !ENDS_IN_VALUE {
            trend.push(self.number()?);
        }
        if flags & ENDS_IN_VALUE != 0 {
            trend.push(value);
        }
        Some(trend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A series that has more the larger the number is.
    fn series(number: usize) -> Series {
        let has = |bit: usize| number >> bit & 1 == 1;
        let text = |text: &str| text.to_owned();
        Series {
            benchmark: format!("build/rendering/step {}", number / 7),
            parameters: (0..number % 3).map(|place| (format!("p{place}"), text("größe"))).collect(),
            metric: text(["time", "peak_rss", "", "x"][number % 4]),
            unit: text("ns"),
            direction: DIRECTIONS[number % 3],
            value: 1.0 / (number as f64 + 1.0),
            severity: SEVERITIES.get(number % 5).copied(),
            baseline: has(0).then_some(Baseline { center: -1e300, spread: 0.0, runs: number as u64 * 1000 }),
            warn_beyond: has(1).then_some(1.5),
            error_beyond: has(2).then_some(-0.0),
            target: has(3).then(|| SeriesTarget {
                id: has(4).then(|| text("A-1")),
                max: has(5).then_some(7.0),
                min: has(6).then_some(8.0),
                per: has(7).then(|| "pages".repeat(30)),
            }),
            trend: (1..=number % 9)
                .map(|value| if has(1) { value as f64 } else { 1.0 / (number as f64 + 1.0) })
                .collect(),
        }
    }

    #[test]
    fn what_is_packed_is_what_comes_out() {
        let all: Vec<Series> = (0..1_000).map(series).collect();
        let mut packed = PackedSeries::with_room_for(256);
        all.iter().for_each(|series| packed.push(series));
        packed.shrink();
        assert_eq!((packed.iter().collect::<Vec<_>>(), packed.len()), (all.clone(), 1_000));
        for wanted in &all {
            let is_first = |series: &&Series| {
                series.benchmark == wanted.benchmark
                    && series.metric == wanted.metric
                    && series.parameters == wanted.parameters
            };
            let mut parameters = wanted.parameters.clone();
            parameters.reverse();
            let found = packed.find(&wanted.benchmark, &wanted.metric, &parameters);
            assert_eq!(found.as_ref(), all.iter().find(is_first));
        }
        assert_eq!(packed.find("build", "rendering", &[]), None);
    }

    #[test]
    fn a_usual_series_takes_as_much_as_its_names_and_numbers() {
        let mut packed = PackedSeries::default();
        let usual = Series {
            benchmark: "build/rendering/step 77".to_owned(),
            metric: "time".to_owned(),
            baseline: Some(Baseline { center: 14.1, spread: 0.2, runs: 12 }),
            warn_beyond: Some(15.2),
            error_beyond: Some(18.1),
            trend: vec![14.1, 14.2, 14.3, 14.4, 14.5, 14.6, 14.7, 14.8],
            value: 14.8,
            ..series(0)
        };
        packed.push(&usual);
        let (names, numbers) = (23 + 4 + 2, 5 + 7);
        assert_eq!(packed.bytes.len(), names + numbers * 8 + 8);
    }
}
