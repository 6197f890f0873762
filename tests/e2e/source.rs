//! The three kinds of source behind one face.

use anyhow::Result;
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint, Tls};
use tidewire_mysql::source::MySqlSource;
use tidewire_rig::sql::{self, Row};
use tidewire_rig::{MariaDb, Mysql56, OceanBase};

use crate::servers;

#[derive(Clone, Copy)]
pub(crate) enum Source {
    Mysql(&'static Mysql56),
    MariaDb(&'static MariaDb),
    OceanBase(&'static OceanBase),
}

impl Source {
    pub(crate) async fn mysql() -> Result<Self> {
        Ok(Self::Mysql(servers::mysql().await?))
    }

    pub(crate) async fn mariadb() -> Result<Self> {
        Ok(Self::MariaDb(servers::mariadb().await?))
    }

    pub(crate) async fn oceanbase() -> Result<Self> {
        Ok(Self::OceanBase(servers::oceanbase().await?))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mysql(_) => "mysql",
            Self::MariaDb(_) => "mariadb",
            Self::OceanBase(_) => "oceanbase",
        }
    }

    /// The `[[datasource]]` named `source`.
    pub(crate) fn datasource(self) -> String {
        let rest = match self {
            Self::Mysql(server) => format!("kind = \"mysql\"\naddress = \"127.0.0.1:{}\"", server.port()),
            Self::MariaDb(server) => format!("kind = \"mariadb\"\naddress = \"127.0.0.1:{}\"", server.port()),
            Self::OceanBase(server) => format!(
                "kind = \"oceanbase-ce\"\naddress = \"{}\"\ntenant = \"{}\"\ncluster = \"{}\"",
                server.addr(),
                server.tenant(),
                server.cluster()
            ),
        };
        // The OceanBase rig takes any password, but there has to be one.
        let password = if matches!(self, Self::OceanBase(_)) { "any" } else { "" };
        format!("[[datasource]]\nname = \"source\"\n{rest}\nuser = \"root\"\npassword = \"{password}\"\n")
    }

    /// The engine's own way to the server.
    pub(crate) fn door(self, name: &str) -> MySqlSource {
        let kind = match self {
            Self::Mysql(_) => DatasourceKind::Mysql,
            Self::MariaDb(_) => DatasourceKind::Mariadb,
            Self::OceanBase(_) => DatasourceKind::OceanbaseCe,
        };
        let (port, user, password) = self.login();
        let endpoint = SourceEndpoint {
            kind,
            host: "127.0.0.1".to_owned(),
            port,
            tenant: None,
            cluster: None,
            user,
            password: password.into(),
            database: None,
            binlog_host_port: None,
            tls: Tls::Off,
            tls_ca: None,
        };
        MySqlSource::new(endpoint, name)
    }

    /// A session for users' statements.
    pub(crate) async fn connect(self) -> Result<mysql_async::Conn> {
        match self {
            Self::Mysql(server) => sql::connect(server.port(), "root", "").await,
            Self::MariaDb(server) => sql::connect(server.port(), "root", "").await,
            Self::OceanBase(server) => server.connect().await,
        }
    }

    pub(crate) async fn sql(self, statement: &str) -> Result<Vec<Row>> {
        let mut connection = self.connect().await?;
        let rows = sql::rows(&mut connection, statement).await?;
        connection.disconnect().await?;
        Ok(rows)
    }

    /// Where another program reads the log: port, user and password.
    pub(crate) fn login(self) -> (u16, String, &'static str) {
        match self {
            Self::Mysql(server) => (server.port(), "root".to_owned(), ""),
            Self::MariaDb(server) => (server.port(), "root".to_owned(), ""),
            Self::OceanBase(server) => (server.port(), server.root(), "any"),
        }
    }

    /// Port of the server whose own log tells what was committed.
    pub(crate) fn log_port(self) -> u16 {
        match self {
            Self::Mysql(server) => server.port(),
            Self::MariaDb(server) => server.port(),
            Self::OceanBase(server) => server.mysql().port(),
        }
    }
}
