//! What a developer of the project runs: `cargo xtask test` is the whole of continuous integration.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a development tool talks to its terminal")]

mod acceptance;
mod bless;
mod confidence;
mod console;
mod constants;
mod error;
mod judging;
mod judging_numbers;
mod licences;
mod operating_characteristics;
mod picture;
mod python;
mod reference;
mod step;
mod test_command;
mod tidy;
mod workspace;

use std::process::ExitCode;

use error::XtaskError;
use workspace::Workspace;

const USAGE: &str = "usage: cargo xtask COMMAND

test                      everything that continuous integration holds, with one count at the end
tidy                      the checks on sizes, arrows, names and documents alone
licences                  whether every dependency's licence is one we may use
console                   run the console blocks of the documents alone
python                    build the Python wheel, install it in a virtual environment and test it there
wheel                     build the Python wheel with an optimised command, for others
docs                      regenerate what in docs/ is generated from code
bless                     accept changed snapshots and do what `docs` does
acceptance [SCENARIO…]    slow a benchmark down on purpose in four projects and see the gate close
                          (this, python, go, inside; all of them when none is named)
operating-characteristics how well our rule and those of others tell changes from noise, in one table:
                          --long (ten minutes; with Otava from PyPI; renews the picture in docs/),
                          --long --keep-peers (a minute: only our row is measured anew),
                          --check (our rule alone, held in its band), --by-configuration, --markdown, --json";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(code) => code,
        Err(error) => {
            report_error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(words: &[&str]) -> Result<ExitCode, XtaskError> {
    let workspace = || Workspace::find();
    match words {
        ["test"] => test_command::run(&workspace()?),
        ["tidy"] => Ok(step::run_alone("tidy", || tidy::check(&workspace()?))),
        ["licences"] => Ok(step::run_alone("licences", || licences::check(&workspace()?))),
        ["console"] => {
            let workspace = workspace()?;
            let plimsoll = workspace.build_plimsoll(false)?;
            Ok(step::run_alone("console", || console::check(&workspace, &plimsoll)))
        }
        ["python"] => {
            let workspace = workspace()?;
            Ok(step::run_alone("python", || python::check(&workspace)))
        }
        ["wheel"] => {
            println!("{}", python::wheel(&workspace()?, true)?.display());
            Ok(ExitCode::SUCCESS)
        }
        ["docs"] => reference::write(&workspace()?).map(|()| ExitCode::SUCCESS),
        ["bless"] => bless::run(&workspace()?),
        ["operating-characteristics", flags @ ..] => operating_characteristics::run(&workspace()?, flags),
        ["acceptance", scenarios @ ..] => acceptance::run(&workspace()?, scenarios),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

fn report_error(error: &XtaskError) {
    eprintln!("error: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        eprintln!("cause: {cause}");
        source = cause.source();
    }
}
