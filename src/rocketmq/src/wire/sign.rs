//! Signatures of requests, as access control of 4.x and of 5.x checks them: the
//! values of all fields in the order of their names, then the body, under
//! HMAC-SHA1. Source: `AclUtils.combineRequestContent`, `AclSigner`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

/// An access key with its secret.
pub struct Keys {
    access: String,
    secret: hmac::Key,
}

impl Keys {
    /// Field that names the access key. Sorts before all fields of ours, which
    /// begin with small letters.
    pub(crate) const ACCESS: &str = "AccessKey";
    /// Field of the signature; not signed itself.
    pub(crate) const SIGNATURE: &str = "Signature";

    /// From what the data source holds.
    #[must_use]
    pub fn new((access, secret): &(String, SecretString)) -> Self {
        let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
        let secret = hmac::Key::new(algorithm, secret.expose_secret().as_bytes());
        Self { access: access.clone(), secret }
    }

    /// The access key.
    pub(crate) fn access(&self) -> &str {
        &self.access
    }

    /// Signs the parts of a request.
    pub(crate) fn sign(&self, values: &[&[u8]], body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.secret);
        for value in values {
            context.update(value);
        }
        context.update(body);
        STANDARD.encode(context.sign())
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_signature_comes_out() {
        let keys = Keys::new(&("key".to_owned(), SecretString::from("key".to_owned())));
        // The text of the well-known example for this algorithm, in two parts.
        let signature = keys.sign(&[b"The quick brown fox ", b"jumps over "], b"the lazy dog");
        assert_eq!(signature, "3nybhbi3iqa8ino29wqQcBydtNk=");
    }
}
