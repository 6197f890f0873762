//! How soon a project that lags is called lagging.

use tidewire_words::Text;

/// The alarm level of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AlarmLevel {
    /// 高保护: after the shortest lag.
    High,
    /// 中保护.
    Medium,
    /// 低保护: what a project has unless somebody chooses.
    #[default]
    Low,
    /// 无保护: never.
    Ignore,
}

impl AlarmLevel {
    /// Every level, in the order of forms.
    pub const ALL: [Self; 4] = [Self::High, Self::Medium, Self::Low, Self::Ignore];

    /// The stored form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Ignore => "ignore",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }

    /// The word for a person.
    #[must_use]
    pub const fn word(self) -> Text {
        match self {
            Self::High => Text { en: "High", zh: "高保护" },
            Self::Medium => Text { en: "Medium", zh: "中保护" },
            Self::Low => Text { en: "Low", zh: "低保护" },
            Self::Ignore => Text { en: "None", zh: "无保护" },
        }
    }
}
