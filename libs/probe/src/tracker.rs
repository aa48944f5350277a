//! The tracker: what a program holds to be measured.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::{self, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::book::{self, Book, Reading};
use crate::clock::{self, Moment};
use crate::declaration::{Declaration, Declared};
use crate::inside::{self, Inside};
use crate::measured::{Direction, Measured, Outcome, Severity};
use crate::name::name;
use crate::page::{Line, Teller};
use crate::phase::Phase;
use crate::process_wide::{self, ProcessTracker};
use crate::recorder::{self, Operation, Registration};
use crate::settings;
use crate::spool;
use crate::status::Status;
use crate::summary::Known;
use crate::surroundings::Surroundings;

/// Measures something that begins and ends: a build, an import, a session. Cheap to clone, usable from every thread.
///
/// [`Self::finish`], or dropping the last clone, writes one line to the spool. A tracker never fails: what goes wrong is
/// counted in [`Self::status`].
#[derive(Debug)]
pub struct Tracker {
    inner: Option<Arc<Inner>>,
}

/// How a tracker shall be started, where the usual way does not fit.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    name: String,
    spool: Option<PathBuf>,
    project: Option<String>,
    suite: Option<String>,
    session: Option<String>,
    tools: Vec<(String, String)>,
}

impl Builder {
    /// The folder to write to, instead of `PLIMSOLL_SPOOL` or `.plimsoll/spool`.
    #[must_use]
    pub fn spool(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spool = Some(folder.into());
        self
    }

    /// The project, instead of the repository's.
    #[must_use]
    pub fn project(mut self, text: &str) -> Self {
        self.project = Some(name(text));
        self
    }

    /// The suite, instead of the tracker's name.
    #[must_use]
    pub fn suite(mut self, text: &str) -> Self {
        self.suite = Some(name(text));
        self
    }

    /// The session that several runs belong to.
    #[must_use]
    pub fn session(mut self, text: &str) -> Self {
        self.session = Some(name(text));
        self
    }

    /// A tool that the numbers depend on, with its version: `tool("python", "3.13.1")`.
    #[must_use]
    pub fn tool(mut self, tool: &str, version: &str) -> Self {
        self.tools.push((name(tool), name(version)));
        self
    }

    /// Starts the tracker.
    pub fn start(self) -> Tracker {
        Tracker::begin(self, false)
    }

    /// Starts the tracker of the process, unless it was started before: then it stays as it is. For programs whose name is
    /// not that of their executable.
    pub fn start_process_wide(self) -> &'static ProcessTracker {
        process_wide::start(self)
    }
}

/// What all clones of a tracker share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) scope: u64,
    generation: u32,
    pub(crate) teller: Teller,
    pub(crate) suite: String,
    session: Option<String>,
    /// The same in no two runs of any process.
    unique: u128,
    pub(crate) surroundings: Surroundings,
    began: Instant,
    began_at: SystemTime,
    handles: AtomicUsize,
    book: Mutex<Book>,
    /// What the command left of the suite, once somebody asked.
    pub(crate) known: Mutex<Known>,
}

/// The scope of the operations of the process-wide tracker; others count up from here.
pub(crate) const PROCESS_SCOPE: u64 = 0;

impl Tracker {
    /// A tracker that measures nothing.
    pub(crate) const OFF: Self = Self { inner: None };

    /// Starts to measure. The name is the benchmark, and the suite of the run.
    pub fn start(name: &str) -> Self {
        Self::builder(name).start()
    }

    /// A tracker with settings of its own.
    pub fn builder(text: &str) -> Builder {
        Builder { name: name(text), ..Builder::default() }
    }

