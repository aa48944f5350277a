//! Names, each stored once: projects, suites, testbeds, branches, sessions, benchmarks, metrics, units.

use plimsoll_model::Parameters;
use rusqlite::OptionalExtension as _;

use crate::bytes::{Kind, checksum};
use crate::{SqliteStore, StoreError};

impl SqliteStore {
    /// The number of a name that is stored, `None` for one that never was.
    pub(crate) fn find_name(&self, text: &str) -> Result<Option<i64>, StoreError> {
        if let Some(id) = self.cache.borrow().names.get(text) {
            return Ok(Some(*id));
        }
        let found: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM names WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            self.cache.borrow_mut().names.insert(text.to_owned(), id);
        }
        Ok(found)
    }

    /// The number of a name, stored now if it is new.
    pub(crate) fn name(&self, text: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.find_name(text)? {
            return Ok(id);
        }
        self.connection
            .prepare_cached("INSERT INTO names (text, checksum) VALUES (?1, ?2)")?
            .execute((text, name_checksum(text)))?;
        let id = self.connection.last_insert_rowid();
        self.cache.borrow_mut().names.insert(text.to_owned(), id);
        Ok(id)
    }

    /// The text of a stored name.
    pub(crate) fn name_text(&self, id: i64) -> Result<String, StoreError> {
        self.connection
            .prepare_cached("SELECT text FROM names WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?
            .ok_or_else(|| StoreError::damaged(format!("name {id} is missing")))
    }
}

/// The checksum in a name's row.
pub(crate) fn name_checksum(text: &str) -> i32 {
    checksum(Kind::Name, 0, text.as_bytes()) as i32
}

/// Parameters as one name: JSON with its keys sorted, empty when there are none.
pub(crate) fn parameters_text(parameters: &Parameters) -> Result<String, StoreError> {
    if parameters.is_empty() {
        return Ok(String::new());
    }
    Ok(serde_json::to_string(parameters)?)
}

/// The inverse of [`parameters_text`].
pub(crate) fn read_parameters(text: &str) -> Result<Parameters, StoreError> {
    if text.is_empty() {
        return Ok(Parameters::new());
    }
    serde_json::from_str(text).map_err(|_| StoreError::damaged("the parameters of a series are not JSON"))
}
