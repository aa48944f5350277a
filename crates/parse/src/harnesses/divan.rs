//! divan's tree on standard output. It has no format for machines: the tree is read by its indent.
//!
//! The benchmark is the full path, joined by `::` as divan's own filters take it, the crate or binary first;
//! arguments and threads (`t=2`) are its last part.
//!
//! | row | metric | role |
//! |---|---|---|
//! | time: `median` | `time`, ns, lower is better | headline |
//! | time: `fastest`, `slowest`, `mean` | `time` | estimates `min`, `max`, `mean` |
//! | `iters` | all | iterations |
//! | `item/s`, `char/s`, `B/s`, `Hz` | `throughput`, `throughput_chars`, `throughput_bytes`, `throughput_cycles`, higher is better | headline `median` and estimates |
//! | a single one of these rows | `throughput` | the same |
//! | `max alloc:` | `max_allocations`, `heap_peak` (bytes), lower is better, exact | headline `median` and estimates |
//! | `alloc:` | `allocations`, `allocated_bytes`, lower is better, exact | the same |
//! | `grow:` | `grow_allocations`, `grown_bytes`, lower is better, exact | the same |
//! | `dealloc:`, `shrink:` | `deallocations`, `deallocated_bytes`, `shrink_allocations`, `shrunk_bytes`, exact, no direction | the same |

use memchr::{memchr, memchr_iter};
use plimsoll_model::{Direction, Measurement, Metric, Name, Unit, name};

use crate::Harness;
use crate::decimal::decimal;

/// Stands between columns, and where the tree goes past a row.
const BAR: char = '│';
/// The same in UTF-8.
const BAR_BYTES: &[u8] = "│".as_bytes();

/// Where in the tree the last row stood.
#[derive(Default)]
pub(crate) struct Tree {
    /// The path of the last row with a name.
    path: String,
    /// Where in `path` each part ends.
    ends: Vec<usize>,
    /// Whether that row was a measurement, to which rows without a name belong.
    measured: bool,
    iterations: Option<u64>,
    tally: Option<Tally>,
}

/// A table of two rows, a count and bytes, under a heading.
struct Tally {
    count: Name,
    bytes: Name,
    direction: Direction,
    is_second: bool,
}

impl Tree {
    /// Takes one row; returns a complaint if it should have been a measurement.
    pub(crate) fn read(&mut self, line: &str, measurements: &mut Vec<Measurement>) -> Option<String> {
        let (depth, rest) = indent(line);
        if let Some(row) = rest.strip_prefix("├─ ").or_else(|| rest.strip_prefix("╰─ ")) {
            return self.read_named(depth, row, measurements);
        }
        if depth == 0 && is_heading(rest) {
            self.ends.clear();
            self.path.clear();
            self.enter(0, rest.split("fastest").next().unwrap_or("").trim());
            return None;
        }
        if self.measured && line.contains(BAR) {
            return self.read_unnamed(line, measurements);
        }
        self.measured = false;
        None
    }

    /// Makes `name` the part of the path at `depth`.
    fn enter(&mut self, depth: usize, name: &str) {
        self.ends.truncate(depth);
        self.path.truncate(self.ends.last().copied().unwrap_or(0));
        if !self.path.is_empty() {
            self.path.push_str("::");
        }
        self.path.push_str(name);
        self.ends.push(self.path.len());
        self.measured = false;
        self.tally = None;
    }

    fn read_named(&mut self, depth: usize, row: &str, measurements: &mut Vec<Measurement>) -> Option<String> {
        let mut cells = Cells(Some(row));
        let first = cells.next()?.trim_end();
        let (name, fastest) = first.rsplit_once("  ").unwrap_or((first, ""));
        if fastest.is_empty() || fastest == "(ignored)" {
            self.enter(depth + 1, if fastest.is_empty() { first } else { name.trim_end() });
            return None;
        }
        self.enter(depth + 1, name.trim_end());
        let times = cells_of(fastest, &mut cells, time_ns);
        let Some(times) = times else {
            return Some(format!("{}: left out, `{fastest}` … is not understood", self.path));
        };
        let _samples = cells.next();
        self.iterations = cells.next().and_then(|cell| cell.trim().parse().ok());
        measurements.push(self.measurement(Metric::time(), times, (times.fastest, times.slowest)));
        self.measured = true;
        None
    }

