//! The series by which open alerts of earlier runs hold the gate closed, though they seem well now.

use std::collections::HashMap;

use plimsoll_model::{Alert, SeriesEvaluation, SeriesKey};

use super::RunView;

/// The alerts that hold the gate closed, by their series.
#[derive(Default)]
pub(crate) struct Holding<'a> {
    alerts: HashMap<&'a SeriesKey, &'a Alert>,
}

impl<'a> Holding<'a> {
    pub(super) fn of(view: &RunView<'a>) -> Self {
        let holds = |alert: &&Alert| view.gate.alerts.contains(&alert.id);
        Self { alerts: view.alerts.iter().filter(holds).map(|alert| (&alert.series, alert)).collect() }
    }

    /// The alert on the series, if it holds the gate closed.
    pub(super) fn alert(&self, series: &SeriesEvaluation) -> Option<&'a Alert> {
        self.alerts.get(&series.key).copied()
    }

    /// `closes the gate: alert 42 is still open, 15.2 ms where 12.4 ms was expected`.
    pub(super) fn remark(&self, series: &SeriesEvaluation) -> Option<String> {
        let Alert { id, current_value, expected_value, .. } = self.alert(series)?;
        let value = |value: &f64| series.unit.human(*value);
        Some(format!(
            "closes the gate: alert {id} is still open, {} where {} was expected",
            value(current_value),
            value(expected_value)
        ))
    }
}
