//! The text of a configuration file, where it was found, and its errors with their place.

use std::ops::Range;
use std::path::{Path, PathBuf};

use plimsoll_model::nearest;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::error::{ConfigError, Excerpt};
use super::file::File;

/// The files a configuration may stand in, and the tables that lead to it; the first one found wins.
const PLACES: [(&str, &[&str]); 3] = [
    ("plimsoll.toml", &[]),
    ("pyproject.toml", &["tool", "plimsoll"]),
    ("Cargo.toml", &["workspace", "metadata", "plimsoll"]),
];

/// The version of the format.
const VERSION: i64 = 1;

/// The text of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    path: PathBuf,
    text: String,
    section: &'static [&'static str],
}

impl Source {
    /// A file of that name with that text.
    pub(super) fn new(path: &Path, text: &str) -> Self {
        let name = path.file_name().unwrap_or_default();
        let section = PLACES.iter().find(|(known, _)| name == *known);
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            section: section.map_or(&[], |(_, section)| section),
        }
    }

    /// The file at `path`.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self::new(path, &text)),
            Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// The nearest file that holds a configuration, from `directory` up to `top`.
    pub(super) fn find(directory: &Path, top: Option<&Path>) -> Result<Option<Self>, ConfigError> {
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        for place in directory.ancestors() {
            for (name, section) in PLACES {
                let path = place.join(name);
                if !path.is_file() {
                    continue;
                }
                let source = Self::read(&path)?;
                // Most manifests never mention this program, and need not be taken apart.
                if section.is_empty() || (source.text.contains("plimsoll") && source.table()?.is_some()) {
                    return Ok(Some(source));
                }
            }
            if top.is_some_and(|top| place == top) {
                break;
            }
        }
        Ok(None)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// The line that byte `index` stands on, counted from 1.
    pub(super) fn line_of(&self, index: usize) -> usize {
        let before = self.text.as_bytes().iter().take(index);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    /// The table that is the configuration; `None` where another file's section is absent.
    pub(super) fn table(&self) -> Result<Option<Spanned<DeValue<'_>>>, ConfigError> {
        let document = DeTable::parse(&self.text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            ConfigError::Syntax(Box::new(self.excerpt(span, error.message())))
        })?;
        let span = document.span();
        let mut value = Spanned::new(span, DeValue::Table(document.into_inner()));
        for name in self.section {
            let DeValue::Table(table) = value.into_inner() else {
                return Ok(None);
            };
            match table.into_iter().find(|(key, _)| key.get_ref() == name) {
                Some((_, inner)) => value = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// The configuration as it is written; `None` where another file's section is absent.
    pub(super) fn file(&self) -> Result<Option<File>, ConfigError> {
        let Some(table) = self.table()? else {
            return Ok(None);
        };
        self.check_version(&table)?;
        File::deserialize(ValueDeserializer::from(table)).map(Some).map_err(|error| self.misread(&error))
    }

    /// A mistake in a value.
    pub(super) fn wrong(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        ConfigError::Value(Box::new(self.excerpt(span, &message.into())))
    }

    pub(super) fn excerpt(&self, span: Range<usize>, message: &str) -> Excerpt {
        Excerpt::new(&self.name(), &self.text, span, message)
    }

    /// Looks at the version before anything else, so that a newer file is not called full of mistakes.
    fn check_version(&self, table: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
        let version = table.get_ref().get("version");
        let help = format!("this program reads version {VERSION}: `version = {VERSION}`");
        let (span, message) = match version {
            None if !self.section.is_empty() => return Ok(()),
            None => (0..0, "the version of the format is missing".to_owned()),
            Some(value) => match value.get_ref() {
                DeValue::Integer(number) if number.as_str() == "1" => return Ok(()),
                _ => {
                    let written = self.text.get(value.span()).unwrap_or_default();
                    (value.span(), format!("version {written} of the format is not known"))
                }
            },
        };
        Err(ConfigError::Version(Box::new(self.excerpt(span, &message).with_help(help))))
    }

    /// What serde says, in this program's words.
    fn misread(&self, error: &toml::de::Error) -> ConfigError {
        let span = error.span().unwrap_or_default();
        let said = error.message();
        let mut names = said.split('`').skip(1).step_by(2);
        let is_key = said.starts_with("unknown field");
        if !is_key && !said.starts_with("unknown variant") {
            return self.mistyped(span, said);
        }
        let name = names.next().unwrap_or_default();
        let known: Vec<&str> = names.collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let what = if is_key { "unknown key" } else { "unknown word" };
        let excerpt = Box::new(self.excerpt(span, &format!("{what} `{name}`")).with_help(help));
        if is_key { ConfigError::UnknownKey(excerpt) } else { ConfigError::Value(excerpt) }
    }

    /// A value of another type than the one that is wanted, or a missing one.
    fn mistyped(&self, span: Range<usize>, said: &str) -> ConfigError {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let header = written.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let (Some((name, _)), true) = (header, said.starts_with("invalid type: map, expected a sequence"))
        {
            let excerpt = self.excerpt(span, &format!("there may be several of `{name}`"));
            return ConfigError::Value(Box::new(excerpt.with_help(format!("write `[[{name}]]`"))));
        }
        let message =
            said.replace("missing field", "missing key").replace("expected i64", "expected a whole number");
        let excerpt = self.excerpt(span, &message);
        let unquoted = written.trim_matches(['"', '\'']);
        let is_plain = unquoted.parse::<i64>().is_ok() || unquoted.parse::<bool>().is_ok();
        let wants_text = said.contains("expected a string") || said.contains("expected a text");
        let is_quoted = said.starts_with("invalid type: string") && is_plain && !wants_text;
        ConfigError::Value(Box::new(match is_quoted {
            true => excerpt.with_help(format!("write {unquoted} without quotes")),
            false => excerpt,
        }))
    }
}