    pub(crate) fn begin(builder: Builder, is_process_wide: bool) -> Self {
        static NEXT_SCOPE: AtomicU64 = AtomicU64::new(PROCESS_SCOPE + 1);
        let Some(generation) = recorder::generation() else {
            return Self::OFF;
        };
        let mut surroundings = Surroundings::look();
        surroundings.spool_folder = whole(builder.spool.unwrap_or(surroundings.spool_folder));
        surroundings.project = builder.project.or(surroundings.project);
        surroundings.tools = builder.tools;
        let is_warm = !is_process_wide
            && Inside::enter().is_some_and(|inside| !recorder::core(&inside).is_first_tracker(&builder.name));
        let unique = unique_number();
        let status =
            Status { is_enabled: true, spool: surroundings.spool_folder.clone(), ..Status::default() };
        // The clock is chosen here rather than by the first operation.
        Moment::now();
        let session = builder.session.or_else(|| surroundings.session.clone());
        let inner = Inner {
            scope: if is_process_wide { PROCESS_SCOPE } else { NEXT_SCOPE.fetch_add(1, Relaxed) },
            generation,
            suite: settings::text("PLIMSOLL_SUITE").or(builder.suite).unwrap_or_else(|| builder.name.clone()),
            teller: Teller { name: builder.name, is_warm, is_process_wide },
            session: session.or_else(|| is_process_wide.then(|| format!("{unique:032x}"))),
            unique,
            surroundings,
            began: Instant::now(),
            began_at: SystemTime::now(),
            handles: AtomicUsize::new(1),
            book: Mutex::new(Book::new(Reading::first(), status)),
            known: Mutex::default(),
        };
        Self { inner: Some(Arc::new(inner)) }
    }

    /// Begins a phase, which ends when it is dropped.
    #[inline]
    pub fn phase(&self, name: &str) -> Phase {
        match self.live() {
            Some(inner) => Phase::open_in(inner, name),
            None => Phase::OFF,
        }
    }

    /// An operation that happens often: its times go to a distribution in constant memory, for a few nanoseconds a call.
    /// The first call of an operation in a process is told apart (`start=cold`). Ask once, keep the answer.
    pub fn operation(&self, name: &str) -> Operation {
        self.operation_with(name, &[])
    }

    /// An operation with parameters: `tracker.operation_with("request", &[("route", "/users")])`.
    pub fn operation_with(&self, name: &str, parameters: &[(&str, &str)]) -> Operation {
        let name = self.live().map(|inner| inner.teller.path(name)).unwrap_or_default();
        self.register(&name, parameters, None)
    }

    /// A distribution of whole numbers in a unit: `tracker.distribution("response_size", "bytes")`, and then
    /// [`Operation::record`].
    pub fn distribution(&self, metric: &str, unit: &str) -> Operation {
        let name = self.live().map(|inner| inner.teller.name.clone()).unwrap_or_default();
        self.register(&name, &[], Some((metric, unit)))
    }

    fn register(&self, text: &str, parameters: &[(&str, &str)], metric: Option<(&str, &str)>) -> Operation {
        // A tracker that has finished counts it as left out, and has none.
        let Some(scope) = self.live().and_then(|inner| inner.with_book(|_| inner.scope)) else {
            return Operation::NONE;
        };
        let registration = Registration { scope, name: name(text), parameters, metric };
        let operation = Inside::enter().and_then(|inside| recorder::core(&inside).register(registration));
        operation.unwrap_or_else(|| {
            self.with_book(|book| {
                book.leave_out(format!("more than {} operations", recorder::MAX_OPERATIONS));
            });
            Operation::NONE
        })
    }

    /// Begins a call that [`Self::stop`] ends, under a name: `tracker().start("startup")`. Calls of one name may stand in
    /// one another. For hot code [`Self::operation`] is faster.
    pub fn start_call(&self, name: &str) {
        let now = Moment::now();
        self.with_book(|book| {
            let calls = book::room(&mut book.started, name).filter(|calls| calls.len() < book::MOST_NAMES);
            match calls {
                Some(calls) => calls.push(now),
                None => book.leave_out(format!("more than {} calls without an end", book::MOST_NAMES)),
            }
        });
    }

