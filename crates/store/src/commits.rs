//! Commits: where each stands in history, and which was its first parent.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use plimsoll_model::{Commit, CommitOrder};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{OptionalExtension as _, Row, ToSql};

use crate::bytes::{Kind, Writer, checksum};
use crate::{SqliteStore, StoreError};

/// How many rows around a commit are read at once: a run brings up to 256 ancestors, and commits of one branch
/// are mostly stored side by side.
const NEIGHBOURS: i64 = 288;

/// A commit's hash as stored: the first four bytes as a number that sorts as the hash does, and the rest.
/// Four bytes tell a million commits apart but for a hundred, and halve the index.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct StoredHash {
    pub(crate) start: i64,
    pub(crate) rest: HashRest,
}

/// What follows the first four bytes of a hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum HashRest {
    /// The remaining bytes of a hexadecimal hash.
    Bytes(Vec<u8>),
    /// The whole text of a revision that is not hexadecimal.
    Text(String),
}

impl ToSql for HashRest {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl StoredHash {
    pub(crate) fn of(hash: &str) -> Self {
        let bytes = hexadecimal_bytes(hash).filter(|bytes| bytes.len() >= 4);
        let start = start_of(bytes.as_deref().unwrap_or(hash.as_bytes()), 0);
        let rest = match bytes {
            Some(bytes) => HashRest::Bytes(bytes[4..].to_vec()),
            None => HashRest::Text(hash.to_owned()),
        };
        Self { start, rest }
    }

    pub(crate) fn text(&self) -> String {
        match &self.rest {
            HashRest::Text(text) => text.clone(),
            HashRest::Bytes(rest) => {
                let start = self.start as u32 ^ 1 << 31;
                to_hexadecimal(&[&start.to_be_bytes()[..], rest].concat())
            }
        }
    }

    /// The part of a run's place that tells commits of the same microsecond apart. So many bits of the hash fit
    /// in three bytes together with the one for dirty runs.
    pub(crate) fn tie(&self, dirty: bool) -> i64 {
        let start = (self.start as u32 ^ 1 << 31) >> 10;
        i64::from(start << 1) | i64::from(dirty)
    }
}

/// The first four bytes as a number, filled up with `fill`.
pub(crate) fn start_of(bytes: &[u8], fill: u8) -> i64 {
    let mut start = [fill; 4];
    for (place, byte) in start.iter_mut().zip(bytes) {
        *place = *byte;
    }
    i64::from((u32::from_be_bytes(start) ^ 1 << 31) as i32)
}

/// The bytes of an even number of lower-case hexadecimal digits.
pub(crate) fn hexadecimal_bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

pub(crate) fn to_hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// A stored commit.
#[derive(Debug, Clone)]
pub(crate) struct CommitRow {
    pub(crate) id: i64,
    pub(crate) hash: StoredHash,
    pub(crate) order: CommitOrder,
    pub(crate) parent: Option<i64>,
    pub(crate) committed_us: Option<i64>,
    pub(crate) subject: Option<String>,
}

impl CommitRow {
    /// The columns that [`Self::read`] reads, in its order.
    pub(crate) const COLUMNS: &str =
        "id, hash_start, hash_rest, place, parent_back, commit_time_back, subject";

    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (id, order): (i64, CommitOrder) = (row.get(0)?, row.get(3)?);
        let back = |from: i64, back: Option<i64>| back.map(|back| from.wrapping_sub(back));
        Ok(Self {
            id,
            hash: StoredHash {
                start: row.get(1)?,
                rest: match row.get(2)? {
                    Value::Blob(bytes) => HashRest::Bytes(bytes),
                    Value::Text(text) => HashRest::Text(text),
                    _ => HashRest::Text(String::new()),
                },
            },
            order,
            parent: back(id, row.get(4)?),
            committed_us: back(order, row.get(5)?),
            subject: row.get(6)?,
        })
    }

