//! The two languages of every text a person reads.
//!
//! A text is a [`Text`]: both languages stand side by side, so a missing
//! translation does not compile.

/// A language of the console and of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English; also the language of logs.
    #[default]
    En,
}

/// One text in both languages. `{}` marks where an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

impl Text {
    /// The text in the given language.
    #[must_use]
    pub const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    /// The text with each `{}` replaced by the next argument.
    #[must_use]
    pub fn fill(self, lang: Lang, args: &[&str]) -> String {
        let mut parts = self.get(lang).split("{}");
        let mut out = parts.next().unwrap_or_default().to_owned();
        let mut args = args.iter();
        for part in parts {
            out.push_str(args.next().copied().unwrap_or_default());
            out.push_str(part);
        }
        out
    }
}
