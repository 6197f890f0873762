//! What a page did, shown once on the page after it.

use super::Text;

texts! {
    SAVED = "Saved.", "已保存。";
    ADDED = "Added.", "已添加。";
    DELETED = "Deleted.", "已删除。";
    STARTED = "Started.", "已启动。";
    DONE = "Done.", "已完成。";
    PASSWORD = "The password is changed.", "密码已修改。";
}

const ALL: &[(&str, Text)] = &[
    ("saved", SAVED),
    ("added", ADDED),
    ("deleted", DELETED),
    ("started", STARTED),
    ("done", DONE),
    ("password", PASSWORD),
];

/// The sentence of a word.
#[must_use]
pub fn of(word: &str) -> Option<Text> {
    ALL.iter().find(|(known, _)| *known == word).map(|(_, text)| *text)
}
