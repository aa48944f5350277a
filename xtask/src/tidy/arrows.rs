//! Which crate may use which, and why each dependency is there.

use std::collections::BTreeMap;

use super::Problem;
use super::tree::{Manifest, Tree};

/// Every arrow between our crates. There are no others; `ARCHITECTURE.md` shows the same.
const ARROWS: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("parse", &["model"]),
    ("analyse", &["model"]),
    ("report", &["model"]),
    ("context", &["model"]),
    ("store", &["model"]),
    ("measure", &["model"]),
    ("publish", &["model"]),
    ("track", &["analyse", "context", "measure", "model", "parse", "publish", "report", "store"]),
    ("cli", &["analyse", "context", "measure", "model", "parse", "publish", "report", "store", "track"]),
    (
        "bench",
        &["analyse", "context", "measure", "model", "parse", "probe", "publish", "report", "store", "track"],
    ),
    ("probe", &[]),
    ("python", &["probe"]),
    ("rust-pipeline", &["probe"]),
    ("xtask", &["parse"]),
];

/// What tests alone may use: what the probe writes is read by the real reader.
const ARROWS_OF_TESTS: [(&str, &str); 1] = [("probe", "model")];

/// Tables of a manifest that hold dependencies.
const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// How many neighbouring dependencies one comment may speak for.
const SHARED_REASON: usize = 3;

/// Crates that use what no arrow leads to. Tests of a crate are held to the same arrows, but for [`ARROWS_OF_TESTS`].
pub fn manifests(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for manifest in &tree.manifests {
        let Some(user) = crate_name(&manifest.path) else {
            continue;
        };
        let mut used = our_dependencies(&manifest.table, &DEPENDENCY_TABLES);
        let used_by_product = our_dependencies(&manifest.table, &["dependencies", "build-dependencies"]);
        used.retain(|name| {
            used_by_product.contains(name) || !ARROWS_OF_TESTS.contains(&(user, name.as_str()))
        });
        let Some((_, permitted)) = ARROWS.iter().find(|(name, _)| *name == user) else {
            problems.push(Problem::new(&manifest.path, "no arrow is known for this crate"));
            continue;
        };
        for name in used.iter().filter(|name| !permitted.contains(&name.as_str())) {
            problems.push(Problem::new(&manifest.path, format!("no arrow leads from {user} to {name}")));
        }
    }
    problems
}

/// Lines such as `track -> model, parse` in `ARCHITECTURE.md` that differ from what is held.
pub fn architecture(tree: &Tree) -> Vec<Problem> {
    const PATH: &str = "ARCHITECTURE.md";
    let Some(document) = tree.document(PATH) else {
        return vec![Problem::new(PATH, "missing")];
    };
    let shown: BTreeMap<&str, Vec<&str>> = document.text.lines().filter_map(arrow_line).collect();
    let mut problems = Vec::new();
    for (user, permitted) in ARROWS {
        let shown = shown.get(user).map(Vec::as_slice).unwrap_or_default();
        if shown != permitted {
            let what = format!(
                "shows `{user} -> {}`, held is `{user} -> {}`",
                shown.join(", "),
                permitted.join(", ")
            );
            problems.push(Problem::new(PATH, what));
        }
    }
    problems
}

fn arrow_line(line: &str) -> Option<(&str, Vec<&str>)> {
    let (user, used) = line.split_once("->")?;
    let mut used: Vec<&str> = used.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    used.sort_unstable();
    Some((user.trim(), used))
}

/// Dependencies without a comment above or beside them. Our own crates need none: the arrows say why.
pub fn reasons(tree: &Tree) -> Vec<Problem> {
    tree.manifests.iter().flat_map(without_reason).collect()
}

fn without_reason(manifest: &Manifest) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut inside_dependencies = false;
    let mut depth = 0_usize;
    let mut covered = 0;
    for (index, line) in manifest.text.lines().enumerate() {
        let line = line.trim();
        let (code, comment) = line.split_once('#').unwrap_or((line, ""));
        if depth == 0 && code.starts_with('[') {
            let table = code.trim_matches(['[', ']', ' ']);
            inside_dependencies =
                DEPENDENCY_TABLES.iter().any(|name| table.split('.').any(|part| part == *name));
            covered = 0;
        } else if line.is_empty() {
            covered = 0;
        } else if line.starts_with('#') {
            covered = SHARED_REASON;
        } else if inside_dependencies && depth == 0 {
            let name = code.split(['=', '.']).next().unwrap_or("").trim();
            let ours = name.starts_with("plimsoll-");
            if covered == 0 && comment.is_empty() && !ours {
                let place = format!("{}:{}", manifest.path, index + 1);
                problems.push(Problem::new(place, format!("`{name}` has no reason beside it")));
            }
            covered = covered.saturating_sub(usize::from(!ours));
        }
        depth = (depth + code.matches(['[', '{']).count()).saturating_sub(code.matches([']', '}']).count());
    }
    problems
}

