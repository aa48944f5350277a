//! Did all of them move together?

use super::location::median_in_place;

/// Fewer series than this may well agree by chance.
const FEWEST: usize = 8;
/// At least this share must have moved the same way …
const SAME_WAY: f64 = 0.75;
/// … which coins would do with at most this chance.
const CHANCE: f64 = 0.01;

/// A shift that most values share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shared {
    /// The shift: the median of all.
    pub shift: f64,
    /// How many moved in its direction.
    pub moved: usize,
}

/// The shift that most of `moves` share, given how far each moves by chance (`noises`, of the same length). Most: three quarters went
/// the same way, by more than coins would (the sign test; Arbuthnott 1710), and the usual distance from the shared shift is
/// within the usual noise, or within half of the shift itself. `None` of fewer than eight.
pub fn shared_shift(moves: &[f64], noises: &[f64]) -> Option<Shared> {
    let count = moves.len();
    if count < FEWEST {
        return None;
    }
    let shift = median_in_place(&mut moves.to_vec())?;
    let moved = moves.iter().filter(|distance| **distance * shift > 0.0).count();
    let (of, same) = (count as f64, moved as f64);
    // The normal limit of the sign test, corrected for counting in whole numbers; two-sided.
    let deviates = (same - 0.5 - of / 2.0) / (of / 4.0).sqrt();
    let is_beyond_coins = deviates >= 2.576 || moved == count && 0.5_f64.powf(of - 1.0) <= CHANCE;
    if same < SAME_WAY * of || !is_beyond_coins {
        return None;
    }
    let mut distances: Vec<f64> = moves.iter().map(|distance| (distance - shift).abs()).collect();
    let scatter = median_in_place(&mut distances)?;
    let noise = median_in_place(&mut noises.to_vec())?;
    (scatter <= noise.max(shift.abs() / 2.0)).then_some(Shared { shift, moved })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_machine_is_seen_and_a_slow_minority_is_not() {
        let noises = [0.03; 45];
        let mut moves: Vec<f64> = (0..45).map(|index| 0.13 + 0.001 * f64::from(index % 9 - 4)).collect();
        moves[..4].fill(-0.01);
        let found = shared_shift(&moves, &noises).expect("a shift");
        assert_eq!(found.moved, 41);
        moves[..30].fill(0.0);
        assert_eq!(shared_shift(&moves, &noises), None);
        assert_eq!(shared_shift(&moves[30..37], &noises[..7]), None);
    }

    #[test]
    fn three_quarters_are_most_and_less_is_not() {
        let found = |moved: usize| {
            let mut moves = [0.1; 40];
            moves[moved..].fill(-0.01);
            shared_shift(&moves, &[0.02; 40]).map(|shared| shared.moved)
        };
        assert_eq!((found(30), found(29)), (Some(30), None));
    }

    #[test]
    fn series_that_moved_apart_share_nothing() {
        let moves: Vec<f64> = (0..20).map(|index| 0.02 * f64::from(index * index)).collect();
        assert_eq!(shared_shift(&moves, &[0.01; 20]), None);
    }
}