    /// Reads a row that says more about the last measurement.
    fn read_unnamed(&mut self, line: &str, measurements: &mut Vec<Measurement>) -> Option<String> {
        let row = line.trim_start_matches([BAR, ' ']);
        let mut cells = Cells(Some(row));
        let first = cells.next()?.trim_end();
        if let Some(tally) = Tally::headed(first) {
            self.tally = Some(tally);
            return None;
        }
        let read = match &mut self.tally {
            Some(tally) => read_tally(tally, first, &mut cells),
            None => read_rate(first, &mut cells),
        };
        let Some((metric, figures)) = read else {
            return (!first.is_empty())
                .then(|| format!("{}: a row was left out, `{first}` … is not understood", self.path));
        };
        let higher = metric.direction == Direction::Higher;
        let extremes = if higher {
            (figures.slowest, figures.fastest)
        } else {
            (figures.fastest.min(figures.slowest), figures.slowest.max(figures.fastest))
        };
        measurements.push(self.measurement(metric, figures, extremes));
        None
    }

    fn measurement(&self, metric: Metric, figures: Figures, (min, max): (f64, f64)) -> Measurement {
        let mut measurement = Measurement::new(Harness::Divan, self.path.as_str(), metric, figures.median);
        measurement.statistic = name!("median");
        measurement.iterations = self.iterations.into();
        measurement.estimates =
            [(name!("max"), max), (name!("mean"), figures.mean), (name!("min"), min)].into();
        measurement
    }
}

impl Tally {
    /// The table that a row opens.
    fn headed(row: &str) -> Option<Self> {
        let (count, bytes, direction) = match row {
            "max alloc:" => (name!("max_allocations"), name!("heap_peak"), Direction::Lower),
            "alloc:" => (name!("allocations"), name!("allocated_bytes"), Direction::Lower),
            "grow:" => (name!("grow_allocations"), name!("grown_bytes"), Direction::Lower),
            "dealloc:" => (name!("deallocations"), name!("deallocated_bytes"), Direction::None),
            "shrink:" => (name!("shrink_allocations"), name!("shrunk_bytes"), Direction::None),
            _ => return None,
        };
        Some(Self { count, bytes, direction, is_second: false })
    }
}

/// The cells of a row, split at [`BAR`]. The sign's first byte is looked for, which stands nowhere else in a
/// row of figures.
struct Cells<'a>(Option<&'a str>);

impl<'a> Iterator for Cells<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let row = self.0.take()?;
        let bytes = row.as_bytes();
        let mut places = memchr_iter(BAR_BYTES[0], bytes);
        match places.find(|place| bytes[*place..].starts_with(BAR_BYTES)) {
            Some(place) => {
                self.0 = row.get(place + BAR_BYTES.len()..);
                row.get(..place)
            }
            None => Some(row),
        }
    }
}

/// The four figures of a row, in the order of the columns.
#[derive(Clone, Copy)]
struct Figures {
    fastest: f64,
    slowest: f64,
    median: f64,
    mean: f64,
}

/// Reads the four figures of a row whose first cell was split off.
fn cells_of<'a>(
    first: &str,
    cells: &mut impl Iterator<Item = &'a str>,
    mut read: impl FnMut(&str) -> Option<f64>,
) -> Option<Figures> {
    Some(Figures {
        fastest: read(first.trim())?,
        slowest: read(cells.next()?.trim())?,
        median: read(cells.next()?.trim())?,
        mean: read(cells.next()?.trim())?,
    })
}

