//! The small language of derived metrics: numbers, quoted series names, `+ - * /` and parentheses.

use std::fmt;

/// How deep parentheses and signs may nest, and how many operators an expression may have. Both keep the
/// walk over the tree from running out of stack.
const MAX_DEPTH: usize = 32;
const MAX_OPERATORS: usize = 256;

/// An expression such as `"python#throughput" - 2 * "rust#throughput"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    root: Node,
}

/// Why an expression cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// The column of the offending character, counted in characters from 1; one past the end where
    /// something is missing.
    pub column: usize,
    /// What is wrong there.
    pub problem: ExpressionProblem,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpressionProblem {
    /// Something that starts neither a number nor a name nor a parenthesis.
    ExpectedOperand(Option<char>),
    /// Something between two operands that is no operator.
    ExpectedOperator(char),
    /// A name without its closing quotation mark.
    UnclosedName,
    /// A name of no characters.
    EmptyName,
    /// An opening parenthesis without its closing one.
    UnclosedParenthesis,
    /// Digits that are no finite number.
    BadNumber(String),
    /// Nested deeper, or longer, than any sensible expression.
    TooLarge,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(f64),
    Series(String),
    Negated(Box<Node>),
    Binary { operator: Operator, left: Box<Node>, right: Box<Node> },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Expression {
    /// Reads an expression. `*` and `/` bind closer than `+` and `-`, operators of one kind go from left to
    /// right, and a series stands in double quotation marks.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let characters: Vec<char> = text.chars().collect();
        let mut parser = Parser { characters: &characters, position: 0, operators: 0 };
        let root = parser.sum(0)?;
        match parser.peek() {
            None => Ok(Self { root }),
            Some(other) => Err(parser.error(ExpressionProblem::ExpectedOperator(other))),
        }
    }

    /// The series it names, in the order they stand.
    pub fn operands(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.collect_names(&mut names);
        names
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            ExpressionProblem::ExpectedOperand(None) => {
                f.write_str("expected a number, a \"series\" or `(`, and the expression ends")?;
            }
            ExpressionProblem::ExpectedOperand(Some(found)) => {
                write!(f, "expected a number, a \"series\" or `(`, found `{}`", found.escape_debug())?;
            }
            ExpressionProblem::ExpectedOperator(found) => {
                write!(f, "expected `+`, `-`, `*` or `/`, found `{}`", found.escape_debug())?;
            }
            ExpressionProblem::UnclosedName => f.write_str("the closing `\"` of this name is missing")?,
            ExpressionProblem::EmptyName => f.write_str("a name must not be empty")?,
            ExpressionProblem::UnclosedParenthesis => f.write_str("the closing `)` is missing")?,
            ExpressionProblem::BadNumber(digits) => write!(f, "`{digits}` is not a finite number")?,
            ExpressionProblem::TooLarge => {
                write!(f, "more than {MAX_OPERATORS} operators or {MAX_DEPTH} nested parentheses")?;
            }
        }
        write!(f, " at column {}", self.column)
    }
}

impl std::error::Error for ExpressionError {}

impl Node {
    fn collect_names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Number(_) => {}
            Self::Series(name) => names.push(name),
            Self::Negated(inner) => inner.collect_names(names),
            Self::Binary { left, right, .. } => {
                left.collect_names(names);
                right.collect_names(names);
            }
        }
    }
}

struct Parser<'a> {
    characters: &'a [char],
    position: usize,
    operators: usize,
}

