//! Rust tokens, so that words in strings and comments are not taken for code.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// A path such as `std::fs::read` as the code names it, groups of a `use` written out.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// Its parts.
    pub parts: Vec<String>,
    /// The line it starts on.
    pub line: usize,
}

/// Every path that is named anywhere, in macros' arguments too.
pub fn paths(tokens: TokenStream) -> Vec<NamedPath> {
    let mut found = Vec::new();
    collect(tokens, &[], &mut found);
    found
}

fn collect(tokens: TokenStream, prefix: &[String], found: &mut Vec<NamedPath>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut index = 0;
    while index < tokens.len() {
        match &tokens[index] {
            TokenTree::Ident(first) => {
                let line = first.span().start().line;
                let mut parts = prefix.to_vec();
                parts.push(first.to_string());
                index += 1;
                let mut group = None;
                while let Some(next) = after_colons(&tokens, index) {
                    index += 3;
                    match next {
                        TokenTree::Ident(part) => parts.push(part.to_string()),
                        TokenTree::Group(inner) => {
                            group = Some(inner.stream());
                            break;
                        }
                        _ => break,
                    }
                }
                match group {
                    Some(inner) => collect(inner, &parts, found),
                    None => found.push(NamedPath { parts, line }),
                }
            }
            TokenTree::Group(group) => {
                collect(group.stream(), &[], found);
                index += 1;
            }
            _ => index += 1,
        }
    }
}

/// The token that follows `::` at `index`.
fn after_colons(tokens: &[TokenTree], index: usize) -> Option<&TokenTree> {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    if colon(index) && colon(index + 1) { tokens.get(index + 2) } else { None }
}

/// Every `name!`, with its line.
pub fn macros(tokens: TokenStream) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    walk(tokens, &mut |pair| {
        if let [TokenTree::Ident(name), TokenTree::Punct(bang)] = pair
            && bang.as_char() == '!'
        {
            found.push((name.to_string(), line(name.span())));
        }
    });
    found
}

/// The first word of every `#[…]` and `#![…]`, with its line. `cfg_attr(…, allow(…))` counts as its content.
pub fn attributes(tokens: TokenStream) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    walk(tokens, &mut |pair| {
        if let [TokenTree::Punct(before), TokenTree::Group(group)] = pair
            && matches!(before.as_char(), '#' | '!')
            && group.delimiter() == Delimiter::Bracket
        {
            attribute_words(group, &mut found);
        }
    });
    found
}

fn attribute_words(group: &Group, found: &mut Vec<(String, usize)>) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let Some(TokenTree::Ident(name)) = tokens.first() else {
        return;
    };
    found.push((name.to_string(), line(name.span())));
    if let (true, Some(TokenTree::Group(arguments))) = (name == "cfg_attr", tokens.get(1)) {
        let words = arguments.stream().into_iter().filter_map(|token| match token {
            TokenTree::Ident(word) => Some((word.to_string(), line(word.span()))),
            _ => None,
        });
        found.extend(words);
    }
}

/// Calls `visit` with every two neighbouring tokens, at every depth.
fn walk(tokens: TokenStream, visit: &mut impl FnMut(&[TokenTree])) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for pair in tokens.windows(2) {
        visit(pair);
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            walk(group.stream(), visit);
        }
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: &[&str]) {
        let tokens = code.parse().expect("these are tokens");
        let found: Vec<String> = paths(tokens).into_iter().map(|path| path.parts.join("::")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_are_found_in_every_form() {
        check("std::fs::read(x)", &["std::fs::read", "x"]);
        check("use std::{fs::{self, File}, io};", &["use", "std::fs::self", "std::fs::File", "std::io"]);
        check("f!(std::env::var(\"std::fs\"))", &["f", "std::env::var"]);
        check("a::<b>()", &["a", "b"]);
    }
}
