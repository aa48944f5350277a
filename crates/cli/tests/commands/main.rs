//! The commands as users meet them: exit code, standard output, standard error.

mod alerts;
mod baseline;
mod changes;
mod check;
mod compare;
mod config;
mod damage;
mod explain;
mod log;
mod measured_inside;
mod next_steps;
mod projects;
mod replay;
mod report;
mod runs;
mod scratch;
mod silence;
mod spool;
mod status;
mod summary;
mod targets;
mod transfer;
