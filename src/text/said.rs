//! What a page did, shown once on the page after it.

use tidewire_words::{Text, texts};

texts! {
    SAVED = "Saved.", "已保存。";
    ADDED = "Added.", "已添加。";
    DELETED = "Deleted.", "已删除。";
    STARTED = "Started.", "已启动。";
    DONE = "Done.", "已完成。";
    NO_ZONE = "This time zone is not known. The service's own is used.", "未知的时区，已使用服务所在时区。";
    QUEUES_ADOPTED = "The queues of brokers that are gone are given up; the new ones are taken when the project is resumed.", "已放弃不存在的 Broker 的队列，恢复项目时采用新队列。";
    NO_BROKER_GONE = "All brokers of the project's queues are registered: nothing was changed.", "项目队列所在的 Broker 均已注册，未做任何更改。";
    PASSWORD = "The password is changed.", "密码已修改。";
}

const ALL: &[(&str, Text)] = &[
    ("saved", SAVED),
    ("added", ADDED),
    ("deleted", DELETED),
    ("started", STARTED),
    ("done", DONE),
    ("no_zone", NO_ZONE),
    ("queues_adopted", QUEUES_ADOPTED),
    ("no_broker_gone", NO_BROKER_GONE),
    ("password", PASSWORD),
];

/// The sentence of a word.
#[must_use]
pub fn of(word: &str) -> Option<Text> {
    ALL.iter().find(|(known, _)| *known == word).map(|(_, text)| *text)
}
