//! From what was noted to measurements, and to a line of the run format.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::book::{Book, MemoryChange, PhaseTotal, Reading, Times, Values};
use crate::declaration::Declared;
use crate::json::Json;
use crate::measured::{Direction, Measured, Outcome};
use crate::recorder::Recorded;
use crate::surroundings::{self, Surroundings};

/// The version of the line.
const FORMAT: &str = "plimsoll.run/1";
/// The testbed's name when the reader shall fill in its own.
const UNNAMED: &str = "default";
/// Growth over a shorter time says nothing about an hour.
const GROWTH_SPAN: Duration = Duration::from_mins(1);
/// Quantiles that are told of every distribution.
const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)];

/// Who tells.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    /// The tracker's name.
    pub(crate) name: String,
    /// A tracker of this name ran before in this process.
    pub(crate) is_warm: bool,
    /// It stands for the process, not for something that begins and ends.
    pub(crate) is_process_wide: bool,
}

impl Teller {
    /// The benchmark of an operation or phase.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.is_process_wide { name.to_owned() } else { format!("{}/{name}", self.name) }
    }

    /// What was noted and recorded, as measurements. `is_end` when the tracker itself ends; the tracker itself is told of only
    /// if `has_whole`.
    pub(crate) fn tell(
        &self,
        book: &Book,
        recorded: &[Recorded],
        now: Reading,
        is_end: bool,
        has_whole: bool,
    ) -> Vec<Measured> {
        let mut measured = if has_whole { self.whole(book, now, is_end) } else { Vec::new() };
        for (path, total) in &book.phases {
            measured.extend(self.phase(path, total));
        }
        for recorded in recorded {
            measured.extend(operation(recorded));
        }
        measured.extend(book.values.iter().map(|(name, values)| self.values(name, values)));
        measured
            .extend(book.counts.iter().map(|(name, total)| Measured::new(&self.name, name, *total, "total")));
        measured.extend(book.added.iter().cloned());
        for measured in &mut measured {
            self.describe(measured, &book.declared);
        }
        measured
    }

    /// The tracker itself.
    fn whole(&self, book: &Book, now: Reading, is_end: bool) -> Vec<Measured> {
        let mut measured = Vec::new();
        let elapsed = now.instant.saturating_duration_since(book.since.instant);
        if is_end && !self.is_process_wide {
            let time = Measured::new(&self.name, "time", elapsed.as_nanos() as f64, "value");
            measured.push(time.with_unit("ns", Direction::Lower));
        }
        let change = MemoryChange::between(book.since, now);
        measured.extend(memory(&self.name, &change));
        if let Some(bytes) = change.resident_bytes.filter(|_| elapsed >= GROWTH_SPAN) {
            let hours = elapsed.as_secs_f64() / 3_600.0;
            let growth = Measured::new(&self.name, "rss_growth", bytes / hours, "value");
            measured.push(growth.with_unit("bytes/hour", Direction::Lower));
        }
        for measured in &mut measured {
            measured.outcome = book.outcome;
            measured.items = book.items.to_pairs();
            self.warm(measured);
        }
        measured
    }

    fn phase(&self, path: &str, total: &PhaseTotal) -> Vec<Measured> {
        let mut measured = Vec::new();
        for (times, outcome) in [(&total.succeeded, Outcome::Success), (&total.failed, Outcome::Failed)] {
            measured.extend(time_of_phase(path, times, outcome));
        }
        let has_succeeded = total.succeeded.count > 0;
        measured.extend(memory(path, &total.memory).into_iter().map(|mut measured| {
            measured.outcome = if has_succeeded { Outcome::Success } else { Outcome::Failed };
            measured
        }));
        for measured in &mut measured {
            measured.items = total.items.to_pairs();
            self.warm(measured);
        }
        measured
    }

    fn values(&self, name: &str, values: &Values) -> Measured {
        if values.count == 1 {
            return Measured::new(&self.name, name, values.last, "value");
        }
        let mut measured = Measured::new(&self.name, name, values.sum / values.count as f64, "mean");
        measured.estimates = estimates([("min", values.least), ("max", values.most), ("last", values.last)]);
        measured.samples = values.samples.clone();
        measured.count = values.count;
        measured
    }

    /// What ran in this process before is told apart from what ran for the first time.
    fn warm(&self, measured: &mut Measured) {
        if self.is_warm {
            measured.parameters.push(("start".to_owned(), "warm".to_owned()));
        }
    }

    /// Adds what was declared: of a value by its name, of a time by the operation's or phase's.
    fn describe(&self, measured: &mut Measured, declared: &BTreeMap<String, Declared>) {
        if measured.metric == "time" {
            let own = measured.benchmark.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('/'));
            let whole = declared.get(&measured.benchmark);
            if let Some(declared) = whole.or_else(|| declared.get(own?)) {
                declared.describe_time(measured);
            }
        } else if measured.benchmark == self.name
            && let Some(declared) = declared.get(&measured.metric)
        {
            declared.describe(measured);
        }
    }
}

