//! Documents: their length, their links, their lists.

use std::collections::BTreeSet;

use super::Problem;
use super::tree::{Document, Tree};

/// Lines that README.md and ARCHITECTURE.md may have.
const FRONT_PAGE_LINES: usize = 200;

/// Front pages that became books.
pub fn lengths(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for path in ["README.md", "ARCHITECTURE.md"] {
        match tree.document(path).map(|document| document.text.lines().count()) {
            None => problems.push(Problem::new(path, "missing")),
            Some(lines) if lines >= FRONT_PAGE_LINES => {
                problems.push(Problem::new(path, format!("{lines} lines, must be under {FRONT_PAGE_LINES}")));
            }
            Some(_) => {}
        }
    }
    problems
}

/// Relative links to files that do not exist or to headings that they do not have.
pub fn links(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in tree.documents.iter().filter(|document| document.path.ends_with(".md")) {
        for (line, target) in links_of(&document.text) {
            if let Some(what) = broken(tree, document, target) {
                problems.push(Problem::new(format!("{}:{line}", document.path), what));
            }
        }
    }
    problems
}

/// Decisions that `docs/adr/README.md` does not list.
pub fn decisions(tree: &Tree) -> Vec<Problem> {
    unlisted(tree, "docs/adr/README.md", |path| path.starts_with("docs/adr/"))
}

/// Pages under `docs/` that `docs/README.md` does not lead to.
pub fn index(tree: &Tree) -> Vec<Problem> {
    unlisted(tree, "docs/README.md", |path| {
        path.starts_with("docs/") && (!path.starts_with("docs/adr/") || path == "docs/adr/README.md")
    })
}

fn unlisted(tree: &Tree, list: &str, belongs: impl Fn(&str) -> bool) -> Vec<Problem> {
    let Some(listing) = tree.document(list) else {
        return vec![Problem::new(list, "missing")];
    };
    let linked: BTreeSet<String> = links_of(&listing.text)
        .into_iter()
        .map(|(_, target)| resolve(list, without_anchor(target)))
        .collect();
    let pages = tree.documents.iter().map(|document| document.path.as_str());
    pages
        .filter(|path| path.ends_with(".md") && belongs(path) && *path != list && !linked.contains(*path))
        .map(|path| Problem::new(path, format!("{list} does not list it")))
        .collect()
}

/// The target of every `](…)` outside code, with its line.
fn links_of(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every other piece between backticks is code.
        for prose in line.split('`').step_by(2) {
            for rest in prose.split("](").skip(1) {
                if let Some((target, _)) = rest.split_once(')') {
                    found.push((index + 1, target.split(' ').next().unwrap_or(target)));
                }
            }
        }
        // A link whose text is code: its target starts after the code.
        for prose in line.split("`](").skip(1) {
            if let Some((target, _)) = prose.split_once(')') {
                found.push((index + 1, target));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn broken(tree: &Tree, document: &Document, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let file = without_anchor(target);
    let path = if file.is_empty() { document.path.clone() } else { resolve(&document.path, file) };
    if !tree.paths.contains(&path) {
        return Some(format!("the link `{target}` leads nowhere"));
    }
    let (_, anchor) = target.split_once('#')?;
    let linked = tree.document(&path)?;
    let known = headings(&linked.text).any(|heading| slug(heading) == anchor);
    (!known).then(|| format!("the link `{target}` names a heading that {path} does not have"))
}

fn without_anchor(target: &str) -> &str {
    target.split('#').next().unwrap_or(target)
}

/// A relative link from one file, as a path from the root.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn headings(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter_map(move |line| {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        let heading = line.trim_start_matches('#');
        (!fenced && heading.len() < line.len()).then(|| heading.trim())
    })
}

/// The anchor that code hosts give a heading.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(documents: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in documents {
            tree.paths.insert((*path).to_owned());
            tree.documents.push(Document { path: (*path).to_owned(), text: (*text).to_owned() });
        }
        tree
    }

    #[track_caller]
    fn check_links(text: &str, expected: usize) {
        let tree = tree(&[("docs/a.md", text), ("docs/guides/b.md", "# The `b` guide\n")]);
        let problems = links(&tree);
        assert_eq!(problems.len(), expected, "{problems:?}");
    }

    #[test]
    fn links_are_followed() {
        check_links("[b](guides/b.md) and [out](https://example.org/x)", 0);
        check_links("[b](guides/b.md#the-b-guide)", 0);
        check_links("[b](guides/b.md#another)", 1);
        check_links("[c](guides/c.md)", 1);
        check_links("[`c`](guides/c.md)", 1);
        check_links("[up](../docs/a.md)", 0);
        check_links("# Here\n[here](#here), [there](#there)", 1);
        check_links("`[c](guides/c.md)`\n```\n[c](guides/c.md)\n```\n", 0);
    }

    #[test]
    fn pages_are_listed() {
        let pages =
            [("docs/README.md", "[a](guides/a.md)"), ("docs/guides/a.md", ""), ("docs/guides/b.md", "")];
        let problems = index(&tree(&pages));
        assert_eq!(problems, [Problem::new("docs/guides/b.md", "docs/README.md does not list it")]);
        let pages = [("docs/adr/README.md", ""), ("docs/adr/0001-a.md", "")];
        assert_eq!(decisions(&tree(&pages)).len(), 1);
    }

    #[test]
    fn front_pages_stay_short() {
        let long = "line\n".repeat(200);
        assert_eq!(lengths(&tree(&[("README.md", "short"), ("ARCHITECTURE.md", &long)])).len(), 1);
        assert_eq!(lengths(&tree(&[("README.md", "short")])).len(), 1);
    }
}
