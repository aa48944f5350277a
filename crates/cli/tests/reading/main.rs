//! The commands that read history, as users meet them: exit code, standard output, standard error.

mod check;
mod compare;
mod log;
mod report;
mod runs;
mod scratch;
mod status;
