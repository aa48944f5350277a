//! How far single values stray from those around them.

use super::location::median_in_place;

/// Values to either side that make the level of a value.
const REACH: usize = 4;

/// How far each value lies from the median of the nine around it (itself among them, fewer at the ends): the running median of Tukey
/// (1977). A step that lasts leaves no mark, up to four values that come back do. At the very end nobody knows yet what will
/// last: a streak that reaches it and strays to one side by more than `noise` is left out. What can stray by no more than `least` is
/// given as zero without a closer look; that must not be more than `noise`.
pub fn excursions(values: &[f64], noise: f64, least: f64) -> Vec<f64> {
    let mut strays: Vec<f64> = Vec::with_capacity(values.len());
    let mut around = [0.0; 2 * REACH + 1];
    for (index, value) in values.iter().enumerate() {
        let window = &values[index.saturating_sub(REACH)..(index + REACH + 1).min(values.len())];
        // The median is one of them: none farther off, no excursion.
        if window.iter().all(|other| (value - other).abs() <= least) {
            strays.push(0.0);
            continue;
        }
        let around = &mut around[..window.len()];
        around.copy_from_slice(window);
        strays.push(value - median_in_place(around).unwrap_or(*value));
    }
    let last = strays.last().copied().unwrap_or(0.0);
    let is_of_streak = |stray: &&f64| stray.abs() > noise && stray.signum() == last.signum();
    let streak = strays.iter().rev().take_while(is_of_streak).count();
    strays.truncate(strays.len() - streak);
    strays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spikes_leave_a_mark_and_steps_do_not() {
        let mut spiky = vec![1.0; 20];
        spiky[9] = 3.0;
        spiky[10] = 3.0;
        let strays = excursions(&spiky, 0.1, 0.1);
        assert_eq!(strays.iter().filter(|stray| **stray == 2.0).count(), 2);
        let step: Vec<f64> = (0..20).map(|index| if index < 10 { 1.0 } else { 3.0 }).collect();
        assert!(excursions(&step, 0.1, 0.0).iter().all(|stray| *stray == 0.0));
    }

    #[test]
    fn what_reaches_the_end_may_last() {
        let mut values = vec![1.0; 12];
        values[10] = 3.0;
        values[11] = 3.0;
        assert_eq!(excursions(&values, 0.1, 0.0), [0.0; 10]);
        assert!(excursions(&[], 0.1, 0.0).is_empty());
    }
}
