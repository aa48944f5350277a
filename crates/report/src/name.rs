//! Series are named as briefly as the company they are shown in allows.

use plimsoll_model::SeriesKey;

/// Which parts of a series' name tell the shown series apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming {
    with_suite: bool,
    with_testbed: bool,
    with_metric: bool,
    /// Bytes of the beginning that is left out, since all benchmarks have it.
    beginning: usize,
}

/// What parts the names within a benchmark's name, and what all names of a table must have alike so that it is worth a line.
const BOUNDARIES: [&str; 2] = ["::", "/"];
const SHORTEST_BEGINNING: usize = 12;

impl Naming {
    /// What the names of `keys` must hold to be told apart.
    pub(crate) fn among<'a>(mut keys: impl Iterator<Item = &'a SeriesKey>) -> Self {
        let mut naming = Self { with_suite: false, with_testbed: false, with_metric: false, beginning: 0 };
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

    /// For a table: the same without what all benchmarks of `keys` begin with, and that beginning, which is to be said above;
    /// nothing where it is short, or where suites are told apart.
    pub(crate) fn below_beginning<'a>(
        self,
        keys: impl Iterator<Item = &'a SeriesKey> + Clone,
    ) -> (Self, Option<&'a str>) {
        let beginning = if self.with_suite { "" } else { shared_beginning(keys.map(|key| &*key.benchmark)) };
        let is_worth_it = beginning.len() >= SHORTEST_BEGINNING;
        let naming = Self { beginning: if is_worth_it { beginning.len() } else { 0 }, ..self };
        (naming, Some(beginning).filter(|_| is_worth_it))
    }

    /// `suite:benchmark{parameter=value}#metric @testbed`, as much of it as is needed.
    pub(crate) fn of(self, key: &SeriesKey) -> String {
        let mut name = if self.with_suite { key.to_string() } else { key.short() };
        name = name.split_off(self.beginning.min(key.benchmark.len()));
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

/// What all of several names begin with, up to a boundary behind which each goes on.
fn shared_beginning<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> &'a str {
    let mut others = names.clone().skip(1);
    let Some(first) = names.next().filter(|_| others.next().is_some()) else { return "" };
    let shared = names.fold(first.len(), |most, name| {
        first.bytes().zip(name.bytes()).take(most).take_while(|(left, right)| left == right).count()
    });
    let ends = BOUNDARIES
        .iter()
        .flat_map(|boundary| first.match_indices(boundary).map(|(start, boundary)| start + boundary.len()));
    let end = ends.filter(|end| *end <= shared && *end < first.len()).max().unwrap_or(0);
    &first[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], expected: &str) {
        assert_eq!(shared_beginning(names.iter().copied()), expected);
    }

    #[test]
    fn names_share_their_beginning_up_to_a_boundary() {
        check(&["tests/speed.py::wrap", "tests/speed.py::write"], "tests/speed.py::");
        check(&["tests/speed.py::wrap", "tests/size.py::wrap"], "tests/");
        check(&["build", "build/pages"], "");
        check(&["tests/ä/x", "tests/ö/x"], "tests/");
        check(&["tests/speed.py::wrap"], "");
        check(&["parse", "render"], "");
        check(&[], "");
    }
}
