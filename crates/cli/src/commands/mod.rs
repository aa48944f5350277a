//! One file a command: its arguments and what it does with them.

pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod ingest;
pub(crate) mod log;
pub(crate) mod run;
