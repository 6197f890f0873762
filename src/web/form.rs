//! Forms as browsers send them, and the checks that every one passes: the
//! token of the login, and the page that it comes from.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::State;

/// The fields of a form in order; a name may come several times.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads an urlencoded body; what can't be read is empty.
    pub(super) fn read(body: &[u8]) -> Self {
        Self(serde_urlencoded::from_bytes(body).unwrap_or_default())
    }

    /// Fields made by us, to show a form with.
    pub(super) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// Every value of a field, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.all(name).any(|value| !value.is_empty())
    }

    /// The first value of a field; empty when it is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

/// A text as one value of a query.
#[must_use]
pub(super) fn encoded(text: &str) -> String {
    serde_urlencoded::to_string([("", text)])
        .map(|pair| pair.trim_start_matches('=').to_owned())
        .unwrap_or_default()
}

/// Whether a form carries the token that it was made with and was sent from a
/// page of this console.
#[must_use]
pub(super) fn is_ours(request: &HttpRequest, state: &State, pairs: &Pairs, token: &str) -> bool {
    !token.is_empty() && pairs.get("csrf") == token && same_origin(request, state)
}

/// Browsers name the origin of every form; a script without one has the token.
fn same_origin(request: &HttpRequest, state: &State) -> bool {
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(origin) = text(header::ORIGIN) else { return true };
    if state.public_url.as_deref() == Some(origin) {
        return true;
    }
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_fields_and_broken_bodies() {
        let pairs = Pairs::read(b"a=1&a=2&b=%E4%B8%AD");
        assert_eq!((pairs.get("a"), pairs.get("b"), pairs.get("c")), ("1", "中", ""));
        assert_eq!(Pairs::read(&[0xff, b'=']).get("a"), "");
    }
}
