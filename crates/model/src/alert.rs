//! A finding with a life.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{SeriesKey, Severity, relative_change};

/// The number people refer to an alert by, unique in a store.
pub type AlertId = i64;

/// Where an alert is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// Nobody has looked yet.
    Open,
    /// Someone took note; it no longer closes the gate.
    Acknowledged,
    /// Not shown until a date.
    Muted,
    /// The value recovered, or someone accepted the change.
    Resolved,
    /// Later points showed that nothing had changed.
    Withdrawn,
}

impl AlertState {
    /// Its name in listings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Muted => "muted",
            Self::Resolved => "resolved",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A finding with a life.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// When it was opened.
    pub triggered_at: Timestamp,
    /// How bad it is.
    pub severity: Severity,
    /// The series.
    pub series: SeriesKey,
    /// The branch it was seen on.
    pub branch: Option<String>,
    /// The target that was missed, by its id.
    pub target: Option<String>,
    /// The value that opened it.
    pub current_value: f64,
    /// What was expected then: the baseline's centre or the target.
    pub expected_value: f64,
    /// The spread of the baseline then.
    pub expected_spread: f64,
    /// The change in per cent, positive when the value rose.
    pub deviation_percent: f64,
    /// Where it is in its life.
    pub state: AlertState,
    /// Who moved it there last.
    pub by: Option<String>,
    /// What they said.
    pub notes: Option<String>,
    /// The commit at which the change began.
    pub began: Option<String>,
}

impl Alert {
    /// How far the value moved relative to what was expected, positive when it rose; `None` about zero ([`relative_change`]).
    pub fn change(&self) -> Option<f64> {
        let spread = if self.target.is_some() { 0.0 } else { self.expected_spread };
        relative_change(self.expected_value, self.current_value, spread)
            .map(|_| self.deviation_percent / 100.0)
    }
}
