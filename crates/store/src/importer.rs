//! Bulk import: many runs a transaction.

use std::collections::BTreeSet;

use plimsoll_model::Run;

use crate::append::Prepared;
use crate::{SqliteStore, StoreError};

/// A batch is written once it holds so many measurements, or so many runs.
const BATCH_MEASUREMENTS: usize = 131_072;
const BATCH_RUNS: usize = 1_024;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Runs that were given.
    pub runs: usize,
    /// Runs that were not stored before.
    pub new: usize,
    /// Measurements of the new runs.
    pub measurements: usize,
    /// The ids of runs that are stored already with other content, and were left out.
    pub conflicts: Vec<String>,
}

/// Takes runs and writes them batch by batch, each batch in one durable transaction. The store is not locked
/// between batches. What was pushed since the last batch is lost without [`Importer::finish`].
pub struct Importer<'a> {
    store: &'a mut SqliteStore,
    batch: Vec<Run>,
    batch_measurements: usize,
    imported: Imported,
}

impl SqliteStore {
    /// Begins a bulk import.
    pub fn importer(&mut self) -> Importer<'_> {
        Importer { store: self, batch: Vec::new(), batch_measurements: 0, imported: Imported::default() }
    }

    /// Stores several runs in one durable transaction: all or none. Runs that conflict with stored ones are
    /// told apart, and do not keep the others out.
    pub fn append_all(&mut self, runs: &[Run]) -> Result<Imported, StoreError> {
        let prepared = runs.iter().map(Prepared::of).collect::<Result<Vec<_>, _>>()?;
        self.write(|store| {
            let mut imported = Imported { runs: runs.len(), ..Imported::default() };
            let mut lanes = BTreeSet::new();
            for prepared in &prepared {
                match store.append_prepared(prepared) {
                    Ok(appended) => {
                        if appended.is_new {
                            imported.new += 1;
                            imported.measurements += appended.series.len();
                            lanes.insert(appended.lane);
                        }
                    }
                    Err(StoreError::Conflict { id }) => imported.conflicts.push(id),
                    Err(error) => return Err(error),
                }
            }
            for lane in lanes {
                store.fold_all(lane)?;
            }
            Ok(imported)
        })
    }
}

impl Importer<'_> {
    /// Takes a run; writes the batch when it is full.
    pub fn push(&mut self, run: Run) -> Result<(), StoreError> {
        self.batch_measurements += run.measurements.len();
        self.batch.push(run);
        if self.batch_measurements >= BATCH_MEASUREMENTS || self.batch.len() >= BATCH_RUNS {
            self.write_batch()?;
        }
        Ok(())
    }

    /// What was written so far.
    pub fn imported(&self) -> &Imported {
        &self.imported
    }

    /// Writes what is left and tells what the import did.
    pub fn finish(mut self) -> Result<Imported, StoreError> {
        self.write_batch()?;
        Ok(self.imported)
    }

    fn write_batch(&mut self) -> Result<(), StoreError> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_measurements = 0;
        if batch.is_empty() {
            return Ok(());
        }
        let written = self.store.append_all(&batch)?;
        self.imported.runs += written.runs;
        self.imported.new += written.new;
        self.imported.measurements += written.measurements;
        self.imported.conflicts.extend(written.conflicts);
        Ok(())
    }
}
