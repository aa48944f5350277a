//! Which harness a command calls, as far as its words tell: where such a command leaves no results, something was forgotten.

/// A harness that a command calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called {
    /// Its name as its makers write it.
    pub title: &'static str,
    /// The option by which it writes a file that is read, with `{out}` for that file; `None` where what it prints is read.
    pub option: Option<&'static str>,
}

/// How the words of a command give a harness away.
type Mark = (Called, fn(&[&str]) -> bool);

const fn writes(title: &'static str, option: &'static str) -> Called {
    Called { title, option: Some(option) }
}

const fn prints(title: &'static str) -> Called {
    Called { title, option: None }
}

const MARKS: &[Mark] = &[
    (writes("pytest-benchmark", "--benchmark-json={out}"), is_pytest_benchmark),
    (writes("Google Benchmark", "--benchmark_out={out}"), |words| any_begins(words, "--benchmark_")),
    (writes("pyperf", "-o {out}"), |words| has_program(words, "pyperf")),
    (writes("hyperfine", "--export-json {out}"), |words| has_program(words, "hyperfine")),
    (prints("cargo bench"), |words| follows(words, "cargo", "bench")),
    (prints("cargo criterion"), |words| follows(words, "cargo", "criterion")),
    (prints("go test -bench"), |words| follows(words, "go", "test") && any_begins(words, "-bench")),
];

/// The harness that `command` calls; `None` where its words name none.
pub fn called(command: &str) -> Option<Called> {
    let is_apart = |one: char| one.is_whitespace() || matches!(one, ';' | '&' | '|' | '(' | ')' | '"' | '\'');
    let words: Vec<&str> = command.split(is_apart).filter(|word| !word.is_empty()).collect();
    MARKS.iter().find(|(_, is_called)| is_called(&words)).map(|(called, _)| *called)
}

/// `--benchmark-only` and its like, or a path that is named for benchmarks; tests alone are no benchmarks.
fn is_pytest_benchmark(words: &[&str]) -> bool {
    let is_off = |word: &&str| matches!(*word, "--benchmark-skip" | "--benchmark-disable");
    let is_meant =
        |word: &&str| word.starts_with("--benchmark-") || !word.starts_with('-') && word.contains("bench");
    ["pytest", "py.test"].iter().any(|program| has_program(words, program))
        && words.iter().any(is_meant)
        && !words.iter().any(is_off)
}

fn any_begins(words: &[&str], beginning: &str) -> bool {
    words.iter().any(|word| word.starts_with(beginning))
}

/// Whether a word is the program, with or without the folders before it.
fn has_program(words: &[&str], program: &str) -> bool {
    words.iter().any(|word| is_program(word, program))
}

fn is_program(word: &str, program: &str) -> bool {
    word == program || word.strip_suffix(program).is_some_and(|folders| folders.ends_with('/'))
}

/// Whether the program is called with this subcommand, with options or a toolchain between them at most.
fn follows(words: &[&str], program: &str, subcommand: &str) -> bool {
    let mut behind = words.iter().skip_while(|word| !is_program(word, program)).skip(1);
    behind.find(|word| !word.starts_with(['-', '+'])).is_some_and(|word| *word == subcommand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, title: Option<&str>) {
        assert_eq!(called(command).map(|called| called.title), title, "{command}");
    }

    #[test]
    fn a_harness_is_known_by_the_words_of_its_command() {
        check("pytest --benchmark-only", Some("pytest-benchmark"));
        check("python -m pytest -q benches/", Some("pytest-benchmark"));
        check("pytest tests --benchmark-skip", None);
        check("pytest tests", None);
        check("cargo bench --bench sums -- zzz", Some("cargo bench"));
        check("cargo +nightly bench", Some("cargo bench"));
        check("cd app && cargo --quiet bench; true", Some("cargo bench"));
        check("cargo build --bench sums", None);
        check("go test -run '^$' -bench=. ./...; true", Some("go test -bench"));
        check("go test ./...", None);
        check("/usr/bin/hyperfine 'sleep 1'", Some("hyperfine"));
        check("./bench --benchmark_filter=x", Some("Google Benchmark"));
        check("python3 -m pyperf timeit 1", Some("pyperf"));
        check("./target/release/tally 2000000", None);
        check("", None);
    }
}
