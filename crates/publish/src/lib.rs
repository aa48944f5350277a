//! Carries results out as plain files. It renders nothing itself.

mod files;
mod summary;

pub use files::{FilesError, WrittenFiles, write_files};
pub use summary::{SummaryLine, write_summary};
