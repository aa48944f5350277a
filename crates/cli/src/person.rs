//! Who acts.

use crate::house::House;

/// The person who acts, as git or the system knows them; `None` where neither does.
pub(crate) fn person(house: &House) -> Option<String> {
    let from_git = house.git().and_then(|git| git.user_name().ok().flatten());
    from_git.or_else(|| house.env.get("USER")).or_else(|| house.env.get("USERNAME"))
}
