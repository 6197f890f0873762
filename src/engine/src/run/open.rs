//! Everything that has to be known before rows can flow: the queues, the
//! checkpoint to begin with, what the queues' tails hold already, and the place
//! in the source.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tidewire_words::Sentence;
use tokio::time::{Instant, sleep};

use crate::checkpoint::{Checkpoint, Confirmed, QueueMark, Witness};
use crate::doors::{Queue, Sink, Store, TailRow};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::lanes::QueueStart;
use crate::planted::{self, Planted};
use crate::project::ProjectSpec;
use crate::words::fault;

use super::earlier::Stand;
use super::table::TopicLanes;

/// After a run that did not end in order this many looks in a row, this far
/// apart, must agree before the queues' ends are believed: brokers build the
/// queues a moment after they store, and a while after they were killed.
const SETTLED_LOOKS: u32 = 4;
const SETTLE: Duration = Duration::from_millis(500);
const SETTLE_LIMIT: Duration = Duration::from_secs(15);

/// What the sink side begins with.
pub(super) struct Opening {
    /// Every queue with its end and where the checkpoint's scan began.
    pub(super) queues: Vec<QueueStart>,
    /// Lanes of each topic.
    pub(super) topics: HashMap<String, TopicLanes>,
    /// The checkpoint to begin with.
    pub(super) checkpoint: Checkpoint,
    /// Our messages that stand behind the checkpoint already.
    pub(super) stored: HashMap<u128, Stand>,
    /// Whether messages were lost that had been confirmed, and what takes their
    /// place comes behind later ones.
    pub(super) loss: bool,
    /// Marks of the checkpoint whose topics the project does not use now.
    pub(super) aside: Vec<QueueMark>,
    /// Things the operator should know.
    pub(super) warnings: Vec<Sentence>,
}

/// Prepares the sink side of a run.
///
/// `lost`: a run before this one saw that a broker had lost messages.
///
/// # Errors
/// Topics that are missing or can't be written to; brokers that can't be reached.
pub(super) async fn open_sink(
    spec: &ProjectSpec,
    sink: &dyn Sink,
    store: &dyn Store,
    checkpoints: Vec<Checkpoint>,
    lost: bool,
) -> PipelineResult<Opening> {
    let saved = checkpoints.first().map(|newest| newest.queues.as_slice()).unwrap_or_default();
    let mut warnings = Vec::new();
    let (lanes, topics) = choose_queues(spec, sink, saved, &mut warnings).await?;
    let queues = read_ends(sink, lanes, checkpoints.first()).await?;
    let checkpoint = choose_checkpoint(spec, sink, &checkpoints, &queues, store, &mut warnings).await?;
    let made_good = |mark: &QueueMark| mark.early_below.is_some();
    let loss = lost || checkpoint.confirmed_before.is_some() || checkpoint.queues.iter().any(made_good);
    let Tails { stored, newest } = scan_tails(spec, sink, &checkpoint, &queues, &mut warnings).await?;
    let start = |(queue, end): (Queue, i64)| {
        let mark = mark_of(&checkpoint, &queue);
        // With nothing of ours behind the checkpoint there is nothing to keep in sight.
        let scan_from = mark.filter(|_| !stored.is_empty()).map_or(end, |mark| mark.scan_from);
        // What was read back counts as held from now on: its loss has to be noticed, too.
        let witness = newest.get(&queue).copied().or_else(|| mark.and_then(|mark| mark.witness));
        let early_below = loss.then(|| mark.and_then(|mark| mark.early_below).unwrap_or(0));
        QueueStart { queue, end, scan_from, witness, early_below }
    };
    let queues = queues.into_iter().map(start).collect();
    let aside = checkpoint.queues.iter().filter(|mark| !topics.contains_key(&mark.topic)).cloned().collect();
    Ok(Opening { queues, topics, checkpoint, stored, loss, aside, warnings })
}

