//! The numbers that the page on judging states: each is the engine's.

use std::collections::BTreeMap;

use crate::constants::Constants;
use crate::error::XtaskError;
use crate::judging::DOCUMENT;
use crate::step::Tally;
use crate::workspace::Workspace;

/// Words of the page, with places for numbers: `{}` as it is, `{%}` in per cent, `{word}` spelled out, `{list}` for all numbers of a
/// constant. The constants fill them in order; `NAME.1` is the second of several.
struct Statement {
    source: &'static str,
    constants: &'static [&'static str],
    words: &'static str,
}

const STATEMENTS: [Statement; 20] = [
    of("analyse/src/level.rs", &["HISTORY"], "point](#change-points) among the newest {} values"),
    of("analyse/src/level.rs", &["HISTORY"], "levels that differ too little to matter, up to {}"),
    of("analyse/src/baseline.rs", &["LOW_CONFIDENCE"], "**Low, under {}**"),
    of("analyse/src/baseline.rs", &["HIGH_CONFIDENCE"], "**High, above {}**"),
    of("analyse/src/wobble.rs", &["EXACT_SPREAD"], "as long as their values agree within {%}"),
    of(
        "analyse/src/significance.rs",
        &["JUMPY"],
        "in more than {%} of the runs, a single look decides nothing",
    ),
    of("analyse/src/chance.rs", &["LEVEL"], "called regressed at most {%} is expected to be chance"),
    of("analyse/src/stats/common_shift.rs", &["FEWEST"], "It takes {word} series of"),
    of("analyse/src/significance.rs", &["FEWEST_BENCHMARKS"], "series of {word} benchmarks"),
    of(
        "analyse/src/change_point/newest.rs",
        &["FEWEST.1", "FARTHEST_BACK"],
        "every recent place ({} to {} runs back)",
    ),
    of("analyse/src/stats/mode.rs", &["REACH"], "deviation of what lies within {} spreads"),
    of("analyse/src/change_point/noise.rs", &["OUTLYING"], "Values beyond {word} spreads are counted"),
    of("analyse/src/change_point/noise.rs", &["CAP"], "One value can say at most {} nats against a level"),
    of("analyse/src/change_point/newest.rs", &["FEWEST.1"], "**{word} values must speak** for a change"),
    of(
        "analyse/src/change_point/watch.rs",
        &["ENOUGH", "MORE_WHEN_YOUNG", "MORE_WHEN_RESTLESS"],
        "**Enough** is {} nats for a long segment, more for a short one (twice that at {word} values), and {} nats more for each \
         change point lately",
    ),
    of(
        "analyse/src/change_point/retrospective.rs",
        &["SIDE", "ENOUGH"],
        "up to {} values on both sides, and dated again; what has less than {} nats then is dropped",
    ),
    of("track/src/between_sides.rs", &["APART_SPREADS"], "at least {word} spreads from that at the first"),
    of(
        "track/src/commit_line.rs",
        &["SAME_CHANGE_COMMITS"],
        "began at most {word} commits apart count as one",
    ),
    of("analyse/src/trend/watch.rs", &["LENGTHS"], "The trend test asks the newest {list} values"),
    of("analyse/src/trend/watch.rs", &["LENGTHS.0"], "It is slow by nature: {} runs at the least"),
];

const fn of(source: &'static str, constants: &'static [&'static str], words: &'static str) -> Statement {
    Statement { source, constants, words }
}

/// One check for each statement: the page says what the engine does.
pub fn check(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let page = in_one_line(&workspace.read(DOCUMENT)?);
    let mut sources: BTreeMap<&str, Constants> = BTreeMap::new();
    let mut tally = Tally::default();
    for statement in STATEMENTS {
        let constants = match sources.entry(statement.source) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(unknown) => {
                let path = format!("crates/{}", statement.source);
                unknown.insert(Constants::read(workspace, &path)?)
            }
        };
        let words = statement.filled(constants)?;
        let held = page.contains(&words);
        if !held {
            println!("{DOCUMENT} has to say `{words}`, by {}", statement.source);
        }
        tally.add(Tally::one(held));
    }
    Ok(tally)
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Statement {
    /// The words with the engine's numbers.
    fn filled(&self, constants: &Constants) -> Result<String, XtaskError> {
        let mut words = self.words.to_owned();
        for name in self.constants {
            let (name, place) = match name.split_once('.') {
                Some((name, place)) => (name, place.parse().unwrap_or(0)),
                None => (*name, 0_usize),
            };
            let numbers = constants.numbers(name)?;
            let number = numbers.get(place).copied().unwrap_or(f64::NAN);
            let forms = ["{}", "{%}", "{word}", "{list}"].map(|form| (words.find(form), form));
            let next = forms.into_iter().filter_map(|(at, form)| Some((at?, form))).min();
            let Some((at, form)) = next else { break };
            let text = match form {
                "{%}" => format!("{} %", (number * 1e6).round() / 1e4),
                "{word}" => word(number),
                "{list}" => list(&numbers),
                _ => number.to_string(),
            };
            words.replace_range(at..at + form.len(), &text);
        }
        Ok(words)
    }
}

/// A small number spelled out; one in digits where there is no word for it.
fn word(number: f64) -> String {
    const WORDS: [&str; 9] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight"];
    let word = WORDS.iter().enumerate().find(|(value, _)| *value as f64 == number);
    word.map_or_else(|| number.to_string(), |(_, word)| (*word).to_owned())
}

/// `48, 64, 96 and 128`.
fn list(numbers: &[f64]) -> String {
    let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
    match texts.split_last() {
        Some((last, [_, ..])) => format!("{} and {last}", texts[..texts.len() - 1].join(", ")),
        _ => texts.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_filled_from_constants() {
        let text = "const FEWEST: (usize, usize) = (8, 4);\nconst ENOUGH: f64 = 6.2;\nconst PART: f64 = 0.005;\n\
            const LENGTHS: [usize; 3] = [48, 64, 96];\n";
        let constants = Constants::from_source("a.rs", text).expect("it is Rust");
        let filled = |names: &'static [&'static str], words| of("a.rs", names, words).filled(&constants).ok();
        assert_eq!(filled(&["FEWEST.1", "ENOUGH"], "{word} of {} nats").as_deref(), Some("four of 6.2 nats"));
        assert_eq!(filled(&["PART"], "within {%}").as_deref(), Some("within 0.5 %"));
        assert_eq!(filled(&["LENGTHS"], "the {list} values").as_deref(), Some("the 48, 64 and 96 values"));
        assert_eq!(filled(&["GONE"], "{}"), None);
    }
}
