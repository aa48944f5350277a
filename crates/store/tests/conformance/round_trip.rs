//! A run comes back equal to what was stored, whatever it holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_model::{
    AllocationSite, Base, Bound, Ci, Commit, Complaint, Context, DetailFields, Direction, Environment,
    Interval, Limit, Measurement, Metric, Note, Outcome, Run, Severity, Target, Unit, Usage,
};
use plimsoll_store::SqliteStore;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::sample::{check_sound, run, store};

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", "\\PC{1,12}", Just("a\n\"b'<\u{1b}[31m\u{0}".to_owned()), Just("0".to_owned())]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
        (0..1_000_000_u32).prop_map(|value| f64::from(value) / 100.0),
        Just(0.0),
        Just(-0.0),
        Just(f64::MIN_POSITIVE),
        Just(f64::MAX),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![4 => Just(Outcome::Success), 1 => Just(Outcome::Failed), 1 => Just(Outcome::TimedOut)]
}

fn target() -> impl Strategy<Value = Target> {
    let limit = || prop_oneof![Just(Limit::Never), (0.0..2.0).prop_map(Limit::Relative)];
    (
        option::of(name()),
        option::of(name()),
        name(),
        name(),
        number(),
        any::<bool>(),
        option::of(name()),
        limit(),
        limit(),
    )
        .prop_map(|(id, suite, benchmark, metric, bound, max, per, warn, error)| Target {
            id,
            suite,
            benchmark,
            metric,
            bound: if max { Bound::Max(bound) } else { Bound::Min(bound) },
            unit: Some(Unit::BYTES),
            per,
            warn,
            error,
        })
}

fn metric() -> impl Strategy<Value = Metric> {
    let direction = prop_oneof![Just(Direction::Lower), Just(Direction::Higher), Just(Direction::None)];
    (name(), name(), direction, any::<bool>()).prop_map(|(name, unit, direction, exact)| Metric {
        name: name.into(),
        unit: Unit::normalise(&unit).0,
        direction,
        exact,
    })
}

fn measurement() -> impl Strategy<Value = Measurement> {
    let names = || btree_map(name(), number(), 0..3);
    let interval =
        (number(), number(), 0.0..1.0).prop_map(|(low, high, level)| Interval { low, high, level });
    let first = (name(), btree_map(name(), name(), 0..3), name(), outcome(), metric(), number(), name());
    let second = (
        option::of(interval),
        names(),
        vec(number(), 0..20),
        option::of(any::<u64>()),
        names(),
        option::of(target()),
    );
    (first, second).prop_map(
        |(
            (benchmark, parameters, harness, outcome, metric, value, statistic),
            (interval, estimates, samples, iterations, items, target),
        )| Measurement {
            benchmark: benchmark.into(),
            parameters: parameters.into_iter().collect(),
            harness: harness.into(),
            metric,
            value,
            statistic: statistic.into(),
            iterations: iterations.into(),
            details: DetailFields {
                outcome,
                interval,
                estimates: estimates.into_iter().collect(),
                samples,
                items: items.into_iter().collect(),
                target: target.map(Box::new),
            }
            .into(),
        },
    )
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (0..2_000_000_000_i64).prop_map(|seconds| Timestamp::from_second(seconds).unwrap()),
        (Timestamp::MIN.as_nanosecond()..Timestamp::MAX.as_nanosecond())
            .prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap()),
    ]
}

/// Few different commits, so that runs meet the ancestors that other runs brought, and contradict them.
fn commit() -> impl Strategy<Value = Commit> {
    let hash = || prop_oneof![4 => "[0-3]{1}".prop_map(|digit| digit.repeat(40)), 1 => name()];
    let times = prop_oneof![vec(0..9_i64, 0..5), vec(any::<i64>(), 0..3)];
    (hash(), vec(hash(), 0..5), times, option::of(time()), option::of(name()), any::<bool>()).prop_map(
        |(hash, ancestors, ancestor_times, committed_at, subject, dirty)| Commit {
            hash,
            ancestors,
            ancestor_times,
            committed_at,
            subject,
            dirty,
        },
    )
}

