//! Which queue a row goes to. The hash is Java's `String.hashCode`, so that
//! other producers of the same topic can choose the same queue.
//!
//! Rules, decided here once: the values of the shard columns (default: the key)
//! are joined by U+0001, NULL is empty; INSERT and UPDATE use the after image,
//! DELETE the before image; a table without key and shard columns hashes
//! `database.table`, so all its rows keep their order in one queue.

/// Java's `String.hashCode` of a UTF-8 text.
pub fn java_hash(text: &str) -> i32 {
    if text.is_ascii() {
        return text.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte)));
    }
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Index of the queue for a shard key among `queues` queues, as RocketMQ's
/// `SelectMessageQueueByHash` chooses it.
pub fn queue_index(shard_key: &str, queues: usize) -> usize {
    let Ok(count) = i64::try_from(queues.max(1)) else { return 0 };
    let remainder = i64::from(java_hash(shard_key)) % count;
    usize::try_from(remainder.unsigned_abs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_javas() {
        assert_eq!(java_hash("cn-sh\u{1}10223372036854775806"), -2_003_604_623);
        assert_eq!(java_hash("user_12345"), 1_871_841_983);
        assert_eq!(java_hash("order-123"), -392_797_389);
        assert_eq!(java_hash("中😀"), (0x4e2d * 31 + 0xd83d) * 31 + 0xde00);
    }

    #[test]
    fn queues_are_the_absolute_remainder() {
        assert_eq!(queue_index("order-123", 4), 1);
        assert_eq!(queue_index("rocketmq", 10), 4);
        assert_eq!(queue_index("anything", 1), 0);
    }
}
