//! Apache RocketMQ: one name server and one broker, and what tests do to them.

mod account;
pub(crate) mod classes;
mod client;
mod message;
mod server;

pub use account::Account;
pub use message::{QueueRange, StoredMessage};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::certificates::Certificate;
use crate::install::RocketMqVersion;
use crate::jvm::Jvm;
use crate::process::{Process, lock};
use crate::workspace::Workspace;
use server::Classes;

/// Topic permission: readable and writable.
pub const PERM_BOTH: u8 = 6;

/// A running RocketMQ; everything ends with the handle.
#[derive(Debug)]
pub struct RocketMq {
    version: RocketMqVersion,
    folder: PathBuf,
    name_server_port: u16,
    broker_port: u16,
    broker_name: String,
    client: Jvm,
    name_server: Mutex<Option<Process>>,
    broker: Mutex<Option<Process>>,
    _workspace: Workspace,
}

impl RocketMq {
    pub async fn start(workspace: &Workspace, version: RocketMqVersion) -> Result<Self> {
        Self::start_with(workspace, version, "").await
    }

    /// Starts with further lines for `broker.properties`, which win over the rig's own.
    pub async fn start_with(
        workspace: &Workspace,
        version: RocketMqVersion,
        broker_settings: &str,
    ) -> Result<Self> {
        Self::launch(workspace, version, broker_settings, None, None).await
    }

    /// Starts name server and broker with this certificate, and neither takes plain connections.
    pub async fn start_with_tls(
        workspace: &Workspace,
        version: RocketMqVersion,
        certificate: &Certificate,
        authority: &Path,
    ) -> Result<Self> {
        Self::launch(workspace, version, "", None, Some((certificate, authority))).await
    }

