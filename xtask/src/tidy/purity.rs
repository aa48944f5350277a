//! Pure crates cannot fail to look, because they cannot look.

use quote::ToTokens;

use super::Problem;
use super::tokens::{self, NamedPath};
use super::tree::Tree;

/// Crates that get everything as arguments and give everything as results.
const PURE: [&str; 4] = ["analyse", "model", "parse", "report"];

/// Paths that reach outside, by their first parts.
const OUTSIDE: [&[&str]; 6] =
    [&["std", "fs"], &["std", "env"], &["std", "net"], &["std", "process"], &["std", "thread"], &["rand"]];

/// Calls that read the clock, by their last parts.
const CLOCKS: [&[&str]; 4] =
    [&["SystemTime", "now"], &["Instant", "now"], &["Timestamp", "now"], &["Zoned", "now"]];

/// Methods that the `clippy.toml` of every pure crate must forbid at least.
const METHODS: [&str; 10] = [
    "std::env::var",
    "std::env::vars",
    "std::fs::read",
    "std::fs::read_to_string",
    "std::fs::write",
    "std::fs::File::open",
    "std::process::Command::new",
    "std::thread::spawn",
    "std::time::Instant::now",
    "std::time::SystemTime::now",
];

/// Code outside tests that names a file, the environment, the network, a process, a thread or a clock.
pub fn sources(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in tree.sources.iter().filter(|source| is_pure_source(&source.path)) {
        let mut file = source.syntax.clone();
        file.items = without_tests(file.items);
        for path in tokens::paths(file.to_token_stream()) {
            if reaches_outside(&path) {
                problems.push(Problem::new(
                    format!("{}:{}", source.path, path.line),
                    format!("`{}` in a pure crate: take it as an argument", path.parts.join("::")),
                ));
            }
        }
    }
    problems
}

/// Pure crates whose `clippy.toml` is missing or forbids too little.
pub fn configurations(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in PURE {
        let folder = format!("crates/{name}");
        if !tree.paths.contains(&format!("{folder}/src")) {
            continue;
        }
        let path = format!("{folder}/clippy.toml");
        match tree.document(&path) {
            None => problems.push(Problem::new(path, "missing: a pure crate forbids what looks outside")),
            Some(document) => {
                let absent =
                    METHODS.iter().filter(|method| !document.text.contains(&format!("\"{method}\"")));
                problems
                    .extend(absent.map(|method| Problem::new(&path, format!("does not forbid `{method}`"))));
            }
        }
    }
    problems
}

fn is_pure_source(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let ["crates", name, "src", inner @ ..] = parts.as_slice() else {
        return false;
    };
    let is_test = |part: &&str| part.trim_end_matches(".rs") == "tests" || part.ends_with("_tests.rs");
    PURE.contains(name) && !inner.iter().any(is_test)
}

fn reaches_outside(path: &NamedPath) -> bool {
    let parts: Vec<&str> = path.parts.iter().map(String::as_str).collect();
    OUTSIDE.iter().any(|outside| parts.starts_with(outside))
        || CLOCKS.iter().any(|clock| parts.windows(2).any(|pair| pair == *clock))
}

/// Items that are compiled outside tests too.
fn without_tests(items: Vec<syn::Item>) -> Vec<syn::Item> {
    let mut kept = Vec::new();
    for mut item in items {
        if is_for_tests(attributes_of(&item)) {
            continue;
        }
        if let syn::Item::Mod(module) = &mut item
            && let Some((_, inner)) = &mut module.content
        {
            *inner = without_tests(std::mem::take(inner));
        }
        kept.push(item);
    }
    kept
}

fn attributes_of(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::{Document, Source};

    #[track_caller]
    fn check(path: &str, text: &str, expected: usize) {
        let tree = Tree { sources: vec![Source::parse(path, text).expect("it is Rust")], ..Tree::default() };
        let problems = sources(&tree);
        assert_eq!(problems.len(), expected, "{problems:?}");
    }

    #[test]
    fn looking_outside_is_found_in_pure_crates_only() {
        let reads = "fn f() { let _ = std::fs::read(\"x\"); }";
        check("crates/parse/src/lib.rs", reads, 1);
        check("crates/store/src/lib.rs", reads, 0);
        check("crates/parse/tests/corpus.rs", reads, 0);
        check("crates/parse/src/go/tests.rs", reads, 0);
        check("crates/model/src/a.rs", "use std::{env, fmt};", 1);
        check("crates/report/src/a.rs", "fn f() -> T { jiff::Timestamp::now() }", 1);
        check("crates/analyse/src/a.rs", "fn f() { println!(\"{:?}\", Instant::now()); }", 1);
        check("crates/analyse/src/a.rs", "use rand::Rng;", 1);
        check("crates/analyse/src/a.rs", "use std::time::Duration;", 0);
    }

    #[test]
    fn tests_may_look() {
        let text = "#[cfg(test)]\nmod tests { fn f() { let _ = std::fs::read(\"x\"); } }";
        check("crates/parse/src/lib.rs", text, 0);
        check("crates/parse/src/lib.rs", &text.replace("(test)", "(unix)"), 1);
        check("crates/parse/src/lib.rs", &format!("mod a {{ {text} }}"), 0);
    }

    #[test]
    fn a_pure_crate_has_its_clippy_configuration() {
        let mut tree = Tree::default();
        assert_eq!(configurations(&tree), []);
        tree.paths.insert("crates/model/src".to_owned());
        assert_eq!(configurations(&tree).len(), 1);
        tree.documents.push(Document {
            path: "crates/model/clippy.toml".to_owned(),
            text: "disallowed-methods = [\"std::fs::read\"]".to_owned(),
        });
        assert_eq!(configurations(&tree).len(), METHODS.len() - 1);
    }
}
