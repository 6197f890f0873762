//! Items that ask RocketMQ.

use std::collections::BTreeSet;

use crate::text::precheck as text;

use super::{Check, Finding, Found, about, missing};

impl Check {
    pub(super) async fn target_side(&self) {
        let mut connected = false;
        let connect = self.item("MQ_CONNECT", async {
            self.engine.topics(self.target.clone()).await?;
            connected = true;
            for topic in self.wanted() {
                self.engine.road(self.target.clone(), topic.clone(), self.group.clone()).await?;
            }
            Ok(Finding::Fine(None))
        });
        connect.await;
        if connected {
            tokio::join!(
                self.item("MQ_TOPIC_EXIST", self.topics()),
                self.item("MQ_TOPIC_ORDER", async { Ok(self.order().await) }),
            );
        } else {
            self.not_checked(&["MQ_TOPIC_EXIST", "MQ_TOPIC_ORDER"], text::MQ_CONNECT);
        }
    }

    fn wanted(&self) -> BTreeSet<&String> {
        self.tables.iter().map(|table| &table.topic).collect()
    }

    async fn topics(&self) -> Found {
        let (mut absent, mut closed) = (Vec::new(), Vec::new());
        for name in self.wanted() {
            match self.engine.topic(self.target.clone(), name.clone()).await? {
                None => absent.push(name.clone()),
                Some(topic) if topic.writable_queues == 0 => closed.push(name.clone()),
                Some(_) => {}
            }
        }
        if absent.is_empty() && !closed.is_empty() {
            let reason = about(text::NO_QUEUE, &closed);
            return Ok(Finding::Fail(reason, text::NO_QUEUE_REMEDY.into()));
        }
        Ok(missing(&absent, text::TOPIC_REMEDY))
    }

    /// A broker that does not tell is not asked on: nothing that is sent depends
    /// on it, so it must not hold up a start.
    async fn order(&self) -> Finding {
        let mut unordered = Vec::new();
        for name in self.wanted() {
            match self.engine.message_type(self.target.clone(), name.clone()).await {
                Ok(Some(kind)) if kind != "FIFO" => unordered.push(name.clone()),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        if unordered.is_empty() {
            return Finding::Fine(None);
        }
        Finding::Warn(about(text::UNORDERED, &unordered), text::UNORDERED_REMEDY)
    }
}
