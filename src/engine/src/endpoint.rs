//! Saved endpoints: where rows come from and where messages go.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::project::Origin;

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
    /// What the engine has to know of it.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin { kind: self.kind, tenant: self.tenant.clone(), cluster: self.cluster.clone() }
    }

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

impl DatasourceKind {
    /// Every kind, in the order that forms offer them.
    pub const ALL: [Self; 4] = [Self::OceanbaseCe, Self::Mysql, Self::Mariadb, Self::Rocketmq];

    /// The form of the project file and of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OceanbaseCe => "oceanbase-ce",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Rocketmq => "rocketmq",
        }
    }

    /// Reads that form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The product's own name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::OceanbaseCe => "OceanBase CE",
            Self::Mysql => "MySQL",
            Self::Mariadb => "MariaDB",
            Self::Rocketmq => "RocketMQ",
        }
    }
}

impl Tls {
    /// Reads the form of the project file.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "required" => Some(Self::Required),
            "verify" => Some(Self::Verify),
            _ => None,
        }
    }
}

/// A saved endpoint without its secret: what is stored as JSON and what a
/// project keeps as its own copy. Fields that the kind does not use are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Kind.
    pub kind: DatasourceKind,
    /// `host:port`, or `host:port;host:port` of name servers.
    pub address: String,
    /// OceanBase tenant.
    pub tenant: String,
    /// OceanBase cluster.
    pub cluster: String,
    /// Account.
    pub user: String,
    /// The only database that may be chosen.
    pub database: String,
    /// `host:port` of the Binlog Service itself.
    pub binlog_address: String,
    /// RocketMQ access key.
    pub access_key: String,
    /// RocketMQ instance name.
    pub namespace: String,
    /// Protection.
    pub tls: Tls,
    /// PEM file of the authority.
    pub tls_ca: String,
}

impl Connection {
    /// The endpoint to read from; `None` for a kind that is only a target or
    /// for an address that does not parse.
    #[must_use]
    pub fn source(&self, password: SecretString) -> Option<SourceEndpoint> {
        if self.kind == DatasourceKind::Rocketmq {
            return None;
        }
        let (host, port) = host_port(&self.address)?;
        Some(SourceEndpoint {
            kind: self.kind,
            host,
            port,
            tenant: filled(&self.tenant),
            cluster: filled(&self.cluster),
            user: self.user.clone(),
            password,
            database: filled(&self.database),
            binlog_host_port: host_port(&self.binlog_address),
            tls: self.tls,
            tls_ca: filled(&self.tls_ca).map(PathBuf::from),
        })
    }

    /// The endpoint to write to; `None` for a kind that is only a source.
    #[must_use]
    pub fn target(&self, secret_key: SecretString) -> Option<MqEndpoint> {
        if self.kind != DatasourceKind::Rocketmq {
            return None;
        }
        Some(MqEndpoint {
            name_servers: self.address.clone(),
            credentials: filled(&self.access_key).map(|key| (key, secret_key)),
            namespace: filled(&self.namespace),
            tls: self.tls,
            tls_ca: filled(&self.tls_ca).map(PathBuf::from),
        })
    }
}

/// Splits `host:port`; an IPv6 host stands in brackets.
#[must_use]
pub fn host_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if bare.is_none() && host.contains(':') {
        return None;
    }
    let host = bare.unwrap_or(host);
    let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
    let clean = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/@;,".contains(c));
    clean.then(|| (host.to_owned(), port))
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