    /// How many rows back the parent stands: mostly 1, which SQLite stores in no byte.
    fn parent_back(&self) -> Option<i64> {
        self.parent.map(|parent| self.id.wrapping_sub(parent))
    }

    /// How long before its order it was committed: mostly 0.
    fn commit_time_back(&self) -> Option<i64> {
        self.committed_us.map(|time| self.order.wrapping_sub(time))
    }

    /// The checksum in its row.
    pub(crate) fn checksum(&self) -> i32 {
        let mut bytes = Writer::default();
        bytes.signed(self.hash.start);
        bytes.text(&self.hash.text());
        bytes.signed(self.order);
        bytes.signed(self.parent.unwrap_or(-1));
        bytes.signed(self.committed_us.unwrap_or(i64::MIN));
        bytes.optional_text(self.subject.as_deref());
        checksum(Kind::Commit, self.id, &bytes.bytes) as i32
    }
}

/// What of a commit a run brought; the rest may have come with other runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Brought {
    pub(crate) subject: bool,
    pub(crate) committed_at: bool,
    pub(crate) ancestor_times: bool,
    pub(crate) dirty: bool,
    pub(crate) ancestors: usize,
}

impl Brought {
    pub(crate) fn of(commit: &Commit) -> Self {
        Self {
            subject: commit.subject.is_some(),
            committed_at: commit.committed_at.is_some(),
            ancestor_times: !commit.ancestor_times.is_empty(),
            dirty: commit.dirty,
            ancestors: commit.ancestors.len(),
        }
    }
}

/// Rows by id, read in runs of neighbours.
#[derive(Default)]
struct Neighbourhood {
    rows: HashMap<i64, CommitRow>,
}

impl SqliteStore {
    /// The order of a commit, if a run ever brought it, itself or as an ancestor.
    pub fn commit_order(&self, project: &str, hash: &str) -> Result<Option<CommitOrder>, StoreError> {
        self.snapshot(|| {
            let Some(project) = self.find_name(project)? else {
                return Ok(None);
            };
            Ok(self.find_commit(project, &StoredHash::of(hash))?.map(|row| row.order))
        })
    }

    /// Stores what is new of a commit and its ancestors; tells its row, and whether the rows alone give back the
    /// commit as it was brought.
    pub(crate) fn ensure_commit(
        &self,
        project: i64,
        commit: &Commit,
        fallback_us: i64,
    ) -> Result<(CommitRow, bool), StoreError> {
        let hashes: Vec<StoredHash> =
            std::iter::once(&commit.hash).chain(&commit.ancestors).map(|hash| StoredHash::of(hash)).collect();
        let mut rows = self.known_commits(project, &hashes)?;
        let known: HashMap<&str, CommitOrder> = std::iter::once(&commit.hash)
            .chain(&commit.ancestors)
            .zip(&rows)
            .filter_map(|(hash, row)| Some((hash.as_str(), row.as_ref()?.order)))
            .collect();
        let orders = within_time(commit).orders(|hash| known.get(hash).copied(), fallback_us);
        // Only a history that names a commit twice makes one known that was unknown just now.
        let may_repeat = rows.iter().filter(|row| row.is_none()).count() > 1;
        let mut parent = None;
        for (place, hash) in hashes.iter().enumerate().rev() {
            let (committed_us, subject) = match place {
                0 => (commit.committed_at.map(Timestamp::as_microsecond), commit.subject.as_deref()),
                _ => (commit.ancestor_times.get(place - 1).map(|time| time.saturating_mul(1_000_000)), None),
            };
            let mut known = rows[place].take();
            if known.is_none() && may_repeat {
                known = self.find_commit(project, hash)?;
            }
            let row = match known {
                Some(row) => self.complete_commit(row, parent, committed_us, subject)?,
                None => {
                    let row = CommitRow {
                        id: 0,
                        hash: hash.clone(),
                        order: orders[place],
                        parent,
                        committed_us,
                        subject: subject.map(str::to_owned),
                    };
                    self.insert_commit(project, row)?
                }
            };
            parent = Some(row.id);
            rows[place] = Some(row);
        }
        let rows: Vec<CommitRow> = rows.into_iter().flatten().collect();
        let is_told = self.is_told_by(commit, &rows);
        let own = rows.into_iter().next();
        own.map(|own| (own, is_told)).ok_or_else(|| StoreError::damaged("a commit was not stored"))
    }