fn context() -> impl Strategy<Value = Context> {
    let base = (name(), option::of(name())).prop_map(|(branch, hash)| Base { branch, hash });
    let ci = (name(), option::of(name()), option::of(any::<u32>())).prop_map(|(provider, job, attempt)| Ci {
        provider,
        run_id: None,
        job,
        attempt,
        url: None,
    });
    let environment =
        (option::of(name()), option::of(any::<u64>()), btree_map(name(), name(), 0..3)).prop_map(
            |(os, memory_bytes, tools)| Environment { os, memory_bytes, tools, ..Environment::default() },
        );
    let first =
        (option::of(commit()), option::of(name()), option::of(base), option::of(any::<u64>()), name());
    (first, environment, time(), any::<u64>(), option::of(ci), option::of(name())).prop_map(
        |(
            (commit, branch, base, pull_request, testbed),
            environment,
            started_at,
            duration_ms,
            ci,
            unknown,
        )| Context {
            commit,
            branch,
            base,
            pull_request,
            testbed,
            environment,
            started_at,
            duration_ms,
            usage: (duration_ms % 2 == 0).then_some(Usage {
                wall_ns: duration_ms,
                user_cpu_ns: 2,
                system_cpu_ns: 3,
                peak_rss_bytes: u64::MAX,
            }),
            ci,
            unknown: unknown.into_iter().map(|text| (format!("x-{text}"), text.into())).collect(),
        },
    )
}

fn any_run() -> impl Strategy<Value = Run> {
    let suite = prop_oneof![Just("fast".to_owned()), name()];
    let complaints = vec((option::of(any::<u64>()), name()), 0..3);
    let notes = vec(name(), 0..2);
    (suite, option::of(name()), outcome(), context(), vec(measurement(), 0..8), notes, complaints).prop_map(
        |(suite, session, outcome, context, measurements, notes, complaints)| Run {
            id: String::new(),
            project: "p".to_owned(),
            suite,
            session,
            outcome,
            context,
            measurements,
            allocators: notes
                .iter()
                .map(|site| AllocationSite { site: site.clone(), bytes: 7, count: 1 })
                .collect(),
            notes: notes.into_iter().map(|message| Note { severity: Severity::Warning, message }).collect(),
            complaints: complaints
                .into_iter()
                .map(|(line, message)| Complaint { source: None, line, message })
                .collect(),
            unknown: BTreeMap::from([("colour".to_owned(), serde_json::json!({"deep": [1, 2.5, null]}))]),
        },
    )
}

#[track_caller]
fn check_all(store: &SqliteStore, runs: &[Run]) {
    for (number, run) in (1..).zip(runs) {
        assert_eq!(store.load_run(number).unwrap(), *run);
    }
    check_sound(store);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_run_comes_back_as_it_was(mut runs in vec(any_run(), 1..6)) {
        let (_folder, mut store) = store();
        for (index, run) in runs.iter_mut().enumerate() {
            run.id = format!("run-{index}");
            store.append(run).unwrap();
        }
        check_all(&store, &runs);
        let reopened = SqliteStore::open_read_only(store.path()).unwrap();
        check_all(&reopened, &runs);
        for run in &runs {
            prop_assert!(!store.append(run).unwrap().is_new);
        }
    }
}

#[test]
fn folding_loses_nothing() {
    let (_folder, mut store) = store();
    let mut runs = Vec::new();
    for place in 0..440_u64 {
        let values: Vec<f64> =
            (0..place % 7).map(|index| (place as f64).exp2() / (index as f64 + 3.0)).collect();
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let mut run = run(place, &values);
        if place % 5 == 0 && !run.measurements.is_empty() {
            run.measurements[0].outcome = Outcome::TimedOut;
            run.measurements[0].samples = vec![1.5, 2.5];
        }
        if place % 3 == 0 {
            run.measurements.reverse();
        }
        store.append(&run).unwrap();
        runs.push(run);
    }
    assert!(store.stats().unwrap().segments >= 3);
    check_all(&store, &runs);
}

#[test]
fn a_history_that_goes_in_circles_comes_back_too() {
    let (_folder, mut store) = store();
    let mut runs = Vec::new();
    for (place, ancestors) in [(1, vec![]), (1, vec![2, 1, 3, 1]), (2, vec![1, 2, 1, 2])] {
        let mut run = run(place, &[1.0]);
        run.id = format!("run {}", runs.len());
        let commit = run.context.commit.as_mut().unwrap();
        commit.ancestors = ancestors.into_iter().map(crate::sample::hash).collect();
        commit.ancestor_times = Vec::new();
        store.append(&run).unwrap();
        runs.push(run);
    }
    check_all(&store, &runs);
}

#[test]
fn samples_are_pooled_by_series() {
    let (_folder, mut store) = store();
    for place in 1..4_u64 {
        let mut run = run(place, &[1.0, 2.0]);
        run.measurements[1].samples = vec![place as f64, place as f64 + 0.5];
        store.append(&run).unwrap();
    }
    let series: Vec<i64> = store.series_of(1).unwrap().iter().map(|row| row.id).collect();
    let pooled = store.samples(&series, &[3, 1]).unwrap();
    assert_eq!(pooled, [vec![], vec![3.0, 3.5, 1.0, 1.5]]);
}