/// The queue list of every topic: the saved one while it still holds. A broker
/// that is down keeps its queues: their keys wait for it.
async fn choose_queues(
    spec: &ProjectSpec,
    sink: &dyn Sink,
    saved: &[QueueMark],
    warnings: &mut Vec<Sentence>,
) -> PipelineResult<(Vec<Queue>, HashMap<String, TopicLanes>)> {
    let names: BTreeSet<&str> = spec.tables.iter().map(|table| table.topic.as_str()).collect();
    let mut lanes = Vec::new();
    let mut topics = HashMap::new();
    for topic in names {
        let known: Vec<Queue> = saved
            .iter()
            .filter(|mark| mark.topic == topic)
            .map(|mark| Queue { topic: topic.into(), broker: mark.broker.as_str().into(), id: mark.queue })
            .collect();
        let current = sink.queues(topic).await;
        if current.as_ref().is_ok_and(|current| *current == known) || known.is_empty() {
            let current = current?;
            topics.insert(topic.to_owned(), TopicLanes { first: lanes.len(), count: current.len() });
            lanes.extend(current);
            continue;
        }
        let up = sink.brokers().await?;
        if let Some(down) = known.iter().find(|queue| !up.iter().any(|name| **name == *queue.broker)) {
            let detail = Sentence::new(fault::BROKER_DOWN, &[&down.broker, topic]);
            return Err(PipelineError::new(ErrorKind::BrokerAway, detail));
        }
        // A broker that came up between the two questions has brought its queues with it.
        let current = sink.queues(topic).await?;
        if current == known {
            topics.insert(topic.to_owned(), TopicLanes { first: lanes.len(), count: current.len() });
            lanes.extend(current);
            continue;
        }
        let [had, has] = [known.len(), current.len()].map(|count| count.to_string());
        let note = Sentence::new(fault::QUEUE_COUNT, &[topic, &had, &has]);
        log::warn!(project = spec.id.as_str(); "project {}: {}; the new list is adopted", spec.name, note.en);
        warnings.push(note);
        topics.insert(topic.to_owned(), TopicLanes { first: lanes.len(), count: current.len() });
        lanes.extend(current);
    }
    Ok((lanes, topics))
}

/// Ends of all queues. Unless the last run ended in order, they count only once
/// several looks agree, no broker has messages left to sort in, and every queue
/// reaches what was confirmed, or time is up.
async fn read_ends(
    sink: &dyn Sink,
    lanes: Vec<Queue>,
    newest: Option<&Checkpoint>,
) -> PipelineResult<Vec<(Queue, i64)>> {
    let floor = |queue: &Queue| newest.and_then(|newest| mark_of(newest, queue)).map_or(0, |mark| mark.next);
    let orderly = newest.is_none_or(|newest| newest.clean) || planted::is(Planted::EndsAtOnce);
    let limit = Instant::now() + SETTLE_LIMIT;
    let (mut last, mut agreed): (Option<Vec<i64>>, u32) = (None, 0);
    loop {
        let mut ends = Vec::with_capacity(lanes.len());
        for queue in &lanes {
            ends.push(sink.end_offset(queue).await?);
        }
        let reached = lanes.iter().zip(&ends).all(|(queue, end)| *end >= floor(queue));
        let quiet = last.as_ref() == Some(&ends) && (orderly || sink.is_settled().await?);
        agreed = if quiet { agreed + 1 } else { 1 };
        if (reached && (orderly || agreed >= SETTLED_LOOKS)) || Instant::now() > limit {
            return Ok(lanes.into_iter().zip(ends).collect());
        }
        last = Some(ends);
        sleep(SETTLE).await;
    }
}

/// The newest checkpoint that every queue still reaches. A queue that ends
/// before an offset that was confirmed has lost messages.
pub(super) async fn choose_checkpoint(
    spec: &ProjectSpec,
    sink: &dyn Sink,
    checkpoints: &[Checkpoint],
    queues: &[(Queue, i64)],
    store: &dyn Store,
    warnings: &mut Vec<Sentence>,
) -> PipelineResult<Checkpoint> {
    let newest =
        checkpoints.first().ok_or_else(|| PipelineError::new(ErrorKind::Internal, fault::NO_CHECKPOINT))?;
    let loss = first_loss(sink, newest, queues).await?.filter(|_| !planted::is(Planted::RewindForgotten));
    let Some((queue, end)) = loss else { return Ok(newest.clone()) };
    let mut reached = None;
    for checkpoint in checkpoints.iter().skip(1) {
        if first_loss(sink, checkpoint, queues).await?.is_none() {
            reached = Some(checkpoint);
            break;
        }
    }
    let (chosen, text) = match reached {
        Some(chosen) => (chosen, fault::LOST_AGAIN),
        None => (checkpoints.last().unwrap_or(newest), fault::LOST_FOR_GOOD),
    };
    let (number, end) = (queue.id.to_string(), end.to_string());
    let note = Sentence::new(text, &[&queue.broker, &queue.topic, &number, &end]);
    log::error!(project = spec.id.as_str(); "project {}: {}", spec.name, note.en);
    warnings.push(note);
    let store_failed = |error| PipelineError::new(ErrorKind::StoreFailed, error);
    let now = Checkpoint { confirmed_before: Some(reached_by(newest)), ..chosen.clone() };
    store.rewind(chosen.clone(), now.clone()).await.map_err(store_failed)?;
    Ok(now)
}

/// Up to where everything was confirmed once. Another loss before an earlier one
/// is made good moves that place no further.
fn reached_by(newest: &Checkpoint) -> Confirmed {
    newest
        .confirmed_before
        .clone()
        .unwrap_or_else(|| Confirmed { position: newest.position.clone(), within: newest.within.clone() })
}