fn read_tally<'a>(
    tally: &mut Tally,
    first: &str,
    cells: &mut impl Iterator<Item = &'a str>,
) -> Option<(Metric, Figures)> {
    let metric = |name, unit, direction| Metric { exact: true, ..Metric::new(name, unit, direction) };
    if tally.is_second {
        let figures = cells_of(first, cells, size_bytes)?;
        Some((metric(tally.bytes.clone(), Unit::BYTES, tally.direction), figures))
    } else {
        tally.is_second = true;
        let figures = cells_of(first, cells, |cell| cell.parse().ok())?;
        Some((metric(tally.count.clone(), Unit::COUNT, tally.direction), figures))
    }
}

fn read_rate<'a>(first: &str, cells: &mut impl Iterator<Item = &'a str>) -> Option<(Metric, Figures)> {
    let (_, suffix) = first.split_once(' ')?;
    let kinds = [
        ("item/s", name!("throughput_items"), Unit::ITEMS_PER_SECOND),
        ("char/s", name!("throughput_chars"), Unit::normalise("chars/s").0),
        ("Hz", name!("throughput_cycles"), Unit::normalise("cycles/s").0),
        ("B/s", name!("throughput_bytes"), Unit::BYTES_PER_SECOND),
    ];
    let (noun, name, unit) = kinds.into_iter().find(|(noun, ..)| suffix.ends_with(noun))?;
    let figures = cells_of(first, cells, |cell| {
        let (number, suffix) = cell.split_once(' ')?;
        Some(decimal(number)? * scale(suffix.strip_suffix(noun)?)?)
    })?;
    Some((Metric::new(name, unit, Direction::Higher), figures))
}

/// Names the rates of all benchmarks: an only one is `throughput`, of several items are.
pub(crate) fn name_rates(measurements: &mut [Measurement]) {
    measurements.chunk_by_mut(|one, next| one.benchmark == next.benchmark).for_each(name_rates_of_one);
}

fn name_rates_of_one(measurements: &mut [Measurement]) {
    let is_rate = |measurement: &&mut Measurement| measurement.metric.direction == Direction::Higher;
    let rates =
        measurements.iter().filter(|measurement| measurement.metric.direction == Direction::Higher).count();
    for rate in measurements.iter_mut().filter(is_rate) {
        if rates == 1 || rate.metric.name == "throughput_items" {
            rate.metric.name = name!("throughput");
        }
    }
}

/// Whether a line is a row of the tree: only those hold the signs of which it is drawn.
pub(crate) fn is_row(line: &str) -> bool {
    memchr(BAR_BYTES[0], line.as_bytes())
        .and_then(|place| line.get(place..))
        .is_some_and(|rest| rest.contains([BAR, '├', '╰']))
}

/// How deep a row stands in the tree, and the row without what leads to it.
fn indent(line: &str) -> (usize, &str) {
    let mut depth = 0;
    let mut rest = line;
    while let Some(deeper) = rest.strip_prefix("│  ").or_else(|| rest.strip_prefix("   ")) {
        depth += 1;
        rest = deeper;
    }
    (depth, rest)
}

fn is_heading(row: &str) -> bool {
    let mut columns = row.split(BAR).map(str::trim);
    columns.next().is_some_and(|first| first.ends_with("fastest")) && columns.next() == Some("slowest")
}

fn time_ns(cell: &str) -> Option<f64> {
    let (number, unit) = cell.split_once(' ')?;
    let factor = match unit {
        "ps" => 1e-3,
        "ns" => 1.0,
        "µs" | "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3_600e9,
        "d" => 86_400e9,
        _ => return None,
    };
    Some(decimal(number)? * factor)
}

fn size_bytes(cell: &str) -> Option<f64> {
    let (number, unit) = cell.split_once(' ')?;
    Some(decimal(number)? * scale(unit.strip_suffix('B')?)?)
}

