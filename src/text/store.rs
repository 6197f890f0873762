//! What is wrong with the state database.

use tidewire_words::texts;

texts! {
    STORED_VALUE = "a stored value can't be read: {}", "无法读取已保存的值：{}";
    STORE_NEWER = "its schema {} is newer than this program knows ({})", "状态库的结构版本 {} 高于本程序支持的版本（{}）";
    STORE_UNWRITABLE = "{} can't be written", "无法写入 {}";
    STORE_CLOSED = "it is closed", "状态库已关闭";
}