fn mark_of<'c>(checkpoint: &'c Checkpoint, queue: &Queue) -> Option<&'c QueueMark> {
    checkpoint
        .queues
        .iter()
        .find(|mark| *mark.topic == *queue.topic && *mark.broker == *queue.broker && mark.queue == queue.id)
}

/// The first queue that lost messages which a checkpoint counts as stored, with
/// its end: it ends too early, or holds another message where ours was.
async fn first_loss<'q>(
    sink: &dyn Sink,
    checkpoint: &Checkpoint,
    queues: &'q [(Queue, i64)],
) -> PipelineResult<Option<&'q (Queue, i64)>> {
    for found in queues {
        let (queue, end) = found;
        let Some(mark) = mark_of(checkpoint, queue) else { continue };
        let lost = match mark.witness {
            _ if mark.next > *end => true,
            Some(_) if planted::is(Planted::WitnessUnasked) => false,
            Some(witness) => !holds(sink, queue, witness).await?,
            None => false,
        };
        if lost {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Whether a queue still holds a message. One that has expired meanwhile counts
/// as held: brokers drop messages from the front.
async fn holds(sink: &dyn Sink, queue: &Queue, witness: Witness) -> PipelineResult<bool> {
    let chunk = sink.read(queue, witness.offset).await?;
    Ok(match chunk.rows.iter().find(|row| row.offset == witness.offset) {
        Some(row) => row.id == witness.id,
        None => chunk.first != Some(witness.offset),
    })
}

/// What stands behind a checkpoint already.
#[derive(Default)]
struct Tails {
    /// Ids of our messages, and where each stands last.
    stored: HashMap<u128, Stand>,
    /// The newest of them in each queue.
    newest: HashMap<Queue, Witness>,
}

/// Reads back what stands behind the checkpoint in each queue, message by
/// message, because a batch can be stored in part.
async fn scan_tails(
    spec: &ProjectSpec,
    sink: &dyn Sink,
    checkpoint: &Checkpoint,
    queues: &[(Queue, i64)],
    warnings: &mut Vec<Sentence>,
) -> PipelineResult<Tails> {
    let mut tails = Tails::default();
    let mut read = 0;
    for (number, (queue, end)) in queues.iter().enumerate() {
        let Some(mark) = mark_of(checkpoint, queue) else { continue };
        let early = mark.early_below.unwrap_or(0);
        let mut from = if planted::is(Planted::TailFromNext) { mark.next } else { mark.scan_from };
        while from < *end - i64::from(planted::is(Planted::TailReadShort)) {
            if read >= spec.limits.tail_max_messages {
                let note = Sentence::new(fault::LONG_TAILS, &[&read.to_string()]);
                log::warn!(project = spec.id.as_str(); "project {}: {}", spec.name, note.en);
                warnings.push(note);
                return Ok(tails);
            }
            let chunk = sink.read(queue, from).await?;
            read += chunk.count;
            for TailRow { offset, id, .. } in chunk.rows.into_iter().filter(|row| row.project == spec.id) {
                if offset >= early {
                    tails.stored.insert(id, Stand { queue: number, offset });
                }
                tails.newest.insert(queue.clone(), Witness { offset, id });
            }
            if chunk.next <= from {
                // Not readable yet; the end was there a moment ago.
                let detail = Sentence::new(fault::NOT_READ_BACK, &[&queue.topic, &queue.id.to_string()]);
                return Err(PipelineError::new(ErrorKind::SinkUnreachable, detail));
            }
            from = chunk.next;
        }
    }
    if read > 0 {
        log::info!(project = spec.id.as_str();
            "project {}: {read} messages read back, {} of them ours and not confirmed before",
            spec.name,
            tails.stored.len()
        );
    }
    Ok(tails)
}

/// Whether the topics still have the queues that the lanes were made for.
///
/// # Errors
/// [`ErrorKind::QueuesChanged`] when not.
pub(super) async fn check_queues(sink: Arc<dyn Sink>, lanes: Vec<Queue>) -> PipelineResult<()> {
    let topics: BTreeSet<Arc<str>> = lanes.iter().map(|queue| Arc::clone(&queue.topic)).collect();
    for topic in topics {
        let current = match sink.queues(&topic).await {
            Ok(current) => current,
            // Brokers go on taking messages for it; only the route tells.
            Err(error) if error.kind == ErrorKind::TopicNotWritable => return Err(error),
            Err(_) => continue,
        };
        let frozen = lanes.iter().filter(|queue| queue.topic == topic);
        if frozen.eq(current.iter()) {
            continue;
        }
        // Fewer queues because a broker is down is not a change of the list.
        let up = sink.brokers().await?;
        if lanes.iter().all(|queue| up.iter().any(|name| **name == *queue.broker)) {
            return Err(PipelineError::new(ErrorKind::QueuesChanged, topic.to_string()));
        }
    }
    Ok(())
}
