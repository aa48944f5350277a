//! What the views look like, at the widths that people have.

mod alerts;
mod baseline;
mod compare;
mod document;
mod history;
mod laws;
mod log;
mod run;
mod run_remarks;
mod runs;
mod sample;
mod status;
mod summary;
mod targets;
