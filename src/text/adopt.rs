//! Words of the page that lets go the queues of brokers that are gone.

use tidewire_words::texts;

texts! {
    ADOPT = "Adopt the new queues", "采用新队列";
    TITLE = "Adopt the new queues for {}?", "为 {} 采用新队列？";
    WHEN = "Do this only when a broker of the project's queues was renamed, has left the cluster for good, or belongs to another cluster than the data source names now. A broker that comes back needs nothing: the project waits for it.", "仅当项目队列所在的 Broker 已改名、已永久下线，或数据源已改为另一个集群时使用。Broker 只是暂时停止时无需操作，项目会等待它恢复。";
    ORDER = "The queues of brokers that the name servers do not know any more are given up, and the keys are spread anew over the queues that the topics have when the project goes on. Newer changes of a key can then be consumed before older ones that are still in a given-up queue: let consumers finish those first.", "NameServer 上已不存在的 Broker 的队列将被放弃，项目继续时按各 Topic 当时的队列重新分配键。若旧队列中还有未消费的消息，同一键的新变更可能先于旧变更被消费，请先让消费者消费完旧队列。";
    REPEATED = "Changes that were sent to a given-up queue behind the saved position go out once more.", "已发送到被放弃队列、但尚未计入保存位点的变更会再发送一次。";
}
