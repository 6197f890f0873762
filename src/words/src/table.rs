//! The form of a table of texts.

/// A table: a constant a text, English and Chinese side by side, and the list
/// `ENTRIES` of all of them for [`crate::check`].
#[macro_export]
macro_rules! texts {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(#[doc = $en] pub const $name: $crate::Text = $crate::Text { en: $en, zh: $zh };)*

        #[cfg(test)]
        pub(super) const ENTRIES: &[(&str, $crate::Text)] = &[$((stringify!($name), $name)),*];
    };
}
