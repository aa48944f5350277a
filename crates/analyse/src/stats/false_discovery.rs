//! Many tests at once.

/// How many of the smallest of `chances` can be believed so that, of what is believed, at most the share `level` is expected to be
/// wrong, when `tested` hypotheses were tested in all (Benjamini and Hochberg 1995). Holds also where tests depend on each other
/// positively, as series of one machine do (Benjamini and Yekutieli 2001). `chances` are sorted; those of the tests that are not
/// among them count as 1.
pub fn believable(sorted_chances: &[f64], tested: usize, level: f64) -> usize {
    let tested = tested.max(sorted_chances.len()) as f64;
    sorted_chances
        .iter()
        .enumerate()
        .rposition(|(index, chance)| *chance <= level * (index + 1) as f64 / tested)
        .map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_paper() {
        let chances = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        assert_eq!(believable(&chances, 15, 0.05), 4);
        assert_eq!(believable(&[], 10, 0.05), 0);
    }

    proptest! {
        #[test]
        fn more_tests_never_make_more_believable(
            mut chances in prop::collection::vec(0.0..1.0_f64, 0..50),
            more in 0_usize..500,
        ) {
            chances.sort_by(f64::total_cmp);
            let few = believable(&chances, chances.len(), 0.05);
            prop_assert!(believable(&chances, chances.len() + more, 0.05) <= few);
        }
    }
}
