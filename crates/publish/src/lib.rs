//! Carries results out as plain files. It renders nothing itself.

mod files;

pub use files::{FilesError, WrittenFiles, write_files};
