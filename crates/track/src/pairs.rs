//! The series of two sides, each with its values on both.

use std::cmp::Ordering;
use std::rc::Rc;

use plimsoll_model::{Policy, SeriesKey};

use crate::side_values::{Named, SeriesValues, SideValues};

/// A series of either side and what is known of its noise.
pub(crate) struct Pair {
    pub(crate) name: Rc<Named>,
    pub(crate) a: Option<SeriesValues>,
    pub(crate) b: Option<SeriesValues>,
    /// Fewer earlier values than this say nothing of its noise.
    pub(crate) min: usize,
    /// Earlier values, oldest first.
    pub(crate) history: Vec<f64>,
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
            a,
            b,
            history: Vec::new(),
            samples: [Vec::new(), Vec::new()],
        }));
    }
}

impl Pair {
    pub(crate) fn key(&self) -> &SeriesKey {
        &self.name.0
    }

    pub(crate) fn is_in_both(&self) -> bool {
        self.a.is_some() && self.b.is_some()
    }
}
