//! The four tables of the demo's shop.

/// A table and what the demo knows of it.
#[derive(Debug)]
pub struct Table {
    /// Also the name of its topic.
    pub name: &'static str,
    pub create: &'static str,
    pub columns: &'static [&'static str],
    /// How many of the first columns are the primary key.
    pub key: usize,
}

pub const TABLES: [Table; 4] = [
    Table {
        name: "orders",
        create: "CREATE TABLE shop.orders (id BIGINT NOT NULL, user_id BIGINT NOT NULL, \
                 order_no VARCHAR(32) NOT NULL, status VARCHAR(16) NOT NULL, amount DECIMAL(12,2) NOT NULL, \
                 remark VARCHAR(200), created_at DATETIME NOT NULL, PRIMARY KEY (id)) DEFAULT CHARSET utf8mb4",
        columns: &["id", "user_id", "order_no", "status", "amount", "remark", "created_at"],
        key: 1,
    },
    Table {
        name: "order_items",
        create: "CREATE TABLE shop.order_items (order_id BIGINT NOT NULL, line INT NOT NULL, \
                 sku VARCHAR(64) NOT NULL, title VARCHAR(128), quantity INT NOT NULL, \
                 price DECIMAL(10,2) NOT NULL, PRIMARY KEY (order_id, line)) DEFAULT CHARSET utf8mb4",
        columns: &["order_id", "line", "sku", "title", "quantity", "price"],
        key: 2,
    },
    Table {
        name: "users",
        create: "CREATE TABLE shop.users (id BIGINT NOT NULL, name VARCHAR(64) NOT NULL, phone VARCHAR(20), \
                 vip TINYINT NOT NULL, balance DECIMAL(14,4) NOT NULL, birthday DATE, PRIMARY KEY (id)) \
                 DEFAULT CHARSET utf8mb4",
        columns: &["id", "name", "phone", "vip", "balance", "birthday"],
        key: 1,
    },
    Table {
        name: "payments",
        create: "CREATE TABLE shop.payments (id BIGINT NOT NULL, order_id BIGINT NOT NULL, \
                 channel ENUM('alipay','wechat','card') NOT NULL, amount DECIMAL(12,2) NOT NULL, \
                 paid_at DATETIME(3) NOT NULL, detail TEXT, PRIMARY KEY (id)) DEFAULT CHARSET utf8mb4",
        columns: &["id", "order_id", "channel", "amount", "paid_at", "detail"],
        key: 1,
    },
];

pub const ORDERS: usize = 0;
pub const ITEMS: usize = 1;
pub const USERS: usize = 2;
pub const PAYMENTS: usize = 3;
