//! Our own rule, as users have it.

use plimsoll_analyse::change_point;

use super::scoring::Alert;

/// What is alerted on under the default policy, upwards only.
pub(super) fn plimsoll(values: &[f64]) -> Vec<Alert> {
    let detections = change_point::detections(values);
    let rises = detections.iter().filter(|detection| detection.point.after > detection.point.before);
    rises.map(|detection| Alert { raised_at: detection.at, began: detection.point.index }).collect()
}
