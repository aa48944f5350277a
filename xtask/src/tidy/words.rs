//! Names that say nothing, and marks that something was put off.

use quote::ToTokens;

use super::Problem;
use super::tokens;
use super::tree::Tree;

/// A module of this name holds whatever nobody found a place for.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "helper", "common", "misc"];
const FORBIDDEN_MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];
const FORBIDDEN_ATTRIBUTES: [&str; 2] = ["ignore", "allow"];

/// Modules, as files or folders, whose name does not say what they hold.
pub fn module_names(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in &tree.sources {
        let path = source.path.trim_end_matches(".rs");
        for part in path.split('/').filter(|part| EMPTY_NAMES.contains(part)) {
            problems.push(Problem::new(&source.path, format!("`{part}` does not say what it holds")));
        }
    }
    problems
}

/// Code that was put off, tests that are skipped, lints that are switched off without a reason.
pub fn forbidden(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in &tree.sources {
        let tokens = source.syntax.to_token_stream();
        for (name, line) in tokens::macros(tokens.clone()) {
            if FORBIDDEN_MACROS.contains(&name.as_str()) {
                problems.push(Problem::new(format!("{}:{line}", source.path), format!("`{name}!`")));
            }
        }
        for (name, line) in tokens::attributes(tokens) {
            if FORBIDDEN_ATTRIBUTES.contains(&name.as_str()) {
                let what = format!("`#[{name}]`: use `#[expect(…, reason = \"…\")]`, or mend the cause");
                problems.push(Problem::new(format!("{}:{line}", source.path), what));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Source;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let tree = Tree { sources: vec![Source::parse(path, text).expect("it is Rust")], ..Tree::default() };
        let problems = [module_names(&tree), forbidden(&tree)].concat_places();
        assert_eq!(problems, expected);
    }

    trait Places {
        fn concat_places(self) -> Vec<String>;
    }

    impl Places for [Vec<Problem>; 2] {
        fn concat_places(self) -> Vec<String> {
            self.into_iter().flatten().map(|problem| problem.place).collect()
        }
    }

    #[test]
    fn what_was_put_off_is_found() {
        check("crates/a/src/lib.rs", "fn f() {\n    todo!()\n}\n", &["crates/a/src/lib.rs:2"]);
        check("a.rs", "fn f() { g(dbg!(1)); }", &["a.rs:1"]);
        check("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}\n", &["a.rs:2"]);
        check("a.rs", "#![allow(dead_code)]\n", &["a.rs:1"]);
        check("a.rs", "#[cfg_attr(test, allow(dead_code))]\nfn f() {}\n", &["a.rs:1"]);
        check("a.rs", "#[expect(dead_code, reason = \"r\")]\nfn f() {}\n", &[]);
        // In strings and comments they are words.
        check("a.rs", "// todo!()\nconst A: &str = \"#[allow(x)] dbg!()\";\n", &[]);
    }

    #[test]
    fn empty_names_are_found() {
        check("crates/a/src/utils.rs", "", &["crates/a/src/utils.rs"]);
        check("crates/a/src/common/mod.rs", "", &["crates/a/src/common/mod.rs"]);
        check("crates/a/src/commonplace.rs", "", &[]);
    }
}
