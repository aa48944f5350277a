//! How well a rule tells changes from noise, on made-up histories whose truth is known.
//!
//! A [`Rule`] sees each of the [`CONFIGURATIONS`] online, commit by commit, with and without a step; [`measure`]
//! counts what it found and what it imagined, and [`Row`]s become the table of `cargo xtask operating-characteristics`.

mod band;
mod configuration;
mod experiment;
mod oracle;
mod otava;
mod peers;
mod plimsoll;
mod rule;
mod scoring;
mod statistics;
mod table;

pub use band::{Check, check_band};
pub use configuration::{COMMITS, CONFIGURATIONS, Configuration, Disturbance, Step};
pub use experiment::{Form, Row, measure, rules_of, series_in_all};
pub(crate) use peers::rolling_median;
pub use rule::{Rule, SimulationError};
pub use scoring::{Alert, Estimate, STEP_SIZES, Score};
pub use table::{GOAL, by_configuration, json, markdown, rows_of_json, terminal};
