//! Series are named as briefly as the company they are shown in allows.

use plimsoll_model::SeriesKey;

/// Which parts of a series' name tell the shown series apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming {
    with_suite: bool,
    with_testbed: bool,
    with_metric: bool,
}

impl Naming {
    /// What the names of `keys` must hold to be told apart.
    pub(crate) fn among<'a>(mut keys: impl Iterator<Item = &'a SeriesKey>) -> Self {
        let mut naming = Self { with_suite: false, with_testbed: false, with_metric: false };
        let Some(first) = keys.next() else {
            return naming;
        };
        for key in keys {
            naming.with_suite |= key.suite != first.suite;
            naming.with_testbed |= key.testbed != first.testbed;
            naming.with_metric |= key.metric != first.metric;
        }
        naming
    }

    /// The same without the metric, for tables that have a column for it.
    pub(crate) fn without_metric(self) -> Self {
        Self { with_metric: false, ..self }
    }

    /// `suite:benchmark{parameter=value}#metric @testbed`, as much of it as is needed.
    pub(crate) fn of(self, key: &SeriesKey) -> String {
        let mut name = if self.with_suite { key.to_string() } else { key.short() };
        if !self.with_metric {
            name.truncate(name.len().saturating_sub(key.metric.len() + 1));
        }
        if self.with_testbed {
            name.push_str(" @");
            name.push_str(&key.testbed);
        }
        name
    }
}
