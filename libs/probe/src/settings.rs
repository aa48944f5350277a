//! What the environment says. Read when a tracker starts, never while something is measured.

use std::env;
use std::path::PathBuf;

use crate::name::name;

/// Whether nothing shall be measured: `PLIMSOLL_DISABLE` or `DISABLE_PERFORMANCE_TRACKING` is set, and not to `0`,
/// `false`, `no` or `off`.
pub(crate) fn is_disabled() -> bool {
    ["PLIMSOLL_DISABLE", "DISABLE_PERFORMANCE_TRACKING"]
        .into_iter()
        .filter_map(text)
        .any(|value| means_yes(&value))
}

fn means_yes(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off")
}

/// The value of a variable that is set to something.
pub(crate) fn text(variable: &str) -> Option<String> {
    let value = env::var_os(variable)?;
    Some(value.to_string_lossy().trim()).filter(|value| !value.is_empty()).map(name)
}

/// The folder of the spool, if the environment names one.
pub(crate) fn spool_folder() -> Option<PathBuf> {
    env::var_os("PLIMSOLL_SPOOL").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The name of the running program, without its extension.
pub(crate) fn program_name() -> String {
    let path = env::current_exe().ok().or_else(|| env::args_os().next().map(PathBuf::from));
    let name =
        path.as_deref().and_then(|path| path.file_stem()).map(|name| name.to_string_lossy().into_owned());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "program".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_does_not_disable() {
        assert!(means_yes("1") && means_yes("true") && means_yes("YES"));
        assert!(!means_yes("0") && !means_yes("False") && !means_yes("off"));
    }
}
