//! Where a commit stands in history, whatever the order in which runs arrive.

use crate::Commit;

/// A commit's place in history: microseconds since 1970, strictly growing along first parents.
///
/// It is `max(commit time, parent's order + 1)`: a clock that went backwards, or a rebase that gave ten
/// commits the same second, cannot put a child before its parent. Once a commit has been seen its order is
/// fixed. Equal orders (unrelated commits of the same second) fall back to the hash.
pub type CommitOrder = i64;

impl Commit {
    /// Orders for this commit and for each of its ancestors, nearest first: `[self, parent, …]`.
    ///
    /// `known` tells the order of a commit that was seen before; such an order is kept. `fallback_us` stands in
    /// when no time is known at all. Ancestors without a time are spread evenly between their neighbours.
    pub fn orders(&self, known: impl Fn(&str) -> Option<CommitOrder>, fallback_us: i64) -> Vec<CommitOrder> {
        let own_us = self.committed_at.map_or(fallback_us, jiff::Timestamp::as_microsecond);
        let mut orders = vec![0; self.ancestors.len() + 1];
        let hashes = || std::iter::once(&self.hash).chain(&self.ancestors);
        let known_orders: Vec<_> = hashes().map(|hash| known(hash)).collect();
        let time_us = |place: usize| match place {
            0 => Some(own_us),
            _ => self.ancestor_times.get(place - 1).map(|seconds| seconds.saturating_mul(1_000_000)),
        };
        let mut previous: Option<CommitOrder> = None;
        for place in (0..orders.len()).rev() {
            let order = known_orders[place].unwrap_or_else(|| {
                let wanted = time_us(place).unwrap_or_else(|| spread(place, previous, &known_orders, own_us));
                previous.map_or(wanted, |parent| wanted.max(parent + 1))
            });
            previous = Some(order);
            orders[place] = order;
        }
        orders
    }
}

/// A place for an ancestor of unknown time: even steps from its parent to the next descendant that is known.
fn spread(
    place: usize,
    parent: Option<CommitOrder>,
    known: &[Option<CommitOrder>],
    own_us: i64,
) -> CommitOrder {
    let (next_place, next) =
        (0..place).rev().find_map(|at| known[at].map(|order| (at, order))).unwrap_or((0, own_us));
    let steps = (place - next_place) as i64;
    match parent {
        Some(parent) => parent + (next - parent) / (steps + 1),
        None => next - steps * 1_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(seconds: i64, ancestors: &[&str], times: &[i64]) -> Commit {
        Commit {
            hash: "child".to_owned(),
            ancestors: ancestors.iter().map(|hash| (*hash).to_owned()).collect(),
            ancestor_times: times.to_vec(),
            committed_at: jiff::Timestamp::from_second(seconds).ok(),
            subject: None,
            dirty: false,
        }
    }

    #[test]
    fn a_clock_that_goes_backwards_cannot_reverse_history() {
        let orders = commit(50, &["parent", "grandparent"], &[100, 10]).orders(|_| None, 0);
        assert_eq!(orders, [100_000_001, 100_000_000, 10_000_000]);
    }

    #[test]
    fn commits_of_one_second_keep_their_order() {
        let orders = commit(7, &["b", "a"], &[7, 7]).orders(|_| None, 0);
        assert_eq!(orders, [7_000_002, 7_000_001, 7_000_000]);
    }

    #[test]
    fn an_order_once_given_stays() {
        let orders =
            commit(50, &["parent"], &[40]).orders(|hash| (hash == "parent").then_some(60_000_000), 0);
        assert_eq!(orders, [60_000_001, 60_000_000]);
    }

    #[test]
    fn ancestors_without_times_stand_between_their_neighbours() {
        let orders = commit(10, &["c", "b", "a"], &[]).orders(|hash| (hash == "a").then_some(2_000_000), 0);
        assert_eq!(orders[3], 2_000_000);
        assert!(orders.is_sorted_by(|left, right| left > right), "{orders:?}");
    }
}
