//! What somebody probably meant by a name that is none.

/// The name in `known` that `name` was probably meant to be: the one it is the fewest letters away from (one changed, left out,
/// added, or swapped with its neighbour). `None` where all are further away than a slip of the fingers.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(nearest(name, ["time", "peak_rss", "orders/price"]), expected, "{name}");
    }

    #[test]
    fn a_slip_of_the_fingers_is_seen() {
        check("tme", Some("time"));
        check("tiem", Some("time"));
        check("orders/pric", Some("orders/price"));
        check("rss", None);
        check("", None);
    }
}
