//! The engine's door to the state database: [`doors::Store`].

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tidewire_engine::checkpoint::{Checkpoint, SchemaVersion};
use tidewire_engine::doors;
use tidewire_words::Sentence;

use crate::store::{Store, StoreError, checkpoint};
use crate::text::store as say;

/// Checkpoints of one project.
#[derive(Clone, Debug)]
pub struct StoredCheckpoints {
    store: Store,
    project: String,
}

impl StoredCheckpoints {
    /// The checkpoints of a project.
    #[must_use]
    pub fn new(store: Store, project: String) -> Self {
        Self { store, project }
    }
}

/// The reason, as it is filled into the sentence that the state database failed.
fn reason(error: &StoreError) -> Sentence {
    match error {
        StoreError::Sqlite(said) => said.to_string().into(),
        StoreError::Corrupt(what) => Sentence::new(say::STORED_VALUE, &[what]),
        StoreError::Newer { found, known } => {
            Sentence::new(say::STORE_NEWER, &[&found.to_string(), &known.to_string()])
        }
        StoreError::Unwritable(path) => Sentence::new(say::STORE_UNWRITABLE, &[&path.display().to_string()]),
        StoreError::Closed => say::STORE_CLOSED.into(),
    }
}

impl doors::Store for StoredCheckpoints {
    fn load(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Sentence>> {
        let project = self.project.clone();
        async move {
            self.store
                .read(move |c| checkpoint::list(c, &project))
                .await
                .map_err(|error: StoreError| reason(&error))
        }
        .boxed()
    }

    fn save(&self, newest: Checkpoint, schemas: Vec<SchemaVersion>) -> BoxFuture<'_, Result<(), Sentence>> {
        let project = self.project.clone();
        async move {
            self.store
                .write(move |tx| checkpoint::save(tx, &project, &newest, &schemas))
                .await
                .map_err(|error: StoreError| reason(&error))
        }
        .boxed()
    }

    fn rewind(&self, to: Checkpoint) -> BoxFuture<'_, Result<(), Sentence>> {
        let project = self.project.clone();
        async move {
            self.store
                .write(move |tx| checkpoint::rewind(tx, &project, &to))
                .await
                .map_err(|error: StoreError| reason(&error))
        }
        .boxed()
    }

    fn schemas(&self) -> BoxFuture<'_, Result<Vec<SchemaVersion>, Sentence>> {
        let project = self.project.clone();
        async move {
            self.store
                .read(move |c| checkpoint::schemas(c, &project))
                .await
                .map_err(|error: StoreError| reason(&error))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidewire_engine::checkpoint::Position;
    use tidewire_engine::doors::Store as _;

    fn at(saved_at: u64) -> Checkpoint {
        Checkpoint {
            position: Position { offset: saved_at, ..Position::default() },
            within: None,
            sequence: 0,
            queues: Vec::new(),
            schema_version: 0,
            clean: false,
            saved_at,
        }
    }

    #[tokio::test]
    async fn the_last_minute_and_at_least_the_newest_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        store.write(|tx| crate::store::project::tests::insert_blank(tx, "np_1")).await.unwrap();
        let checkpoints = StoredCheckpoints::new(store, "np_1".to_owned());
        for saved_at in [1_000, 30_000, 62_000] {
            checkpoints.save(at(saved_at), Vec::new()).await.unwrap();
        }
        let kept: Vec<u64> = checkpoints.load().await.unwrap().iter().map(|c| c.saved_at).collect();
        assert_eq!(kept, [62_000, 30_000]);
        checkpoints.save(at(1_000_000), Vec::new()).await.unwrap();
        let kept: Vec<u64> = checkpoints.load().await.unwrap().iter().map(|c| c.saved_at).collect();
        assert_eq!(kept, [1_000_000]);
        checkpoints.rewind(at(62_000)).await.unwrap();
        let kept: Vec<u64> = checkpoints.load().await.unwrap().iter().map(|c| c.saved_at).collect();
        assert_eq!(kept, [62_000]);
    }
}