fn scale(prefix: &str) -> Option<f64> {
    Some(match prefix {
        "" => 1.0,
        "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "Ki" => 1024.0,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut reader = text.as_bytes();
        let mut inputs = [Input { name: "-", modified: None, reader: &mut reader }];
        let parsed = super::super::cargo_bench::parse(Harness::Divan, &mut inputs).expect("text");
        let seen: Vec<_> = parsed
            .measurements
            .iter()
            .map(|m| {
                let unit = m.metric.unit.symbol();
                let estimates: Vec<_> =
                    ["min", "max", "mean"].iter().map(|name| m.estimates[*name].to_string()).collect();
                format!("{} {} {} {unit} {}", m.benchmark, m.metric.name, m.value, estimates.join("/"))
            })
            .chain(parsed.complaints.iter().map(|complaint| complaint.message.clone()))
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_tree_gives_the_path() {
        check(
            "plain             fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
             ├─ add            0.382 ns      │ 0.393 ns      │ 0.389 ns      │ 0.39 ns       │ 20      │ 81920\n\
             ├─ skipped        (ignored)     │               │               │               │         │\n\
             ╰─ text                         │               │               │               │         │\n\
             \x20  ├─ a b       1.5 µs        │ 2 ms          │ 1.5 ms        │ 1 s           │ 10      │ 2560\n\
             \x20  ╰─ make                      │               │               │               │         │\n\
             \x20     ╰─ Vec<u8>  7 ns          │ 8 ns          │ 7 ns          │ 7.5 ns        │ 10      │ 20480\n",
            &[
                "plain::add time 0.389 ns 0.382/0.393/0.39",
                "plain::text::a b time 1500000 ns 1500/2000000/1000000000",
                "plain::text::make::Vec<u8> time 7 ns 7/8/7.5",
            ],
        );
    }

    #[test]
    fn rows_without_a_name_say_more_of_the_last() {
        check(
            "alloc       fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
             ├─ grow    1 ns          │ 2 ns          │ 1 ns          │ 1 ns          │ 20      │ 2560\n\
             │           5 GB/s        │ 1 GB/s        │ 4 GB/s        │ 3 GB/s        │         │\n\
             │           7 Kitem/s     │ 1 item/s      │ 4 item/s      │ 3 item/s      │         │\n\
             │           max alloc:    │               │               │               │         │\n\
             │             1           │ 2             │ 1             │ 1             │         │\n\
             │             4.096 KB    │ 1 KiB         │ 256 B         │ 256 B         │         │\n\
             │           grow:         │               │               │               │         │\n\
             │             8           │ 8             │ 8             │ 8             │         │\n\
             │             4.08 KB     │ 4.08 KB       │ 4.08 KB       │ 4.08 KB       │         │\n\
             ╰─ one     9 ns          │ 9 ns          │ 9 ns          │ 9 ns          │ 20      │ 2560\n\
             \x20           2 Mchar/s     │ 1 Mchar/s     │ 2 Mchar/s     │ 2 Mchar/s     │         │\n",
            &[
                "alloc::grow time 1 ns 1/2/1",
                "alloc::grow throughput_bytes 4000000000 bytes/s 1000000000/5000000000/3000000000",
                "alloc::grow throughput 4 items/s 1/7000/3",
                "alloc::grow max_allocations 1 count 1/2/1",
                "alloc::grow heap_peak 256 bytes 1024/4096/256",
                "alloc::grow grow_allocations 8 count 8/8/8",
                "alloc::grow grown_bytes 4080 bytes 4080/4080/4080",
                "alloc::one time 9 ns 9/9/9",
                "alloc::one throughput 2000000 chars/s 1000000/2000000/2000000",
            ],
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        check(
            "x      fastest  │ slowest  │ median   │ mean     │ samples │ iters\n\
             ╰─ odd  9 ells   │ 9 ns     │ 9 ns     │ 9 ns     │ 20      │ 2560\n\
             \x20       other    │ rows     │          │          │         │\n",
            &["x::odd: left out, `9 ells` … is not understood"],
        );
    }
}
