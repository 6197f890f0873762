//! Items that ask RocketMQ.

use std::collections::BTreeSet;

use crate::model::lang::Message;
use crate::text::precheck as text;

use super::{Check, Finding, Found, missing};

impl Check {
    pub(super) async fn target_side(&self) {
        let mut connected = false;
        let connect = self.item("MQ_CONNECT", async {
            self.engine.topics(self.target.clone()).await?;
            connected = true;
            Ok(Finding::Fine(None))
        });
        connect.await;
        if connected {
            let mut unordered = Vec::new();
            self.item("MQ_TOPIC_EXIST", self.topics(&mut unordered)).await;
            self.item("MQ_TOPIC_ORDER", async { Ok(order(&unordered)) }).await;
        } else {
            self.not_checked(&["MQ_TOPIC_EXIST", "MQ_TOPIC_ORDER"], text::MQ_CONNECT);
        }
    }

    async fn topics(&self, unordered: &mut Vec<String>) -> Found {
        let wanted: BTreeSet<&String> = self.tables.iter().map(|table| &table.topic).collect();
        let (mut absent, mut closed) = (Vec::new(), Vec::new());
        for name in wanted {
            match self.engine.topic(self.target.clone(), name.clone()).await? {
                None => absent.push(name.clone()),
                Some(topic) if topic.writable_queues == 0 => closed.push(name.clone()),
                Some(topic) => {
                    if topic.message_type.is_some_and(|kind| kind != "FIFO") {
                        unordered.push(name.clone());
                    }
                }
            }
        }
        if absent.is_empty() && !closed.is_empty() {
            let reason = Message::new(text::NO_QUEUE, &[&closed.join(", ")]);
            return Ok(Finding::Fail(reason, text::NO_QUEUE_REMEDY.into()));
        }
        Ok(missing(&absent, text::TOPIC_REMEDY))
    }
}

fn order(unordered: &[String]) -> Finding {
    if unordered.is_empty() {
        return Finding::Fine(None);
    }
    Finding::Warn(Message::new(text::UNORDERED, &[&unordered.join(", ")]), text::UNORDERED_REMEDY)
}
