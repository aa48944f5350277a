//! What was read once and cannot change: names, lanes, layouts, run lists of segments.

use std::collections::HashMap;
use std::sync::Arc;

use crate::layout::Layout;
use crate::segment::Segment;
use crate::{LaneId, SeriesId, SeriesRow};

/// What was read once and cannot change. Forgotten when a transaction is rolled back.
#[derive(Default)]
pub(crate) struct Cache {
    pub(crate) names: HashMap<String, i64>,
    pub(crate) lanes: HashMap<(i64, i64, i64), LaneId>,
    /// Only keys and units: direction and exactness follow the newest run.
    pub(crate) series: HashMap<SeriesId, Arc<SeriesRow>>,
    pub(crate) environments: HashMap<i64, i64>,
    pub(crate) layouts: HashMap<i64, Arc<Layout>>,
    pub(crate) layouts_by_digest: HashMap<(LaneId, u128), Arc<Layout>>,
    pub(crate) segments: HashMap<i64, Arc<Segment>>,
}

impl Cache {
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
