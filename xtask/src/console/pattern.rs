//! Whether output is what a document says, wildcards included.

/// Whether `output` matches `expected`, where a line `...` stands for any number of lines and `[..]` for any
/// characters of a line. Blanks at the ends of lines and empty lines at the end do not count.
pub fn matches(expected: &str, output: &str) -> bool {
    lines_match(&trimmed(expected), &trimmed(output))
}

fn trimmed(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

fn lines_match(expected: &[&str], output: &[&str]) -> bool {
    match expected.split_first() {
        None => output.is_empty(),
        Some((&"...", rest)) => (0..=output.len()).any(|skipped| lines_match(rest, &output[skipped..])),
        Some((pattern, rest)) => match output.split_first() {
            Some((line, others)) => line_matches(pattern, line) && lines_match(rest, others),
            None => false,
        },
    }
}

fn line_matches(pattern: &str, line: &str) -> bool {
    let Some((before, after)) = pattern.split_once("[..]") else {
        return pattern == line;
    };
    let Some(rest) = line.strip_prefix(before) else {
        return false;
    };
    let ends = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
    ends.into_iter().any(|index| line_matches(after, &rest[index..]))
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(expected: &str, output: &str, held: bool) {
        assert_eq!(super::matches(expected, output), held, "{expected:?} against {output:?}");
    }

    #[test]
    fn lines_and_wildcards() {
        check("", "", true);
        check("", "said something", false);
        check("a\nb\n", "a  \nb\n\n", true);
        check("a", "a\nb", false);
        check("a\n...", "a\nb\nc", true);
        check("...\nc", "a\nb\nc", true);
        check("a\n...\nc", "a\nc", true);
        check("a\n...\nc", "a\nb", false);
        check("took [..] ms", "took 12.3 ms", true);
        check("took [..] ms", "took 12.3 s", false);
        check("[..]µs[..]", "1 µs a", true);
    }
}
