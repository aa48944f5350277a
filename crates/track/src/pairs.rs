//! The series of two sides, each with its values on both.

use std::cmp::Ordering;
use std::rc::Rc;

use plimsoll_analyse::Scatter;
use plimsoll_model::{LevelChange, Policy, SeriesKey};
use plimsoll_store::SeriesId;

use crate::side_values::{Named, SeriesValues, SideValues};

/// A series of either side and what is known of its noise.
pub(crate) struct Pair {
    pub(crate) name: Rc<Named>,
    pub(crate) a: Option<SeriesValues>,
    pub(crate) b: Option<SeriesValues>,
    /// Its numbers in the store, old names included; of a series that both sides measured.
    pub(crate) ids: Vec<SeriesId>,
    /// Fewer earlier values than this say nothing of its noise.
    pub(crate) min: usize,
    /// Earlier values, oldest first.
    pub(crate) history: Vec<f64>,
    /// How they lie.
    pub(crate) scatter: Scatter,
    /// Where its level changed between A and B, oldest first.
    pub(crate) changes: Vec<LevelChange>,
    /// The samples within the runs of A and of B, where they are needed.
    pub(crate) samples: [Vec<f64>; 2],
}

/// Every series of either side, in order of their names.
pub(crate) fn pair(of_a: SideValues, of_b: SideValues, policy: &Policy) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(of_a.0.len().max(of_b.0.len()));
    let (mut of_a, mut of_b) = (of_a.0.into_iter().peekable(), of_b.0.into_iter().peekable());
    loop {
        let order = match (of_a.peek(), of_b.peek()) {
            (Some((one, _)), Some((other, _))) if Rc::ptr_eq(one, other) => Ordering::Equal,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return pairs,
        };
        let a = of_a.next_if(|_| order != Ordering::Greater);
        let b = of_b.next_if(|_| order != Ordering::Less);
        let (a, name_in_a) = a.map(|(name, values)| (values, name)).unzip();
        let (b, name_in_b) = b.map(|(name, values)| (values, name)).unzip();
        pairs.extend(name_in_a.or(name_in_b).map(|name| Pair {
            min: policy.settings_for(&name.0).baseline.min,
            name,
            ids: Vec::new(),
            a,
            b,
            history: Vec::new(),
            scatter: Scatter::default(),
            changes: Vec::new(),
            samples: [Vec::new(), Vec::new()],
        }));
    }
}

/// Whether two pairs are of one suite and testbed.
pub(crate) fn is_of_lane(one: &Pair, other: &Pair) -> bool {
    (&one.key().suite, &one.key().testbed) == (&other.key().suite, &other.key().testbed)
}

/// The series of some pairs, each with the place of its pair, in order of the pairs.
pub(crate) fn owned_ids<'a>(
    pairs: impl IntoIterator<Item = (usize, &'a Pair)>,
) -> (Vec<SeriesId>, Vec<usize>) {
    pairs.into_iter().flat_map(|(owner, pair)| pair.ids.iter().map(move |id| (*id, owner))).unzip()
}

impl Pair {
    pub(crate) fn key(&self) -> &SeriesKey {
        &self.name.0
    }

    pub(crate) fn is_in_both(&self) -> bool {
        self.a.is_some() && self.b.is_some()
    }
}
