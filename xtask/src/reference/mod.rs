//! Pages that are generated: the reference from the binary, the pictures from what it prints and from constants.

mod commands;
mod errors;
mod harnesses;
mod settings;

use std::path::Path;
use std::process::Command;

use crate::confidence::{self, Confidence};
use crate::error::XtaskError;
use crate::judging;
use crate::judging_numbers;
use crate::operating_characteristics;
use crate::picture;
use crate::step::Tally;
use crate::workspace::{Workspace, output_of};

/// One generated page.
struct Page {
    /// Relative to the root.
    path: &'static str,
    generate: fn(&Workspace, &Path) -> Result<String, XtaskError>,
}

const PAGES: [Page; 14] = [
    Page { path: "docs/reference/commands.md", generate: |_, plimsoll| commands::page(plimsoll) },
    Page {
        path: "docs/reference/configuration.md",
        generate: |_, plimsoll| settings::page(&json_of(plimsoll, &["config", "schema"])?),
    },
    Page {
        path: settings::SCHEMA,
        generate: |_, plimsoll| output_of(&mut plain(plimsoll, &["config", "schema"])),
    },
    Page {
        path: "docs/reference/run-1.json",
        generate: |_, plimsoll| output_of(&mut plain(plimsoll, &["config", "schema", "run"])),
    },
    Page {
        path: "docs/reference/errors.md",
        generate: |_, plimsoll| errors::page(json_of(plimsoll, &["explain", "--json"])?),
    },
    Page { path: "docs/reference/harnesses.md", generate: |_, _| Ok(harnesses::page()) },
    Page { path: "docs/terminal.svg", generate: |_, plimsoll| picture::draw(plimsoll) },
    Page {
        path: "docs/concepts/confidence.svg",
        generate: |workspace, _| Ok(Confidence::read(workspace)?.picture()),
    },
    Page {
        path: operating_characteristics::PICTURE,
        generate: |workspace, _| {
            operating_characteristics::plot::draw(&workspace.read(operating_characteristics::MEASURED)?)
        },
    },
    Page {
        path: "docs/concepts/judging-step.svg",
        generate: |workspace, _| judging::picture(workspace, "step"),
    },
    Page {
        path: "docs/concepts/judging-quiet.svg",
        generate: |workspace, _| judging::picture(workspace, "quiet"),
    },
    Page {
        path: "docs/concepts/judging-loss.svg",
        generate: |workspace, _| judging::picture(workspace, "loss"),
    },
    Page {
        path: "docs/concepts/judging-evidence.svg",
        generate: |workspace, _| judging::picture(workspace, "evidence"),
    },
    Page { path: judging::DOCUMENT, generate: |workspace, _| judging::page(workspace) },
];

/// Writes every page anew.
pub fn write(workspace: &Workspace) -> Result<(), XtaskError> {
    let plimsoll = workspace.build_plimsoll(false)?;
    for page in PAGES {
        let path = workspace.root().join(page.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(XtaskError::file("create", folder))?;
        }
        std::fs::write(&path, (page.generate)(workspace, &plimsoll)?)
            .map_err(XtaskError::file("write", &path))?;
        println!("wrote {}", page.path);
    }
    // What people wrote is theirs to mend.
    judging_numbers::check(workspace)?;
    Ok(())
}

/// One check for each page: it says what the code says; and one for the formula of confidence and each
/// number that the page on judging states.
pub fn check(workspace: &Workspace, plimsoll: &Path) -> Result<Tally, XtaskError> {
    let mut tally = Tally::default();
    for page in PAGES {
        let current = workspace.read(page.path).unwrap_or_default();
        let held = current == (page.generate)(workspace, plimsoll)?;
        if !held {
            println!("{} lags behind the code: run `cargo xtask docs`", page.path);
        }
        tally.add(Tally::one(held));
    }
    let formula = Confidence::read(workspace)?.formula();
    let held = workspace.read(confidence::DOCUMENT)?.contains(&formula);
    if !held {
        println!("{} has to show `{formula}`, and examples that fit", confidence::DOCUMENT);
    }
    tally.add(Tally::one(held));
    tally.add(judging_numbers::check(workspace)?);
    Ok(tally)
}

/// The binary with these arguments, without colour.
fn plain(plimsoll: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(plimsoll);
    command.args(words).env("NO_COLOR", "1").env("TERM", "dumb");
    command
}

/// The JSON that the binary prints.
fn json_of(plimsoll: &Path, words: &[&str]) -> Result<serde_json::Value, XtaskError> {
    let printed = output_of(&mut plain(plimsoll, words))?;
    serde_json::from_str(&printed)
        .map_err(|source| XtaskError::Json { what: format!("plimsoll {}", words.join(" ")), source })
}
