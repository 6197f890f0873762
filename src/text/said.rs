//! What a page did, shown once on the page after it.

use tidewire_words::{Text, texts};

texts! {
    SAVED = "Saved.", "已保存。";
    ADDED = "Added.", "已添加。";
    DELETED = "Deleted.", "已删除。";
    STARTED = "Started.", "已启动。";
    DONE = "Done.", "已完成。";
    NO_ZONE = "This time zone is not known. The service's own is used.", "未知的时区，已使用服务所在时区。";
    PASSWORD = "The password is changed.", "密码已修改。";
}

const ALL: &[(&str, Text)] = &[
    ("saved", SAVED),
    ("added", ADDED),
    ("deleted", DELETED),
    ("started", STARTED),
    ("done", DONE),
    ("no_zone", NO_ZONE),
    ("password", PASSWORD),
];

/// The sentence of a word.
#[must_use]
pub fn of(word: &str) -> Option<Text> {
    ALL.iter().find(|(known, _)| *known == word).map(|(_, text)| *text)
}
