//! Whether the server's log gets every change: a standby tenant has no log of
//! its own, and a replica without `log_slave_updates` writes none of what it
//! receives. Used by the precheck.

use mysql_async::Conn;
use serde::{Deserialize, Serialize};
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};

use crate::connect::{connect, disconnect, literal, query, variable};

/// What the server is to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Its log has every change.
    Primary,
    /// Its log lacks changes: it only receives them.
    Standby,
    /// The account may not read it.
    Unknown,
}

/// Asks the server for its role.
///
/// # Errors
/// Unreachable or refused.
pub async fn role(source: &SourceEndpoint) -> PipelineResult<Role> {
    let mut conn = connect(source).await?;
    let role = match source.kind {
        DatasourceKind::OceanbaseCe => tenant_role(&mut conn, source.tenant.as_deref()).await,
        DatasourceKind::Mysql | DatasourceKind::Mariadb | DatasourceKind::Rocketmq => {
            replica_role(&mut conn).await
        }
    };
    disconnect(conn).await;
    match role {
        Err(error) if denied(&error) => Ok(Role::Unknown),
        other => other,
    }
}

/// A tenant finds itself in `DBA_OB_TENANTS`, with its role since 4.1; what
/// other tenants are does not matter.
async fn tenant_role(conn: &mut Conn, tenant: Option<&str>) -> PipelineResult<Role> {
    let own = tenant.map_or_else(String::new, |tenant| format!(" WHERE TENANT_NAME = {}", literal(tenant)));
    let sql = format!("SELECT TENANT_ROLE FROM oceanbase.DBA_OB_TENANTS{own}");
    match query(conn, &sql).await {
        Ok(rows) => {
            let standby = rows.into_iter().flatten().flatten().any(|role| role == "STANDBY");
            Ok(if standby { Role::Standby } else { Role::Primary })
        }
        // Without the view, or without tenants, there are no standbys either.
        Err(error) if unknown_name(&error) => Ok(Role::Primary),
        Err(error) => Err(error),
    }
}

async fn replica_role(conn: &mut Conn) -> PipelineResult<Role> {
    let logs_all = variable(conn, "log_slave_updates").await?;
    if logs_all.is_none_or(|value| value.eq_ignore_ascii_case("ON")) {
        return Ok(Role::Primary);
    }
    let rows = match query(conn, "SHOW SLAVE STATUS").await {
        Err(error) if error.server_code == Some(1064) => query(conn, "SHOW REPLICA STATUS").await?,
        other => other?,
    };
    Ok(if rows.is_empty() { Role::Primary } else { Role::Standby })
}

fn denied(error: &PipelineError) -> bool {
    matches!(error.kind, ErrorKind::PrivilegeMissing | ErrorKind::SourceDenied)
}

/// No such table, column or database.
fn unknown_name(error: &PipelineError) -> bool {
    matches!(error.server_code, Some(1146 | 1054 | 1049))
}
