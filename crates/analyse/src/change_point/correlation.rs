//! How much neighbouring values of a series resemble each other, and what that does to means.

/// How fast the resemblance is supposed to fade from one value to the next.
const FADING: f64 = 0.9;
/// Farther off than this many spreads, a value says nothing of its neighbours.
const FARTHEST: f64 = 2.5;
/// The lags over which the resemblance is averaged.
const LAGS: usize = 3;

/// Running sums over the values of a segment, from which the correlation of any beginning of it follows.
#[derive(Debug, Clone, Default)]
pub(super) struct Correlation {
    scores: Vec<f64>,
    /// Sums of squares of the scores before each place.
    squares: Vec<f64>,
    /// Sums of products of scores with the mean of the `LAGS` before them.
    products: Vec<f64>,
}

impl Correlation {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.scores.clear();
        self.squares.clear();
        self.products.clear();
    }

    /// Takes the next value as its distance from the level in spreads; `None` for an outlier.
    pub fn push(&mut self, distance: Option<f64>) {
        let score = distance.map_or(0.0, |distance| distance.clamp(-FARTHEST, FARTHEST));
        let count = self.scores.len();
        let before =
            if count >= LAGS { self.scores[count - LAGS..].iter().sum::<f64>() / LAGS as f64 } else { 0.0 };
        self.squares.push(self.squares.last().copied().unwrap_or(0.0) + score * score);
        self.products.push(self.products.last().copied().unwrap_or(0.0) + score * before);
        self.scores.push(score);
    }

    /// The correlation of neighbours among the first `count` values, of which `regular` are no outliers, less what
    /// independent values show by chance (one standard error).
    pub fn among(&self, count: usize, regular: f64) -> f64 {
        let Some(last) = count.checked_sub(1) else { return 0.0 };
        if self.squares[last] <= 0.0 {
            return 0.0;
        }
        let by_chance = 1.0 / (regular * LAGS as f64).sqrt();
        (self.products[last] / self.squares[last] - by_chance).clamp(0.0, 0.9)
    }
}

/// By what factor the variance of (mean of `after` values less mean of the `before` values ahead of them) exceeds that of
/// independent values, where neighbours correlate by `correlation`. At least 1.
pub(super) fn inflation(correlation: f64, before: f64, after: f64) -> f64 {
    if correlation <= 0.0 {
        return 1.0;
    }
    let independent = 1.0 / after + 1.0 / before;
    let joint = FADING * (1.0 - FADING.powf(after)) * (1.0 - FADING.powf(before))
        / ((1.0 - FADING).powi(2) * after * before);
    let fading = variance_of_mean(after) + variance_of_mean(before) - 2.0 * joint;
    ((1.0 - correlation) + correlation * fading / independent).max(1.0)
}

/// The variance of the mean of `count` values of a first-order autoregression of variance 1.
fn variance_of_mean(count: f64) -> f64 {
    let pairs = count * FADING / (1.0 - FADING)
        - FADING * (1.0 - FADING.powf(count)) / ((1.0 - FADING) * (1.0 - FADING));
    (count + 2.0 * pairs) / (count * count)
}
