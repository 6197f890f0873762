//! The facts of a fault that brokers and name servers answer with. What they
//! say themselves is passed on as they say it.

/// Facts of faults.
pub(crate) mod fault {
    tidewire_words::texts! {
        SAID = "{}: {}", "{}：{}";
        SAID_CODE = "{}: {} (code {})", "{}：{}（代码 {}）";

        THE_CLIENT = "the client", "客户端";
        THE_PRODUCER = "the producer", "生产者";
        CLIENT_START = "the RocketMQ client can't start: {}", "RocketMQ 客户端无法启动：{}";
        CLIENT_CLOSED = "the client is closed", "客户端已关闭";
        PRODUCER_CLOSED = "the producer is closed", "生产者已关闭";
        CALL_LATE = "{} did not answer in time", "{} 未及时响应";
        NO_NAME_SERVER = "no name server is named", "未填写 NameServer 地址";
        TOPIC_LIST = "the topic list can't be read: {}", "无法读取 Topic 列表：{}";
        NO_ROUTE = "broker {} is not in the route", "路由中没有 Broker {}";
        NO_OFFSET = "{}: an answer without offset", "{}：应答中没有偏移量";
        QUEUE = "topic {} queue {}", "Topic {} 队列 {}";
        QUEUE_END = "end of topic {} queue {}", "查询 Topic {} 队列 {} 的末尾";
        READING_BACK = "reading back topic {} queue {}", "回读 Topic {} 队列 {}";
        MESSAGE = "topic {} queue {}, message of {} bytes with keys {}", "Topic {} 队列 {}，消息 {} 字节，KEYS 为 {}";
        NOT_TEXT = "properties are not text", "消息属性不是文本";
        EMPTY_BATCH = "an empty batch", "批次中没有消息";
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn both_languages_say_it() {
        assert_eq!(tidewire_words::check::faults(&[("fault", fault::ENTRIES)], &[]), Vec::<String>::new());
    }
}
