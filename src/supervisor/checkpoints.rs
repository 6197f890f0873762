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

    fn rewind(&self, to: Checkpoint, now: Checkpoint) -> BoxFuture<'_, Result<(), Sentence>> {
        let project = self.project.clone();
        async move {
            self.store
                .write(move |tx| checkpoint::rewind(tx, &project, &to, &now))
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
    use tidewire_engine::doors::{CHECKPOINTS, Store as _};
    use tidewire_engine::identity::TableName;

    fn at(saved_at: u64) -> Checkpoint {
        Checkpoint {
            position: Position { offset: saved_at, ..Position::default() },
            within: None,
            sequence: 0,
            queues: Vec::new(),
            schema_version: 0,
            confirmed_before: None,
            clean: false,
            saved_at,
        }
    }

    #[tokio::test]
    async fn the_newest_are_kept_whatever_the_clock_says() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        store.write(|tx| crate::store::project::tests::insert_blank(tx, "np_1")).await.unwrap();
        let checkpoints = StoredCheckpoints::new(store, "np_1".to_owned());
        for number in 0..u64::from(CHECKPOINTS) + 5 {
            // The clock falls all the time.
            checkpoints.save(at(1_000_000_000 - number * 3_600_000), Vec::new()).await.unwrap();
        }
        let kept = checkpoints.load().await.unwrap();
        assert_eq!(kept.len(), CHECKPOINTS as usize);
        assert!(kept.windows(2).all(|pair| pair[0].saved_at < pair[1].saved_at));
        let now = at(7);
        checkpoints.rewind(kept[7].clone(), now.clone()).await.unwrap();
        let left = checkpoints.load().await.unwrap();
        assert_eq!((&left[0], &left[1..]), (&now, &kept[7..]));
    }

    #[tokio::test]
    async fn versions_stay_as_long_as_a_checkpoint_needs_them() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        store.write(|tx| crate::store::project::tests::insert_blank(tx, "np_1")).await.unwrap();
        let checkpoints = StoredCheckpoints::new(store, "np_1".to_owned());
        let version = |version: u64| SchemaVersion {
            version,
            database: "d".to_owned(),
            table: "t".to_owned(),
            valid_from: Position::default(),
            body: "{}".to_owned(),
        };
        for number in 1..=3 {
            let checkpoint = Checkpoint { schema_version: number, ..at(number) };
            checkpoints.save(checkpoint, vec![version(number)]).await.unwrap();
        }
        let kept = |versions: Vec<SchemaVersion>| versions.iter().map(|one| one.version).collect::<Vec<_>>();
        assert_eq!(kept(checkpoints.schemas().await.unwrap()), [1, 2, 3]);
        for number in 4..u64::from(CHECKPOINTS) + 4 {
            checkpoints.save(Checkpoint { schema_version: 3, ..at(number) }, Vec::new()).await.unwrap();
        }
        checkpoints.save(Checkpoint { schema_version: 4, ..at(99) }, vec![version(4)]).await.unwrap();
        assert_eq!(kept(checkpoints.schemas().await.unwrap()), [3, 4]);
    }

    #[tokio::test]
    async fn a_definition_that_waits_replaces_no_version_that_is_needed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        store.write(|tx| crate::store::project::tests::insert_blank(tx, "np_1")).await.unwrap();
        let checkpoints = StoredCheckpoints::new(store.clone(), "np_1".to_owned());
        let version = |version: u64, table: &str| SchemaVersion {
            version,
            database: "d".to_owned(),
            table: table.to_owned(),
            valid_from: Position::default(),
            body: "{}".to_owned(),
        };
        checkpoints.save(Checkpoint { schema_version: 1, ..at(1) }, vec![version(1, "t")]).await.unwrap();
        let define = || {
            store.write(|tx| {
                let table = TableName::new("d", "t");
                checkpoint::define(tx, "np_1", &table, &Position::default(), "{\"pending\":true}")
            })
        };
        assert_eq!([define().await.unwrap(), define().await.unwrap()], [2, 3]);
        let kept = |versions: Vec<SchemaVersion>| versions.iter().map(|one| one.version).collect::<Vec<_>>();
        assert_eq!(kept(checkpoints.schemas().await.unwrap()), [1, 3], "the newer definition stays");
        // Another table goes on: the version that the waiting table is read with stays.
        for number in 2..u64::from(CHECKPOINTS) + 3 {
            let checkpoint = Checkpoint { schema_version: 4, ..at(number) };
            checkpoints.save(checkpoint, vec![version(4, "other")]).await.unwrap();
        }
        assert_eq!(kept(checkpoints.schemas().await.unwrap()), [1, 3, 4]);
        // The definition is used: what came before it goes with it.
        for number in 2..u64::from(CHECKPOINTS) + 3 {
            let checkpoint = Checkpoint { schema_version: 5, ..at(number) };
            checkpoints.save(checkpoint, vec![version(5, "t")]).await.unwrap();
        }
        assert_eq!(kept(checkpoints.schemas().await.unwrap()), [4, 5]);
    }
    #[tokio::test]
    async fn tables_that_are_gone_and_rewound_versions_leave_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        store.write(|tx| crate::store::project::tests::insert_blank(tx, "np_1")).await.unwrap();
        let checkpoints = StoredCheckpoints::new(store, "np_1".to_owned());
        let version = |version: u64, table: &str, body: &str| SchemaVersion {
            version,
            database: "d".to_owned(),
            table: table.to_owned(),
            valid_from: Position::default(),
            body: body.to_owned(),
        };
        let gone = r#"{"shape":"gone","known_by":"statement"}"#;
        let save = async |number: u64, versions: Vec<SchemaVersion>| {
            let schema_version = versions.iter().map(|one| one.version).max().unwrap_or(3);
            checkpoints.save(Checkpoint { schema_version, ..at(number) }, versions).await.unwrap();
        };
        save(1, vec![version(1, "t", "{}"), version(2, "side", "{}")]).await;
        save(2, vec![version(3, "side", gone)]).await;
        let kept = async || -> Vec<u64> {
            checkpoints.schemas().await.unwrap().iter().map(|one| one.version).collect()
        };
        assert_eq!(kept().await, [1, 2, 3], "the older checkpoint needs them");
        for number in 3..u64::from(CHECKPOINTS) + 3 {
            save(number, Vec::new()).await;
        }
        save(98, vec![version(4, "t", "{}")]).await;
        assert_eq!(kept().await, [1, 4]);
        let before = checkpoints.load().await.unwrap()[1].clone();
        checkpoints.rewind(before.clone(), before).await.unwrap();
        assert_eq!(kept().await, [1]);
    }
}
