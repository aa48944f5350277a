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

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use plimsoll_model::{Complaint, Direction, Measurement, Metric, Outcome, Parameters, Unit, known_metric};

use crate::samples::{SampleBudget, Samples};
use crate::{Facts, Harness, Parsed};

/// Units that the `testing` package writes itself.
pub(crate) const OWN_UNITS: [&str; 4] = ["ns/op", "MB/s", "B/op", "allocs/op"];

/// Most units of one benchmark.
const MAX_UNITS: usize = 256;

/// Everything that was read so far.
#[derive(Default)]
pub(crate) struct GoResults {
    packages: Vec<Package>,
    package_places: HashMap<String, usize>,
    entries: Vec<Entry>,
    /// The entry that was added to last: repeats follow each other.
    last: usize,
    units: BTreeMap<String, UnitNote>,
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
    places: HashMap<String, usize>,
    failed: HashSet<String>,
}

/// All lines with one name, GOMAXPROCS suffix included.
struct Entry {
    package: usize,
    name: String,
    iterations: u64,
    columns: Vec<(String, Samples)>,
    /// Some units were left out, and it was said.
    has_more_units: bool,
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
        self.packages.push(Package {
            name: name.to_owned(),
            ..Package::default()
        });
        PackageId(place)
    }

    /// The package's import path.
    pub(crate) fn package_name(&self, package: PackageId) -> &str {
        &self.packages[package.0].name
    }

    /// Adds one line of results.
    pub(crate) fn add(&mut self, package: PackageId, name: &str, iterations: u64, values: &[(f64, &str)]) {
        let place = self.place(package, name);
        self.last = place;
        let entry = &mut self.entries[place];
        entry.iterations = entry.iterations.saturating_add(iterations);
        let mut left_out = false;
        for (index, (value, unit)) in values.iter().enumerate() {
            // Repeats have their units in the same order.
            let column = match entry.columns.get(index) {
                Some((known, _)) if known == unit => Some(index),
                _ => entry.columns.iter().position(|(known, _)| known == unit),
            };
            match column {
                Some(column) => entry.columns[column].1.push(*value),
                None if entry.columns.len() < MAX_UNITS => {
                    let mut samples = Samples::new();
                    samples.push(*value);
                    entry.columns.push(((*unit).to_owned(), samples));
                }
                None => left_out = true,
            }
        }
        if left_out && !entry.has_more_units {
            entry.has_more_units = true;
            let message = format!("{name}: only its first {MAX_UNITS} units were kept");
            self.complaints.push(Complaint::new(message));
        }
    }

    fn place(&mut self, package: PackageId, name: &str) -> usize {
        let is_last = |entry: &Entry| entry.package == package.0 && entry.name == name;
        if self.entries.get(self.last).is_some_and(is_last) {
            return self.last;
        }
        let places = &mut self.packages[package.0].places;
        if let Some(place) = places.get(name) {
            return *place;
        }
        let place = self.entries.len();
        places.insert(name.to_owned(), place);
        self.entries.push(Entry {
            package: package.0,
            name: name.to_owned(),
            iterations: 0,
            columns: Vec::new(),
            has_more_units: false,
        });
        place
    }

    /// Remembers that a benchmark failed; what it measured before counts as failed too.
    pub(crate) fn fail(&mut self, package: PackageId, name: &str) {
        self.packages[package.0].failed.insert(name.to_owned());
    }

    /// Reads what follows `Unit ` in a line. Fails with what cannot be used.
    pub(crate) fn note_unit(&mut self, text: &str) -> Result<(), String> {
        let mut words = text.split_whitespace();
        let unit = words.next().ok_or("it names no unit")?;
        let note = self.units.entry(unit.to_owned()).or_default();
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
        let mut seen = self.entries.iter().flat_map(|entry| &entry.columns);
        OWN_UNITS.contains(&unit) || seen.any(|(known, _)| known == unit)
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
        let mut parsed = Parsed {
            complaints: std::mem::take(&mut self.complaints),
            facts: std::mem::take(&mut self.facts),
            ..Parsed::default()
        };
        let mut budget = SampleBudget::new();
        for entry in std::mem::take(&mut self.entries) {
            let package = &self.packages[entry.package];
            let (base, cpu) = procs.split(entry.package, &entry.name);
            let (name, mut parameters) = name_and_parameters(base);
            if let Some(cpu) = cpu {
                parameters.insert("cpu".to_owned(), cpu.to_owned());
            }
            let benchmark = match package.name.as_str() {
                "" => name,
                path => format!("{path}.{name}"),
            };
            let failed = package.failed.contains(base) || package.failed.contains(&entry.name);
            for (unit, mut samples) in entry.columns {
                let repeats = samples.count();
                if repeats == 0 {
                    let message = format!("{benchmark}: none of its values of {unit} is finite: left out");
                    parsed.complaints.push(Complaint::new(message));
                    continue;
                }
                let (metric, factor) = self.metric(&unit);
                samples.scale(factor);
                let mut measurement = Measurement::new(harness.name(), benchmark.as_str(), metric, f64::NAN);
                measurement.parameters.clone_from(&parameters);
                measurement.iterations = Some(entry.iterations);
                if failed {
                    measurement.outcome = Outcome::Failed;
                }
                budget.fill(&mut measurement, samples, &mut parsed.complaints);
                // With repeats there is a median among the estimates: sorting once is enough.
                let median = measurement.estimates.get("p50").or(measurement.samples.first());
                measurement.value = median.copied().unwrap_or(f64::NAN);
                measurement.statistic = if repeats > 1 { "median" } else { "mean" }.to_owned();
                if measurement.metric.name == "allocations" {
                    measurement.metric.exact = measurement.samples.windows(2).all(|pair| pair[0] == pair[1]);
                }
                parsed.measurements.push(measurement);
            }
        }
        parsed
    }

    /// The metric that a unit stands for, and the factor into its normal unit.
    fn metric(&self, unit: &str) -> (Metric, f64) {
        let (mut metric, factor) = match unit {
            "ns/op" => (Metric::time(), 1.0),
            "MB/s" => (
                Metric::new("throughput", Unit::BYTES_PER_SECOND, Direction::Higher),
                1e6,
            ),
            "B/op" => (Metric::new("allocated_bytes", Unit::BYTES, Direction::Lower), 1.0),
            "allocs/op" => (Metric::new("allocations", Unit::COUNT, Direction::Lower), 1.0),
            _ => custom_metric(unit),
        };
        if let Some(note) = self.units.get(unit) {
            metric.direction = note.direction.unwrap_or(metric.direction);
            metric.exact |= note.exact;
        }
        (metric, factor)
    }
}

