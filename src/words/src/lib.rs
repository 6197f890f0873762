//! The two languages of every text a person reads.
//!
//! A text is a [`Text`]: both languages stand side by side, so a missing
//! translation does not compile. Each crate keeps its own tables of texts, made
//! by [`texts!`] and held to [`check`]. Knows no table itself.

pub mod check;
mod table;

use serde::{Deserialize, Serialize};

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

    /// The text with each `{}` replaced by the next argument; `{s}` is the
    /// plural's ending when the argument before it is not 1.
    #[must_use]
    pub fn fill(self, lang: Lang, args: &[&str]) -> String {
        let mut parts = self.get(lang).split("{}");
        let mut out = parts.next().unwrap_or_default().to_owned();
        let mut args = args.iter();
        for part in parts {
            let arg = args.next().copied().unwrap_or_default();
            out.push_str(arg);
            out.push_str(&part.replace("{s}", if arg == "1" { "" } else { "s" }));
        }
        out
    }
}

/// A sentence complete in both languages, chosen only where it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Sentence {
    /// The text with its arguments; names and numbers are the same in both.
    #[must_use]
    pub fn new(text: Text, args: &[&str]) -> Self {
        Self { en: text.fill(Lang::En, args), zh: text.fill(Lang::Zh, args) }
    }

    /// The text with arguments that are themselves words of a language.
    #[must_use]
    pub fn of_texts(text: Text, args: &[Text]) -> Self {
        let fill = |lang: Lang| {
            let words: Vec<&str> = args.iter().map(|word| word.get(lang)).collect();
            text.fill(lang, &words)
        };
        Self { en: fill(Lang::En), zh: fill(Lang::Zh) }
    }

    /// The text with arguments that are sentences of both languages.
    #[must_use]
    pub fn of_messages(text: Text, args: &[&Self]) -> Self {
        let fill = |lang: Lang| {
            let sentences: Vec<&str> = args.iter().map(|message| message.get(lang)).collect();
            text.fill(lang, &sentences)
        };
        Self { en: fill(Lang::En), zh: fill(Lang::Zh) }
    }

    /// The sentence in the given language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// A name or a number: the same in both languages.
impl From<&str> for Sentence {
    fn from(name: &str) -> Self {
        Self { en: name.to_owned(), zh: name.to_owned() }
    }
}

/// A name or a number: the same in both languages.
impl From<String> for Sentence {
    fn from(name: String) -> Self {
        Self { en: name.clone(), zh: name }
    }
}

impl From<Text> for Sentence {
    fn from(text: Text) -> Self {
        Self { en: text.en.to_owned(), zh: text.zh.to_owned() }
    }
}

impl Lang {
    /// The tag that HTTP and HTML use.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The first language of a preference list (`zh-CN,zh;q=0.9,en;q=0.8` or
    /// `zh_CN.UTF-8`) that we speak; English otherwise.
    #[must_use]
    pub fn preferred(list: &str) -> Self {
        for part in list.split(',') {
            let tag = part.trim().to_ascii_lowercase();
            if tag.starts_with("zh") {
                return Self::Zh;
            }
            if tag.starts_with("en") {
                return Self::En;
            }
        }
        Self::En
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        let text = Text { en: "{} topic{s} · {} table{s}", zh: "{} 个 Topic · {} 张表" };
        assert_eq!(text.fill(Lang::En, &["1", "0"]), "1 topic · 0 tables");
        assert_eq!(text.fill(Lang::En, &["21", "1"]), "21 topics · 1 table");
        assert_eq!(text.fill(Lang::En, &["{s}", "{}"]), "{s} topics · {} tables");
        assert_eq!(text.fill(Lang::Zh, &["1", "2"]), "1 个 Topic · 2 张表");
    }
}
