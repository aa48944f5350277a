//! The ways to time a call or to keep a value, the probe's own and its peers', each as a program would use it.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::Instant;

use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::local::LocalSpan;
use hdrhistogram::Histogram as HdrHistogram;
use plimsoll_probe::{Tracker, measure, tracker};
use prometheus::{Histogram, HistogramOpts};
use tracing::Dispatch;
use tracing_subscriber::fmt::format::FmtSpan;

pub(crate) const INSTANT_PAIR: &str = "a pair of `Instant::now`";
pub(crate) const COUNTER_PAIR: &str = "a pair of the cycle counter (fastant)";
pub(crate) const GUARD: &str = "probe: `operation.start()`, `.finish()`";
pub(crate) const MEASURE: &str = "probe: `measure!`";
pub(crate) const PROMETHEUS_TIMER: &str = "prometheus: `start_timer`, `observe_duration`";
pub(crate) const HDR_TIMER: &str = "hdrhistogram behind a `Mutex`, a pair of `Instant::now`";
pub(crate) const FASTRACE: &str = "fastrace: a local span, 100 to a trace";
pub(crate) const TRACING_REGISTRY: &str = "tracing: a span, registry";
pub(crate) const TRACING_FORMATTER: &str = "tracing: a span, formatter to a sink";
pub(crate) const TRACING_CLOSE: &str = "tracing: a span whose time the formatter prints to a sink";
pub(crate) const RECORD: &str = "probe: `operation.record(…)`";
pub(crate) const PROMETHEUS_OBSERVE: &str = "prometheus: `observe(…)`";
pub(crate) const HDR_RECORD: &str = "hdrhistogram: `record(…)`, one for each thread";
pub(crate) const NAMED_VALUE: &str = "probe: `tracker.record(\"name\", …)`";
pub(crate) const NAMED_COUNT: &str = "probe: `tracker.count(\"name\", 1)`";
pub(crate) const PHASE: &str = "probe: `tracker.phase(\"name\")`, which reads memory twice";

/// Spans of a fastrace trace: what a request may well have.
const SPANS_OF_A_TRACE: u64 = 100;
/// The longest time that hdrhistogram is asked to keep, in nanoseconds.
const LONGEST_NS: u64 = 60_000_000_000;

/// One way.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    run: Box<dyn Fn(u64) + Send + Sync>,
}

impl Row {
    /// The same call, so many times.
    pub(crate) fn run(&self, calls: u64) {
        (self.run)(calls);
    }

    /// A row of calls that know nothing of one another. Each gets another number, which the compiler does not know.
    fn of(name: &'static str, call: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { name, run: Box::new(move |calls| (0..calls).for_each(|number| call(black_box(number)))) }
    }
}

/// Every row, clocks first. Sets up what the peers set up once in a process.
pub(crate) fn all() -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let mut rows = vec![
        Row::of(INSTANT_PAIR, |number| {
            let start = Instant::now();
            black_box(number);
            black_box((start, Instant::now()));
        }),
        Row::of(COUNTER_PAIR, |number| {
            let start = fastant::Instant::now();
            black_box(number);
            black_box((start, fastant::Instant::now()));
        }),
    ];
    rows.extend(of_probe());
    rows.extend(of_histograms()?);
    rows.extend(of_spans()?);
    Ok(rows)
}

fn of_probe() -> Vec<Row> {
    // A process-wide tracker that writes nothing when the process ends.
    Tracker::builder("probe").start_process_wide().write_to(None);
    let timed = tracker().operation("timed");
    let sizes = tracker().distribution("size", "bytes");
    vec![
        Row::of(GUARD, move |number| {
            let timing = timed.start();
            black_box(number);
            timing.finish();
        }),
        Row::of(MEASURE, |number| {
            measure!("measured", {
                black_box(number);
            });
        }),
        Row::of(RECORD, move |number| sizes.record(size(number))),
        Row::of(NAMED_VALUE, |number| tracker().record("value", size(number) as f64)),
        Row::of(NAMED_COUNT, |number| tracker().count("count", black_box(number) as f64)),
        Row::of(PHASE, |number| {
            let phase = tracker().phase("phase");
            black_box(number);
            phase.end();
        }),
    ]
}

fn of_histograms() -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let times = Histogram::with_opts(HistogramOpts::new("times", "seconds"))?;
    let sizes = Histogram::with_opts(HistogramOpts::new("sizes", "bytes"))?;
    let shared = Mutex::new(HdrHistogram::<u64>::new_with_bounds(1, LONGEST_NS, 3)?);
    let empty = HdrHistogram::<u64>::new_with_bounds(1, LONGEST_NS, 3)?;
    thread_local! {
        static OWN: RefCell<Option<HdrHistogram<u64>>> = const { RefCell::new(None) };
    }
    Ok(vec![
        Row::of(PROMETHEUS_TIMER, move |number| {
            let timer = times.start_timer();
            black_box(number);
            timer.observe_duration();
        }),
        Row::of(HDR_TIMER, move |number| {
            let start = Instant::now();
            black_box(number);
            let ns = start.elapsed().as_nanos() as u64;
            if let Ok(mut shared) = shared.lock() {
                shared.saturating_record(ns);
            }
        }),
        Row::of(PROMETHEUS_OBSERVE, move |number| sizes.observe(size(number) as f64)),
        Row::of(HDR_RECORD, move |number| {
            OWN.with_borrow_mut(|own| {
                own.get_or_insert_with(|| empty.clone()).saturating_record(size(number));
            });
        }),
    ])
}

fn of_spans() -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    fastrace::set_reporter(Deaf, Config::default());
    // The only one that the whole process listens with, which is the fastest way; formatters are set for their threads.
    tracing::subscriber::set_global_default(tracing_subscriber::registry())?;
    let formatter = || tracing_subscriber::fmt().with_writer(std::io::sink);
    let plain = Dispatch::new(formatter().finish());
    let with_times = Dispatch::new(formatter().with_span_events(FmtSpan::CLOSE).finish());
    Ok(vec![
        Row { name: FASTRACE, run: Box::new(fastrace_spans) },
        Row::of(TRACING_REGISTRY, |number| {
            let span = tracing::info_span!("registered").entered();
            black_box(number);
            drop(span);
        }),
        of_formatter(TRACING_FORMATTER, plain),
        of_formatter(TRACING_CLOSE, with_times),
    ])
}

fn of_formatter(name: &'static str, formatter: Dispatch) -> Row {
    let calls = |calls| {
        for number in 0..calls {
            let span = tracing::info_span!("formatted").entered();
            black_box(number);
            drop(span);
        }
    };
    Row {
        name,
        run: Box::new(move |count| tracing::dispatcher::with_default(&formatter, || calls(black_box(count)))),
    }
}

fn fastrace_spans(calls: u64) {
    for first in (0..calls).step_by(SPANS_OF_A_TRACE as usize) {
        let root = fastrace::Span::root("trace", SpanContext::random());
        let parent = root.set_local_parent();
        for number in first..calls.min(first + SPANS_OF_A_TRACE) {
            let span = LocalSpan::enter_with_local_parent("work");
            black_box(number);
            drop(span);
        }
        drop(parent);
    }
}

/// Takes spans and keeps none.
struct Deaf;

impl Reporter for Deaf {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        black_box(spans);
    }
}

/// A value that jumps about, between 0 and 16 million.
fn size(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}
