//! What surrounds a run: its configuration, its commit, the CI job, the machine.
//!
//! This is the only crate that reads the environment, and it only reads: no setting is changed, no
//! repository written, no network used.

mod checkout;
mod ci;
mod commit_lookup;
mod config;
mod env;
mod gather;
mod git;
mod machine;
mod repository;
mod spool;

pub use ci::{CiFacts, Runner};
pub use commit_lookup::CommitLookup;
pub use config::{
    Age, Chosen, Config, ConfigError, DeclaredMetric, Excerpt, Files, Flags, Notify, Origin, Project, Rename,
    Retention, SettingRow, Suite, SuiteError, config_schema, settings_with_origin,
};
pub use env::Env;
pub use gather::{ContextRequest, Gathered, default_store, gather, project_name};
pub use git::{Git, GitError, History, MAX_ANCESTORS};
pub use machine::Machine;
pub use repository::Repository;
pub use spool::spool_folder;
