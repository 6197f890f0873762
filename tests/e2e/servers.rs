//! Servers that stories share: each is started by the first story that asks and ends with the program.

use std::future::Future;
use std::sync::LazyLock;

use anyhow::Result;
use tidewire_rig::{
    Chromedriver, MariaDb, Mysql56, OceanBase, Readers, RocketMq, RocketMqVersion, Workspace,
};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, OnceCell};

/// Outlives every story, because the OceanBase rig's tasks live on it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});
static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| Workspace::new().unwrap());
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
static ROCKETMQ: OnceCell<RocketMq> = OnceCell::const_new();
static MYSQL: OnceCell<Mysql56> = OnceCell::const_new();
static MARIADB: OnceCell<MariaDb> = OnceCell::const_new();
static OCEANBASE: OnceCell<OceanBase> = OnceCell::const_new();
static READERS: OnceCell<Readers> = OnceCell::const_new();

static CHROMEDRIVER: OnceCell<Chromedriver> = OnceCell::const_new();

/// Runs a story, alone.
pub(crate) fn story(work: impl Future<Output = Result<()>>) {
    let result = RUNTIME.block_on(async {
        let _alone = ONE_AT_A_TIME.lock().await;
        let begun = std::time::Instant::now();
        let result = Box::pin(work).await;
        println!("story took {:.1} s", begun.elapsed().as_secs_f32());
        result
    });
    if let Err(error) = result {
        panic!("{error:?}");
    }
}

pub(crate) fn workspace() -> &'static Workspace {
    &WORKSPACE
}

pub(crate) async fn rocketmq() -> Result<&'static RocketMq> {
    ROCKETMQ.get_or_try_init(|| RocketMq::start(&WORKSPACE, RocketMqVersion::V5_5_0)).await
}

pub(crate) async fn chromedriver() -> Result<&'static Chromedriver> {
    CHROMEDRIVER.get_or_try_init(|| Chromedriver::start(&WORKSPACE)).await
}

pub(crate) async fn mysql() -> Result<&'static Mysql56> {
    MYSQL.get_or_try_init(|| Mysql56::start(&WORKSPACE)).await
}

pub(crate) async fn mariadb() -> Result<&'static MariaDb> {
    MARIADB.get_or_try_init(|| MariaDb::start(&WORKSPACE)).await
}

pub(crate) async fn oceanbase() -> Result<&'static OceanBase> {
    OCEANBASE.get_or_try_init(|| OceanBase::start(&WORKSPACE)).await
}

/// Users' programs, in the zone that the product is started in.
pub(crate) async fn readers() -> Result<&'static Readers> {
    READERS.get_or_try_init(|| Readers::start(&WORKSPACE, "GMT+08:00")).await
}
