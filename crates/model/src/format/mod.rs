//! The versioned formats that other programs hold on to.

pub mod run;
