//! An OceanBase tenant for tests: one address that behaves as OBProxy does.
//!
//! SQL goes to seekdb (OceanBase's own engine), changes go to seekdb and to MySQL 5.6, and the
//! binlog is MySQL 5.6's, converted into files of the Binlog Service's form and served from there.
//!
//! A JSON column is LONGTEXT on MySQL 5.6; the conversion makes the service's binary form of it, with
//! its reversed doubles. What differs from an OceanBase: generated columns and other things that 5.6
//! lacks are refused; `CURRENT_TIMESTAMP` and automatic numbers are made by
//! each side for itself, so tests that compare values give them explicitly; two sessions that change
//! the same row in autocommit mode may commit in different orders on the two sides (the binlog is
//! what counts); microseconds of commit times are made up. After `SET @tidewire_binlog_only = 1` a
//! session's changes go to MySQL 5.6 alone, which is faster for loading.

mod accounts;
mod auth;
mod backend;
mod catalogue;
mod convert;
mod direct;
mod dump;
mod event;
mod follow;
mod gtid_set;
mod json;
mod listener;
mod packet;
mod row;
mod service;
mod session;
mod statement;
mod store;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::mysql56::Mysql56;
use crate::seekdb::SeekDb;
use crate::sql;
use crate::workspace::Workspace;
use accounts::Accounts;
use catalogue::Catalogue;
use convert::Converter;
use follow::Follower;
use listener::Listener;
use service::Names;
use store::{Store, Writer};

/// How the tenant is set up.
#[derive(Clone, Debug)]
pub struct OceanBaseOptions {
    pub tenant: String,
    pub cluster: String,
    /// `None` admits root with any password.
    pub root_password: Option<String>,
    /// Size at which a binlog file ends, after the transaction that reaches it.
    pub file_limit: u64,
}

impl Default for OceanBaseOptions {
    fn default() -> Self {
        Self { tenant: "t1".to_owned(), cluster: "c1".to_owned(), root_password: None, file_limit: 256 << 20 }
    }
}

/// What sessions share.
struct Shared {
    store: Arc<Store>,
    names: Names,
    accounts: Accounts,
    seekdb_port: u16,
    mysql_port: u16,
    follower: Follower,
}

impl Shared {
    fn rotate(&self) -> Result<()> {
        self.follower.with(Converter::rotate)
    }
}

/// A running tenant; everything ends with the handle.
pub struct OceanBase {
    port: u16,
    service_port: u16,
    shared: Arc<Shared>,
    // Dropped in this order: no session outlives the servers behind it.
    proxy: Listener,
    service: Listener,
    seekdb: SeekDb,
    mysql: Mysql56,
}

impl OceanBase {
    pub async fn start(workspace: &Workspace) -> Result<Self> {
        Self::start_with(workspace, OceanBaseOptions::default()).await
    }

