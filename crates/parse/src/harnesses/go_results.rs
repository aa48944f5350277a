//! Results of Go's `testing` package, from text or JSON: lines of one benchmark are its samples, units are metrics.
//!
//! * A benchmark is `package.BenchmarkName`, both as Go prints them, so that they can be searched for and given to
//!   `-bench`. Parts of a sub-benchmark's name written `/key=value` are parameters, the others stay in the name.
//! * Go ends a name with `-N` where GOMAXPROCS is not 1. That suffix goes; where one benchmark was run with
//!   several (`-cpu 1,2`) it is the parameter `cpu`. When lines without a suffix show that GOMAXPROCS was 1, a
//!   suffix of a benchmark that has no such line belongs to its name.
//! * `ns/op` is `time`, `MB/s` `throughput` in bytes a second, `B/op` `allocated_bytes`, `allocs/op`
//!   `allocations`. Any other unit is a metric by the name of the unit without `/op` (`widgets/op` is `widgets`),
//!   measured in the unit after its last hyphen where that is a known one (`p99-ns/op` is nanoseconds).
//! * A metric of one's own has a direction only if its name is canonical or a line `Unit … better=lower` says so.
//!   `allocs/op` is exact as long as repeats agree; `B/op` is a mean over growing buffers and is not, unless a line
//!   `Unit B/op assume=exact` says so.
//! * The headline is the median of the repeats. Go's own value of one line is the mean over its iterations.
//!
//! Format: <https://golang.org/design/14313-benchmark-format>, unit lines as in `golang.org/x/perf/benchfmt`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use plimsoll_model::{
    Complaint, DetailFields, Details, Direction, Measurement, Metric, Name, Outcome, Parameters, Unit,
    known_metric, name,
};

use smallvec::SmallVec;

use super::go_entries::{Entries, Entry, MAX_UNITS, Measured};
use crate::samples::{SampleBudget, Samples};
use crate::{Facts, Harness, Parsed};

/// Units that the `testing` package writes itself.
pub(crate) const OWN_UNITS: [&str; 4] = ["ns/op", "MB/s", "B/op", "allocs/op"];

/// Everything that was read so far.
#[derive(Default)]
pub(crate) struct GoResults {
    packages: Vec<Package>,
    package_places: HashMap<String, usize>,
    entries: Entries,
    notes: BTreeMap<String, UnitNote>,
    /// What the configuration lines say.
    pub(crate) facts: Facts,
    /// What was left out.
    pub(crate) complaints: Vec<Complaint>,
}

/// Which package a line belongs to, in [`GoResults`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackageId(usize);

#[derive(Default)]
struct Package {
    name: String,
    failed: HashSet<String>,
}

/// What a `Unit` line says.
#[derive(Default)]
struct UnitNote {
    direction: Option<Direction>,
    exact: bool,
}

impl GoResults {
    /// The package of that import path; the empty path stands for an unknown one.
    pub(crate) fn package(&mut self, name: &str) -> PackageId {
        if let Some(place) = self.package_places.get(name) {
            return PackageId(*place);
        }
        let place = self.packages.len();
        self.package_places.insert(name.to_owned(), place);
        self.packages.push(Package { name: name.to_owned(), ..Package::default() });
        PackageId(place)
    }

    /// The package's import path.
    pub(crate) fn package_name(&self, package: PackageId) -> &str {
        &self.packages[package.0].name
    }

    /// Adds one line of results.
    pub(crate) fn add(&mut self, package: PackageId, name: &str, iterations: u64, values: &[(f64, &str)]) {
        if !self.entries.add(package.0, name, iterations, values) {
            let message = format!("{name}: only its first {MAX_UNITS} units were kept");
            self.complaints.push(Complaint::new(message));
        }
    }

    /// Remembers that a benchmark failed; what it measured before counts as failed too.
    pub(crate) fn fail(&mut self, package: PackageId, name: &str) {
        self.packages[package.0].failed.insert(name.to_owned());
    }