    /// The commit of a run as the run brought it, from the rows.
    pub(crate) fn read_commit(&self, id: i64, brought: Brought) -> Result<Commit, StoreError> {
        let mut neighbourhood = Neighbourhood::default();
        let own = self.neighbour(&mut neighbourhood, id)?;
        let time = |us: Option<i64>| us.and_then(|us| Timestamp::from_microsecond(us).ok());
        let mut commit = Commit {
            hash: own.hash.text(),
            ancestors: Vec::with_capacity(brought.ancestors),
            ancestor_times: Vec::new(),
            committed_at: time(own.committed_us).filter(|_| brought.committed_at),
            subject: own.subject.filter(|_| brought.subject),
            dirty: brought.dirty,
        };
        let mut parent = own.parent;
        while commit.ancestors.len() < brought.ancestors {
            let id = parent.ok_or_else(|| StoreError::damaged(format!("commit {id} lacks an ancestor")))?;
            let row = self.neighbour(&mut neighbourhood, id)?;
            commit.ancestors.push(row.hash.text());
            if brought.ancestor_times {
                commit.ancestor_times.push(row.committed_us.unwrap_or(0) / 1_000_000);
            }
            parent = row.parent;
        }
        Ok(commit)
    }

    pub(crate) fn find_commit(
        &self,
        project: i64,
        hash: &StoredHash,
    ) -> Result<Option<CommitRow>, StoreError> {
        let sql = format!(
            "SELECT {} FROM commits WHERE project = ?1 AND hash_start = ?2 AND hash_rest = ?3",
            CommitRow::COLUMNS
        );
        Ok(self
            .connection
            .prepare_cached(&sql)?
            .query_row((project, hash.start, &hash.rest), CommitRow::read)
            .optional()?)
    }

    /// The rows of those hashes that are stored, in the order of the hashes. Ancestors are mostly the parents
    /// of what was found before, and need no look-up by hash.
    fn known_commits(
        &self,
        project: i64,
        hashes: &[StoredHash],
    ) -> Result<Vec<Option<CommitRow>>, StoreError> {
        let mut neighbourhood = Neighbourhood::default();
        let mut expected: Option<i64> = None;
        let mut rows = Vec::with_capacity(hashes.len());
        for hash in hashes {
            let parent = match expected {
                Some(id) => Some(self.neighbour(&mut neighbourhood, id)?).filter(|row| row.hash == *hash),
                None => None,
            };
            let row = match parent {
                Some(row) => Some(row),
                None => self.find_commit(project, hash)?,
            };
            expected = row.as_ref().and_then(|row| row.parent);
            rows.push(row);
        }
        Ok(rows)
    }

    fn neighbour(&self, neighbourhood: &mut Neighbourhood, id: i64) -> Result<CommitRow, StoreError> {
        if let Some(row) = neighbourhood.rows.get(&id) {
            return Ok(row.clone());
        }
        let sql = format!("SELECT {} FROM commits WHERE id BETWEEN ?1 AND ?2", CommitRow::COLUMNS);
        let mut statement = self.connection.prepare_cached(&sql)?;
        for row in statement.query_map((id - NEIGHBOURS, id), CommitRow::read)? {
            let row = row?;
            neighbourhood.rows.insert(row.id, row);
        }
        neighbourhood
            .rows
            .get(&id)
            .cloned()
            .ok_or_else(|| StoreError::damaged(format!("commit {id} is missing")))
    }

