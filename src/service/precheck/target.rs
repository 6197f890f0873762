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
            self.item("MQ_TOPIC_EXIST", self.topics()).await;
        } else {
            self.not_checked(&["MQ_TOPIC_EXIST"], text::MQ_CONNECT);
        }
    }

    async fn topics(&self) -> Found {
        let wanted: BTreeSet<&String> = self.tables.iter().map(|table| &table.topic).collect();
        let (mut absent, mut closed) = (Vec::new(), Vec::new());
        for name in wanted {
            match self.engine.topic(self.target.clone(), name.clone()).await? {
                None => absent.push(name.clone()),
                Some(topic) if topic.writable_queues == 0 => closed.push(name.clone()),
                Some(_) => {}
            }
        }
        if absent.is_empty() && !closed.is_empty() {
            let reason = Message::new(text::NO_QUEUE, &[&closed.join(", ")]);
            return Ok(Finding::Fail(reason, text::NO_QUEUE_REMEDY.into()));
        }
        Ok(missing(&absent, text::TOPIC_REMEDY))
    }
}
