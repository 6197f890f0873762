//! Messages sent one by one through the client's own producer, which writes the
//! message trace. A batch's trace could be found neither by message id nor by
//! key.

use bytes::Bytes;
use rocketmq_client_rust::DefaultMQProducer;
use rocketmq_model::common::message::MessageTrait;
use rocketmq_model::common::message::message_queue::MessageQueue;
use rocketmq_model::common::message::message_single::Message;
use tidewire_engine::doors::Queue;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::message::{MessageView, properties};
use tidewire_words::Sentence;

use crate::remote::describe;
use crate::said_queue;
use crate::words::fault;

/// Sends one message; returns its offset.
pub(super) async fn send(
    producer: &DefaultMQProducer,
    queue: &Queue,
    view: &MessageView<'_>,
    body: Bytes,
) -> PipelineResult<i64> {
    let mut message = Message::builder().topic(&*queue.topic).body(body).build_unchecked();
    for (name, value) in properties(view.properties) {
        message.put_property(name.into(), value.into());
    }
    let target = MessageQueue::from_parts(&*queue.topic, &*queue.broker, queue.id);
    let result = Box::pin(producer.send_to_queue(message, target))
        .await
        .map_err(|error| describe(&error, said_queue(queue, fault::QUEUE)))?;
    result.and_then(|result| i64::try_from(result.queue_offset).ok()).ok_or_else(|| {
        let detail = Sentence::of_messages(fault::NO_OFFSET, &[&said_queue(queue, fault::QUEUE)]);
        PipelineError::new(ErrorKind::SinkUnreachable, detail)
    })
}
