//! Runs stand in commit order, whenever they arrive.

use plimsoll_model::{Outcome, Run};
use plimsoll_store::{Place, RunFilter, RunRow, SeriesFilter, SqliteStore};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::sample::{append_places, at, check_sound, hash, lane, run, series, store};

fn values(store: &SqliteStore, filter: &SeriesFilter<'_>) -> Vec<f64> {
    let points = store.read_series(series(store, 0), filter).unwrap();
    points.iter().map(|point| point.value / 1000.0).collect()
}

fn counted(range: impl Iterator<Item = u32>) -> Vec<f64> {
    range.map(f64::from).collect()
}

#[test]
fn late_runs_land_where_they_belong() {
    let (_folder, mut store) = store();
    append_places(&mut store, (0..600).filter(|place| place % 3 != 1));
    append_places(&mut store, (0..600).rev().filter(|place| place % 3 == 1));
    assert_eq!(values(&store, &SeriesFilter::default()), counted(0..600));
    let last = SeriesFilter { last: Some(77), ..SeriesFilter::default() };
    assert_eq!(values(&store, &last), counted(523..600));
    check_sound(&store);
}

#[test]
fn history_stored_backwards_reads_forwards() {
    let (_folder, mut store) = store();
    append_places(&mut store, (0..450).rev());
    assert_eq!(values(&store, &SeriesFilter::default()), counted(0..450));
    for last in [1, 10, 100, 300] {
        let filter = SeriesFilter { last: Some(last), ..SeriesFilter::default() };
        assert_eq!(values(&store, &filter), counted(450 - last as u32..450));
    }
    check_sound(&store);
}

#[test]
fn what_failed_is_dirty_or_void_enters_no_baseline() {
    let (_folder, mut store) = store();
    append_places(&mut store, 0..200);
    let mut failed = run(200, &[200_000.0]);
    failed.outcome = Outcome::Failed;
    let mut dirty = run(201, &[201_000.0]);
    dirty.context.commit.as_mut().unwrap().dirty = true;
    let mut branch = run(202, &[202_000.0]);
    branch.context.branch = Some("feature".to_owned());
    for run in [&failed, &dirty, &branch] {
        store.append(run).unwrap();
    }
    store.void_run(3, "noisy neighbour", Some("ann"), at(0)).unwrap();
    store.void_run(198, "noisy neighbour", None, at(0)).unwrap();
    let eligible = SeriesFilter { eligible_only: true, branch: Some("main"), ..SeriesFilter::default() };
    let expected = counted((0..200).filter(|place| *place != 2 && *place != 197));
    assert_eq!(values(&store, &eligible), expected);
    let places = store.baseline_runs(lane(&store), "main", None, 5).unwrap();
    let numbers: Vec<i64> = places.iter().map(|place| place.number).collect();
    assert_eq!(numbers, [200, 199, 197, 196, 195]);
    let before = Some(places[2]);
    let places = store.baseline_runs(lane(&store), "main", before, 2).unwrap();
    assert_eq!(places.iter().map(|place| place.number).collect::<Vec<_>>(), [196, 195]);
    assert_eq!(store.count_eligible(lane(&store), "main", before, 1_000).unwrap(), 195);
    assert_eq!(store.count_eligible(lane(&store), "nobody", None, 10).unwrap(), 0);
    let voided = &store.runs(&[198]).unwrap()[0];
    assert_eq!((voided.voided.as_deref(), voided.eligible), (Some("noisy neighbour"), false));
    check_sound(&store);
}

#[test]
fn a_dirty_run_stands_after_its_commit_and_runs_without_one_by_their_start() {
    let (_folder, mut store) = store();
    let mut dirty = run(5, &[1.0]);
    dirty.id = "dirty".to_owned();
    dirty.context.commit.as_mut().unwrap().dirty = true;
    dirty.context.started_at = at(0);
    let clean = run(5, &[2.0]);
    let mut without = run(6, &[3.0]);
    without.context.commit = None;
    without.context.started_at = at(301);
    let places: Vec<Place> = [&dirty, &clean, &without, &run(4, &[4.0])]
        .into_iter()
        .map(|run| store.append(run).unwrap().place)
        .collect();
    let mut sorted = places.clone();
    sorted.sort();
    assert_eq!(sorted, [places[3], places[1], places[0], places[2]]);
}

