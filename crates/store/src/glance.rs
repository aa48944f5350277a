//! What a line of history tells of a run besides its row, read without its measurements.

use std::collections::BTreeMap;

use plimsoll_model::{Base, Usage};
use rusqlite::OptionalExtension as _;

use crate::extras::Extras;
use crate::numbers::Details;
use crate::{RunNumber, SqliteStore, StoreError};

/// What a line of history tells of a run besides its row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Glance {
    /// The resources that the measured command used.
    pub usage: Option<Usage>,
    /// The branch it will be merged into.
    pub base: Option<Base>,
    /// Items handled, by noun: the largest count that any measurement names.
    pub items: BTreeMap<String, f64>,
}

impl SqliteStore {
    /// Glances at a run: a few small blocks, none of its points.
    pub fn glance(&self, number: RunNumber) -> Result<Glance, StoreError> {
        self.snapshot(|| {
            let extras = match self.block("SELECT block FROM extras WHERE run = ?1", number)? {
                Some(block) => Extras::read(number, &block)?,
                None => Extras::default(),
            };
            Ok(Glance { usage: extras.usage(), base: extras.base, items: self.items(number)? })
        })
    }

    fn items(&self, number: RunNumber) -> Result<BTreeMap<String, f64>, StoreError> {
        let layout: Option<i64> = self
            .connection
            .prepare_cached("SELECT layout FROM runs WHERE number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        let layout = self.layout(layout.ok_or(StoreError::NoSuchRun(number))?)?;
        let mut items = BTreeMap::new();
        if layout.shapes.iter().all(|shape| shape.items.is_empty()) {
            return Ok(items);
        }
        let block = self.block("SELECT block FROM details WHERE run = ?1", number)?;
        let mut details = Details::read(number, block.as_deref(), &layout)?;
        for (_, shape) in layout.shaped() {
            for (noun, count) in details.items(&shape.items)?.iter() {
                let most: &mut f64 = items.entry(noun.to_owned()).or_insert(count);
                *most = most.max(count);
            }
        }
        Ok(items)
    }
}