    pub async fn start_with(workspace: &Workspace, options: OceanBaseOptions) -> Result<Self> {
        let (seekdb, mysql) = tokio::try_join!(SeekDb::start(workspace), Mysql56::start(workspace))?;
        let uuid = mysql.sql("SELECT @@server_uuid").await?;
        let uuid = parse_uuid(uuid[0][0].as_deref().unwrap_or_default())?;
        let port = workspace.free_port()?;
        let service_port = workspace.free_port()?;
        let store = Arc::new(Store::new(&workspace.new_folder("obbinlog")?, uuid)?);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        let writer = Writer::begin(store.clone(), u32::try_from(now.as_secs())?)?;
        let converter = Converter::new(writer, uuid, options.file_limit, Catalogue::new(seekdb.port()));
        let shared = Arc::new(Shared {
            store,
            names: Names { cluster: options.cluster, tenant: options.tenant, service_port },
            accounts: Accounts::new(options.root_password),
            seekdb_port: seekdb.port(),
            mysql_port: mysql.port(),
            follower: Follower::start(converter, mysql.port()),
        });
        let (for_proxy, for_service) = (shared.clone(), shared.clone());
        Ok(Self {
            port,
            service_port,
            proxy: Listener::start(port, move |stream| session::serve(for_proxy.clone(), stream))?,
            service: Listener::start(service_port, move |stream| direct::serve(for_service.clone(), stream))?,
            shared,
            seekdb,
            mysql,
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:port`, to be used as an OBProxy's address.
    pub fn addr(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The Binlog Service's own address.
    pub fn service_addr(&self) -> String {
        format!("127.0.0.1:{}", self.service_port)
    }

    pub fn service_port(&self) -> u16 {
        self.service_port
    }

    pub fn tenant(&self) -> &str {
        &self.shared.names.tenant
    }

    pub fn cluster(&self) -> &str {
        &self.shared.names.cluster
    }

    /// `root@tenant#cluster`.
    pub fn root(&self) -> String {
        self.full_name("root")
    }

    /// `user@tenant#cluster`.
    pub fn full_name(&self, user: &str) -> String {
        format!("{user}@{}#{}", self.tenant(), self.cluster())
    }

    pub fn seekdb(&self) -> &SeekDb {
        &self.seekdb
    }

    pub fn mysql(&self) -> &Mysql56 {
        &self.mysql
    }

    /// Makes a user who may log in at the proxy, with the given privileges (such as `SELECT`) on
    /// everything.
    pub async fn add_user(&self, user: &str, password: &str, privileges: &str) -> Result<()> {
        self.seekdb.sql(&format!("CREATE USER IF NOT EXISTS '{user}' IDENTIFIED BY '{password}'")).await?;
        if !privileges.is_empty() {
            self.seekdb.sql(&format!("GRANT {privileges} ON *.* TO '{user}'")).await?;
        }
        self.shared.accounts.add(user, password);
        Ok(())
    }

    /// A connection as root through the proxy.
    pub async fn connect(&self) -> Result<mysql_async::Conn> {
        let password = self.shared.accounts.root_password();
        sql::connect(self.port, &self.root(), &password).await
    }

    /// One statement as root through the proxy.
    pub async fn sql(&self, statement: &str) -> Result<Vec<sql::Row>> {
        let mut connection = self.connect().await?;
        let rows = sql::rows(&mut connection, statement).await?;
        connection.disconnect().await?;
        Ok(rows)
    }

    /// Several statements as root, in one session.
    pub async fn run(&self, statements: &[&str]) -> Result<()> {
        let mut connection = self.connect().await?;
        sql::run(&mut connection, statements).await?;
        Ok(connection.disconnect().await?)
    }

    /// Number of the newest transaction in the binlog files.
    pub fn newest_transaction(&self) -> u64 {
        self.shared.store.executed()
    }

    /// Server uuid of the GTIDs.
    pub fn uuid(&self) -> String {
        event::uuid_text(self.shared.store.uuid)
    }

    /// Names and sizes of the binlog files.
    pub fn binlog_files(&self) -> Vec<(String, u64)> {
        self.shared.store.files().into_iter().map(|file| (file.name(), file.size)).collect()
    }

    /// Waits until everything that MySQL 5.6 has committed is in the binlog files.
    pub async fn wait_for_conversion(&self, limit: Duration) -> Result<()> {
        let status = self.mysql.sql("SHOW MASTER STATUS").await?;
        let place = (status[0][0].clone().unwrap_or_default(), status[0][1].clone().unwrap_or_default());
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            let source = self.shared.follower.with(|converter| {
                converter.flush()?;
                anyhow::Ok(converter.source.clone())
            })?;
            if let Some(failure) = self.shared.follower.failure() {
                bail!("the binlog conversion failed: {failure}");
            }
            let offset: u64 = place.1.parse().context("MySQL 5.6 names no position")?;
            if (source.file.as_str(), source.offset) >= (place.0.as_str(), offset) {
                return Ok(());
            }
            if tokio::time::Instant::now() > deadline {
                bail!("conversion stands at {source:?}, MySQL 5.6 at {place:?}, after {limit:?}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends the newest binlog file and begins another.
    pub fn rotate(&self) -> Result<()> {
        self.shared.rotate()
    }

    /// PURGE BINARY LOGS TO: removes the files up to and including `file`, never the newest.
    pub fn purge_to(&self, file: &str) -> Result<()> {
        if self.shared.store.purge_to(file) {
            return Ok(());
        }
        bail!("there is no binlog file {file}")
    }

    /// DROP and CREATE BINLOG: file and transaction numbers begin again under the same uuid, with the
    /// transactions committed from now on.
    pub fn recreate_task(&self) -> Result<()> {
        self.shared.follower.with(Converter::recreate)?;
        self.shared.follower.reconnect();
        Ok(())
    }

    /// As [`OceanBase::recreate_task`], but with all transactions that MySQL 5.6 has, from its first.
    pub fn reconvert(&self) -> Result<()> {
        self.shared.follower.with(|converter| {
            converter.recreate()?;
            converter.source = convert::SourcePosition { file: String::new(), offset: 4 };
            anyhow::Ok(())
        })?;
        self.shared.follower.reconnect();
        Ok(())
    }

    /// The converter dies as soon as it has written `rows` rows of one transaction; the half
    /// transaction stays visible until [`OceanBase::restart_converter`].
    pub fn crash_converter_mid_transaction(&self, rows: u64) {
        self.shared.follower.with(|converter| converter.crash_after_rows = Some(rows));
    }

    pub fn converter_is_crashed(&self) -> bool {
        self.shared.follower.with(|converter| converter.crashed)
    }

    /// Cuts the half transaction off and repeats it under the same number in the next file.
    pub fn restart_converter(&self) -> Result<()> {
        self.shared.follower.with(Converter::restart)?;
        self.shared.follower.reconnect();
        Ok(())
    }

    /// Cuts every connection to the proxy and the service.
    pub fn drop_connections(&self) {
        self.proxy.drop_connections();
        self.service.drop_connections();
    }

    pub fn connection_count(&self) -> usize {
        self.proxy.connection_count() + self.service.connection_count()
    }

    /// Refuses new connections at the proxy.
    pub fn stop_listening(&self) {
        self.proxy.close();
        self.service.close();
    }

    pub fn start_listening(&self) -> Result<()> {
        self.proxy.open()?;
        self.service.open()
    }

    /// Connections stay open and new ones are accepted, but nothing is sent any more.
    pub fn pause_service(&self) {
        self.shared.store.pause(true);
    }

    pub fn resume_service(&self) {
        self.shared.store.pause(false);
    }
}

impl Drop for OceanBase {
    fn drop(&mut self) {
        self.shared.store.close();
    }
}

fn parse_uuid(text: &str) -> Result<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let number = u128::from_str_radix(&digits, 16).with_context(|| format!("{text} is no uuid"))?;
    Ok(number.to_be_bytes())
}
