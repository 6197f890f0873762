//! The facts of a fault that brokers and name servers answer with. What they
//! say themselves is passed on as they say it.

/// Facts of faults.
pub(crate) mod fault {
    tidewire_words::texts! {
        SAID = "{}: {}", "{}：{}";
        SAID_CODE = "{}: {} (code {})", "{}：{}（代码 {}）";

        CONNECT_LATE = "{} takes no connections: no answer in time; check address, network and firewall", "{} 无法建立连接：超时未响应，请检查地址、网络和防火墙";
        CONNECT_FAILED = "{}: no connection: {}", "{}：无法建立连接：{}";
        NOTHING_LISTENS = "nothing listens at {}", "{} 没有服务在监听";
        NO_ADDRESS = "{} is no address; it is written host:port", "{} 不是有效地址，格式为 主机:端口";
        CALL_LATE = "{} did not answer in time", "{} 未及时响应";
        CONNECTION_BROKE = "the connection to {} broke: {}", "与 {} 的连接中断：{}";
        CONNECTION_CLOSED = "{} closed the connection", "{} 关闭了连接";
        TLS_WANTED = "{} takes encrypted connections only; choose TLS in the data source", "{} 只接受加密连接，请在数据源中启用 TLS";
        NOT_SPOKEN = "what answers at {} does not speak RocketMQ's remoting protocol (the gRPC port of a proxy does not); enter the address of a name server (its port is 9876 unless changed)", "{} 上的服务不是 RocketMQ 的 Remoting 协议（Proxy 的 gRPC 端口也不是），请填写 NameServer 地址（默认端口 9876）";
        NO_NAME_SERVER = "no name server is named", "未填写 NameServer 地址";
        NO_NAME_SERVER_THERE = "what answers at {} is no name server but a proxy or a broker; enter the address of a name server (its port is 9876 unless changed)", "{} 不是 NameServer，而是 Proxy 或 Broker；请填写 NameServer 地址（默认端口 9876）";
        NO_BROKER = "topic {}: no broker is registered with the name servers", "Topic {}：NameServer 上没有注册任何 Broker";
        NO_BROKERS = "no broker is registered with the name servers; check namesrvAddr of the brokers", "NameServer 上没有注册任何 Broker，请检查 Broker 的 namesrvAddr 配置";
        BROKER_GONE = "topic {}: its broker {} is not registered with the name servers", "Topic {}：所在的 Broker {} 未在 NameServer 注册";
        BROKER_AWAY = "broker {} is not reached at the address that it gives to clients (brokerIP1): {}", "无法连接 Broker {} 对客户端公布的地址（brokerIP1）：{}";
        LACKS = "broker {}: access key {} lacks {} ({})", "Broker {}：AccessKey {} 缺少权限 {}（{}）";
        KEY_NONE = "broker {} asks for an access key, and none is set in the data source ({})", "Broker {} 要求 AccessKey，但数据源中未填写（{}）";
        KEY_UNKNOWN = "broker {}: access key {} is not known there ({})", "Broker {}：没有 AccessKey {}（{}）";
        KEY_DISABLED = "broker {}: access key {} is disabled there ({})", "Broker {}：AccessKey {} 已被禁用（{}）";
        SECRET_WRONG = "broker {}: the secret key does not belong to access key {} ({})", "Broker {}：SecretKey 与 AccessKey {} 不匹配（{}）";
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
