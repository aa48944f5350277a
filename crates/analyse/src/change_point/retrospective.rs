//! The change points of a whole series, with hindsight.

use super::{ChangePoint, Detection, Watch};

/// Every detection that a [`Watch`] makes over `values`, in order.
pub fn detections(values: &[f64]) -> Vec<Detection> {
    let mut watch = Watch::new();
    let found = values.iter().enumerate();
    found.filter_map(|(at, value)| watch.push(*value).map(|point| Detection { at, point })).collect()
}

/// The change points of `values`, in order, seen from its end.
pub fn change_points(values: &[f64]) -> Vec<ChangePoint> {
    detections(values).into_iter().map(|detection| detection.point).collect()
}