    /// Ends the last call of that name that [`Self::start_call`] began, and gives its duration in nanoseconds. A call that was
    /// never begun is a misuse in [`Status`].
    pub fn stop(&self, name: &str) -> Option<u64> {
        self.stop_with(name, Outcome::Success)
    }

    /// The same with an outcome.
    pub fn stop_with(&self, text: &str, outcome: Outcome) -> Option<u64> {
        let now = Moment::now();
        let key = name(text);
        let start = self.with_book(|book| {
            let start = book.started.get_mut(&key).and_then(Vec::pop);
            if start.is_none() {
                book.misuse(format!("`{key}` was stopped and not started"));
            }
            start
        })??;
        let ns = start.ns_until(now);
        let operation = self.operation(text);
        match outcome {
            Outcome::Success => operation.record(ns),
            Outcome::Failed => operation.record_failed(ns),
        }
        Some(ns)
    }

    /// Records a value of the program's own: `tracker.record("cache_hit_rate", 0.93)`. Of several values of one name the mean
    /// counts, with the least, the most and the last beside it.
    #[inline]
    pub fn record(&self, name: &str, value: f64) {
        if let Some(inner) = &self.inner {
            inner.record(name, value);
        }
    }

    /// Adds to a count of the program's own: `tracker.count("retries", 1)`.
    #[inline]
    pub fn count(&self, name: &str, by: impl Into<f64>) {
        if let Some(inner) = &self.inner {
            inner.count(name, by.into());
        }
    }

    /// Adds items that the whole handled: `tracker.items("pages", 100)`.
    pub fn items(&self, noun: &str, count: impl Into<f64>) {
        let count = count.into();
        self.with_book(|book| book.handle(noun, count));
    }

