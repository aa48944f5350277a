//! Every error a user can meet: its code, what it means and what to do.

/// A documented error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    /// `PLM031`.
    pub code: &'static str,
    /// The exit code it ends in.
    pub exit: u8,
    /// What happened, as a title.
    pub title: &'static str,
    /// What it means and what usually causes it.
    pub meaning: &'static str,
    /// What to do next.
    pub next: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $exit:literal, $title:literal, $meaning:literal, $next:literal;)*) => {
        $(pub(crate) const $name: Code = Code { code: $code, exit: $exit, title: $title, meaning: $meaning, next: $next };)*
        /// All of them, by number.
        pub(crate) const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    USAGE = "PLM001", 2, "the arguments do not fit together",
        "A flag is missing, unknown or contradicts another.",
        "plimsoll help COMMAND";
    CONFIG = "PLM002", 2, "the configuration cannot be used",
        "plimsoll.toml (or its table in pyproject.toml or Cargo.toml) has a key, type or value that is not understood. Nothing was run.",
        "correct the file there; plimsoll config schema says what every key takes";
    SUITE = "PLM003", 2, "no such suite",
        "The suite that was named is not configured, or none was named and there is no default. A suite is the default when it says `default = true` or is the only one.",
        "plimsoll config show";
    REVISION = "PLM004", 2, "no such revision, run or file",
        "What was named is no run in the store, no commit, branch or tag that git knows, and no file.",
        "plimsoll runs ls";
    SERIES = "PLM005", 2, "no such series",
        "No series of this project is called that. A series is written suite:benchmark{parameter=value}#metric, any part left out where that is unambiguous.",
        "plimsoll status";
    ALERT = "PLM006", 2, "no such alert",
        "Alerts go by number.",
        "plimsoll alert ls";
    AMBIGUOUS = "PLM007", 2, "the name fits several things",
        "More than one series or run goes by the name that was given; the message lists them.",
        "use one of the longer names listed";
    TARGET = "PLM008", 2, "no such target",
        "No target of this project goes by that id.",
        "plimsoll target ls";
    TARGET_CONFIGURED = "PLM009", 2, "the target is configured",
        "A target in the configuration file is changed there: one kept in the store would be overruled by it.",
        "edit the file";
    COMMAND_START = "PLM010", 3, "the command could not be started",
        "The program was not found or may not be executed.",
        "check the command and PATH";
    COMMAND_FAILED = "PLM011", 3, "the measured command failed",
        "It ended with an exit code other than zero or was killed by a signal. The run is recorded as failed; its values enter no baseline.",
        "read the command's own output above";
    COMMAND_TIMEOUT = "PLM012", 3, "the measured command ran out of its time",
        "It was ended with all its children. The run is recorded as timed_out.",
        "raise the suite's `timeout`, or measure less";
    OUT_MISSING = "PLM013", 4, "the command left no result file",
        "The command names {out}, and no file was there when it ended.",
        "check that the harness is told to write to {out}";
    UNREADABLE = "PLM020", 4, "an input cannot be read",
        "The file does not exist, is a directory, or may not be read.",
        "check the path";
    UNRECOGNISED = "PLM021", 4, "no harness is known to write this",
        "The content fits no format that is known. Nothing was stored.",
        "name the file that the harness wrote, or its format with --harness";
    NOT_UNDERSTOOD = "PLM022", 4, "the input is not what the harness writes",
        "The format was recognised or named, but the content breaks it. Nothing was stored.",
        "run the harness again, or name another format with --harness";
    TRUNCATED = "PLM023", 4, "the input ends in the middle",
        "The harness was interrupted or the disk was full. Nothing was stored.",
        "run the harness again";
    EMPTY = "PLM024", 4, "nothing was measured",
        "The input is whole, but holds no measurement. Nothing was stored: a gate that compared nothing must not pass.",
        "check the harness's filter";
    NO_SERIES = "PLM025", 4, "the input holds no series",
        "`replay --input` reads a JSON object a line, with id, direction and values. No line is one, or there is none.",
        "plimsoll replay --help";
    SPOOL = "PLM026", 4, "the spool cannot be taken",
        "What programs leave in the spool is taken away, stored and then removed, so that nothing is lost or read twice. The folder is read-only, or something in it belongs to someone else or is no file. What could be taken was stored.",
        "check permissions; plimsoll ingest FILE reads a file and leaves it there";
    STORE_MISSING = "PLM030", 6, "there is no history yet",
        "No store exists at the place that was named.",
        "plimsoll run";
    STORE_CORRUPT = "PLM031", 6, "the store is damaged",
        "The file is no history of plimsoll's, or a checksum says that stored bytes have changed.",
        "plimsoll db check";
    STORE_NEWER = "PLM032", 6, "the store was written by a newer version",
        "An older version does not touch what it does not understand.",
        "upgrade plimsoll";
    STORE_WRITE = "PLM033", 6, "the store cannot be written",
        "The directory is read-only or no place for files, the disk is full, or the file belongs to someone else. Nothing was half stored.",
        "check permissions and free space, or name another place with --store";
    STORE_CONFLICT = "PLM034", 6, "a run of this id is stored already, with other content",
        "The same id must mean the same run.",
        "leave the id out, or give the run another";
    STORE_FAILED = "PLM035", 6, "the store failed",
        "The database answered with an error that is not the user's doing.",
        "plimsoll db check";
    STORE_KIND = "PLM036", 2, "no store of this kind",
        "This version keeps history in SQLite: the path of a file, or sqlite:PATH.",
        "give the path of a file";
    GIT = "PLM040", 2, "git did not answer",
        "The repository cannot be read: git is not installed, refuses the directory, or the revision is unknown.",
        "git status";
    OUTPUT = "PLM050", 6, "a result cannot be written",
        "A file or standard output that was asked for could not be written.",
        "check the path and free space";
    ALERT_STEP = "PLM060", 2, "the alert cannot take this step",
        "It is there already, or it is over: what is over can only be reopened, unless another alert of the same series is open.",
        "plimsoll alert ls --all";
    INTERRUPTED = "PLM130", 130, "interrupted",
        "The process tree was ended and nothing was stored.",
        "run it again";
}

/// The error with this code, whatever its case.
pub(crate) fn find(code: &str) -> Option<&'static Code> {
    ALL.iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_ascend() {
        assert!(ALL.is_sorted_by(|left, right| left.code < right.code));
        assert_eq!(find("plm031"), Some(&STORE_CORRUPT));
        assert_eq!(find("PLM999"), None);
    }
}
