//! Saved endpoints: where rows come from and where messages go.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// What a data source is. The text forms are those of the project file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatasourceKind {
    /// OceanBase Community Edition, reached through OBProxy.
    OceanbaseCe,
    /// MySQL 5.6 to 9.x.
    Mysql,
    /// MariaDB 10.5 or later.
    Mariadb,
    /// Apache RocketMQ 4.x or 5.x; only ever a target.
    Rocketmq,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Plain text.
    #[default]
    Off,
    /// Encrypted, certificate not checked.
    Required,
    /// Encrypted, certificate and host name checked.
    Verify,
}

/// The sides of a connection that carries rows. Holds the password in memory
/// only; `Debug` never prints it.
#[derive(Clone, Debug)]
pub struct SourceEndpoint {
    /// One of the three source kinds.
    pub kind: DatasourceKind,
    /// Host of OBProxy or of the MySQL server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// OceanBase tenant; required for [`DatasourceKind::OceanbaseCe`].
    pub tenant: Option<String>,
    /// OceanBase cluster name.
    pub cluster: Option<String>,
    /// Account without tenant and cluster.
    pub user: String,
    /// Password; empty when the account has none.
    pub password: SecretString,
    /// Only this database may be chosen.
    pub database: Option<String>,
    /// The Binlog Service itself, when the dump shall not go through OBProxy.
    pub binlog_host_port: Option<(String, u16)>,
    /// Protection of the connection.
    pub tls: Tls,
    /// PEM file of the authority that signed the server's certificate.
    pub tls_ca: Option<PathBuf>,
}

impl SourceEndpoint {
    /// The account as the server wants it: `user@tenant#cluster` for OceanBase.
    #[must_use]
    pub fn login(&self) -> String {
        match (self.kind, &self.tenant) {
            (DatasourceKind::OceanbaseCe, Some(tenant)) => match &self.cluster {
                Some(cluster) => format!("{}@{tenant}#{cluster}", self.user),
                None => format!("{}@{tenant}", self.user),
            },
            _ => self.user.clone(),
        }
    }
}

/// A RocketMQ cluster that messages go to.
#[derive(Clone, Debug)]
pub struct MqEndpoint {
    /// `host:port;host:port` of the name servers.
    pub name_servers: String,
    /// Access key and secret key, both or none.
    pub credentials: Option<(String, SecretString)>,
    /// Instance name that prefixes topics and groups.
    pub namespace: Option<String>,
    /// Protection of the connections.
    pub tls: Tls,
    /// PEM file of the authority that signed the brokers' certificates.
    pub tls_ca: Option<PathBuf>,
}