#[test]
fn the_order_of_a_commit_is_fixed_when_it_is_first_seen() {
    let (_folder, mut store) = store();
    append_places(&mut store, [8]);
    let order = |store: &SqliteStore, place| store.commit_order("p", &hash(place)).unwrap();
    assert_eq!(order(&store, 3), Some(at(180).as_microsecond()));
    let mut amended = run(3, &[1.0]);
    amended.context.commit.as_mut().unwrap().committed_at = Some(at(99_999));
    let place = store.append(&amended).unwrap().place;
    assert_eq!(place.order, at(180).as_microsecond());
    assert_eq!(store.load_run(2).unwrap(), amended);
    assert_eq!((order(&store, 9), store.commit_order("q", &hash(3)).unwrap()), (None, None));
    check_sound(&store);
}

fn numbers(rows: &[RunRow]) -> Vec<i64> {
    rows.iter().map(|row| row.number).collect()
}

#[test]
fn runs_are_selected_by_what_surrounds_them() {
    let (_folder, mut store) = store();
    for place in 0..6_u64 {
        let mut run = run(place, &[1.0]);
        run.session = (place >= 4).then(|| "evening".to_owned());
        run.suite = if place % 2 == 0 { "fast" } else { "slow" }.to_owned();
        if place == 3 {
            run.context.branch = Some("feature".to_owned());
        }
        store.append(&run).unwrap();
    }
    let all = RunFilter { project: "p", ..RunFilter::default() };
    let of = |filter: RunFilter<'_>| numbers(&store.select_runs(&filter).unwrap());
    assert_eq!(of(all), [1, 2, 3, 4, 5, 6]);
    assert_eq!(of(RunFilter { newest_first: true, limit: Some(2), ..all }), [6, 5]);
    assert_eq!(of(RunFilter { suite: Some("slow"), ..all }), [2, 4, 6]);
    assert_eq!(of(RunFilter { branch: Some("feature"), ..all }), [4]);
    assert_eq!(of(RunFilter { branch: Some("main"), eligible_only: true, ..all }), [1, 2, 3, 5, 6]);
    assert_eq!(of(RunFilter { session: Some("evening"), ..all }), [5, 6]);
    assert_eq!(of(RunFilter { session: Some("morning"), ..all }), [] as [i64; 0]);
    assert_eq!(of(RunFilter { commit: Some(&hash(2)), ..all }), [3]);
    assert_eq!(of(RunFilter { since: Some(at(3_600 + 240)), ..all }), [5, 6]);
    assert_eq!(of(RunFilter { up_to: Some(at(60).as_microsecond()), ..all }), [1, 2]);
    let third = store.runs(&[3]).unwrap()[0].place;
    assert_eq!(of(RunFilter { before: Some(third), ..all }), [1, 2]);
    assert_eq!(of(RunFilter { project: "q", ..all }), [] as [i64; 0]);
    let row = &store.runs(&[4]).unwrap()[0];
    assert_eq!(
        (row.commit.as_deref(), row.subject.as_deref(), row.measurements, row.started_at),
        (Some(hash(3).as_str()), Some("Change number 3"), 1, at(3_780))
    );
}

