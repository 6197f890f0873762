//! How a command ended, and how that is told: results on standard output, one
//! line of reason and then the remedy on standard error.

use std::io::Write as _;
use std::process::ExitCode;

/// The end of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    status: u8,
    out: String,
    reason: String,
    remedy: String,
}

impl Outcome {
    /// Done, nothing to say.
    #[must_use]
    pub fn done() -> Self {
        Self::said("")
    }

    /// Done, with a result.
    #[must_use]
    pub fn said(out: &str) -> Self {
        Self { status: 0, out: out.to_owned(), reason: String::new(), remedy: String::new() }
    }

    /// A result that counts as a failure.
    #[must_use]
    pub fn failed_with(out: &str, reason: &str, remedy: &str) -> Self {
        Self { status: 1, out: out.to_owned(), reason: reason.to_owned(), remedy: remedy.to_owned() }
    }

    /// Refused or failed.
    #[must_use]
    pub fn failed(reason: &str, remedy: &str) -> Self {
        Self::failed_with("", reason, remedy)
    }

    /// Wrong usage or an unreadable file.
    #[must_use]
    pub fn usage(reason: &str, remedy: &str) -> Self {
        Self { status: 2, ..Self::failed(reason, remedy) }
    }

    /// The service can't be reached.
    #[must_use]
    pub fn unreachable(reason: &str, remedy: &str) -> Self {
        Self { status: 3, ..Self::failed(reason, remedy) }
    }

    /// Tells it and gives the exit status.
    #[must_use]
    pub fn report(self) -> ExitCode {
        let mut text = self.out;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let mut errors = self.reason;
        if !errors.is_empty() && !self.remedy.is_empty() {
            errors.push('\n');
        }
        errors.push_str(&self.remedy);
        if !errors.is_empty() {
            errors.push('\n');
        }
        let told = std::io::stdout().write_all(text.as_bytes()).is_ok()
            && std::io::stdout().flush().is_ok()
            && std::io::stderr().write_all(errors.as_bytes()).is_ok();
        // A closed pipe (`| head`) is no reason to fail louder than the command.
        if told || self.status != 0 { ExitCode::from(self.status) } else { ExitCode::FAILURE }
    }
}
