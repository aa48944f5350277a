//! What git knows of commits that somebody else named by their hash alone.

use std::collections::HashMap;

use plimsoll_model::Commit;

use crate::checkout::commit_of;
use crate::git::Git;
use crate::repository::Repository;

/// Finds commits whole, each asked of git once. A program that measures itself writes down the hash and nothing else: it starts
/// no process.
#[derive(Debug)]
pub struct CommitLookup {
    git: Option<Git>,
    known: HashMap<String, Option<Commit>>,
}

impl CommitLookup {
    /// Looks in a repository; without one nothing is found but what is known.
    pub fn new(repository: Option<&Repository>) -> Self {
        Self { git: repository.map(|repository| Git::new(&repository.root)), known: HashMap::new() }
    }

    /// A commit that is known already: the one that is checked out, with whether files were changed since.
    #[must_use]
    pub fn knowing(mut self, commit: Option<&Commit>) -> Self {
        self.known.extend(commit.map(|commit| (commit.hash.clone(), Some(commit.clone()))));
        self
    }

    /// The commit of this full hash with its ancestors, time and subject; `None` where git does not know it or does not answer.
    pub fn find(&mut self, hash: &str) -> Option<&Commit> {
        if !self.known.contains_key(hash) {
            let history = self.git.as_ref().and_then(|git| git.history(hash).ok());
            // A name that stands for another commit was no full hash.
            let found = history.filter(|history| history.hash == hash).map(commit_of);
            self.known.insert(hash.to_owned(), found);
        }
        self.known.get(hash)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::scratch::Scratch;

    #[test]
    fn a_commit_is_found_with_those_before_it() {
        let scratch = Scratch::new();
        let first = scratch.commit("first");
        let second = scratch.commit("second");
        let repository = Repository::find(&scratch.path());
        let mut lookup = CommitLookup::new(repository.as_ref());
        let found = lookup.find(&second).expect("it is there");
        assert_eq!((&found.ancestors, found.subject.as_deref()), (&vec![first], Some("second")));
        assert!(!found.dirty && found.committed_at.is_some());
    }

    #[test]
    fn what_is_no_full_hash_of_a_commit_is_not_found() {
        let scratch = Scratch::new();
        let hash = scratch.commit("first");
        let repository = Repository::find(&scratch.path());
        let mut lookup = CommitLookup::new(repository.as_ref());
        for hash in ["HEAD", "main", &hash[..12], &"1".repeat(40), "--all", ""] {
            assert_eq!(lookup.find(hash), None, "{hash}");
        }
        assert_eq!(CommitLookup::new(None).find(&hash), None);
    }

    #[test]
    fn what_is_known_is_not_asked_for() {
        let scratch = Scratch::new();
        let hash = scratch.commit("first");
        let repository = Repository::find(&scratch.path());
        let mut here = CommitLookup::new(repository.as_ref()).find(&hash).cloned().expect("it is there");
        here.dirty = true;
        let mut lookup = CommitLookup::new(None).knowing(Some(&here));
        assert_eq!(lookup.find(&hash), Some(&here));
    }
}
