//! No bytes make a parser or the recogniser panic.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use plimsoll_parse::{Harness, recognise};

use crate::cases;

/// A change to a file: where, and what is done there.
#[derive(Debug, Clone)]
enum Mutation {
    Cut(Index),
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let tokens: Vec<&[u8]> = vec![
        b"NaN",
        b"-1",
        b"1e308",
        b"1e999",
        b"0",
        b"null",
        b"{",
        b"[",
        b"\"",
        b"\\",
        b"]",
        b"}",
        b",",
        b":",
        b"\n",
        b"\r",
        b"\x1b[31m",
        b"\xff\xfe",
        b"\xe2\x94",
        "│  ".as_bytes(),
        "├─ ".as_bytes(),
        b"  ",
        b"/s",
        b"99999999999999999999",
    ];
    prop_oneof![
        any::<Index>().prop_map(Mutation::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(place, byte)| Mutation::Replace(place, byte)),
        (any::<Index>(), select(tokens)).prop_map(|(place, token)| Mutation::Insert(place, token.to_vec())),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    let length = bytes.len();
    if length == 0 {
        return;
    }
    match mutation {
        Mutation::Cut(place) => bytes.truncate(place.index(length)),
        Mutation::Replace(place, byte) => bytes[place.index(length)] = *byte,
        Mutation::Insert(place, token) => {
            let place = place.index(length);
            bytes.splice(place..place, token.iter().copied());
        }
        Mutation::Repeat(from, to) => {
            let (from, to) = (from.index(length), to.index(length));
            let slice = bytes[from.min(to)..from.max(to)].to_vec();
            bytes.splice(from..from, slice);
        }
    }
}

/// Whatever came out is fit to be stored.
fn check(harness: Harness, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        let _ = recognise(name, bytes);
    }
    let Ok(parsed) = cases::parse_files(harness, files) else {
        return;
    };
    let measurements = parsed.runs.iter().flat_map(|run| &run.measurements).chain(&parsed.measurements);
    for measurement in measurements {
        assert!(measurement.value.is_finite(), "{measurement:?}");
        assert!(measurement.samples.iter().all(|sample| sample.is_finite()), "{measurement:?}");
        assert!(!measurement.benchmark.is_empty(), "{measurement:?}");
    }
}

#[test]
fn mutated_results_never_panic() {
    let cases = cases::cases();
    let strategy =
        (any::<Index>(), any::<Index>(), prop::collection::vec(mutation(), 1..5), select(&Harness::ALL[..]));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(400));
    runner
        .run(&strategy, |(case, file, mutations, other)| {
            let case = case.get(&cases);
            let mut files = case.files.clone();
            let file = file.index(files.len());
            for mutation in &mutations {
                mutate(&mut files[file].1, mutation);
            }
            check(case.harness, &files);
            check(other, &files);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for harness in Harness::ALL {
            let name = if harness == Harness::Criterion { "a/new/benchmark.json" } else { "-" };
            check(harness, &[(name.to_owned(), bytes.clone())]);
        }
    }
}

#[test]
fn deep_nesting_never_panics() {
    for open in ["[", "{\"a\":", "[{\"name\":"] {
        let bytes = open.repeat(20_000).into_bytes();
        for harness in Harness::ALL {
            let name = if harness == Harness::Criterion { "a/new/benchmark.json" } else { "-" };
            check(harness, &[(name.to_owned(), bytes.clone())]);
        }
    }
}
