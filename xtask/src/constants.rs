//! Numbers that sources define, for documents that state them.

use crate::error::XtaskError;
use crate::workspace::Workspace;

/// The constants of one source file.
pub struct Constants {
    path: String,
    file: syn::File,
}

impl Constants {
    /// Reads a file of the workspace.
    pub fn read(workspace: &Workspace, path: &str) -> Result<Self, XtaskError> {
        Self::from_source(path, &workspace.read(path)?)
    }

    /// Reads the text of the file at `path`.
    pub fn from_source(path: &str, text: &str) -> Result<Self, XtaskError> {
        let file =
            syn::parse_file(text).map_err(|source| XtaskError::Rust { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// The number of this name.
    pub fn number(&self, name: &str) -> Result<f64, XtaskError> {
        let numbers = self.numbers(name)?;
        numbers.first().copied().ok_or_else(|| self.lacks(name))
    }

    /// The numbers of a constant: one, or those of a pair or a list.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, XtaskError> {
        let of_name = |item: &syn::Item| match item {
            syn::Item::Const(constant) if constant.ident == name => numbers_of(&constant.expr),
            _ => None,
        };
        self.file.items.iter().find_map(of_name).ok_or_else(|| self.lacks(name))
    }

    fn lacks(&self, name: &str) -> XtaskError {
        XtaskError::Expectation(format!("{} has no number `{name}`", self.path))
    }
}

/// The values of `8.0`, `(8, 4)` or `[48, 64]`.
fn numbers_of(expression: &syn::Expr) -> Option<Vec<f64>> {
    let elements = match expression {
        syn::Expr::Lit(literal) => return number_of(&literal.lit).map(|number| vec![number]),
        syn::Expr::Tuple(tuple) => &tuple.elems,
        syn::Expr::Array(array) => &array.elems,
        _ => return None,
    };
    let numbers = elements.iter().map(|element| match element {
        syn::Expr::Lit(literal) => number_of(&literal.lit),
        _ => None,
    });
    numbers.collect()
}

fn number_of(literal: &syn::Lit) -> Option<f64> {
    match literal {
        syn::Lit::Float(number) => number.base10_parse().ok(),
        syn::Lit::Int(number) => number.base10_parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_the_source() {
        let text = "const ONE: f64 = 6.2;\npub const TWO: (usize, usize) = (8, 4);\nconst MANY: [usize; 2] = [48, 64];\n\
            const NONE: f64 = other();\n";
        let constants = Constants::from_source("a.rs", text).expect("it is Rust");
        assert_eq!(constants.number("ONE").ok(), Some(6.2));
        assert_eq!(constants.numbers("TWO").ok(), Some(vec![8.0, 4.0]));
        assert_eq!(constants.numbers("MANY").ok(), Some(vec![48.0, 64.0]));
        assert!(constants.number("NONE").is_err() && constants.number("GONE").is_err());
    }
}
