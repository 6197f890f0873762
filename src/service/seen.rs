//! What a form was made from, so that nobody overwrites what they did not see.
//!
//! A form carries the mark of the value that it shows; a change is refused when
//! the value has another mark meanwhile. Scripts that send no mark know what
//! they do.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::secret::hex;
use crate::text::refusal;

use super::error::{Result, ServiceError};

/// Bytes of a mark: enough to tell the states of one thing apart.
const LENGTH: usize = 8;

/// The mark of a value.
#[must_use]
pub fn mark(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let digest = Sha256::digest(text.as_bytes());
    hex(digest.get(..LENGTH).unwrap_or_default())
}

/// Whether a form that carries the mark `seen` shows the value as it is.
///
/// # Errors
/// Somebody changed it meanwhile.
pub(super) fn check(seen: &str, now: &impl Serialize) -> Result<()> {
    if seen.is_empty() || seen == mark(now) {
        return Ok(());
    }
    Err(ServiceError::conflict(refusal::CHANGED, refusal::CHANGED_REMEDY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_value_has_another_mark() {
        assert_eq!(mark(&["a", "b"]).len(), 2 * LENGTH);
        assert!(check(&mark(&["a"]), &["a"]).is_ok() && check("", &["a"]).is_ok());
        assert!(check(&mark(&["a"]), &["b"]).is_err() && check("odd", &["a"]).is_err());
    }
}
