//! Where programs that measure themselves leave their lines.

use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::repository::Repository;

/// The folder of the spool, the same that the programs find: what `PLIMSOLL_SPOOL` names, else `.plimsoll/spool` in the
/// repository's main work tree, or in `directory` outside of a repository. It need not exist.
pub fn spool_folder(env: &Env, repository: Option<&Repository>, directory: &Path) -> PathBuf {
    match env.path("PLIMSOLL_SPOOL") {
        Some(path) => directory.join(path),
        None => {
            let home = repository.map_or(directory, Repository::main_worktree);
            home.join(".plimsoll").join("spool")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], repository: Option<&Repository>, expected: &str) {
        let env = Env::fixed(variables.iter().copied());
        assert_eq!(spool_folder(&env, repository, Path::new("/p/linked/src")), Path::new(expected));
    }

    #[test]
    fn all_work_trees_share_the_spool() {
        let linked = Repository {
            root: "/p/linked".into(),
            git_directory: "/p/main/.git/worktrees/linked".into(),
            common_directory: "/p/main/.git".into(),
        };
        check(&[], Some(&linked), "/p/main/.plimsoll/spool");
        check(&[], None, "/p/linked/src/.plimsoll/spool");
        check(&[("PLIMSOLL_SPOOL", "")], None, "/p/linked/src/.plimsoll/spool");
        check(&[("PLIMSOLL_SPOOL", "/elsewhere")], Some(&linked), "/elsewhere");
        check(&[("PLIMSOLL_SPOOL", "own")], Some(&linked), "/p/linked/src/own");
    }
}