/// `crates/parse/Cargo.toml` is about `parse`, `xtask/Cargo.toml` about `xtask`.
fn crate_name(path: &str) -> Option<&str> {
    path.strip_suffix("/Cargo.toml")?.rsplit('/').next()
}

/// The crates of ours that a manifest names in such tables, for any platform.
fn our_dependencies(table: &toml::Table, of_tables: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in table {
        let Some(inner) = value.as_table() else {
            continue;
        };
        if of_tables.contains(&key.as_str()) {
            found.extend(inner.iter().filter_map(|(name, dependency)| {
                let package = dependency.get("package").and_then(toml::Value::as_str).unwrap_or(name);
                Some(package.strip_prefix("plimsoll-")?.to_owned())
            }));
        } else if !DEPENDENCY_TABLES.contains(&key.as_str()) {
            found.extend(our_dependencies(inner, of_tables));
        }
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Document;

    #[track_caller]
    fn check(path: &str, text: &str, check: fn(&Tree) -> Vec<Problem>, expected: &[&str]) {
        let tree =
            Tree { manifests: vec![Manifest::parse(path, text).expect("it is TOML")], ..Tree::default() };
        let problems: Vec<String> = check(&tree).iter().map(Problem::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn only_known_arrows_pass() {
        let store = "crates/store/Cargo.toml";
        check(store, "[dependencies]\nplimsoll-model = { workspace = true }\n", manifests, &[]);
        check(
            store,
            "[dev-dependencies]\nplimsoll-parse = { path = \"../parse\" }\n",
            manifests,
            &["crates/store/Cargo.toml: no arrow leads from store to parse"],
        );
        check(
            store,
            "[target.'cfg(unix)'.dependencies]\nreports = { package = \"plimsoll-report\", version = \"1\" }\n",
            manifests,
            &["crates/store/Cargo.toml: no arrow leads from store to report"],
        );
        let probe = "libs/probe/Cargo.toml";
        check(probe, "[dev-dependencies]\nplimsoll-model = { workspace = true }\n", manifests, &[]);
        check(
            probe,
            "[dependencies]\nplimsoll-model = { workspace = true }\n",
            manifests,
            &["libs/probe/Cargo.toml: no arrow leads from probe to model"],
        );
        check("xtask/Cargo.toml", "[dependencies]\nsyn = \"3\"\n", manifests, &[]);
        check(
            "crates/novel/Cargo.toml",
            "",
            manifests,
            &["crates/novel/Cargo.toml: no arrow is known for this crate"],
        );
    }

    #[test]
    fn a_dependency_needs_a_reason() {
        check("a/Cargo.toml", "[dependencies]\n# Why.\nsyn = \"3\"\nquote = \"1\"\n", reasons, &[]);
        check("a/Cargo.toml", "[dependencies]\nsyn = \"3\" # why\n", reasons, &[]);
        check("a/Cargo.toml", "[dependencies]\nplimsoll-model = { workspace = true }\n", reasons, &[]);
        check("a/Cargo.toml", "[package]\nname = \"a\"\n", reasons, &[]);
        check(
            "a/Cargo.toml",
            "[dependencies]\n# Why.\nsyn = { version = \"3\", features = [\n  \"full\",\n] }\n\nquote = \"1\"\n",
            reasons,
            &["a/Cargo.toml:7: `quote` has no reason beside it"],
        );
        check(
            "a/Cargo.toml",
            "[dev-dependencies]\n# Why.\na = \"1\"\nb = \"1\"\nc = \"1\"\nd = \"1\"\n",
            reasons,
            &["a/Cargo.toml:6: `d` has no reason beside it"],
        );
    }

    #[test]
    fn the_architecture_shows_what_is_held() {
        let mut lines: Vec<String> =
            ARROWS.iter().map(|(user, used)| format!("    {user} -> {}", used.join(", "))).collect();
        let tree = |lines: &[String]| Tree {
            documents: vec![Document { path: "ARCHITECTURE.md".to_owned(), text: lines.join("\n") }],
            ..Tree::default()
        };
        assert_eq!(architecture(&tree(&lines)), []);
        lines.pop();
        assert_eq!(architecture(&tree(&lines)).len(), 1);
    }
}
