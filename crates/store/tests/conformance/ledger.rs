//! What people and judging wrote is guarded like measurements.

use std::fs;
use std::path::PathBuf;

use plimsoll_model::{AlertState, Bound, Limit, Target, Unit};
use plimsoll_store::SqliteStore;
use rusqlite::Connection;

use crate::alerts::{new_alert, step};
use crate::faults::{is_found, write_copy};
use crate::sample::{append_places, at, check_sound, lane, store};

const TABLES: [&str; 5] = ["alerts", "alert_moves", "baseline_marks", "targets", "voids"];

/// A history with an entry in every table of the ledger, moved into its one file, and a place for copies of it.
fn history() -> (tempfile::TempDir, Vec<u8>, PathBuf) {
    let (folder, mut store) = store();
    append_places(&mut store, 0..6);
    let id = store.open_alert(&new_alert(&store, 0)).unwrap();
    let mut muted = step(AlertState::Muted, "a fix is under way");
    muted.until = Some(at(90));
    store.move_alert(id, &muted).unwrap();
    let key = store.series_of(lane(&store)).unwrap()[1].key.clone();
    store.accept_baseline("p", "main", Some(&key), 4, "new allocator", Some("ann"), at(1)).unwrap();
    store.accept_baseline("p", "main", None, 5, "new compiler", None, at(2)).unwrap();
    let target = Target {
        id: Some("APP-001".to_owned()),
        suite: None,
        benchmark: "the start-up".to_owned(),
        metric: "time".to_owned(),
        bound: Bound::Max(5e8),
        unit: Some(Unit::NANOSECONDS),
        per: None,
        warn: Limit::Relative(0.1),
        error: Limit::Never,
    };
    store.set_target("p", &target).unwrap();
    store.void_run(2, "the machine was busy", Some("ann"), at(3)).unwrap();
    check_sound(&store);
    store.checkpoint().unwrap();
    let bytes = fs::read(store.path()).unwrap();
    let copy = folder.path().join("copy.db");
    (folder, bytes, copy)
}

#[test]
fn a_flipped_bit_in_a_note_or_a_target_is_found() {
    let (_folder, bytes, copy) = history();
    for text in
        ["a fix is under way", "new allocator", "new compiler", "the start-up", "the machine was busy"]
    {
        let places: Vec<usize> =
            (0..bytes.len()).filter(|place| bytes[*place..].starts_with(text.as_bytes())).collect();
        assert!(!places.is_empty(), "{text}");
        for place in places {
            let mut damaged = bytes.clone();
            damaged[place + 3] ^= 1 << (place % 8);
            write_copy(&copy, &damaged);
            assert!(is_found(&copy), "{text} at {place}");
        }
    }
}

#[test]
fn damage_in_any_column_is_found() {
    let (_folder, bytes, copy) = history();
    for table in TABLES {
        write_copy(&copy, &bytes);
        let connection = Connection::open(&copy).unwrap();
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns: Vec<String> =
            statement.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        drop(statement);
        drop(connection);
        assert!(columns.contains(&"checksum".to_owned()), "{table}");
        for column in columns {
            write_copy(&copy, &bytes);
            let connection = Connection::open(&copy).unwrap();
            // One bit of a number; another letter or none of a text.
            let change = format!(
                "UPDATE {table} SET {column} = CASE typeof({column}) WHEN 'integer' THEN {column} + 64 \
                 WHEN 'real' THEN {column} * 2 WHEN 'null' THEN 'x' ELSE CAST(CAST({column} AS TEXT) || 'x' AS BLOB) END \
                 WHERE rowid = (SELECT MAX(rowid) FROM {table})"
            );
            let change = match table {
                "alerts" | "voids" => change,
                _ => change.split(" WHERE rowid").next().unwrap().to_owned(),
            };
            assert!(connection.execute(&change, []).unwrap() > 0, "{change}");
            drop(connection);
            assert!(is_found(&copy), "{table}.{column}");
        }
    }
}

#[test]
fn an_older_history_gets_its_checksums_when_it_is_written_to() {
    let (_folder, bytes, copy) = history();
    write_copy(&copy, &bytes);
    let connection = Connection::open(&copy).unwrap();
    for table in TABLES {
        connection.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN checksum")).unwrap();
    }
    connection.pragma_update(None, "user_version", 1).unwrap();
    drop(connection);
    let reader = SqliteStore::open_read_only(&copy).unwrap();
    check_sound(&reader);
    assert_eq!(reader.baseline_marks("p", "main").unwrap().len(), 2);
    drop(reader);
    check_sound(&SqliteStore::open_existing(&copy).unwrap());
    let connection = Connection::open(&copy).unwrap();
    for table in TABLES {
        let count = format!("SELECT COUNT(checksum), COUNT(*) FROM {table}");
        let (sealed, all): (i64, i64) =
            connection.query_row(&count, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert!(sealed == all && all > 0, "{table}");
    }
    connection.execute("UPDATE voids SET note = 'nothing'", []).unwrap();
    let report = SqliteStore::open_read_only(&copy).unwrap().check(|_, _| {}).unwrap();
    assert_eq!(report.problems[0].place, "voided run 2");
}
