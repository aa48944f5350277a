//! What a tracker has noted and not yet written: phases, values, counts, declarations, notes.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use crate::allocation::Allocated;
use crate::clock::Moment;
use crate::declaration::Declared;
use crate::measured::{Measured, Outcome, Severity};
use crate::memory::ResidentMemory;
use crate::name::{beginning, name};
use crate::open_phases::OpenPhases;
use crate::status::Status;
use crate::summary;

/// The most names of a kind (phases, values, open phases, notes) that are kept.
pub(crate) const MOST_NAMES: usize = 4_096;
/// The most samples of a value that are kept.
const MOST_SAMPLES: usize = 1_000;
/// The most values that are remembered for the summary.
const MOST_TOLD: usize = 4_096;
/// The most measurements made elsewhere.
pub(crate) const MOST_ADDED: usize = 65_536;
/// The most places that allocate.
pub(crate) const MOST_ALLOCATORS: usize = 100;
/// The most kinds of items of a tracker or a phase, which is also what the reader takes.
const MOST_NOUNS: usize = 64;
/// The longest remark, in bytes.
const MOST_REMARK_BYTES: usize = 2_000;
/// The most notes, and the most kinds of complaints.
const MOST_REMARKS: usize = 100;

/// What is noted between two lines.
#[derive(Debug)]
pub(crate) struct Book {
    /// In the order in which they were first ended.
    pub(crate) phases: Vec<(String, PhaseTotal)>,
    pub(crate) values: BTreeMap<String, Values>,
    pub(crate) counts: BTreeMap<String, f64>,
    pub(crate) items: Items,
    /// Made elsewhere.
    pub(crate) added: Vec<Measured>,
    /// Places that allocate: bytes, and how many pieces.
    pub(crate) allocators: Vec<(String, u64, u64)>,
    pub(crate) notes: Vec<(Severity, String)>,
    /// With how often each happened.
    pub(crate) complaints: BTreeMap<String, u64>,
    pub(crate) outcome: Outcome,
    /// When the time this is about began.
    pub(crate) since: Reading,
    // What follows outlives a line.
    pub(crate) open: OpenPhases,
    /// Calls between `start` and `stop`.
    pub(crate) started: BTreeMap<String, Vec<Moment>>,
    pub(crate) declared: BTreeMap<String, Declared>,
    pub(crate) is_finished: bool,
    pub(crate) ended: Option<Instant>,
    pub(crate) lines: u64,
    /// The newest of each value that a line told, with the number of the line; without samples and estimates.
    pub(crate) told: Vec<(u64, Measured)>,
    pub(crate) status: Status,
}

impl Book {
    pub(crate) fn new(since: Reading, status: Status) -> Self {
        Self {
            phases: Vec::new(),
            values: BTreeMap::new(),
            counts: BTreeMap::new(),
            items: Items::default(),
            added: Vec::new(),
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: BTreeMap::new(),
            outcome: Outcome::Success,
            since,
            open: OpenPhases::default(),
            started: BTreeMap::new(),
            declared: BTreeMap::new(),
            is_finished: false,
            ended: None,
            lines: 0,
            told: Vec::new(),
            status,
        }
    }

    /// Takes what a line is about, and begins anew.
    pub(crate) fn turn_page(&mut self, now: Reading) -> Self {
        let mut next = Self::new(now, self.status.clone());
        next.open = self.open.clone();
        next.started = std::mem::take(&mut self.started);
        next.declared = self.declared.clone();
        next.is_finished = self.is_finished;
        next.ended = self.ended;
        next.lines = self.lines + 1;
        next.told = std::mem::take(&mut self.told);
        std::mem::replace(self, next)
    }

