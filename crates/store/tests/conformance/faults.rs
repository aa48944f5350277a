//! Damaged, foreign, newer and unwritable files.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_store::{SqliteStore, StoreError};
use rusqlite::Connection;

use crate::sample::{append_places, check_sound, run, store};

/// A history of fresh and folded runs, moved into its one file, and a place for damaged copies of it.
fn history() -> (tempfile::TempDir, Vec<u8>, PathBuf) {
    let (folder, mut store) = store();
    append_places(&mut store, 0..170);
    for place in 170..210 {
        let mut run = run(place, &[1.0 / (place as f64), 7.0]);
        run.measurements[0].samples = vec![0.1, 0.7 / (place as f64)];
        run.measurements[1].iterations = place.into();
        store.append(&run).unwrap();
    }
    store.checkpoint().unwrap();
    let bytes = fs::read(store.path()).unwrap();
    let copy = folder.path().join("damaged.db");
    (folder, bytes, copy)
}

pub fn write_copy(path: &Path, bytes: &[u8]) {
    for tail in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{tail}", path.display()));
        if file.exists() {
            fs::remove_file(file).unwrap();
        }
    }
    fs::write(path, bytes).unwrap();
}

/// Whether opening or checking tells that something is wrong.
pub fn is_found(path: &Path) -> bool {
    match SqliteStore::open_read_only(path) {
        Err(_) => true,
        Ok(store) => !store.check(|_, _| {}).is_ok_and(|report| report.is_sound()),
    }
}

#[test]
fn a_flipped_bit_is_found_or_changes_no_run() {
    let (_folder, bytes, copy) = history();
    write_copy(&copy, &bytes);
    let original = SqliteStore::open_read_only(&copy).unwrap();
    let runs: Vec<_> = (1..=210).map(|number| original.load_run(number).unwrap()).collect();
    drop(original);
    let mut place = 0x1234_5678_u64;
    let mut found = 0;
    for _ in 0..80 {
        place = place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = (place >> 20) as usize % (bytes.len() * 8);
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        write_copy(&copy, &damaged);
        if is_found(&copy) {
            found += 1;
            continue;
        }
        let store = SqliteStore::open_read_only(&copy).unwrap();
        for (number, run) in (1..).zip(&runs) {
            assert_eq!(store.load_run(number).unwrap(), *run, "bit {bit}");
        }
    }
    assert!(found > 15, "{found} of 80 found");
}

#[test]
fn every_kind_of_block_is_guarded() {
    let (_folder, bytes, copy) = history();
    write_copy(&copy, &bytes);
    let connection = Connection::open(&copy).unwrap();
    for (table, column) in [
        ("fresh", "block"),
        ("chunks", "block"),
        ("segments", "block"),
        ("layouts", "block"),
        ("details", "block"),
        ("samples", "block"),
        ("environments", "block"),
        ("commits", "hash_rest"),
        ("names", "text"),
        ("runs", "id"),
    ] {
        let block: Vec<u8> = connection
            .query_row(
                &format!("SELECT CAST({column} AS BLOB) FROM {table} ORDER BY rowid DESC LIMIT 1"),
                [],
                |row| row.get(0),
            )
            .unwrap();
        let at = bytes.windows(block.len()).rposition(|window| window == block).unwrap();
        for byte in (0..block.len()).step_by((block.len() / 4).max(1)) {
            let mut damaged = bytes.clone();
            damaged[at + byte] ^= 1 << (byte % 8);
            write_copy(&copy, &damaged);
            assert!(is_found(&copy), "byte {byte} of {table}");
        }
    }
}

#[test]
fn damage_in_numbers_of_rows_is_found() {
    let (_folder, bytes, copy) = history();
    for change in [
        "UPDATE runs SET duration_ms = 1 WHERE number = 3",
        "UPDATE runs SET outcome = 1 WHERE number = 3",
        "UPDATE runs SET layout = 2 WHERE number = 3",
        "UPDATE runs SET segment = NULL WHERE number = 3",
        "UPDATE commits SET place = place + 1 WHERE id = 7",
        "UPDATE series SET metric = benchmark WHERE id = 1",
        "DELETE FROM fresh WHERE run = 200",
        "DELETE FROM chunks WHERE key IN (SELECT MIN(key) FROM chunks)",
        "DELETE FROM samples WHERE run = 200",
        "UPDATE details SET block = (SELECT block FROM details WHERE run = 201) WHERE run = 200",
    ] {
        write_copy(&copy, &bytes);
        let connection = Connection::open(&copy).unwrap();
        assert!(connection.execute(change, []).unwrap() > 0, "{change}");
        drop(connection);
        assert!(is_found(&copy), "{change}");
    }
}

#[test]
fn a_damaged_run_is_an_error_for_its_reader() {
    let (_folder, bytes, copy) = history();
    write_copy(&copy, &bytes);
    let connection = Connection::open(&copy).unwrap();
    connection.execute("UPDATE fresh SET block = zeroblob(30) WHERE run = 200", []).unwrap();
    drop(connection);
    let store = SqliteStore::open_existing(&copy).unwrap();
    let error = store.columns(&[1], &[199, 200]).unwrap_err();
    assert_eq!(error.to_string(), "the history is damaged: the checksum of Fresh block 200 is wrong");
}

#[test]
fn other_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.db");
    let open = |path: &Path| {
        SqliteStore::open(path)
            .err()
            .map(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
    };
    fs::write(&path, "this is a text, and longer than the header of a database. ".repeat(20)).unwrap();
    assert_eq!(open(&path).as_deref(), Some("FILE is not a Plimsoll history"));
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert_eq!(open(&path).as_deref(), Some("FILE is not a Plimsoll history"));
    fs::write(&path, "").unwrap();
    assert_eq!(open(&path), None);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(open(&path).as_deref(), Some("FILE has schema 99, this version knows schemas up to 2"));
    let missing = folder.path().join("missing.db");
    assert!(matches!(SqliteStore::open_existing(&missing), Err(StoreError::Missing { .. })));
    assert!(matches!(SqliteStore::open_read_only(&missing), Err(StoreError::Missing { .. })));
    assert!(!missing.exists());
    assert!(matches!(SqliteStore::open(folder.path()), Err(StoreError::CannotOpen { .. })));
    assert!(matches!(SqliteStore::open(&path.join("below/history.db")), Err(StoreError::Create { .. })));
}

#[test]
fn a_truncated_file_is_no_history() {
    let (_folder, bytes, copy) = history();
    for len in [50, 4_096, bytes.len() / 2, bytes.len() - 4_096] {
        write_copy(&copy, &bytes[..len]);
        assert!(is_found(&copy), "{len} bytes");
    }
}

#[test]
fn reading_alone_changes_nothing_and_needs_no_log() {
    let (_folder, bytes, copy) = history();
    write_copy(&copy, &bytes);
    let mut permissions = fs::metadata(&copy).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&copy, permissions).unwrap();
    let mut reader = SqliteStore::open_read_only(&copy).unwrap();
    check_sound(&reader);
    assert!(matches!(reader.append(&run(999, &[1.0])), Err(StoreError::ReadOnly { .. })));
    assert_eq!(fs::read(&copy).unwrap(), bytes);
}
