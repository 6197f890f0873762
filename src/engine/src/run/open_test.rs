//! The checkpoint to begin with, on a target that lost messages.

use std::sync::Mutex;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::open::choose_checkpoint;
use crate::checkpoint::{Checkpoint, Position, QueueMark, SchemaVersion};
use crate::doors::{Queue, Sink, Store, Stored, TailChunk};
use crate::endpoint::DatasourceKind;
use crate::error::PipelineResult;
use crate::project::{Limits, Origin, ProjectOptions, ProjectSpec, StartPoint, TableMapping};
use tidewire_words::Sentence;

/// A topic of one queue that holds nothing of ours.
struct Target;

fn ready<T: Send + 'static>(value: T) -> BoxFuture<'static, PipelineResult<T>> {
    async move { Ok(value) }.boxed()
}

impl Sink for Target {
    fn open(&self) -> BoxFuture<'_, PipelineResult<()>> {
        ready(())
    }
    fn queues<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, PipelineResult<Vec<Queue>>> {
        ready(vec![Queue { topic: topic.into(), broker: "b".into(), id: 0 }])
    }
    fn brokers(&self) -> BoxFuture<'_, PipelineResult<Vec<String>>> {
        ready(vec!["b".to_owned()])
    }
    fn send<'a>(&'a self, _: &'a Queue, _: Bytes, _: usize) -> BoxFuture<'a, PipelineResult<Stored>> {
        unreachable!("nothing is sent here")
    }
    fn end_offset<'a>(&'a self, _: &'a Queue) -> BoxFuture<'a, PipelineResult<i64>> {
        ready(0)
    }
    fn is_settled(&self) -> BoxFuture<'_, PipelineResult<bool>> {
        ready(true)
    }
    fn read<'a>(&'a self, _: &'a Queue, _: i64) -> BoxFuture<'a, PipelineResult<TailChunk>> {
        ready(TailChunk { count: 1, next: 1, ..TailChunk::default() })
    }
    fn close(&self) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }
}

/// Keeps checkpoints, newest first.
#[derive(Default)]
struct Kept(Mutex<Vec<Checkpoint>>);

impl Store for Kept {
    fn load(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Sentence>> {
        async { Ok(self.0.lock().unwrap().clone()) }.boxed()
    }
    fn save(&self, newest: Checkpoint, _: Vec<SchemaVersion>) -> BoxFuture<'_, Result<(), Sentence>> {
        self.0.lock().unwrap().insert(0, newest);
        async { Ok(()) }.boxed()
    }
    fn rewind(&self, to: Checkpoint, now: Checkpoint) -> BoxFuture<'_, Result<(), Sentence>> {
        let mut kept = self.0.lock().unwrap();
        let place = kept.iter().position(|one| *one == to).unwrap();
        kept.drain(..place);
        kept.insert(0, now);
        async { Ok(()) }.boxed()
    }
    fn schemas(&self) -> BoxFuture<'_, Result<Vec<SchemaVersion>, Sentence>> {
        async { Ok(Vec::new()) }.boxed()
    }
}

/// At an offset of the log, with so many messages in the queue.
fn at(offset: u64, next: i64) -> Checkpoint {
    let queue = QueueMark {
        topic: "t".to_owned(),
        broker: "b".to_owned(),
        queue: 0,
        scan_from: next,
        next,
        witness: None,
        early_below: None,
    };
    Checkpoint {
        position: Position { file: "log.000001".to_owned(), offset, ..Position::default() },
        within: None,
        sequence: 0,
        queues: vec![queue],
        schema_version: 0,
        confirmed_before: None,
        clean: true,
        saved_at: 0,
    }
}

fn spec() -> ProjectSpec {
    let table = TableMapping {
        database: "d".to_owned(),
        table: "t".to_owned(),
        topic: "t".to_owned(),
        shard_columns: Vec::new(),
        columns: Vec::new(),
        row_filter: String::new(),
    };
    ProjectSpec {
        id: "np_1".to_owned(),
        name: "orders".to_owned(),
        origin: Origin { kind: DatasourceKind::Mysql, tenant: None, cluster: None },
        start: StartPoint::Now,
        options: ProjectOptions::default(),
        tables: vec![table],
        limits: Limits::default(),
    }
}

/// Opens a target that ends here; gives the place that is read from, and up to
/// where rows go out again.
async fn opened(store: &Kept, end: i64) -> (u64, Option<u64>) {
    let checkpoints = store.load().await.unwrap();
    let queues = [(Queue { topic: "t".into(), broker: "b".into(), id: 0 }, end)];
    let (spec, mut warnings) = (spec(), Vec::new());
    let chosen =
        choose_checkpoint(&spec, &Target, &checkpoints, &queues, store, &mut warnings).await.unwrap();
    assert_eq!(store.load().await.unwrap()[0], chosen, "what is begun with is what is saved");
    (chosen.position.offset, chosen.confirmed_before.map(|before| before.position.offset))
}

#[tokio::test]
async fn what_was_confirmed_before_a_loss_is_remembered_until_it_is_passed() {
    let store = Kept(Mutex::new(vec![at(900, 90), at(500, 50), at(100, 10)]));
    assert_eq!(opened(&store, 90).await, (900, None));
    assert_eq!(opened(&store, 60).await, (500, Some(900)));
    // The next run begins there, too, whatever ended this one.
    assert_eq!(opened(&store, 60).await, (500, Some(900)));
    // Another loss, before the first is made good.
    assert_eq!(opened(&store, 20).await, (100, Some(900)));
}