fn time_of_phase(path: &str, times: &Times, outcome: Outcome) -> Option<Measured> {
    if times.count == 0 {
        return None;
    }
    let statistic = if times.count == 1 { "value" } else { "total" };
    let mut measured =
        Measured::new(path, "time", times.total_ns, statistic).with_unit("ns", Direction::Lower);
    if times.count > 1 {
        let mean = times.total_ns / times.count as f64;
        measured.estimates = estimates([("mean", mean), ("min", times.least_ns), ("max", times.most_ns)]);
    }
    measured.count = times.count;
    fail(&mut measured, outcome);
    Some(measured)
}

/// What failed stands apart, so that it mixes with no value of what succeeded.
fn fail(measured: &mut Measured, outcome: Outcome) {
    if outcome == Outcome::Failed {
        measured.outcome = outcome;
        measured.parameters.push(("outcome".to_owned(), "failed".to_owned()));
    }
}

fn memory(benchmark: &str, change: &MemoryChange) -> Vec<Measured> {
    let bytes = |metric, value, statistic, direction| {
        Measured::new(benchmark, metric, value, statistic).with_unit("bytes", direction)
    };
    let mut measured = Vec::new();
    if let Some((peak, is_lower_bound)) = change.peak {
        let statistic = if is_lower_bound { "at least" } else { "max" };
        measured.push(bytes("peak_rss", peak, statistic, Direction::Lower));
    }
    if let Some(change) = change.resident_bytes {
        measured.push(bytes("rss_change", change, "value", Direction::None));
    }
    if let Some((count, total)) = change.allocated {
        let allocations = Measured::new(benchmark, "allocations", count, "total");
        measured.push(allocations.with_unit("count", Direction::Lower));
        measured.push(bytes("allocated_bytes", total, "total", Direction::Lower));
    }
    if let Some(live) = change.heap {
        measured.push(bytes("heap", live, "last", Direction::Lower));
    }
    measured
}

fn operation(recorded: &Recorded) -> Vec<Measured> {
    let (metric, unit) = recorded.metric.as_ref().map_or(("time", "ns"), |(metric, unit)| (metric, unit));
    let base = |value, statistic| {
        let mut measured = Measured::new(&recorded.name, metric, value, statistic);
        measured.unit = Some(unit.to_owned());
        measured.direction = (metric == "time").then_some(Direction::Lower);
        measured.parameters.clone_from(&recorded.parameters);
        measured
    };
    let mut measured = Vec::new();
    if let Some(cold) = recorded.cold {
        let mut first = base(cold as f64, "value");
        first.parameters.push(("start".to_owned(), "cold".to_owned()));
        measured.push(first);
    }
    for (histogram, outcome) in [(&recorded.warm, Outcome::Success), (&recorded.failed, Outcome::Failed)] {
        if histogram.count == 0 {
            continue;
        }
        let mut all = base(histogram.quantile(0.5), if histogram.count == 1 { "value" } else { "median" });
        all.count = histogram.count;
        if histogram.count > 1 {
            let ends = [
                ("mean", histogram.mean()),
                ("min", histogram.least() as f64),
                ("max", histogram.most() as f64),
            ];
            all.estimates = estimates(ends);
            all.estimates.extend(QUANTILES.map(|(name, share)| (name.to_owned(), histogram.quantile(share))));
        }
        fail(&mut all, outcome);
        measured.push(all);
    }
    let calls = recorded.warm.count + recorded.failed.count + u64::from(recorded.cold.is_some());
    if recorded.failed.count > 0 {
        let share = recorded.failed.count as f64 / calls as f64;
        let mut rate =
            Measured::new(&recorded.name, "error_rate", share, "value").with_unit("ratio", Direction::Lower);
        rate.parameters.clone_from(&recorded.parameters);
        rate.count = calls;
        measured.push(rate);
    }
    measured
}

