//! What can happen. Each step carries its own chance, so that a step means the
//! same when others are taken out.

use std::fmt;

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Committed.
    Commit,
    /// Rolled back after it was logged.
    Rollback,
    /// Committed, but a part of it was rolled back to a savepoint.
    Savepoint,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is said in words below")]
pub enum Step {
    Transaction { seed: u64, statements: usize, rows: usize, end: End },
    Half { seed: u64, statements: usize, rows: usize },
    ServerCrashes { seed: u64 },
    HarmlessDdl { seed: u64 },
    ColumnDdl { seed: u64 },
    TableDdl { seed: u64 },
    Rotate,
    FailOver { seed: u64 },
    Purge,
    PurgeUnread,
    Reset { seed: u64 },
    AsStatement { seed: u64 },
    Wait { millis: u64 },
    Start,
    Stop,
    Kill { polls: u64 },
    Edit { seed: u64 },
    SourceBreaks,
    SourceFallsSilent,
    SourceRefuses { millis: u64 },
    SourceDenies { millis: u64 },
    BrokerDenies { millis: u64 },
    BrokerRestarts { seed: u64, millis: u64, lose_confirmed: bool },
    BrokerFreezes { seed: u64, millis: u64 },
    RouteFails { millis: u64 },
    MoreQueues { seed: u64 },
    Foreign,
    StoreFails { millis: u64 },
    HostClock { seconds: i64 },
    SourceClock { seconds: i64 },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction { seed, statements, rows, end } => {
                let what = match end {
                    End::Commit => "commit a transaction",
                    End::Rollback => "roll back a logged transaction",
                    End::Savepoint => "commit a transaction with a savepoint",
                };
                write!(f, "{what} of up to {statements} statements with up to {rows} rows ({seed:x})")
            }
            Self::Half { seed, statements, rows } => {
                write!(
                    f,
                    "write half a transaction of up to {statements} statements with up to {rows} rows ({seed:x})"
                )
            }
            Self::ServerCrashes { seed } => write!(f, "the server crashes and comes back ({seed:x})"),
            Self::HarmlessDdl { seed } => write!(f, "a statement that changes no columns ({seed:x})"),
            Self::ColumnDdl { seed } => write!(f, "a statement that changes a column ({seed:x})"),
            Self::TableDdl { seed } => write!(f, "a name comes to stand for another table ({seed:x})"),
            Self::Rotate => write!(f, "begin a new log file"),
            Self::FailOver { seed } => write!(f, "another server takes over ({seed:x})"),
            Self::Purge => write!(f, "remove the log files that no saved place needs"),
            Self::PurgeUnread => write!(f, "remove all log files but the newest, if the project is stopped"),
            Self::Reset { seed } => write!(f, "begin the log anew, as a server that was reset ({seed:x})"),
            Self::AsStatement { seed } => write!(f, "log a change of rows as a statement ({seed:x})"),
            Self::Wait { millis } => write!(f, "let {millis} ms pass"),
            Self::Start => write!(f, "start the project"),
            Self::Stop => write!(f, "stop the project"),
            Self::Kill { polls: 0 } => write!(f, "kill the engine"),
            Self::Kill { polls } => write!(f, "kill the engine after {polls} more polls"),
            Self::Edit { seed } => write!(f, "edit the project, if it is stopped ({seed:x})"),
            Self::SourceBreaks => write!(f, "the log stream breaks"),
            Self::SourceFallsSilent => write!(f, "the log stream falls silent"),
            Self::SourceRefuses { millis } => write!(f, "the source refuses connections for {millis} ms"),
            Self::SourceDenies { millis } => write!(f, "the source refuses the account for {millis} ms"),
            Self::BrokerDenies { millis } => write!(f, "the broker refuses the account for {millis} ms"),
            Self::BrokerRestarts { millis, lose_confirmed, seed } => {
                let lost = if *lose_confirmed { " and loses confirmed messages" } else { "" };
                write!(f, "a broker restarts in {millis} ms{lost} ({seed:x})")
            }
            Self::BrokerFreezes { seed, millis } => write!(f, "a broker freezes for {millis} ms ({seed:x})"),
            Self::RouteFails { millis } => write!(f, "the name server is away for {millis} ms"),
            Self::MoreQueues { seed } => write!(f, "a topic gets more queues ({seed:x})"),
            Self::Foreign => write!(f, "somebody else writes to a queue"),
            Self::StoreFails { millis } => write!(f, "the store fails for {millis} ms"),
            Self::HostClock { seconds } => write!(f, "the engine's host clock jumps by {seconds} s"),
            Self::SourceClock { seconds } => write!(f, "the source's clock jumps by {seconds} s"),
        }
    }
}