/// A metric that a benchmark reported by `b.ReportMetric`.
fn custom_metric(unit: &str) -> (Metric, f64) {
    let name = unit
        .strip_suffix("/op")
        .filter(|name| !name.is_empty())
        .unwrap_or(unit);
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
    [
        Unit::NANOSECONDS,
        Unit::BYTES,
        Unit::BYTES_PER_SECOND,
        Unit::RATIO,
    ]
    .contains(unit)
}

/// What the `-N` at the end of names means.
struct Procs {
    /// Some line has no suffix, so GOMAXPROCS was 1 there.
    bare: bool,
    /// Which GOMAXPROCS each benchmark was run with, by package and name without suffix.
    by_base: HashMap<(usize, String), BTreeSet<u32>>,
}

impl Procs {
    fn of(entries: &[Entry]) -> Self {
        let mut by_base: HashMap<_, BTreeSet<u32>> = HashMap::new();
        let mut bare = false;
        for entry in entries {
            let (base, procs) = split_procs(&entry.name);
            bare |= procs.is_none();
            let key = (entry.package, base.to_owned());
            by_base
                .entry(key)
                .or_default()
                .insert(procs.map_or(1, |(_, procs)| procs));
        }
        Self { bare, by_base }
    }

    /// The name without the suffix, and the parameter `cpu` where it tells lines of one benchmark apart.
    fn split<'a>(&self, package: usize, name: &'a str) -> (&'a str, Option<&'a str>) {
        let (base, procs) = split_procs(name);
        let Some(all) = self.by_base.get(&(package, base.to_owned())) else {
            return (name, None);
        };
        if self.bare && procs.is_some() && !all.contains(&1) {
            return (name, None);
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

/// Takes the `/key=value` parts out of a name.
fn name_and_parameters(base: &str) -> (String, Parameters) {
    let mut parameters = Parameters::new();
    let mut name = String::with_capacity(base.len());
    for (index, part) in base.split('/').enumerate() {
        match part.split_once('=') {
            Some((key, value)) if index > 0 && !key.is_empty() && !parameters.contains_key(key) => {
                parameters.insert(key.to_owned(), value.to_owned());
            }
            _ => {
                if index > 0 {
                    name.push('/');
                }
                name.push_str(part);
            }
        }
    }
    (name, parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn named(base: &str, expected: &str) {
        let (name, parameters) = name_and_parameters(base);
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
        let split: Vec<_> = names.iter().map(|name| procs.split(0, name)).collect();
        assert_eq!(split, expected);
    }

    #[test]
    fn the_suffix_is_gomaxprocs_where_it_can_be() {
        procs(&["A-8", "B-8"], &[("A", None), ("B", None)]);
        procs(
            &["A", "A-2", "A-4"],
            &[("A", Some("1")), ("A", Some("2")), ("A", Some("4"))],
        );
        procs(
            &["A-2", "A-4", "B-4"],
            &[("A", Some("2")), ("A", Some("4")), ("B", None)],
        );
        // GOMAXPROCS was 1: the names end so by themselves.
        procs(
            &["A", "B/size-10", "B/size-20"],
            &[("A", None), ("B/size-10", None), ("B/size-20", None)],
        );
        procs(
            &["A-1", "A-08", "A-x"],
            &[("A-1", None), ("A-08", None), ("A-x", None)],
        );
    }

    #[track_caller]
    fn metric(unit: &str, expected: &str) {
        let (metric, factor) = custom_metric(unit);
        let direction = metric.direction;
        assert_eq!(
            format!("{} {} {factor} {direction:?}", metric.name, metric.unit),
            expected
        );
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