impl Parser<'_> {
    fn sum(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let mut left = self.product(depth)?;
        loop {
            let operator = match self.peek() {
                Some('+') => Operator::Add,
                Some('-') => Operator::Subtract,
                _ => return Ok(left),
            };
            self.take_operator()?;
            let right = self.product(depth)?;
            left = Node::binary(operator, left, right);
        }
    }

    fn product(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let mut left = self.operand(depth)?;
        loop {
            let operator = match self.peek() {
                Some('*') => Operator::Multiply,
                Some('/') => Operator::Divide,
                _ => return Ok(left),
            };
            self.take_operator()?;
            let right = self.operand(depth)?;
            left = Node::binary(operator, left, right);
        }
    }

    fn operand(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let found = self.peek();
        if depth > MAX_DEPTH {
            return Err(self.error(ExpressionProblem::TooLarge));
        }
        match found {
            Some('-') => {
                self.position += 1;
                Ok(Node::Negated(Box::new(self.operand(depth + 1)?)))
            }
            Some('(') => {
                let opened = self.position;
                self.position += 1;
                let inner = self.sum(depth + 1)?;
                match self.peek() {
                    Some(')') => self.position += 1,
                    None => return Err(error_at(opened, ExpressionProblem::UnclosedParenthesis)),
                    Some(other) => return Err(self.error(ExpressionProblem::ExpectedOperator(other))),
                }
                Ok(inner)
            }
            Some('"') => self.name(),
            Some('0'..='9' | '.') => self.number(),
            other => Err(self.error(ExpressionProblem::ExpectedOperand(other))),
        }
    }

    fn name(&mut self) -> Result<Node, ExpressionError> {
        let opened = self.position;
        let rest = self.characters.get(opened + 1..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|character| *character == '"')
            .ok_or_else(|| error_at(opened, ExpressionProblem::UnclosedName))?;
        if length == 0 {
            return Err(error_at(opened, ExpressionProblem::EmptyName));
        }
        self.position = opened + length + 2;
        Ok(Node::Series(rest.iter().take(length).collect()))
    }

    fn number(&mut self) -> Result<Node, ExpressionError> {
        let start = self.position;
        let mut digits = String::new();
        while let Some(character) = self.characters.get(self.position).copied() {
            let signs_exponent = matches!(character, '+' | '-') && digits.ends_with(['e', 'E']);
            if !(character.is_ascii_alphanumeric() || matches!(character, '.' | '_') || signs_exponent) {
                break;
            }
            digits.push(character);
            self.position += 1;
        }
        match digits.replace('_', "").parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Node::Number(number)),
            _ => Err(error_at(start, ExpressionProblem::BadNumber(digits))),
        }
    }

    /// The next character that is no space, without taking it.
    fn peek(&mut self) -> Option<char> {
        while self.characters.get(self.position)?.is_whitespace() {
            self.position += 1;
        }
        self.characters.get(self.position).copied()
    }

    fn take_operator(&mut self) -> Result<(), ExpressionError> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(self.error(ExpressionProblem::TooLarge));
        }
        self.position += 1;
        Ok(())
    }

    fn error(&self, problem: ExpressionProblem) -> ExpressionError {
        error_at(self.position, problem)
    }
}

impl Node {
    fn binary(operator: Operator, left: Self, right: Self) -> Self {
        Self::Binary { operator, left: Box::new(left), right: Box::new(right) }
    }
}

fn error_at(position: usize, problem: ExpressionProblem) -> ExpressionError {
    ExpressionError { column: position + 1, problem }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tree in fully bracketed form, or the error.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        fn show(node: &Node) -> String {
            match node {
                Node::Number(number) => number.to_string(),
                Node::Series(name) => name.clone(),
                Node::Negated(inner) => format!("-{}", show(inner)),
                Node::Binary { operator, left, right } => {
                    let sign = match operator {
                        Operator::Add => '+',
                        Operator::Subtract => '-',
                        Operator::Multiply => '*',
                        Operator::Divide => '/',
                    };
                    format!("({}{sign}{})", show(left), show(right))
                }
            }
        }
        let actual = Expression::parse(text).map_or_else(|error| error.to_string(), |tree| show(&tree.root));
        assert_eq!(actual, expected, "{text}");
    }

    #[test]
    fn operators_bind_as_in_arithmetic() {
        check(r#""a#t" - "b{n=1}#t" - 2 * 3"#, "((a#t-b{n=1}#t)-(2*3))");
        check(r#"("a"+"b")/2e-3"#, "((a+b)/0.002)");
        check("-(-1_000)", "--1000");
        check("2--1", "(2--1)");
    }

    #[test]
    fn errors_point_at_the_column() {
        check("", "expected a number, a \"series\" or `(`, and the expression ends at column 1");
        check("1 +", "expected a number, a \"series\" or `(`, and the expression ends at column 4");
        check("1 + time", "expected a number, a \"series\" or `(`, found `t` at column 5");
        check("1 2", "expected `+`, `-`, `*` or `/`, found `2` at column 3");
        check("\"é\" ^ 2", "expected `+`, `-`, `*` or `/`, found `^` at column 5");
        check("\"a", "the closing `\"` of this name is missing at column 1");
        check("\"\"", "a name must not be empty at column 1");
        check("(1", "the closing `)` is missing at column 1");
        check("1)", "expected `+`, `-`, `*` or `/`, found `)` at column 2");
        check("1ms", "`1ms` is not a finite number at column 1");
        check("1e999", "`1e999` is not a finite number at column 1");
    }

    #[test]
    fn depth_and_length_are_bounded() {
        for text in ["(".repeat(100_000), "-".repeat(100_000), "1+".repeat(100_000)] {
            let error = Expression::parse(&text).expect_err("it is too large");
            assert_eq!(error.problem, ExpressionProblem::TooLarge);
        }
        assert!(Expression::parse(&format!("1{}", "+1".repeat(MAX_OPERATORS))).is_ok());
    }

    #[test]
    fn the_operands_are_named() {
        let expression = Expression::parse(r#""b" / -("a" + 1)"#).expect("it is well formed");
        assert_eq!(expression.operands(), ["b", "a"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[-+*/()"a0-9.e_ é]{0,40}"#) {
            let _ = Expression::parse(&text);
        }
    }
}
