//! How long files and functions may be.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Problem;
use super::tree::Tree;

/// Lines a file may have.
const FILE_LINES: usize = 600;
/// Lines a function may have, from its name to its closing brace.
const FUNCTION_LINES: usize = 70;

/// Files that are about more than one noun, most likely.
pub fn files(tree: &Tree) -> Vec<Problem> {
    let sources = tree.sources.iter().map(|source| (&source.path, source.text.lines().count()));
    sources
        .filter(|(_, lines)| *lines > FILE_LINES)
        .map(|(path, lines)| Problem::new(path, format!("{lines} lines, over {FILE_LINES}: split it")))
        .collect()
}

/// Functions that do not fit a screen.
pub fn functions(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in &tree.sources {
        let mut counter = FunctionCounter { path: &source.path, problems: &mut problems };
        counter.visit_file(&source.syntax);
    }
    problems
}

struct FunctionCounter<'tree> {
    path: &'tree str,
    problems: &'tree mut Vec<Problem>,
}

impl FunctionCounter<'_> {
    fn count(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.span().start().line;
        let lines = body.brace_token.span.close().end().line - first + 1;
        if lines > FUNCTION_LINES {
            self.problems.push(Problem::new(
                format!("{}:{first}", self.path),
                format!("`{}` has {lines} lines, over {FUNCTION_LINES}", signature.ident),
            ));
        }
    }
}

impl<'syntax> Visit<'syntax> for FunctionCounter<'_> {
    fn visit_item_fn(&mut self, function: &'syntax syn::ItemFn) {
        self.count(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'syntax syn::ImplItemFn) {
        self.count(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'syntax syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.count(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Source;

    fn tree(text: &str) -> Tree {
        Tree {
            sources: vec![Source::parse("crates/a/src/lib.rs", text).expect("it is Rust")],
            ..Tree::default()
        }
    }

    #[track_caller]
    fn check_function(wrap: (&str, &str), statements: usize, expected: usize) {
        let body = "    let _ = 1;\n".repeat(statements);
        let tree = tree(&format!("{}fn long() {{\n{body}}}{}", wrap.0, wrap.1));
        assert_eq!(functions(&tree).len(), expected);
    }

    #[test]
    fn functions_are_counted_wherever_they_stand() {
        check_function(("", ""), 68, 0);
        check_function(("", ""), 69, 1);
        check_function(("struct S;\nimpl S {\n", "}\n"), 69, 1);
        check_function(("trait T {\n", "}\n"), 69, 1);
        check_function(("mod inner {\n", "}\n"), 69, 1);
        // Attributes and comments above a function are not its body.
        check_function(("/// One.\n/// Two.\n#[inline]\n", ""), 68, 0);
    }

    #[test]
    fn long_files_are_named() {
        assert_eq!(files(&tree(&"// line\n".repeat(600))), []);
        let problems = files(&tree(&"// line\n".repeat(601)));
        assert_eq!(problems[0].to_string(), "crates/a/src/lib.rs: 601 lines, over 600: split it");
    }
}