    /// Says once what unit a name has and which way is better. A name that nobody declared is shown and never gated. For an
    /// operation or a phase the unit is one of time, and is that of the target.
    pub fn declare(&self, text: &str, unit: &str, direction: Direction) -> Declaration<'_> {
        let name = name(text);
        self.with_book(|book| {
            if book.declared.len() < book::MOST_NAMES || book.declared.contains_key(&name) {
                book.declared.insert(name.clone(), Declared::new(unit, direction));
            } else {
                book.leave_out(format!("more than {} declarations", book::MOST_NAMES));
            }
        });
        Declaration { tracker: self, name }
    }

    /// Adds a measurement that was made elsewhere, as it is: of a memory profiler, or of a test runner.
    pub fn add(&self, measured: Measured) {
        let measured = measured.within_bounds();
        self.with_book(|book| {
            if !measured.value.is_finite() {
                book.leave_out(format!("`{}`: {} is no number", measured.title(), measured.value));
            } else if book.added.len() < book::MOST_ADDED {
                book.added.push(measured);
            } else {
                book.leave_out(format!("more than {} measurements made elsewhere", book::MOST_ADDED));
            }
        });
    }

    /// Says how much a place in the program has allocated, and in how many pieces.
    pub fn allocator(&self, site: &str, bytes: u64, count: u64) {
        let site = name(site);
        self.with_book(|book| {
            if book.allocators.len() < book::MOST_ALLOCATORS {
                book.allocators.push((site, bytes, count));
            } else {
                book.leave_out(format!("more than {} places that allocate", book::MOST_ALLOCATORS));
            }
        });
    }

    /// Writes to another folder from now on; to none, so that nothing is written, without one.
    pub fn write_to(&self, folder: Option<PathBuf>) {
        self.live()
            .and_then(|inner| inner.look(|book| book.status.spool = folder.map(whole).unwrap_or_default()));
    }

    /// Adds a remark to the run.
    pub fn note(&self, severity: Severity, message: &str) {
        self.with_book(|book| book.note(severity, message));
    }

    /// Says that what is tracked failed: the run enters no baseline.
    pub fn fail(&self) {
        self.with_book(|book| book.outcome = Outcome::Failed);
    }

    /// What was measured since the last line, without writing it.
    pub fn measured(&self) -> Vec<Measured> {
        self.live().map(|inner| inner.since_last_line()).unwrap_or_default()
    }

    /// Writes what was measured since the last line, and gives it. The tracker goes on.
    pub fn snapshot(&self) -> Vec<Measured> {
        let measured = self.write_quietly();
        #[cfg(feature = "tracing")]
        if !measured.is_empty() {
            self.tell_events(false);
        }
        measured
    }

    /// The same, and tells nobody: when a process ends, those who would listen may be gone.
    pub(crate) fn write_quietly(&self) -> Vec<Measured> {
        self.live().map(|inner| inner.write(false)).unwrap_or_default()
    }

    /// Forgets what was measured since the last line, and that operations were ever called: the next call of each is a first
    /// one again. For tests.
    pub fn reset(&self) {
        if let Some(inner) = self.live() {
            if let Some(inside) = Inside::enter() {
                recorder::core(&inside).reset(inner.scope);
            }
            let now = Reading::last();
            inner.look(|book| {
                book.turn_page(now);
                book.started.clear();
                book.told.clear();
            });
        }
    }

    /// Ends it and writes its line. What is recorded later is left out. Of the process-wide tracker it is a snapshot.
    pub fn finish(&self) -> Status {
        self.end();
        self.status()
    }

    fn end(&self) {
        let Some(inner) = self.live() else {
            return;
        };
        if inner.teller.is_process_wide {
            self.snapshot();
        } else if inner.look(|book| book.is_finished) == Some(false) {
            inner.write(true);
            #[cfg(feature = "tracing")]
            self.tell_events(true);
        }
    }

    /// How the tracker itself fares.
    pub fn status(&self) -> Status {
        self.live().and_then(|inner| inner.look(|book| book.status.clone())).unwrap_or_default()
    }

    /// Whether anything is measured.
    pub fn is_enabled(&self) -> bool {
        self.live().is_some()
    }

    /// The inside, unless nothing is measured or this process is a child of the one that started it.
    #[inline]
    pub(crate) fn live(&self) -> Option<&Arc<Inner>> {
        self.inner.as_ref().filter(|inner| inner.is_of_this_process())
    }

    pub(crate) fn with_book<T>(&self, note: impl FnOnce(&mut Book) -> T) -> Option<T> {
        self.inner.as_ref()?.with_book(note)
    }
}

impl Clone for Tracker {
    fn clone(&self) -> Self {
        if let Some(inner) = &self.inner {
            inner.handles.fetch_add(1, Relaxed);
        }
        Self { inner: self.inner.clone() }
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        // Open phases hold the inside too, so that the handles are counted by themselves.
        if let Some(inner) = &self.inner
            && inner.handles.fetch_sub(1, Relaxed) == 1
            && inner.is_of_this_process()
        {
            if std::thread::panicking() {
                inner.with_book(|book| book.outcome = Outcome::Failed);
            }
            self.end();
        }
    }
}

impl Inner {
    /// A lock of the parent's may be held for ever in its child.
    #[inline]
    pub(crate) fn is_of_this_process(&self) -> bool {
        recorder::generation() == Some(self.generation)
    }