    fn insert_commit(&self, project: i64, mut row: CommitRow) -> Result<CommitRow, StoreError> {
        let mut newest = self.connection.prepare_cached("SELECT COALESCE(MAX(id), 0) + 1 FROM commits")?;
        row.id = newest.query_row([], |row| row.get(0))?;
        self.connection
            .prepare_cached(
                "INSERT INTO commits (id, project, hash_start, hash_rest, place, parent_back, commit_time_back, subject, checksum) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                row.id,
                project,
                row.hash.start,
                &row.hash.rest,
                row.order,
                row.parent_back(),
                row.commit_time_back(),
                &row.subject,
                row.checksum(),
            ))?;
        Ok(row)
    }

    /// Adds what was not known of a stored commit. What is known stays.
    fn complete_commit(
        &self,
        mut row: CommitRow,
        parent: Option<i64>,
        committed_us: Option<i64>,
        subject: Option<&str>,
    ) -> Result<CommitRow, StoreError> {
        let adds = (row.parent.is_none() && parent.is_some())
            || (row.committed_us.is_none() && committed_us.is_some())
            || (row.subject.is_none() && subject.is_some());
        if !adds {
            return Ok(row);
        }
        // A history that names a commit as its own ancestor must not make a ring.
        row.parent = row.parent.or(parent.filter(|parent| *parent != row.id));
        row.committed_us = row.committed_us.or(committed_us);
        row.subject = row.subject.or_else(|| subject.map(str::to_owned));
        self.connection
            .prepare_cached(
                "UPDATE commits SET parent_back = ?2, commit_time_back = ?3, subject = ?4, checksum = ?5 WHERE id = ?1",
            )?
            .execute((row.id,
                row.parent_back(),
                row.commit_time_back(), &row.subject, row.checksum()))?;
        Ok(row)
    }

    /// Whether [`Self::read_commit`] would give back `commit`. `rows` are its own and its ancestors'.
    fn is_told_by(&self, commit: &Commit, rows: &[CommitRow]) -> bool {
        let Some(own) = rows.first() else { return false };
        // A commit that is named twice was perhaps completed between the two.
        let is_line = rows.iter().map(|row| row.id).collect::<HashSet<_>>().len() == rows.len();
        let chain = is_line && rows.windows(2).all(|pair| pair[0].parent == Some(pair[1].id));
        let times = commit.ancestor_times.is_empty()
            || (commit.ancestor_times.len() == commit.ancestors.len()
                && rows[1..].iter().zip(&commit.ancestor_times).all(|(row, time)| {
                    row.committed_us.is_some_and(|us| us % 1_000_000 == 0 && us / 1_000_000 == *time)
                }));
        let committed_at = commit.committed_at.is_none_or(|time| {
            own.committed_us.and_then(|us| Timestamp::from_microsecond(us).ok()) == Some(time)
        });
        let subject = commit.subject.is_none() || commit.subject == own.subject;
        chain && times && committed_at && subject && rows.len() == commit.ancestors.len() + 1
    }
}

/// The commit with its ancestors' times between the first and the last year there is, so that no order can be
/// near the end of the numbers.
fn within_time(commit: &Commit) -> Cow<'_, Commit> {
    let range = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    if commit.ancestor_times.iter().all(|time| range.contains(time)) {
        return Cow::Borrowed(commit);
    }
    let mut clamped = commit.clone();
    for time in &mut clamped.ancestor_times {
        *time = (*time).clamp(*range.start(), *range.end());
    }
    Cow::Owned(clamped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_hash_is_read_back_as_it_was(hash in "[0-9a-f]{0,64}|[A-Za-z0-9:.é]{0,20}") {
            prop_assert_eq!(StoredHash::of(&hash).text(), hash);
        }

        #[test]
        fn stored_hashes_sort_as_hashes_do(left in "[0-9a-f]{40}", right in "[0-9a-f]{40}") {
            let (start, other) = (StoredHash::of(&left).start, StoredHash::of(&right).start);
            prop_assert_eq!(start.cmp(&other), left[..8].cmp(&right[..8]));
        }
    }
}
