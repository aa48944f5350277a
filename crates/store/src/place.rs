//! Where a run stands in history.

use plimsoll_model::CommitOrder;

use crate::RunNumber;

/// Where a run stands in history: by its commit, clean before dirty, then by its start, then by what it measured.
/// Places compare as history goes, whatever the order in which runs were stored: only of runs that say the same does the
/// one that arrived first stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The order of its commit; for a run without one, when it started, in microseconds since 1970.
    pub order: CommitOrder,
    /// Tells commits of the same microsecond apart, and puts a dirty run after its clean commit.
    pub tie: i64,
    /// When it started, in microseconds since 1970.
    pub started_us: i64,
    /// The digest of its content, which tells runs of one commit apart that started in the same microsecond: where a harness
    /// gives no time of its own, all do.
    pub digest: i64,
    /// Its number, which grows with arrival.
    pub number: RunNumber,
}

impl Place {
    /// Right behind every run of a commit.
    pub fn after_commit(order: CommitOrder) -> Self {
        Self { order, tie: i64::MAX, started_us: i64::MAX, digest: i64::MAX, number: RunNumber::MAX }
    }

    pub(crate) fn without_commit(started_us: i64, digest: i64, number: RunNumber) -> Self {
        Self { order: started_us, tie: 0, started_us, digest, number }
    }
}
