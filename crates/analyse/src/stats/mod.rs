//! Statistics on `&[f64]`.

mod borrowed;
mod common_shift;
mod distance;
mod excursions;
mod false_discovery;
mod location;
mod mode;
mod samples;
mod spread;
mod student;
mod trend;

pub use borrowed::{UsualSpread, borrow_from, usual_spread};
pub use common_shift::{Shared, shared_shift};
pub use distance::{Spread, median_distance};
pub use excursions::excursions;
pub use false_discovery::believable;
pub use location::{median, quantile_sorted};
pub(crate) use mode::main_mode_sorted;
pub use mode::{Mode, main_mode};
pub use samples::median_error;
pub(crate) use spread::NORMAL_CONSISTENCY;
pub use spread::scaled_mad;
pub use student::{
    digamma, inverse_trigamma, ln_gamma, student_upper_tail, trigamma, variance_ratio_upper_tail,
};
pub use trend::theil_sen_slope;
