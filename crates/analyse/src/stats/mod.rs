//! Statistics on `&[f64]`.

mod location;
mod mode;
mod spread;
mod trend;

pub use location::{median, quantile_sorted};
pub(crate) use mode::main_mode_sorted;
pub use mode::{Mode, main_mode};
pub use spread::scaled_mad;
pub use trend::theil_sen_slope;
