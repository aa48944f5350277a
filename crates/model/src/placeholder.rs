//! What stands in a command for a file that is read afterwards.

/// The placeholder itself.
pub const OUT: &str = "{out}";

/// The first placeholder in `command` that was probably meant to be [`OUT`]: a word in braces one letter away from it, or one that
/// begins with it and is the value of an option. What others write the same way is none: `${out}` is a variable of the shell,
/// `{outcome}` a filter of jq's.
pub fn misspelt_out(command: &str) -> Option<&str> {
    command.match_indices('{').find_map(|(start, _)| {
        let end = start + 1 + command.get(start + 1..)?.find('}')?;
        let word = command.get(start + 1..end)?;
        let is_variable = command.get(..start)?.ends_with('$');
        let placeholder = command.get(start..=end)?;
        let is_value = command.get(..start)?.ends_with('=');
        (!is_variable && placeholder != OUT && is_nearly_out(word, is_value)).then_some(placeholder)
    })
}

fn is_nearly_out(word: &str, is_value: bool) -> bool {
    let word = word.trim().to_lowercase();
    let is_word = word.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-'));
    is_word && (is_value && word.starts_with("out") || strsim::damerau_levenshtein(&word, "out") <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, expected: Option<&str>) {
        assert_eq!(misspelt_out(command), expected, "{command}");
    }

    #[test]
    fn only_what_is_nearly_out_is_taken_for_it() {
        check("pytest --benchmark-json={ou}", Some("{ou}"));
        check("pytest --benchmark-json={ out }", Some("{ out }"));
        check("a {out} b {OUT}", Some("{OUT}"));
        check("a --json={output}", Some("{output}"));
        check("a | jq '{outcome}'", None);
        check("a {out} {out}.json", None);
        check("a ${ou} {} {a,b} {1..9} {print} {size} {", None);
        check("awk '{ print $1 }' {é", None);
    }
}
