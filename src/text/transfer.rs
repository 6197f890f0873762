//! What is wrong with an imported list of objects.

use tidewire_words::texts;

texts! {
    EMPTY = "the list has no table", "列表中没有表";
    UNREADABLE = "can't be read: {}", "无法读取：{}";
    TOO_MANY = "has more than {} fields; put a filter that has commas in double quotes", "超过 {} 个字段；条件含逗号时请用双引号";
    NO_MAPPING = "column mapping has to stay empty", "列映射须留空";
}