    /// Reads what follows `Unit ` in a line. Fails with what cannot be used.
    pub(crate) fn note_unit(&mut self, text: &str) -> Result<(), String> {
        let mut words = text.split_whitespace();
        let unit = words.next().ok_or("it names no unit")?;
        let note = self.notes.entry(unit.to_owned()).or_default();
        for word in words {
            match word {
                "better=higher" => note.direction = Some(Direction::Higher),
                "better=lower" => note.direction = Some(Direction::Lower),
                "assume=exact" => note.exact = true,
                "assume=nothing" => {}
                _ => return Err(format!("`{word}` is not known")),
            }
        }
        Ok(())
    }

    /// Whether `unit` was seen in a whole line, or belongs to the `testing` package.
    pub(crate) fn knows_unit(&self, unit: &str) -> bool {
        OWN_UNITS.contains(&unit) || self.entries.units().iter().any(|known| known == unit)
    }

    /// A complaint about one line.
    pub(crate) fn complain(&mut self, line: u64, message: impl Into<String>) {
        self.complaints.push(Complaint::at_line(line, message));
    }

    /// A complaint about the input as a whole.
    pub(crate) fn complain_of_all(&mut self, message: String) {
        self.complaints.push(Complaint::new(message));
    }

    /// Makes measurements of what was read.
    pub(crate) fn finish(mut self, harness: Harness) -> Parsed {
        let procs = Procs::of(&self.entries);
        let units = self.entries.units();
        let metrics: Vec<_> = units.iter().map(|unit| self.metric(unit)).collect();
        let mut parsed = Parsed {
            measurements: Vec::with_capacity(
                self.entries.iter().map(|entry| self.entries.column_count(&entry)).sum(),
            ),
            complaints: std::mem::take(&mut self.complaints),
            facts: std::mem::take(&mut self.facts),
            ..Parsed::default()
        };
        let mut budget = SampleBudget::new();
        let harness = Name::from(harness);
        let mut name = String::new();
        for entry in self.entries.iter() {
            let package = &self.packages[entry.package];
            let (base, cpu) = procs.split(&entry);
            name.clear();
            if !package.name.is_empty() {
                name.push_str(&package.name);
                name.push('.');
            }
            let mut parameters = take_parameters(base, &mut name);
            if let Some(cpu) = cpu {
                parameters.insert("cpu", cpu);
            }
            let failed = package.failed.contains(base) || package.failed.contains(entry.name);
            let outcome = if failed { Outcome::Failed } else { Outcome::Success };
            let details = Details::from(DetailFields { outcome, ..DetailFields::default() });
            let names = (Name::from(name.as_str()), parameters);
            let shared = std::iter::repeat_n(names, self.entries.column_count(&entry));
            for ((benchmark, parameters), (unit, measured)) in shared.zip(self.entries.columns(&entry)) {
                if !measured.is_finite() {
                    let unit = &units[unit];
                    let message = format!("{benchmark}: none of its values of {unit} is finite: left out");
                    parsed.complaints.push(Complaint::new(message));
                    continue;
                }
                let (metric, factor) = &metrics[unit];
                let value = match measured {
                    Measured::Once(value) => value * factor,
                    Measured::Repeatedly(_) => f64::NAN,
                };
                // In one piece, since its memory is most of the work.
                parsed.measurements.push(Measurement {
                    benchmark,
                    parameters,
                    harness: harness.clone(),
                    metric: metric.clone(),
                    value,
                    statistic: name!("mean"),
                    iterations: entry.iterations.into(),
                    details: details.clone(),
                });
                if let (Measured::Repeatedly(samples), Some(last)) =
                    (measured, parsed.measurements.last_mut())
                {
                    summarise(last, samples, *factor, &mut budget, &mut parsed.complaints);
                }
            }
        }
        budget.finish(&mut parsed.complaints);
        parsed
    }