    /// Starts with access control on: ACL 2.0 on version 5, `plain_acl.yml` on version 4. The keys
    /// may do everything, the accounts what they were granted; secrets need six characters or more.
    pub async fn start_with_keys(
        workspace: &Workspace,
        version: RocketMqVersion,
        keys: (&str, &str),
        accounts: &[Account<'_>],
    ) -> Result<Self> {
        let keys = Some((keys, accounts));
        Self::launch(workspace, version, "", keys, None).await
    }

    /// As [`RocketMq::start_with_keys`], and encrypted as [`RocketMq::start_with_tls`].
    pub async fn start_with_keys_and_tls(
        workspace: &Workspace,
        version: RocketMqVersion,
        keys: (&str, &str),
        accounts: &[Account<'_>],
        tls: (&Certificate, &Path),
    ) -> Result<Self> {
        Self::launch(workspace, version, "", Some((keys, accounts)), Some(tls)).await
    }

    async fn launch(
        workspace: &Workspace,
        version: RocketMqVersion,
        broker_settings: &str,
        keys: Option<((&str, &str), &[Account<'_>])>,
        tls: Option<(&Certificate, &Path)>,
    ) -> Result<Self> {
        let folder = workspace.new_folder("rocketmq")?;
        // The broker also takes the ports two below and one above its own.
        let first = workspace.free_ports()?;
        let (name_server_port, broker_port) = (first, first + 4);
        let access = keys.map(|(keys, _)| account::settings(version, keys)).unwrap_or_default();
        let settings = format!("{broker_settings}\n{access}");
        server::write_settings(&folder, name_server_port, broker_port, &settings)?;
        if let Some((keys, accounts)) = keys {
            account::write(&folder, keys, accounts)?;
        }
        if let Some((certificate, authority)) = tls {
            server::write_tls(&folder, certificate, authority)?;
        }
        let name_server = server::start_name_server(version, &folder, Classes::Use)?;
        let broker = server::start_broker(version, &folder, Classes::Use)?;
        let name_server_addr = format!("127.0.0.1:{name_server_port}");
        let broker_addr = format!("127.0.0.1:{broker_port}");
        let named = broker_settings.lines().find_map(|line| line.strip_prefix("brokerName="));
        let broker_name = named.unwrap_or(server::BROKER_NAME).to_owned();
        let mut arguments = vec![name_server_addr.as_str(), &broker_addr, &broker_name];
        arguments.extend(keys.map(|((access, secret), _)| [access, secret]).into_iter().flatten());
        let client = client::start(&folder, &arguments)?;
        client.ready().await?;
        let rocketmq = Self {
            version,
            folder,
            name_server_port,
            broker_port,
            broker_name,
            client,
            name_server: Mutex::new(Some(name_server)),
            broker: Mutex::new(Some(broker)),
            _workspace: workspace.clone(),
        };
        rocketmq.wait_for_broker().await?;
        for account in keys.iter().flat_map(|(_, accounts)| *accounts) {
            if version == RocketMqVersion::V5_5_0 {
                rocketmq.tell(account.request()).await?;
            }
        }
        Ok(rocketmq)
    }

    pub fn version(&self) -> RocketMqVersion {
        self.version
    }

    pub fn name_server(&self) -> String {
        format!("127.0.0.1:{}", self.name_server_port)
    }

    pub fn broker_addr(&self) -> String {
        format!("127.0.0.1:{}", self.broker_port)
    }

    /// Makes or changes a topic and waits until its route shows it. `perm`: 2 write, 4 read, 6 both.
    pub async fn create_topic(&self, topic: &str, queues: u32, perm: u8) -> Result<()> {
        self.tell(json!({"op": "create_topic", "topic": topic, "queues": queues, "perm": perm})).await
    }

    /// As [`RocketMq::create_topic`] with attributes such as `message.type` = `FIFO` (version 5).
    pub async fn create_topic_with(
        &self,
        topic: &str,
        queues: u32,
        attributes: &BTreeMap<&str, &str>,
    ) -> Result<()> {
        self.tell(json!({
            "op": "create_topic", "topic": topic, "queues": queues, "perm": PERM_BOTH,
            "attributes": attributes,
        }))
        .await
    }

    /// Changes settings of the running broker, such as `brokerPermission`, and has it register anew.
    pub async fn configure(&self, settings: &BTreeMap<&str, &str>) -> Result<()> {
        self.tell(json!({"op": "configure", "settings": settings})).await
    }

    /// Takes the write permission from all topics of the broker at the name server, as
    /// `mqadmin wipeWritePerm` does; a restart of the broker gives it back.
    pub async fn wipe_write_perm(&self) -> Result<()> {
        self.tell(json!({"op": "wipe_write_perm"})).await
    }

    pub async fn delete_topic(&self, topic: &str) -> Result<()> {
        self.tell(json!({"op": "delete_topic", "topic": topic})).await
    }

    /// Every message of the topic, by queue and offset.
    pub async fn dump_topic(&self, topic: &str) -> Result<Vec<StoredMessage>> {
        let mut messages = self.client.ask(json!({"op": "dump", "topic": topic}), parse).await?;
        messages.sort_unstable_by_key(|message: &StoredMessage| (message.queue, message.offset));
        Ok(messages)
    }

    /// The messages of one queue with offsets `from..to`.
    pub async fn dump_queue_range(
        &self,
        topic: &str,
        queue: i32,
        from: i64,
        to: i64,
    ) -> Result<Vec<StoredMessage>> {
        let request = json!({"op": "range", "topic": topic, "queue": queue, "from": from, "to": to});
        self.client.ask(request, parse).await
    }

    /// What each queue holds, by queue.
    pub async fn max_offsets(&self, topic: &str) -> Result<Vec<QueueRange>> {
        self.client
            .ask(json!({"op": "offsets", "topic": topic}), |line| Ok(serde_json::from_str(line)?))
            .await
    }

    /// Number of messages in the topic.
    pub async fn message_count(&self, topic: &str) -> Result<i64> {
        let ranges = self.max_offsets(topic).await?;
        Ok(ranges.iter().map(|range| range.max - range.min).sum())
    }

    /// Waits until the topic holds at least `count` messages; gives the number it holds then.
    pub async fn wait_for_count(&self, topic: &str, count: i64, limit: Duration) -> Result<i64> {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            let found = self.message_count(topic).await?;
            if found >= count {
                return Ok(found);
            }
            if tokio::time::Instant::now() > deadline {
                anyhow::bail!("topic {topic} holds {found} of {count} messages after {limit:?}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stores a message that is not the product's; gives its queue offset.
    pub async fn send(
        &self,
        topic: &str,
        queue: i32,
        body: &[u8],
        keys: Option<&str>,
        tags: Option<&str>,
        properties: &BTreeMap<String, String>,
    ) -> Result<i64> {
        let request = json!({
            "op": "send", "topic": topic, "queue": queue, "body": STANDARD.encode(body),
            "keys": keys, "tags": tags, "properties": properties,
        });
        let answers = self
            .client
            .ask(request, |line| {
                let answer: serde_json::Value = serde_json::from_str(line)?;
                answer["offset"].as_i64().context("no offset in the answer")
            })
            .await?;
        answers.first().copied().context("no answer to send")
    }

    /// Stores many foreign messages of `size` bytes, spread over all queues: a topic that others use.
    pub async fn fill(&self, topic: &str, count: u32, size: u32) -> Result<()> {
        self.tell(json!({"op": "fill", "topic": topic, "count": count, "size": size})).await
    }

    /// SIGKILL.
    pub fn kill_broker(&self) {
        drop(lock(&self.broker).take());
    }

    /// Starts the broker on its old store and waits until its topics are routed again.
    pub async fn start_broker(&self) -> Result<()> {
        self.kill_broker();
        *lock(&self.broker) = Some(server::start_broker(self.version, &self.folder, Classes::Use)?);
        self.wait_for_broker().await
    }

    /// SIGSTOP for the broker: connections stay, nothing is answered.
    pub fn freeze_broker(&self) -> Result<()> {
        lock(&self.broker).as_ref().context("the broker is down")?.freeze()
    }

    pub fn thaw_broker(&self) -> Result<()> {
        lock(&self.broker).as_ref().context("the broker is down")?.thaw()
    }

    pub fn stop_name_server(&self) {
        drop(lock(&self.name_server).take());
    }

    /// Starts the name server and waits until the broker has registered again.
    pub async fn start_name_server(&self) -> Result<()> {
        self.stop_name_server();
        *lock(&self.name_server) = Some(server::start_name_server(self.version, &self.folder, Classes::Use)?);
        self.wait_for_broker().await
    }

    async fn wait_for_broker(&self) -> Result<()> {
        // Every broker makes a topic of its own name at start.
        let result = self.tell(json!({"op": "ready", "topic": self.broker_name, "timeout_ms": 60_000})).await;
        result.with_context(|| {
            let broker = lock(&self.broker);
            let log = broker.as_ref().map(Process::last_lines).unwrap_or_default();
            format!("the broker did not come up; its log ends:\n{log}")
        })
    }

    async fn tell(&self, request: serde_json::Value) -> Result<()> {
        self.client.ask(request, |_| Ok(())).await.map(|_| ())
    }
}

fn parse(line: &str) -> Result<StoredMessage> {
    serde_json::from_str(line).with_context(|| format!("not a message: {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn only_the_key_opens(version: RocketMqVersion) -> Result<()> {
        let workspace = Workspace::new()?;
        let keys = ("rig-access", "rig-secret");
        let rocketmq = RocketMq::start_with_keys(&workspace, version, keys, &[]).await?;
        rocketmq.create_topic("orders", 2, PERM_BOTH).await?;
        let none = BTreeMap::new();
        rocketmq.send("orders", 0, b"x", None, None, &none).await?;
        assert_eq!(rocketmq.dump_topic("orders").await?.len(), 1);

        let addresses = [rocketmq.name_server(), rocketmq.broker_addr()];
        for wrong in [None, Some(["rig-access", "other-secret"])] {
            let mut arguments = vec![addresses[0].as_str(), &addresses[1], server::BROKER_NAME];
            arguments.extend(wrong.into_iter().flatten());
            let stranger = client::start(&workspace.new_folder("stranger")?, &arguments)?;
            stranger.ready().await?;
            let request = json!({
                "op": "send", "topic": "orders", "queue": 0, "body": "eA==", "properties": {},
            });
            let refused = stranger.ask(request, |_| Ok(())).await;
            assert!(refused.is_err(), "a client with {wrong:?} was let in");
        }
        Ok(())
    }

    #[tokio::test]
    async fn version_5_lets_in_by_key_only() -> Result<()> {
        only_the_key_opens(RocketMqVersion::V5_5_0).await
    }

    #[tokio::test]
    async fn version_4_lets_in_by_key_only() -> Result<()> {
        only_the_key_opens(RocketMqVersion::V4_7_1).await
    }
}
