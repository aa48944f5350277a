//! The gate as users meet it: exit code, standard output, standard error.

mod acceptance;
mod branches;
mod endings;
mod history;
mod scratch;
mod second_look;
