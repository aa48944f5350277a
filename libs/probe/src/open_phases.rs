//! The phases of a tracker that are open, and which of them overlap.

use std::collections::{BTreeMap, BTreeSet};

use crate::book;

/// Phases that are open now. Two of them *overlap* unless one stands in the other: what the whole process did meanwhile
/// cannot be told to be one's or the other's.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenPhases {
    /// How often each path is open.
    pub(crate) paths: BTreeMap<String, u64>,
    numbers: BTreeSet<u64>,
    /// Those that have overlapped with none so far. They stand in one another, and are few.
    alone: Vec<u64>,
    last: u64,
}

impl OpenPhases {
    /// Opens a phase that stands in others, and gives its number; `None` where too many are open.
    pub(crate) fn open(&mut self, path: &str, stands_in: &[u64]) -> Option<u64> {
        *book::room(&mut self.paths, path)? += 1;
        let around = stands_in.iter().filter(|number| self.numbers.contains(number)).count();
        let is_alone = self.numbers.len() == around;
        self.alone.retain(|number| stands_in.contains(number));
        self.last += 1;
        self.numbers.insert(self.last);
        if is_alone {
            self.alone.push(self.last);
        }
        Some(self.last)
    }

    /// Closes one; whether it overlapped with others.
    pub(crate) fn close(&mut self, path: &str, number: u64) -> bool {
        if let Some(count) = self.paths.get_mut(path) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.paths.remove(path);
            }
        }
        self.numbers.remove(&number);
        let place = self.alone.iter().position(|alone| *alone == number);
        place.map(|place| self.alone.remove(place)).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens and closes phases by name, `name<outer` or `-name`; those that overlapped are expected.
    #[track_caller]
    fn check(steps: &[&str], expected: &[&str]) {
        let mut phases = OpenPhases::default();
        let mut stacks: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        let mut overlapped = Vec::new();
        for step in steps {
            if let Some(name) = step.strip_prefix('-') {
                let number = *stacks[name].last().expect("it is open");
                if phases.close(name, number) {
                    overlapped.push(name);
                }
                continue;
            }
            let (name, outer) = step.split_once('<').unwrap_or((step, ""));
            let mut stack = stacks.get(outer).cloned().unwrap_or_default();
            stack.push(phases.open(name, &stack).expect("there is room"));
            stacks.insert(name, stack);
        }
        assert_eq!(overlapped, expected);
        assert!(phases.alone.len() <= phases.numbers.len());
    }

    #[test]
    fn what_stands_in_another_does_not_overlap() {
        check(&["a", "b<a", "c<b", "-c", "-b", "d<a", "-d", "-a", "e", "-e"], &[]);
    }

    #[test]
    fn what_runs_beside_another_overlaps() {
        check(&["a", "b", "-a", "-b", "c", "-c"], &["a", "b"]);
        check(&["a", "b<a", "c<a", "-b", "-c", "-a"], &["b", "c"]);
        check(&["a", "b<a", "other", "-b", "-a", "-other"], &["b", "a", "other"]);
    }

    #[test]
    fn one_that_outlives_what_it_stood_in_overlaps_with_what_comes() {
        check(&["a", "b<a", "-a", "-b"], &[]);
        check(&["a", "b<a", "-a", "c", "-b", "-c"], &["b", "c"]);
    }
}
