//! The facts of a fault that servers of the MySQL protocol answer with. What they
//! say themselves is passed on as they say it.

/// Facts of faults.
pub(crate) mod fault {
    tidewire_words::texts! {
        SAID = "{}: {}", "{}：{}";
        SAID_ERROR = "{}: {} (error {})", "{}：{}（错误 {}）";

        THE_SOURCE = "the source", "源端";
        LOGIN_LATE = "{} did not answer the login within {} s", "{} 未在 {} 秒内响应登录";
        STATEMENT_LATE = "no answer to a statement within {} s", "语句在 {} 秒内没有返回";
        DUMP_LATE = "the request for the log was not answered", "读取日志的请求没有得到响应";
        END_OF_STREAM = "end of stream", "数据流已结束";
        OTHER_SERVER = "another server answers now: {} instead of {}; an address that spreads its connections over several servers can't be followed", "现在应答的是另一台服务器：{}，此前为 {}；会把连接分散到多台服务器的地址无法同步";
        GTID_SET = "GTID set {} can't be sent: {}", "无法发送 GTID 集合 {}：{}";

        SYSTEM_VERSIONED = "{}.{} is system-versioned: the log also has the rows of its history", "{}.{} 是系统版本表（SYSTEM VERSIONED）：日志中混有历史行";

        VERSION = "version {}: {}", "版本 {}：{}";
        NOT_OCEANBASE = "this is not OceanBase", "该服务器不是 OceanBase";
        IS_OCEANBASE = "this is OceanBase; use kind oceanbase-ce", "该服务器是 OceanBase，请选择类型 OceanBase CE";
        IS_MARIADB = "this is MariaDB; use kind mariadb", "该服务器是 MariaDB，请选择类型 MariaDB";
        NOT_MARIADB = "this is not MariaDB", "该服务器不是 MariaDB";
        OLDER_THAN = "older than {}", "早于 {}";
        NOT_A_SOURCE = "RocketMQ is not a source", "RocketMQ 不能作为源端";
        SETTING = "{} is {}, it must be {}", "{} 为 {}，应为 {}";
        NO_LOG_FILE = "the server has no log file yet: {} is empty", "服务器还没有日志文件：{} 的结果为空";

        START_TOO_EARLY = "start {}; earliest possible start {}, where the oldest file {} begins", "起始时间 {}；最早可用时间 {}，即最旧的日志文件 {} 的开头";
        SERVICE_HAS = "saved {}, the service has {}", "已保存 {}，Binlog 服务现有 {}";
        SERVER_HAS = "saved {}, the server has {}", "已保存 {}，服务器现有 {}";
        SERVER_PURGED = "saved {}, the server has purged {}", "已保存 {}，服务器已清除 {}";

        AFTER_SET = "after {} ({})", "{} 之后（{}）";
        AT_PLACE = "{} ({})", "{}（{}）";
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
