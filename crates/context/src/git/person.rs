//! Who works in the repository.

use super::{Git, GitError};

impl Git {
    /// The name under which commits are made here (`user.name`); `None` where none is configured.
    pub fn user_name(&self) -> Result<Option<String>, GitError> {
        match self.start(&["config", "--get", "user.name"])?.text() {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|name| !name.is_empty())),
            Err(GitError::Failed { message, .. }) if message.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
