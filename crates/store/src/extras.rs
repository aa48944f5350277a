//! What of a run has no column of its own: kept as JSON, compressed where that helps.

use std::collections::BTreeMap;

use plimsoll_model::{AllocationSite, Base, Ci, Commit, Complaint, Note, Run, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bytes::{Kind, Reader, block, seal, unseal};
use crate::{RunNumber, StoreError};

/// What of a run has no column of its own.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Extras {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<Base>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ci: Option<Ci>,
    /// Wall, user and system time in nanoseconds, peak RSS in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<[u64; 4]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allocators: Vec<AllocationSite>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<Note>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) complaints: Vec<Complaint>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) unknown: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) context_unknown: BTreeMap<String, Value>,
    /// The commit as it was brought, where the table of commits tells it differently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<Commit>,
}

/// Text below this length does not shrink enough to be worth it.
const COMPRESSED_FROM: usize = 256;
/// No run has more; a damaged length must not reserve the memory of the machine.
const MOST_BYTES: usize = 1 << 30;

impl Extras {
    /// The extras of a run, without its commit.
    pub(crate) fn of(run: &Run) -> Self {
        Self {
            base: run.context.base.clone(),
            ci: run.context.ci.clone(),
            usage: run
                .context
                .usage
                .map(|usage| [usage.wall_ns, usage.user_cpu_ns, usage.system_cpu_ns, usage.peak_rss_bytes]),
            allocators: run.allocators.clone(),
            notes: run.notes.clone(),
            complaints: run.complaints.clone(),
            unknown: run.unknown.clone(),
            context_unknown: run.context.unknown.clone(),
            commit: None,
        }
    }

    /// The resources that the measured command used.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let [wall_ns, user_cpu_ns, system_cpu_ns, peak_rss_bytes] = self.usage?;
        Some(Usage { wall_ns, user_cpu_ns, system_cpu_ns, peak_rss_bytes })
    }

    /// The block to store; `None` when there is nothing.
    pub(crate) fn write(&self, run: RunNumber) -> Result<Option<Vec<u8>>, StoreError> {
        if *self == Self::default() {
            return Ok(None);
        }
        Ok(Some(write_text(Kind::Extras, run, &serde_json::to_vec(self)?)))
    }

    /// Reads the block back.
    pub(crate) fn read(run: RunNumber, bytes: &[u8]) -> Result<Self, StoreError> {
        let json = read_text(Kind::Extras, run, bytes)?;
        serde_json::from_slice(&json)
            .map_err(|_| StoreError::damaged(format!("the extras of run {run} are not JSON")))
    }
}

/// A sealed block of text.
pub(crate) fn write_text(kind: Kind, key: i64, text: &[u8]) -> Vec<u8> {
    let mut out = block();
    let compressed = (text.len() >= COMPRESSED_FROM).then(|| lz4_flex::compress(text));
    match compressed.filter(|compressed| compressed.len() < text.len()) {
        Some(compressed) => {
            out.count(text.len());
            out.bytes.extend_from_slice(&compressed);
        }
        None => {
            out.count(0);
            out.bytes.extend_from_slice(text);
        }
    }
    seal(kind, key, out)
}

/// The text of a sealed block.
pub(crate) fn read_text(kind: Kind, key: i64, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut reader = Reader::new(unseal(kind, key, bytes)?);
    match reader.count(MOST_BYTES)? {
        0 => Ok(reader.rest().to_vec()),
        len => lz4_flex::decompress(reader.rest(), len)
            .map_err(|_| StoreError::damaged(format!("{kind:?} block {key} cannot be decompressed"))),
    }
}
