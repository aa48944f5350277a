//! Prints a picture of how judging decides, or what is said about it, for the documentation.
//!
//! ```console
//! $ cargo run -p plimsoll-bench --bin judging_pictures -- step > step.svg
//! $ cargo run -p plimsoll-bench --bin judging_pictures -- step --description
//! $ cargo run -p plimsoll-bench --bin judging_pictures -- detectable
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]

use std::process::ExitCode;

use plimsoll_bench::pictures;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (name, is_description) = match words[..] {
        ["detectable"] => {
            print!("{}", pictures::detectable_table());
            return ExitCode::SUCCESS;
        }
        [name] => (name, false),
        [name, "--description"] => (name, true),
        _ => ("", false),
    };
    match pictures::picture(name) {
        Some(Ok(picture)) if is_description => println!("{}", picture.description),
        Some(Ok(picture)) => print!("{}", picture.svg),
        Some(Err(error)) => {
            eprintln!("error: {error}");
            return ExitCode::from(1);
        }
        None => {
            eprintln!("error: name one of step, quiet, loss, evidence, detectable");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
