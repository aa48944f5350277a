//! Where each setting came from: flag, environment, file, default.

use std::fmt;
use std::path::Path;

use plimsoll_model::Settings;
use toml::Spanned;
use toml::de::DeValue;

use super::source::Source;
use super::{Config, ConfigError};
use crate::env::Env;

/// The flags that every command takes and that decide over files and environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flags<'a> {
    /// `--store URL`.
    pub store: Option<&'a str>,
    /// `--project NAME`.
    pub project: Option<&'a str>,
    /// `--testbed NAME`.
    pub testbed: Option<&'a str>,
    /// `--config FILE`.
    pub config: Option<&'a str>,
}

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag, by its name.
    Flag(&'static str),
    /// An environment variable, by its name.
    Variable(&'static str),
    /// A line of a file, counted from 1.
    File(String, usize),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(name, line) => write!(f, "{name}:{line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its value.
    pub value: String,
    /// Who made it.
    pub origin: Origin,
}

impl Flags<'_> {
    /// The store: flag, then `PLIMSOLL_STORE`.
    pub fn store(&self, env: &Env) -> Option<Chosen> {
        choose(self.store, "--store", env, "PLIMSOLL_STORE")
    }

    /// The project's name: flag, then `PLIMSOLL_PROJECT`.
    pub fn project(&self, env: &Env) -> Option<Chosen> {
        choose(self.project, "--project", env, "PLIMSOLL_PROJECT")
    }

    /// The testbed's name: flag, then `PLIMSOLL_TESTBED`.
    pub fn testbed(&self, env: &Env) -> Option<Chosen> {
        choose(self.testbed, "--testbed", env, "PLIMSOLL_TESTBED")
    }

    /// The configuration file: flag, then `PLIMSOLL_CONFIG`.
    pub fn config(&self, env: &Env) -> Option<Chosen> {
        choose(self.config, "--config", env, "PLIMSOLL_CONFIG")
    }
}

fn choose(flag: Option<&str>, flag_name: &'static str, env: &Env, variable: &'static str) -> Option<Chosen> {
    let from_flag = flag.map(|value| Chosen { value: value.to_owned(), origin: Origin::Flag(flag_name) });
    from_flag.or_else(|| env.get(variable).map(|value| Chosen { value, origin: Origin::Variable(variable) }))
}

/// One line of `config show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// The setting's name: `policy.warn`, `target[0].max`.
    pub key: String,
    /// Its value, as TOML.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Every setting that holds, sorted by name, with where it came from. `defaults` gives the values of
/// `store`, `project.name` and `testbed` that hold where nobody chose any.
pub fn settings_with_origin(
    config: &Config,
    flags: &Flags<'_>,
    env: &Env,
    defaults: &[(&str, &str)],
) -> Result<Vec<SettingRow>, ConfigError> {
    let mut rows = Vec::new();
    let chosen =
        [("store", flags.store(env)), ("project.name", flags.project(env)), ("testbed", flags.testbed(env))];
    for (key, chosen) in chosen {
        rows.extend(chosen.map(|Chosen { value, origin }| row(key, &quoted(&value), origin)));
    }
    if let Some(source) = &config.source
        && let Some(table) = source.table()?
    {
        collect("", &table, source, &mut rows);
    }
    for (key, value) in defaults {
        rows.push(row(key, &quoted(value), Origin::Default));
    }
    if let Some(path) = config.path().and_then(Path::to_str) {
        let origin = flags.config(env).map_or(Origin::Default, |chosen| chosen.origin);
        rows.push(row("config", &quoted(path), origin));
    }
    rows.extend(default_rows(config));
    // A setting stands once, as the first of these said it.
    let mut seen = std::collections::BTreeSet::new();
    rows.retain(|row| seen.insert(row.key.clone()));
    rows.sort_by(|left, right| left.key.cmp(&right.key));
    Ok(rows)
}

fn row(key: &str, value: &str, origin: Origin) -> SettingRow {
    SettingRow { key: key.to_owned(), value: value.to_owned(), origin }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A row for every value in a table that is no table itself.
fn collect(key: &str, value: &Spanned<DeValue<'_>>, source: &Source, rows: &mut Vec<SettingRow>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (name, inner) in table {
                let name = name.get_ref();
                let separator = if key.is_empty() { "" } else { "." };
                collect(&format!("{key}{separator}{name}"), inner, source, rows);
            }
        }
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
            for (index, item) in items.iter().enumerate() {
                collect(&format!("{key}[{index}]"), item, source, rows);
            }
        }
        _ => {
            let written = source.text().get(value.span()).unwrap_or_default();
            let one_line = written.split_whitespace().collect::<Vec<_>>().join(" ");
            let origin = Origin::File(source.name(), source.line_of(value.span().start));
            rows.push(row(key, &one_line, origin));
        }
    }
}

/// What holds where the file says nothing.
fn default_rows(config: &Config) -> Vec<SettingRow> {
    let settings = Settings::default();
    let detectors: Vec<String> = settings.detectors.iter().map(|one| quoted(one.name())).collect();
    let mut rows = vec![
        ("policy.baseline.window".to_owned(), settings.baseline.window.to_string()),
        ("policy.baseline.min".to_owned(), settings.baseline.min.to_string()),
        ("policy.warn".to_owned(), quoted(&settings.warn.to_string())),
        ("policy.error".to_owned(), quoted(&settings.error.to_string())),
        ("policy.gate".to_owned(), quoted("error")),
        ("policy.detectors".to_owned(), format!("[{}]", detectors.join(", "))),
    ];
    for name in config.suites.keys() {
        rows.push((format!("suite.{name}.repeat"), "1".to_owned()));
        rows.push((format!("suite.{name}.confirm"), "true".to_owned()));
    }
    for name in ["samples", "extra", "daily", "commits", "branches"] {
        rows.push((format!("retention.{name}"), quoted("forever")));
    }
    let default = |(key, value): (String, String)| row(&key, &value, Origin::Default);
    rows.into_iter().map(default).collect()
}