#[test]
fn a_run_is_found_by_the_beginning_of_its_id_or_commit() {
    let (_folder, mut store) = store();
    append_places(&mut store, 1..20);
    let mut named = run(30, &[1.0]);
    named.id = "Nightly 2026-11-20".to_owned();
    named.context.commit.as_mut().unwrap().hash = "r4711".to_owned();
    store.append(&named).unwrap();
    let resolve = |text: &str| numbers(&store.resolve_run("p", text).unwrap());
    assert_eq!(resolve(&hash(7)), [7]);
    for len in [5, 8, 9, 39] {
        assert_eq!(resolve(&hash(7)[..len]), [7], "{len}");
    }
    assert_eq!(resolve(&format!("{:032x}", 9)), [9]);
    assert_eq!(resolve(&"0".repeat(30)), (1..20).collect::<Vec<_>>());
    assert_eq!(resolve(&"0".repeat(31)), (1..16).collect::<Vec<_>>());
    for text in ["Night", "Nightly 2026-11-20", "r47", "r4711"] {
        assert_eq!(resolve(text), [20], "{text}");
    }
    for text in ["", "zzz", "Nightly 2026-11-20x", &hash(40)] {
        assert_eq!(resolve(text), [] as [i64; 0], "{text}");
    }
    assert!(store.resolve_run("q", &hash(7)).unwrap().is_empty());
    assert_eq!(store.find_run("Nightly 2026-11-20").unwrap(), Some(20));
    // A whole id is not taken for the beginning of another one.
    named.id = "Nightly".to_owned();
    named.context.commit.as_mut().unwrap().hash = "r4712".to_owned();
    store.append(&named).unwrap();
    assert_eq!(numbers(&store.resolve_run("p", "Nightly").unwrap()), [21]);
    assert_eq!(numbers(&store.resolve_run("p", "Night").unwrap()), [20, 21]);
}

/// Commits of which some were made in the same second, each with some runs that started in the same microsecond. Every run has
/// another value.
fn repeated(commits: &[(u64, usize)]) -> Vec<Run> {
    let (mut runs, mut seconds) = (Vec::new(), Vec::new());
    for (place, (step, repeats)) in commits.iter().enumerate() {
        seconds.push(seconds.last().copied().unwrap_or(0) + *step as i64);
        for _ in 0..*repeats {
            let mut run = run(place as u64, &[runs.len() as f64]);
            run.id = format!("run {}", runs.len());
            run.context.started_at = at(seconds[place]);
            let commit = run.context.commit.as_mut().unwrap();
            commit.committed_at = Some(at(seconds[place]));
            commit.ancestors = (0..place as u64).rev().map(hash).collect();
            commit.ancestor_times =
                seconds[..place].iter().rev().map(|seconds| at(*seconds).as_second()).collect();
            runs.push(run);
        }
    }
    runs
}

/// History as it reads: the runs that may enter a baseline, and the newest values of a series.
fn history(runs: &[Run], arrival: impl Iterator<Item = usize>) -> (Vec<String>, Vec<f64>) {
    let (_folder, mut store) = store();
    for index in arrival {
        store.append(&runs[index]).unwrap();
    }
    let places = store.baseline_runs(lane(&store), "main", None, runs.len()).unwrap();
    let numbers: Vec<i64> = places.iter().map(|place| place.number).collect();
    let ids = store.runs(&numbers).unwrap().into_iter().map(|row| row.id).collect();
    let last = SeriesFilter { last: Some(runs.len() - 1), ..SeriesFilter::default() };
    (ids, values(&store, &last))
}

#[test]
fn arrival_orders_no_runs_of_one_commit_folded_or_not() {
    let runs = repeated(&[(60, 6); 40]);
    let expected = history(&runs, 0..runs.len());
    assert_eq!(history(&runs, (0..runs.len()).rev()), expected);
    assert_eq!(history(&runs, (0..7).flat_map(|first| (first..runs.len()).step_by(7))), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn equal_commits_read_alike_whatever_the_order_of_arrival(
        (commits, arrival) in vec((0_u64..3, 1_usize..5), 1..8).prop_flat_map(|commits| {
            let count = commits.iter().map(|(_, repeats)| repeats).sum();
            (Just(commits), Just((0..count).collect::<Vec<usize>>()).prop_shuffle())
        }),
    ) {
        let runs = repeated(&commits);
        prop_assert_eq!(history(&runs, arrival.into_iter()), history(&runs, 0..runs.len()));
    }
}
