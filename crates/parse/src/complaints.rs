//! How much a result may complain: the first of each kind say what is wrong, a million say nothing more.

use std::collections::HashMap;

use plimsoll_model::Complaint;

/// Most complaints of one kind about one input.
const MOST_ALIKE: usize = 100;
/// Most complaints of all kinds.
const MOST_OF_ALL: usize = 1_000;

/// Keeps the first complaints of each kind, in their order, and says behind them how many more there were.
pub(crate) fn bound(complaints: &mut Vec<Complaint>) {
    if complaints.len() <= MOST_ALIKE {
        return;
    }
    let kinds: Vec<Kind> = complaints.iter().map(kind).collect();
    let mut counts: HashMap<&Kind, usize> = HashMap::new();
    for kind in &kinds {
        *counts.entry(kind).or_default() += 1;
    }
    let mut seen: HashMap<&Kind, usize> = HashMap::new();
    let mut kept = Vec::new();
    let mut left_out = 0;
    for (complaint, kind) in std::mem::take(complaints).into_iter().zip(&kinds) {
        let place = seen.entry(kind).or_default();
        *place += 1;
        if *place > MOST_ALIKE {
            continue;
        }
        if kept.len() >= MOST_OF_ALL {
            left_out += 1;
            continue;
        }
        let source = complaint.source.clone();
        kept.push(complaint);
        let more = counts.get(kind).copied().unwrap_or_default().saturating_sub(MOST_ALIKE);
        if *place == MOST_ALIKE && more > 0 {
            let message = format!("and {} more like this", grouped(more as u64));
            kept.push(Complaint { source, ..Complaint::new(message) });
        }
    }
    if left_out > 0 {
        kept.push(Complaint::new(format!("and {} more of other kinds", grouped(left_out))));
    }
    *complaints = kept;
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Input and wording.
type Kind = (Option<String>, String);

/// What complaints have in common that differ only by benchmark, by what is quoted and by numbers.
fn kind(complaint: &Complaint) -> Kind {
    let message = complaint.message.as_str();
    let wording = message.split_once(": ").map_or(message, |(_, wording)| wording);
    let mut in_quotes = false;
    let common = wording.chars().filter(|letter| {
        in_quotes ^= *letter == '`';
        !in_quotes && !letter.is_ascii_digit()
    });
    (complaint.source.clone(), common.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(messages: impl Iterator<Item = String>, length: usize, remarks: &[(usize, &str)]) {
        let mut complaints: Vec<_> = messages.map(Complaint::new).collect();
        bound(&mut complaints);
        let said: Vec<_> = complaints
            .iter()
            .enumerate()
            .filter(|(_, complaint)| complaint.message.starts_with("and "))
            .map(|(place, complaint)| (place, complaint.message.as_str()))
            .collect();
        assert_eq!((complaints.len(), said.as_slice()), (length, remarks));
    }

    #[test]
    fn the_first_of_a_kind_are_kept() {
        check((0..100).map(|place| format!("b{place}: its time is zero")), 100, &[]);
        let two_kinds = (0..1_500).flat_map(|place| {
            let odd = format!("b{place}: left out, `{place} ells` is not understood");
            [odd, format!("b{place}: its time is negative: -{place} ns")]
        });
        let said = "and 1,400 more like this";
        check(two_kinds, 202, &[(199, said), (201, said)]);
    }

    #[test]
    fn many_kinds_are_bounded_too() {
        let kind = |place: u32| char::from_u32(0x4e00 + place).unwrap_or('x').to_string();
        check((0..1_200).map(kind), 1_001, &[(1_000, "and 200 more of other kinds")]);
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (31_169, "31,169"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
