//! `plimsoll config`: what is configured.

use std::collections::BTreeSet;

use clap::{Subcommand, ValueEnum};
use plimsoll_context::{config_schema, settings_with_origin};
use plimsoll_model::{format, nearest};
use plimsoll_report::{ListedSetting, SettingsView};
use plimsoll_track::misfits_of_project;

use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, config_failure, store_failure};

/// The configuration: what holds, its schema, whether it is right.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every setting that holds, and where it came from
    Show,
    /// The JSON Schema of plimsoll.toml, or of the run format
    Schema {
        /// What it is of
        #[arg(value_enum, default_value_t, value_name = "WHAT")]
        of: SchemaOf,
    },
    /// Say whether the configuration is right
    Check,
}

/// What a schema is of.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum SchemaOf {
    /// The configuration file.
    #[default]
    Config,
    /// A run, as `plimsoll.run/1`.
    Run,
}

/// Shows, describes or checks.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    match args.action {
        Action::Show => show(house)?,
        Action::Schema { of: SchemaOf::Config } => {
            house.terminal.data(&format!("{:#}\n", config_schema()))?;
        }
        Action::Schema { of: SchemaOf::Run } => {
            house.terminal.data(&format!("{:#}\n", format::run::schema()))?;
        }
        Action::Check => check(house)?,
    }
    Ok(0)
}

fn show(house: &House) -> Result<(), Failure> {
    let gathered = house.gather(&ContextArgs::default(), House::now());
    // Settings are shown also where the repository cannot be read.
    let testbed = gathered.map_or_else(|_| String::new(), |gathered| gathered.context.testbed);
    let store = match house.flags().store(&house.env) {
        Some(chosen) => chosen.value,
        None => house.store_path()?.display().to_string(),
    };
    let project = house.project();
    let defaults = [
        ("store", store.as_str()),
        ("project.name", project.as_str()),
        ("project.default_branch", house.default_branch()),
        ("testbed", testbed.as_str()),
    ];
    let rows = settings_with_origin(&house.config, &house.flags(), &house.env, &defaults)
        .map_err(|error| config_failure(&error))?;
    let origins: Vec<String> = rows.iter().map(|row| row.origin.to_string()).collect();
    let settings: Vec<ListedSetting<'_>> = rows
        .iter()
        .zip(&origins)
        .map(|(row, origin)| ListedSetting { key: &row.key, value: &row.value, origin })
        .collect();
    let view = SettingsView { settings: &settings };
    house.show(|| view.json(), |screen| view.terminal(screen))
}

/// A configuration that could not be used ended before: what is left is what it says that cannot come true.
fn check(house: &House) -> Result<(), Failure> {
    let warnings = warnings(house)?;
    let path = house.config.path().map(|path| path.display().to_string());
    if house.globals.json {
        let document = serde_json::json!({
            "format": "plimsoll.config-check/1",
            "path": path,
            "warnings": warnings,
        });
        return house.terminal.data(&format!("{document}\n"));
    }
    for warning in &warnings {
        house.terminal.say(&format!("warning: {warning}"));
    }
    let text = match path {
        Some(path) if warnings.is_empty() => format!("{path} is right"),
        Some(path) => format!("{path} can be used, with {}", counted(warnings.len())),
        None => "there is no configuration file: defaults hold".to_owned(),
    };
    house.terminal.data(&crate::failure::visible(&text))
}

fn counted(warnings: usize) -> String {
    if warnings == 1 { "1 warning".to_owned() } else { format!("{warnings} warnings") }
}

/// What is said of suites that are not known, and where a store is at hand also of what nothing measured fits.
fn warnings(house: &House) -> Result<Vec<String>, Failure> {
    if !house.store_path()?.exists() {
        return Ok(unknown_suites(house, &BTreeSet::new()));
    }
    let store = match house.read_store() {
        Ok(store) => store,
        Err(failure) => {
            let mut warnings = unknown_suites(house, &BTreeSet::new());
            warnings.push(format!("what was measured cannot be looked at: {}", failure.message()));
            return Ok(warnings);
        }
    };
    let failed = |error| store_failure(&error);
    let project = house.project();
    let lanes = store.lanes(&project).map_err(failed)?;
    let measured = lanes.iter().map(|lane| lane.suite.as_str()).collect();
    let mut warnings = unknown_suites(house, &measured);
    let misfits = misfits_of_project(&store, &project, &house.config.policy, &house.configured_suites())
        .map_err(failed)?;
    warnings.extend(misfits.into_iter().map(|misfit| misfit.message));
    Ok(warnings)
}

/// Rules and targets that name suites which are neither configured nor measured. Suites also come by `--suite`, so that this is no error; and
/// where no suite is configured at all, every name is as good as another.
fn unknown_suites(house: &House, measured: &BTreeSet<&str>) -> Vec<String> {
    let config = &house.config;
    if config.suites.is_empty() {
        return Vec::new();
    }
    let rules = config.policy.rules.iter().filter_map(|rule| rule.suite.as_deref());
    let targets = config.policy.targets.iter().filter_map(|target| target.suite.as_deref());
    let named: BTreeSet<&str> = rules.chain(targets).collect();
    let known: BTreeSet<&str> =
        house.configured_suites().into_iter().chain(measured.iter().copied()).collect();
    named
        .into_iter()
        .filter(|name| !name.contains(['*', '?']) && !known.contains(name))
        .map(|name| {
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let listed: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                    format!("there are {}", listed.join(", "))
                }
            };
            format!("a rule or target is for suite `{name}`, which is not configured; {hint}")
        })
        .collect()
}
