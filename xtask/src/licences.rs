//! Whether every dependency's licence is one we may use.

use spdx::{Expression, LicenseReq, ParseMode};

use crate::error::XtaskError;
use crate::step::Tally;
use crate::workspace::{Workspace, output_of};

/// Licences that ask for no more than to be named. MPL-2.0 asks for changes to its own files only, and we
/// change none.
const ALLOWED: [&str; 14] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unicode-3.0",
    "CC0-1.0",
    "BSL-1.0",
    "Unlicense",
    "MPL-2.0",
];

/// The workspaces, each with a lock file of its own.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "libs/python/Cargo.toml"];

/// One check over all packages of each lock file.
pub fn check(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let mut tally = Tally::default();
    for manifest in MANIFESTS {
        let mut command = workspace.cargo();
        command.args(["metadata", "--format-version", "1", "--locked", "--manifest-path", manifest]);
        tally.add(Tally::one(all_held(manifest, &output_of(&mut command)?)?));
    }
    Ok(tally)
}

fn all_held(manifest: &str, metadata: &str) -> Result<bool, XtaskError> {
    let metadata: serde_json::Value = serde_json::from_str(metadata)
        .map_err(|source| XtaskError::Json { what: "cargo metadata".to_owned(), source })?;
    let mut packages = 0;
    let mut held = true;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let licence = package["license"].as_str();
        let complaint = complaint(licence);
        if let Some(complaint) = &complaint {
            println!("{} {}: {complaint}", text_of(&package["name"]), text_of(&package["version"]));
        }
        packages += 1;
        held &= complaint.is_none();
    }
    println!("{manifest}: {packages} packages looked at");
    Ok(held && packages > 0)
}

fn text_of(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or("?")
}

/// What is wrong with a package's licence expression, or `None` when the allowed licences satisfy it.
fn complaint(licence: Option<&str>) -> Option<String> {
    let Some(text) = licence else {
        return Some("it names no licence".to_owned());
    };
    // Older packages write `MIT/Apache-2.0`; the lax mode reads the slash as OR.
    match Expression::parse_mode(text, ParseMode::LAX) {
        Ok(expression) if expression.evaluate(is_allowed) => None,
        Ok(_) => Some(format!("`{text}` needs a licence that is not on the list of allowed ones")),
        Err(error) => Some(format!("`{text}` is no licence expression: {}", error.reason)),
    }
}

fn is_allowed(required: &LicenseReq) -> bool {
    // An exception (`WITH …`) only permits more than the licence alone.
    let id = required.license.id();
    id.is_some_and(|id| ALLOWED.contains(&id.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(licence: &str, allowed: bool) {
        let complaint = complaint(Some(licence));
        assert_eq!(complaint.is_none(), allowed, "{licence}: {complaint:?}");
    }

    #[test]
    fn every_package_is_looked_at() {
        let held = |metadata: &str| all_held("Cargo.toml", metadata).expect("JSON");
        assert!(held(r#"{"packages": [{"name": "a", "version": "1.0.0", "license": "MIT"}]}"#));
        assert!(!held(r#"{"packages": [{"license": "MIT"}, {"name": "b", "license": "GPL-3.0-only"}]}"#));
        assert!(!held(r#"{"packages": []}"#));
    }

    #[test]
    fn every_lock_file_is_one_of_ours() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for manifest in MANIFESTS {
            assert!(root.join(manifest).with_file_name("Cargo.lock").is_file(), "{manifest}");
        }
        let libraries = std::fs::read_dir(root.join("libs")).expect("libraries").flatten();
        let locked = libraries.filter(|library| library.path().join("Cargo.lock").is_file());
        assert_eq!(locked.count() + 1, MANIFESTS.len());
    }

    #[test]
    fn expressions_are_evaluated() {
        check("MIT", true);
        check("MIT OR Apache-2.0", true);
        check("MIT/Apache-2.0", true);
        check("GPL-3.0-only OR MIT", true);
        check("(MIT OR Apache-2.0) AND Unicode-3.0", true);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("Unlicense OR MIT", true);
        check("GPL-3.0-only", false);
        check("MIT AND CDDL-1.0", false);
        check("LicenseRef-secret", false);
        check("as you like", false);
        assert!(complaint(None).is_some());
    }
}