    /// The metric that a unit stands for, and the factor into its normal unit.
    fn metric(&self, unit: &str) -> (Metric, f64) {
        let (mut metric, factor) = match unit {
            "ns/op" => (Metric::time(), 1.0),
            "MB/s" => (Metric::new(name!("throughput"), Unit::BYTES_PER_SECOND, Direction::Higher), 1e6),
            "B/op" => (Metric::new(name!("allocated_bytes"), Unit::BYTES, Direction::Lower), 1.0),
            "allocs/op" => (Metric::new(name!("allocations"), Unit::COUNT, Direction::Lower), 1.0),
            _ => custom_metric(unit),
        };
        if let Some(note) = self.notes.get(unit) {
            metric.direction = note.direction.unwrap_or(metric.direction);
            metric.exact |= note.exact;
        }
        metric.exact |= metric.name == "allocations";
        (metric, factor)
    }
}

/// A metric that a benchmark reported by `b.ReportMetric`.
fn custom_metric(unit: &str) -> (Metric, f64) {
    let name = unit.strip_suffix("/op").filter(|name| !name.is_empty()).unwrap_or(unit);
    if let Some((known, direction)) = known_metric(name) {
        return (Metric::new(name, known, direction), 1.0);
    }
    let (normal, factor) = match name.rsplit_once('-').map(|(_, tail)| Unit::normalise(tail)) {
        Some((normal, factor)) if is_quantity(&normal) => (normal, factor),
        _ => Unit::normalise(name),
    };
    (Metric::new(name, normal, Direction::None), factor)
}

/// Whether a unit is a quantity by itself rather than a noun.
fn is_quantity(unit: &Unit) -> bool {
    [Unit::NANOSECONDS, Unit::BYTES, Unit::BYTES_PER_SECOND, Unit::RATIO].contains(unit)
}

/// Gives a measurement of several lines the median as its value, and what they say of its spread.
fn summarise(
    measurement: &mut Measurement,
    samples: &Samples,
    factor: f64,
    budget: &mut SampleBudget,
    complaints: &mut Vec<Complaint>,
) {
    let scaled = match factor {
        1.0 => Cow::Borrowed(samples),
        _ => Cow::Owned(samples.scaled(factor)),
    };
    if let Some(median) = budget.fill(measurement, &scaled, complaints) {
        measurement.value = median;
    }
    if samples.count() > 1 {
        measurement.statistic = name!("median");
    }
    if measurement.metric.name == "allocations" {
        measurement.metric.exact = measurement.samples.windows(2).all(|pair| pair[0] == pair[1]);
    }
}

/// What the `-N` at the end of names means.
enum Procs {
    /// All names end alike, in so many bytes, or none does: that is GOMAXPROCS, and nothing is told apart by it.
    Alike(usize),
    Various {
        /// Some line has no suffix, so GOMAXPROCS was 1 there.
        bare: bool,
        /// Which GOMAXPROCS each benchmark was run with, by package and name without suffix.
        by_base: HashMap<(usize, String), BTreeSet<u32>>,
    },
}

impl Procs {
    fn of(entries: &Entries) -> Self {
        let suffix = entries.iter().next().map_or("", |entry| &entry.name[split_procs(entry.name).0.len()..]);
        let is_alike = |name: &str| match suffix {
            "" => split_procs(name).1.is_none(),
            suffix => name.len() > suffix.len() && name.ends_with(suffix),
        };
        if entries.iter().all(|entry| is_alike(entry.name)) {
            return Self::Alike(suffix.len());
        }
        let mut by_base: HashMap<_, BTreeSet<u32>> = HashMap::new();
        let mut bare = false;
        for entry in entries.iter() {
            let (base, procs) = split_procs(entry.name);
            bare |= procs.is_none();
            let key = (entry.package, base.to_owned());
            by_base.entry(key).or_default().insert(procs.map_or(1, |(_, procs)| procs));
        }
        Self::Various { bare, by_base }
    }

    /// The name without the suffix, and the parameter `cpu` where it tells lines of one benchmark apart.
    fn split<'a>(&self, entry: &Entry<'a>) -> (&'a str, Option<&'a str>) {
        let (bare, by_base) = match self {
            Self::Alike(suffix) => return (&entry.name[..entry.name.len() - suffix], None),
            Self::Various { bare, by_base } => (bare, by_base),
        };
        let (base, procs) = split_procs(entry.name);
        let Some(all) = by_base.get(&(entry.package, base.to_owned())) else {
            return (entry.name, None);
        };
        if *bare && procs.is_some() && !all.contains(&1) {
            return (entry.name, None);
        }
        let cpu = procs.map_or("1", |(text, _)| text);
        (base, (all.len() > 1).then_some(cpu))
    }
}

