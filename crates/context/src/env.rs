//! Environment variables, looked up in one place so that tests need no process environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where environment variables come from.
#[derive(Debug, Clone)]
pub struct Env(Source);

#[derive(Debug, Clone)]
enum Source {
    Process,
    Fixed(BTreeMap<String, String>),
}

impl Env {
    /// The environment of this process.
    pub fn process() -> Self {
        Self(Source::Process)
    }

    /// Exactly these variables.
    pub fn fixed<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self(Source::Fixed(variables.into_iter().map(owned).collect()))
    }

    /// The value of `name`. An empty value and one that is not UTF-8 count as unset: CI systems set
    /// variables that do not apply to the empty string.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            Source::Process => std::env::var(name).ok(),
            Source::Fixed(variables) => variables.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// The path that `name` holds, whatever its bytes; an empty one counts as unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let value = match &self.0 {
            Source::Process => std::env::var_os(name),
            Source::Fixed(variables) => variables.get(name).map(OsString::from),
        };
        value.filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Whether `name` is set to `true` or `1`, in any case.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// The value of `name` as a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.trim().parse().ok()
    }
}