    /// Remembers what the line before this page told.
    pub(crate) fn remember(&mut self, measured: &[Measured]) {
        let newest: HashSet<_> = measured.iter().map(Measured::key).collect();
        self.told.retain(|(_, old)| !newest.contains(&old.key()));
        let line = self.lines;
        let telling =
            measured.iter().filter(|measured| summary::is_telling(&measured.metric)).take(MOST_TOLD);
        self.told.reserve_exact(telling.clone().count());
        self.told.extend(telling.map(|measured| (line, measured.brief())));
        let too_many = self.told.len().saturating_sub(MOST_TOLD);
        self.told.drain(..too_many);
    }

    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.phases.is_empty()
            && self.values.is_empty()
            && self.counts.is_empty()
            && self.items.is_empty()
            && self.added.is_empty()
            && self.allocators.is_empty()
            && self.notes.is_empty()
            && self.complaints.is_empty()
    }

    /// Remembers to say something; the same thing is said once, with its number.
    pub(crate) fn complain(&mut self, message: impl Into<String>) {
        let message = beginning(&message.into(), MOST_REMARK_BYTES).to_owned();
        if self.complaints.len() < MOST_REMARKS || self.complaints.contains_key(&message) {
            *self.complaints.entry(message).or_default() += 1;
        }
    }

    /// Something that was measured could not be kept.
    pub(crate) fn leave_out(&mut self, what: impl Into<String>) {
        self.status.values_left_out += 1;
        self.complain(what);
    }

    /// What came while the library was at work on the same thread.
    pub(crate) fn leave_out_turned_away(&mut self, count: u64) {
        if count > 0 {
            self.status.values_left_out += count;
            let who = "an allocator or a signal handler that is measured itself";
            self.complain(format!("{count} values came while others were noted, of {who}"));
        }
    }

    /// Something was used in a way that makes no sense.
    pub(crate) fn misuse(&mut self, what: impl Into<String>) {
        self.status.misuses += 1;
        self.complain(what);
    }

    pub(crate) fn note(&mut self, severity: Severity, message: &str) {
        if self.notes.len() < MOST_REMARKS {
            self.notes.push((severity, beginning(message, MOST_REMARK_BYTES).to_owned()));
        } else {
            self.leave_out(format!("more than {MOST_REMARKS} notes"));
        }
    }

    pub(crate) fn record(&mut self, name: &str, value: f64) {
        if !value.is_finite() {
            self.leave_out(format!("`{name}`: {value} is no number"));
            return;
        }
        match room(&mut self.values, name).map(|values| values.add(value)) {
            Some(true) => {}
            Some(false) => self.leave_out(too_large(name, value)),
            None => self.leave_out(format!("more than {MOST_NAMES} named values")),
        }
    }

    pub(crate) fn count(&mut self, name: &str, by: f64) {
        if !by.is_finite() {
            self.leave_out(format!("`{name}`: {by} is no number"));
            return;
        }
        match room(&mut self.counts, name).map(|total| add(total, by)) {
            Some(true) => {}
            Some(false) => self.leave_out(too_large(name, by)),
            None => self.leave_out(format!("more than {MOST_NAMES} named counts")),
        }
    }

    /// Adds items that the whole handled.
    pub(crate) fn handle(&mut self, noun: &str, count: f64) {
        if let Err(reason) = self.items.add(noun, count) {
            self.leave_out(reason);
        }
    }

    /// Adds a phase that ended.
    pub(crate) fn close_phase(&mut self, path: &str, number: u64, mut ended: PhaseTotal) {
        if self.open.close(path, number) {
            ended.memory.forget_changes();
        }
        if let Some((_, total)) = self.phases.iter_mut().rev().find(|(known, _)| known == path) {
            total.add(&ended);
        } else if self.phases.len() < MOST_NAMES {
            self.phases.push((path.to_owned(), ended));
        } else {
            self.leave_out(format!("more than {MOST_NAMES} phases"));
        }
    }

    /// The number of a phase that opens within others; `None` where there are too many.
    pub(crate) fn open_phase(&mut self, path: &str, stands_in: &[u64]) -> Option<u64> {
        let number = self.open.open(path, stands_in);
        if number.is_none() {
            self.leave_out(format!("more than {MOST_NAMES} open phases"));
        }
        number
    }
}

fn too_large(name: &str, value: f64) -> String {
    format!("`{name}`: with {value:e} the sum of its values is no number")
}