/// Splits a name before `-N` if N could be a GOMAXPROCS: 2 or more, without leading zeros.
fn split_procs(name: &str) -> (&str, Option<(&str, u32)>) {
    let split = name.rsplit_once('-').and_then(|(base, text)| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let procs = text.parse().ok().filter(|procs| digits && *procs >= 2)?;
        (!base.is_empty()).then_some((base, Some((text, procs))))
    });
    split.unwrap_or((name, None))
}

/// Takes the `/key=value` parts out of a benchmark's name and adds the others to `name`.
fn take_parameters(base: &str, name: &mut String) -> Parameters {
    let mut parts = base.split('/');
    name.push_str(parts.next().unwrap_or_default());
    let mut found: SmallVec<[(&str, &str); 4]> = SmallVec::new();
    for part in parts {
        match part.split_once('=') {
            Some((key, value)) if !key.is_empty() && !found.iter().any(|(known, _)| *known == key) => {
                found.push((key, value));
            }
            _ => {
                name.push('/');
                name.push_str(part);
            }
        }
    }
    Parameters::of(&mut found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn named(base: &str, expected: &str) {
        let mut name = String::new();
        let parameters = take_parameters(base, &mut name);
        assert_eq!(format!("{name} {parameters:?}"), expected);
    }

    #[test]
    fn parameters_are_taken_from_names() {
        named("BenchmarkA", "BenchmarkA {}");
        named("BenchmarkA/k=v/sub/n=1", r#"BenchmarkA/sub {"k": "v", "n": "1"}"#);
        named("BenchmarkA/k=a=b/k=2", r#"BenchmarkA/k=2 {"k": "a=b"}"#);
        named("BenchmarkA/=x", "BenchmarkA/=x {}");
    }

    #[track_caller]
    fn procs(names: &[&str], expected: &[(&str, Option<&str>)]) {
        let mut results = GoResults::default();
        let package = results.package("p");
        for name in names {
            results.add(package, name, 1, &[(1.0, "ns/op")]);
        }
        let procs = Procs::of(&results.entries);
        let split: Vec<_> = results.entries.iter().map(|entry| procs.split(&entry)).collect();
        assert_eq!(split, expected);
    }

    #[test]
    fn the_suffix_is_gomaxprocs_where_it_can_be() {
        procs(&["A-8", "B-8"], &[("A", None), ("B", None)]);
        procs(&["A", "A-2", "A-4"], &[("A", Some("1")), ("A", Some("2")), ("A", Some("4"))]);
        procs(&["A-2", "A-4", "B-4"], &[("A", Some("2")), ("A", Some("4")), ("B", None)]);
        // GOMAXPROCS was 1: the names end so by themselves.
        procs(&["A", "B/size-10", "B/size-20"], &[("A", None), ("B/size-10", None), ("B/size-20", None)]);
        procs(&["A-1", "A-08", "A-x"], &[("A-1", None), ("A-08", None), ("A-x", None)]);
    }

    #[track_caller]
    fn metric(unit: &str, expected: &str) {
        let (metric, factor) = custom_metric(unit);
        let direction = metric.direction;
        assert_eq!(format!("{} {} {factor} {direction:?}", metric.name, metric.unit), expected);
    }

    #[test]
    fn units_of_ones_own_are_metrics() {
        metric("widgets/op", "widgets widgets 1 None");
        metric("p99-ns/op", "p99-ns ns 1 None");
        metric("p99-µs/op", "p99-µs ns 1000 None");
        metric("hit-ratio", "hit-ratio ratio 1 None");
        metric("rows/s", "rows/s rows/s 1 None");
        metric("peak_rss", "peak_rss bytes 1 Lower");
        metric("/op", "/op count 1 None");
    }
}