    /// Does something with what is noted, also when the tracker has finished.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Book) -> T) -> Option<T> {
        let _inside = Inside::enter()?;
        Some(look(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Notes something, unless the tracker has finished.
    pub(crate) fn with_book<T>(&self, note: impl FnOnce(&mut Book) -> T) -> Option<T> {
        if !self.is_of_this_process() {
            return None;
        }
        self.look(|book| {
            if book.is_finished {
                book.status.values_left_out += 1;
                return None;
            }
            Some(note(book))
        })?
    }

    /// The benchmark of a phase.
    pub(crate) fn path(&self, name: &str) -> String {
        self.teller.path(name)
    }

    fn record(&self, name: &str, value: f64) {
        self.with_book(|book| book.record(name, value));
    }

    fn count(&self, name: &str, by: f64) {
        self.with_book(|book| book.count(name, by));
    }

    /// What was measured since the last line; nothing after the end.
    pub(crate) fn since_last_line(&self) -> Vec<Measured> {
        let recorded = Inside::enter().map(|inside| recorder::core(&inside).look(self.scope));
        let now = Reading::last();
        let recorded = recorded.unwrap_or_default();
        let has_whole = self.has_whole();
        let told = self.look(|book| {
            if book.is_finished {
                Vec::new()
            } else {
                self.teller.tell(book, &recorded, now, false, has_whole)
            }
        });
        told.unwrap_or_default()
    }

    /// Whether memory and the like of the tracker itself are told. Where another tracker has the name of the process, they are
    /// of that one: of two values of one series the median would count, which is neither.
    fn has_whole(&self) -> bool {
        let has_begun =
            || Inside::enter().is_some_and(|inside| recorder::core(&inside).has_begun(&self.teller.name));
        !self.teller.is_process_wide || !has_begun()
    }

    /// How long it has run, or ran.
    pub(crate) fn elapsed(&self) -> Duration {
        let ended = self.look(|book| book.ended).flatten().unwrap_or_else(Instant::now);
        ended.saturating_duration_since(self.began)
    }

    /// Writes a line, without holding a lock that anything measured needs.
    fn write(&self, is_end: bool) -> Vec<Measured> {
        let now = Reading::last();
        let mut recorded = match Inside::enter() {
            Some(inside) => recorder::core(&inside).take(self.scope, is_end),
            None => return Vec::new(),
        };
        recorded.sort_by(|left, right| left.name.cmp(&right.name));
        let turned = self.look(|book| {
            if book.is_finished || !is_end && book.is_empty() && recorded.is_empty() {
                return None;
            }
            book.is_finished = is_end;
            book.ended = is_end.then_some(now.instant);
            book.leave_out_turned_away(inside::take_turned_away());
            Some(book.turn_page(now))
        });
        let Some(mut page) = turned.flatten() else {
            return Vec::new();
        };
        if !is_end {
            // They may yet be closed.
            page.open.paths.clear();
        }
        if let Some(drift) = clock::check() {
            let share = drift * 100.0;
            page.complain(format!(
                "the cycle counter went {share:.2} % off the system's clock: times of operations are off"
            ));
        }
        let measured = self.teller.tell(&page, &recorded, now, is_end, self.has_whole());
        let since = page.since.instant;
        let line = Line {
            id: format!("probe-{:032x}-{}", self.unique, page.lines),
            suite: &self.suite,
            session: self.session.as_deref(),
            surroundings: &self.surroundings,
            started_at: self.began_at + since.saturating_duration_since(self.began),
            duration: now.instant.saturating_duration_since(since),
            measured: &measured,
            book: &page,
        };
        self.look(|book| book.remember(&measured));
        if page.status.spool.as_os_str().is_empty() {
            return measured;
        }
        let written = spool::append(&page.status.spool, |left_out| line.write(left_out));
        self.look(|book| match written {
            Ok(()) => book.status.lines_written += 1,
            Err(error) => {
                book.status.lines_left_out += 1;
                book.status.last_error = Some(error.to_string());
            }
        });
        measured
    }
}

/// A folder that stays the same when the program goes to another one.
fn whole(folder: PathBuf) -> PathBuf {
    path::absolute(&folder).unwrap_or(folder)
}

/// A number that no other run has: made of the system's chance, the time and the process.
fn unique_number() -> u128 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let half = || {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u128(since_epoch.as_nanos());
        hasher.write_u32(std::process::id());
        hasher.write_u64(COUNT.fetch_add(1, Relaxed));
        u128::from(hasher.finish())
    };
    half() << 64 | half()
}
