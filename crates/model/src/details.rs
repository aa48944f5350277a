//! What only some measurements have.

use std::ops::{Deref, DerefMut};

use crate::{Interval, NamedNumbers, Outcome, Target};

/// What a measurement can have beside its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DetailFields {
    /// How the benchmark itself ended: with success, unless it is said otherwise.
    pub outcome: Outcome,
    /// The interval the harness gave for the headline value.
    pub interval: Option<Interval>,
    /// Other estimates by name: `mean`, `min`, `std_dev`, `p95`, …
    pub estimates: NamedNumbers,
    /// Raw samples, at most [`MAX_SAMPLES`](crate::MAX_SAMPLES).
    pub samples: Vec<f64>,
    /// Items handled by one operation, by noun: `pages`, `bytes`, …
    pub items: NamedNumbers,
    /// A limit that came with the measurement.
    pub target: Option<Box<Target>>,
}

/// [`DetailFields`] in one pointer, without memory of their own until one of them is written.
#[derive(Debug, Clone, Default)]
pub struct Details(Option<Box<DetailFields>>);

/// What a measurement without details has.
static NONE: DetailFields = DetailFields {
    outcome: Outcome::Success,
    interval: None,
    estimates: NamedNumbers::new(),
    samples: Vec::new(),
    items: NamedNumbers::new(),
    target: None,
};

impl Details {
    /// No details.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The details to be changed; `None` where there are none, which need not be looked through then.
    pub fn written(&mut self) -> Option<&mut DetailFields> {
        self.0.as_deref_mut()
    }
}

impl Deref for Details {
    type Target = DetailFields;

    fn deref(&self) -> &DetailFields {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for Details {
    fn deref_mut(&mut self) -> &mut DetailFields {
        self.0.get_or_insert_default()
    }
}

impl From<DetailFields> for Details {
    fn from(fields: DetailFields) -> Self {
        Self((fields != NONE).then(|| Box::new(fields)))
    }
}

impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_there_once_they_are_written() {
        let mut details = Details::default();
        assert!(details.samples.is_empty() && details.written().is_none());
        assert_eq!(details, Details::from(DetailFields::default()));
        details.samples.push(1.0);
        assert_eq!(details.written().map(|fields| fields.samples.len()), Some(1));
        details.samples.clear();
        assert_eq!(details, Details::none());
    }
}
