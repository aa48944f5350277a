//! What the views look like, at the widths that people have.

mod run;
mod sample;