/// Adds to a sum; false where it would be no number any more.
fn add(sum: &mut f64, value: f64) -> bool {
    let is_number = (*sum + value).is_finite();
    if is_number {
        *sum += value;
    }
    is_number
}

/// How many items were handled, by noun.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items(BTreeMap<String, f64>);

impl Items {
    /// Adds some, unless there is a reason against it.
    pub(crate) fn add(&mut self, noun: &str, count: f64) -> Result<(), String> {
        if !count.is_finite() {
            return Err(format!("`{noun}`: {count} is no number of items"));
        }
        let noun = name(noun);
        if self.0.len() >= MOST_NOUNS && !self.0.contains_key(&noun) {
            return Err(format!("more than {MOST_NOUNS} kinds of items"));
        }
        if !add(self.0.entry(noun.clone()).or_default(), count) {
            return Err(too_large(&noun, count));
        }
        Ok(())
    }

    /// Adds those of another time of the same phase, which are of the same kinds as a rule.
    fn add_all(&mut self, other: &Self) {
        for (noun, count) in &other.0 {
            if self.0.len() < MOST_NOUNS || self.0.contains_key(noun) {
                add(self.0.entry(noun.clone()).or_default(), *count);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn to_pairs(&self) -> Vec<(String, f64)> {
        self.0.iter().map(|(noun, count)| (noun.clone(), *count)).collect()
    }
}

/// The entry of a name, unless it would be one too many.
pub(crate) fn room<'a, V: Default>(map: &'a mut BTreeMap<String, V>, text: &str) -> Option<&'a mut V> {
    if map.contains_key(text) {
        // Only a new name is kept, so that nothing is allocated for one that is known.
        return map.get_mut(text);
    }
    let name = name(text);
    if map.len() >= MOST_NAMES && !map.contains_key(&name) {
        return None;
    }
    Some(map.entry(name).or_default())
}

/// Clock and memory at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) instant: Instant,
    pub(crate) memory: Option<ResidentMemory>,
    pub(crate) allocated: Option<Allocated>,
}

impl Reading {
    /// At the beginning of what is measured: asking for memory takes some microseconds, which come before.
    pub(crate) fn first() -> Self {
        let memory = ResidentMemory::now();
        Self { memory, allocated: Allocated::now(), instant: Instant::now() }
    }

    /// At its end: the clock comes first.
    pub(crate) fn last() -> Self {
        let instant = Instant::now();
        let allocated = Allocated::now();
        Self { instant, memory: ResidentMemory::now(), allocated }
    }
}

/// What the times a phase was open add up to.
#[derive(Debug, Clone, Default)]
pub(crate) struct PhaseTotal {
    pub(crate) succeeded: Times,
    pub(crate) failed: Times,
    pub(crate) memory: MemoryChange,
    pub(crate) items: Items,
}

impl PhaseTotal {
    /// What happened between two moments.
    pub(crate) fn between(start: Reading, end: Reading, outcome: Outcome) -> Self {
        let ns = end.instant.saturating_duration_since(start.instant).as_nanos() as f64;
        let times = Times { count: 1, total_ns: ns, least_ns: ns, most_ns: ns };
        let (succeeded, failed) = match outcome {
            Outcome::Success => (times, Times::default()),
            Outcome::Failed => (Times::default(), times),
        };
        Self { succeeded, failed, memory: MemoryChange::between(start, end), items: Items::default() }
    }

    fn add(&mut self, other: &Self) {
        self.succeeded.add(&other.succeeded);
        self.failed.add(&other.failed);
        self.memory.add(&other.memory);
        self.items.add_all(&other.items);
    }
}

/// Durations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    pub(crate) count: u64,
    pub(crate) total_ns: f64,
    pub(crate) least_ns: f64,
    pub(crate) most_ns: f64,
}

impl Times {
    fn add(&mut self, other: &Self) {
        if self.count == 0 {
            *self = other.clone();
        } else if other.count > 0 {
            self.count += other.count;
            self.total_ns += other.total_ns;
            self.least_ns = self.least_ns.min(other.least_ns);
            self.most_ns = self.most_ns.max(other.most_ns);
        }
    }
}

