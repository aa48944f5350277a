//! The corpus: what is read from each case, and what no change to any of them can do.

mod cases;
mod laws;
mod reading;
mod schema;
