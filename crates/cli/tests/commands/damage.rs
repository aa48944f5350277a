use std::fs;

use crate::scratch::{Scratch, TARGET, has};

/// So many runs that SQLite's log has become part of the database file.
fn long_history() -> String {
    let run = |index: usize| {
        let measurements: Vec<String> = (0..40)
            .map(|bench| {
                format!(
                    "{{\"benchmark\":\"group/bench_{bench}\",\"metric\":\"time\",\"value\":{}}}",
                    1_000_000 + (index * 7_919 + bench * 104_729) % 65_537
                )
            })
            .collect();
        format!(
            "{{\"format\":\"plimsoll.run/1\",\"id\":\"{index:032x}\",\"project\":\"rangebar\",\"suite\":\"fast\",\
             \"context\":{{\"testbed\":\"t\",\"branch\":\"main\",\"started_at\":\"2026-01-01T00:{:02}:{:02}Z\"}},\
             \"measurements\":[{}]}}\n",
            index / 60,
            index % 60,
            measurements.join(",")
        )
    };
    (0..3_000).map(run).collect()
}

#[test]
fn a_flipped_bit_is_found() {
    let scratch = Scratch::new(TARGET);
    scratch.write("long.jsonl", &long_history());
    let import = scratch.run(&["import", "jsonl", "long.jsonl"]).ok();
    has(&import, &["3,000 new runs with 120,000 measurements"]);
    has(
        &scratch.run(&["db", "stats"]).ok(),
        &["projects rangebar", "runs     3,000", "series   40", "points   120,000", "B a point"],
    );
    has(&scratch.run(&["db", "check"]).ok(), &["is sound: 3,000 runs"]);
    let history = scratch.path().join(".plimsoll/history.db");
    let mut bytes = fs::read(&history).expect("the file is read");
    let name = b"group/bench_17";
    let place = bytes.windows(name.len()).position(|window| window == name);
    bytes[place.expect("the name is in the file")] ^= 1;
    fs::write(&history, bytes).expect("the file is written");
    let check = scratch.run(&["db", "check"]);
    assert_eq!(check.code, Some(6), "{check:?}");
    has(&check.stdout, &["✗", "is damaged", "name ", "the checksum is wrong"]);
    has(&scratch.run(&["explain", "plm031"]).ok(), &["PLM031 the store is damaged", "exit code 6"]);
}