fn estimates<const N: usize>(estimates: [(&str, f64); N]) -> Vec<(String, f64)> {
    estimates.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// Everything a line says besides its measurements.
pub(crate) struct Line<'a> {
    pub(crate) id: String,
    pub(crate) suite: &'a str,
    pub(crate) session: Option<&'a str>,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) started_at: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) measured: &'a [Measured],
    pub(crate) book: &'a Book,
}

impl Line<'_> {
    /// The line without its end. `left_out` lines before it found no room.
    pub(crate) fn write(&self, left_out: u64) -> String {
        let mut json = Json::default();
        json.object(|json| {
            json.key("format").string(FORMAT);
            json.key("id").string(&self.id);
            if let Some(project) = &self.surroundings.project {
                json.key("project").string(project);
            }
            json.key("suite").string(self.suite);
            if let Some(session) = self.session {
                json.key("session").string(session);
            }
            if self.book.outcome == Outcome::Failed {
                json.key("outcome").string("failed");
            }
            self.context(json);
            json.key("measurements")
                .array(|json| self.measured.iter().for_each(|measured| measured.write(json)));
            self.allocators(json);
            self.notes(json);
            self.complaints(json, left_out);
        });
        json.into_text()
    }

    fn context(&self, json: &mut Json) {
        let surroundings = self.surroundings;
        json.key("context").object(|json| {
            if let Some(hash) = &surroundings.commit {
                json.key("commit").object(|json| json.key("hash").string(hash));
            }
            if let Some(branch) = &surroundings.branch {
                json.key("branch").string(branch);
            }
            json.key("testbed").string(surroundings.testbed.as_deref().unwrap_or(UNNAMED));
            if !surroundings.tools.is_empty() {
                json.key("environment").object(|json| {
                    json.key("tools").object(|json| {
                        surroundings.tools.iter().for_each(|(name, version)| json.key(name).string(version));
                    });
                });
            }
            json.key("started_at").string(&surroundings::rfc3339(self.started_at));
            json.key("duration_ms").integer(self.duration.as_millis() as u64);
        });
    }

    fn allocators(&self, json: &mut Json) {
        if self.book.allocators.is_empty() {
            return;
        }
        json.key("allocators").array(|json| {
            for (site, bytes, count) in &self.book.allocators {
                json.object(|json| {
                    json.key("site").string(site);
                    json.key("bytes").integer(*bytes);
                    json.key("count").integer(*count);
                });
            }
        });
    }

    fn notes(&self, json: &mut Json) {
        if self.book.notes.is_empty() {
            return;
        }
        json.key("notes").array(|json| {
            for (severity, message) in &self.book.notes {
                json.object(|json| {
                    json.key("severity").string(severity.name());
                    json.key("message").string(message);
                });
            }
        });
    }

    fn complaints(&self, json: &mut Json, left_out: u64) {
        let mut complaints: Vec<String> =
            self.book.complaints.iter().map(|(what, count)| times(what, *count)).collect();
        complaints.extend(
            self.book
                .open
                .paths
                .iter()
                .map(|(path, count)| times(&format!("phase `{path}` was never closed"), *count)),
        );
        if left_out > 0 {
            complaints.push(format!("{left_out} lines before this one could not be written to the spool"));
        }
        if !complaints.is_empty() {
            json.key("complaints").array(|json| {
                for message in &complaints {
                    json.object(|json| json.key("message").string(message));
                }
            });
        }
    }
}

fn times(what: &str, count: u64) -> String {
    if count > 1 { format!("{what} ({count} times)") } else { what.to_owned() }
}
