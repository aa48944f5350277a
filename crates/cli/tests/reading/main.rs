//! The commands that read history, as users meet them: exit code, standard output, standard error.

mod log;
mod scratch;
