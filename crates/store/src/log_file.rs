//! Is SQLite's write-ahead log whole?
//!
//! SQLite checks the log when it opens it and passes over everything from the first frame that does not fit, as it must after a
//! power cut. A bit that flips in the log of an acknowledged run looks the same to it: the run is gone without a word. So the log
//! is read here by its format (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>), and a transaction that stands
//! behind a frame that does not fit is told.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// The header's first word; its last bit says in which order the words of checksums are read.
const MAGIC: u32 = 0x377f_0682;

/// Where the log of a database lies.
pub(crate) fn path_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    PathBuf::from(path)
}

/// What is wrong with a log; `None` when it is whole, or not there. Nothing must be writing to it.
pub(crate) fn damage(log: &Path) -> io::Result<Option<String>> {
    let mut reader = match File::open(log) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut header = [0; HEADER_BYTES];
    match read_whole(&mut reader, &mut header)? {
        0 => return Ok(None),
        HEADER_BYTES => {}
        _ => return Ok(Some("the header is cut short".to_owned())),
    }
    let order = if word(&header, 0) & 1 == 1 { u32::from_be_bytes } else { u32::from_le_bytes };
    let mut sum = [0; 2];
    add(&mut sum, &header[..24], order);
    if word(&header, 0) & !1 != MAGIC || sum != [word(&header, 24), word(&header, 28)] {
        return Ok(Some("the header is not as it was written: nothing in the log can be read".to_owned()));
    }
    let salts = [word(&header, 16), word(&header, 20)];
    let mut frame = vec![0; FRAME_HEADER_BYTES + word(&header, 8) as usize];
    let mut bad_frame = None;
    let mut number = 0_u64;
    while read_whole(&mut reader, &mut frame)? == frame.len() {
        number += 1;
        let is_current = salts == [word(&frame, 8), word(&frame, 12)];
        let ends_transaction = word(&frame, 4) != 0;
        if bad_frame.is_none() {
            add(&mut sum, &frame[..8], order);
            add(&mut sum, &frame[FRAME_HEADER_BYTES..], order);
            if !is_current || sum != [word(&frame, 16), word(&frame, 20)] {
                bad_frame = Some(number);
            }
        }
        // Frames of an older round stay behind the newest and have other salts (both; one flipped bit changes one). A writer that
        // was killed leaves frames without an end. Only a transaction that ended is missed.
        let is_of_this_round = is_current || (bad_frame == Some(number) && shares_a_salt(&frame, salts));
        if let Some(bad) = bad_frame
            && is_of_this_round
            && ends_transaction
        {
            return Ok(Some(format!(
                "frame {bad} is not as it was written, and a transaction at frame {number} cannot be read: damaged, or cut off \
                 by a power loss before it was acknowledged"
            )));
        }
    }
    Ok(None)
}

fn shares_a_salt(frame: &[u8], salts: [u32; 2]) -> bool {
    salts[0] == word(frame, 8) || salts[1] == word(frame, 12)
}

/// Fills the buffer as far as the file goes; tells how far that was.
fn read_whole(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// A big-endian word, as all header fields are.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Goes on with the running checksum of the log.
fn add(sum: &mut [u32; 2], bytes: &[u8], order: fn([u8; 4]) -> u32) {
    for pair in bytes.chunks_exact(8) {
        let first = order([pair[0], pair[1], pair[2], pair[3]]);
        let second = order([pair[4], pair[5], pair[6], pair[7]]);
        sum[0] = sum[0].wrapping_add(first).wrapping_add(sum[1]);
        sum[1] = sum[1].wrapping_add(second).wrapping_add(sum[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    /// A database whose log holds a few transactions; the connection keeps the log from being moved.
    fn logged(folder: &Path) -> (Connection, PathBuf) {
        let database = folder.join("x.db");
        let connection = Connection::open(&database).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x BLOB);").unwrap();
        for size in [10, 9_000, 500] {
            connection.execute("INSERT INTO t VALUES (randomblob(?1))", [size]).unwrap();
        }
        (connection, path_of(&database))
    }

    #[test]
    fn a_whole_log_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, log) = logged(folder.path());
        assert_eq!(damage(&log).unwrap(), None);
        connection.execute_batch("PRAGMA wal_checkpoint(RESTART); INSERT INTO t VALUES (1);").unwrap();
        assert_eq!(damage(&log).unwrap(), None, "frames of an older round are left behind");
        assert_eq!(damage(&folder.path().join("none-wal")).unwrap(), None);
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (_connection, log) = logged(folder.path());
        let whole = std::fs::read(&log).unwrap();
        let copy = folder.path().join("copy-wal");
        for byte in (0..whole.len()).step_by(97).chain(0..60).chain(4_152..4_180) {
            let mut bytes = whole.clone();
            bytes[byte] ^= 1 << (byte % 8);
            std::fs::write(&copy, &bytes).unwrap();
            assert!(damage(&copy).unwrap().is_some(), "byte {byte} of {}", whole.len());
        }
    }

    #[test]
    fn a_writer_that_was_killed_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let (_connection, log) = logged(folder.path());
        let mut bytes = std::fs::read(&log).unwrap();
        let mut unfinished = bytes[bytes.len() - 4_120..].to_vec();
        unfinished[4..8].fill(0);
        bytes.extend_from_slice(&unfinished);
        std::fs::write(&log, bytes).unwrap();
        assert_eq!(damage(&log).unwrap(), None);
    }
}
