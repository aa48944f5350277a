//! How much neighbouring values of a series resemble each other, and what that does to means.

/// How fast the resemblance is supposed to fade from one value to the next.
const FADING: f64 = 0.8;
/// `FADING` to the power of each count up to the longest segment.
const POWERS: [f64; 257] = {
    let mut powers = [1.0; 257];
    let mut count = 1;
    while count < powers.len() {
        powers[count] = powers[count - 1] * FADING;
        count += 1;
    }
    powers
};
/// Farther off than this many spreads, a value says nothing of its neighbours.
const FARTHEST: f64 = 2.5;
/// The lags over which the resemblance is averaged.
const LAGS: usize = 3;

/// How many values of earlier segments are remembered.
const REMEMBERED: f64 = 100.0;

/// Sums over values: squares of scores, products of scores with those before them, regular values.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    squares: f64,
    products: f64,
    regular: f64,
}

/// Running sums over the values of a segment, from which the correlation of any beginning of it follows.
#[derive(Debug, Clone, Default)]
pub(super) struct Correlation {
    scores: Vec<f64>,
    /// Before each place of the segment, earlier segments included.
    sums: Vec<Sums>,
    earlier: Sums,
    /// How many values of the segment, from its first on, are equal.
    equal: usize,
}

impl Correlation {
    /// Forgets the values of this segment, but not what earlier ones taught.
    pub fn clear(&mut self) {
        self.scores.clear();
        self.sums.clear();
        self.equal = 0;
    }

    /// Ends the segment before its value number `count`.
    pub fn end_segment(&mut self, count: usize) {
        let sums = self.known(count);
        let share = (REMEMBERED / sums.regular.max(1.0)).min(1.0);
        self.earlier = Sums {
            squares: sums.squares * share,
            products: sums.products * share,
            regular: sums.regular * share,
        };
        self.clear();
    }

    /// Takes the next value as its distance from the level in spreads; `None` for an outlier.
    pub fn push(&mut self, distance: Option<f64>) {
        let score = distance.map_or(0.0, |distance| distance.clamp(-FARTHEST, FARTHEST));
        let count = self.scores.len();
        if self.equal == count && self.scores.first().is_none_or(|first| *first == score) {
            self.equal += 1;
        }
        let before =
            if count >= LAGS { self.scores[count - LAGS..].iter().sum::<f64>() / LAGS as f64 } else { 0.0 };
        let so_far = self.sums.last().copied().unwrap_or(self.earlier);
        self.sums.push(Sums {
            squares: so_far.squares + score * score,
            products: so_far.products + score * before,
            regular: so_far.regular + if distance.is_some() { 1.0 } else { 0.0 },
        });
        self.scores.push(score);
    }

    /// The sums over the first `count` values and those of earlier segments. What never varied resembles nothing: equal values lie
    /// off the level only where those at the end of the segment have moved it.
    fn known(&self, count: usize) -> Sums {
        match count.checked_sub(1) {
            Some(last) if count > self.equal => self.sums[last],
            _ => self.earlier,
        }
    }

    /// The correlation of neighbours among the first `count` values and those of earlier segments, less what independent
    /// values show by chance (three tenths of a standard error: to miss correlation is worse than to suppose some).
    pub fn among(&self, count: usize) -> f64 {
        let sums = self.known(count);
        if sums.squares <= 0.0 {
            return 0.0;
        }
        let by_chance = 0.3 / (sums.regular * LAGS as f64).sqrt();
        (sums.products / sums.squares - by_chance).clamp(0.0, 0.9)
    }
}

/// By what factor the variance of (mean of `after` values less mean of the `before` values ahead of them) exceeds that of
/// independent values, where neighbours correlate by `correlation`. At least 1.
pub(super) fn inflation(correlation: f64, before: usize, after: usize) -> f64 {
    if correlation <= 0.0 {
        return 1.0;
    }
    let independent = 1.0 / after as f64 + 1.0 / before as f64;
    let joint = FADING * (1.0 - power(after)) * (1.0 - power(before))
        / ((1.0 - FADING) * (1.0 - FADING) * (after * before) as f64);
    let fading = variance_of_mean(after) + variance_of_mean(before) - 2.0 * joint;
    ((1.0 - correlation) + correlation * fading / independent).max(1.0)
}

/// The variance of the mean of `count` values of a first-order autoregression of variance 1.
fn variance_of_mean(count: usize) -> f64 {
    let values = count as f64;
    let pairs =
        values * FADING / (1.0 - FADING) - FADING * (1.0 - power(count)) / ((1.0 - FADING) * (1.0 - FADING));
    (values + 2.0 * pairs) / (values * values)
}

fn power(count: usize) -> f64 {
    POWERS[count.min(POWERS.len() - 1)]
}