/// What became of memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryChange {
    /// Growth of resident memory; less than 0 where it shrank. None where it may be another phase's.
    pub(crate) resident_bytes: Option<f64>,
    /// The peak of resident memory, and whether it is a lower bound only: the process had been larger before, so that the
    /// kernel's mark does not tell.
    pub(crate) peak: Option<(f64, bool)>,
    /// Allocations and bytes allocated. None where they may be another phase's.
    pub(crate) allocated: Option<(f64, f64)>,
    /// Bytes that are allocated in the end.
    pub(crate) heap: Option<f64>,
}

impl MemoryChange {
    pub(crate) fn between(start: Reading, end: Reading) -> Self {
        let resident = start.memory.zip(end.memory);
        let peak = |(before, after): (ResidentMemory, ResidentMemory)| {
            let has_grown = after.peak_bytes > before.peak_bytes;
            let ends = before.current_bytes.max(after.current_bytes);
            (if has_grown { after.peak_bytes } else { ends } as f64, !has_grown)
        };
        Self {
            resident_bytes: resident.map(|(from, to)| to.current_bytes as f64 - from.current_bytes as f64),
            peak: resident.map(peak),
            allocated: start.allocated.zip(end.allocated).map(|(from, to)| {
                let (count, bytes) =
                    (to.count.saturating_sub(from.count), to.bytes.saturating_sub(from.bytes));
                (count as f64, bytes as f64)
            }),
            heap: end.allocated.map(|allocated| allocated.live_bytes() as f64),
        }
    }

    /// Leaves out what two phases would both claim.
    fn forget_changes(&mut self) {
        (self.resident_bytes, self.allocated) = (None, None);
    }

    fn add(&mut self, other: &Self) {
        self.resident_bytes = self.resident_bytes.zip(other.resident_bytes).map(|(left, right)| left + right);
        self.peak =
            self.peak.zip(other.peak).map(|(left, right)| if right.0 > left.0 { right } else { left });
        let allocated = self.allocated.zip(other.allocated);
        self.allocated = allocated.map(|(left, right)| (left.0 + right.0, left.1 + right.1));
        self.heap = other.heap;
    }
}

/// Values of one name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) last: f64,
    /// Every one of them, or every second, fourth, …: at most [`MOST_SAMPLES`].
    pub(crate) samples: Vec<f64>,
    /// How many values a sample stands for.
    stride: u64,
}

impl Values {
    /// False where the sum would be no number any more.
    fn add(&mut self, value: f64) -> bool {
        if !add(&mut self.sum, value) {
            return false;
        }
        if self.count == 0 {
            (self.least, self.most, self.stride) = (value, value, 1);
        }
        if self.count.is_multiple_of(self.stride) {
            if self.samples.len() == MOST_SAMPLES {
                let mut index = 0;
                self.samples.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            self.samples.push(value);
        }
        self.count += 1;
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.last = value;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stay_few_and_even() {
        let mut values = Values::default();
        assert!((0..10_000).all(|value| values.add(f64::from(value))));
        assert!(values.samples.len() <= MOST_SAMPLES && values.samples.len() > MOST_SAMPLES / 2);
        assert!(values.samples.is_sorted());
        assert_eq!((values.count, values.last, values.most), (10_000, 9_999.0, 9_999.0));
    }

    #[test]
    fn a_peak_that_was_before_is_a_lower_bound() {
        let reading = |current_bytes, peak_bytes| Reading {
            memory: Some(ResidentMemory { current_bytes, peak_bytes }),
            ..Reading::first()
        };
        let change = |from, to| MemoryChange::between(from, to);
        assert_eq!(change(reading(10, 20), reading(15, 30)).peak, Some((30.0, false)));
        assert_eq!(change(reading(10, 20), reading(15, 20)).peak, Some((15.0, true)));
        assert_eq!(change(reading(10, 20), reading(5, 20)).resident_bytes, Some(-5.0));
    }
}
