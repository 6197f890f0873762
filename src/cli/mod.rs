//! The command line: a client of the JSON API. Knows no store and no project.
//!
//! Exit status: 0 done, 1 refused or failed, 2 wrong usage or unreadable file,
//! 3 the service can't be reached.

mod arguments;
mod client;
mod datasource;
mod file;
mod outcome;
mod project;
mod sample;
mod schema;
mod status;
mod user;

use tidewire_words::Lang;

pub use self::arguments::{ClientCommand, Command, Serve, parse};
pub use self::outcome::Outcome;

use self::arguments::Action;
use self::client::Client;

/// Carries out a command against the running service.
pub async fn run(command: ClientCommand) -> Outcome {
    let client = match Client::connect(&command) {
        Ok(client) => client,
        Err(outcome) => return outcome,
    };
    let result = match command.action {
        Action::Apply { file, dry_run } => file::apply(&client, &file, dry_run, command.json).await,
        Action::Export { names, secrets } => file::export(&client, &names, secrets).await,
        Action::Backup { file } => file::backup(&client, &file).await,
        Action::Sample { datasource, database, table, format } => {
            sample::show(&client, [&datasource, &database, &table], &format, command.json).await
        }
        Action::Status => status::show(&client, command.json).await,
        Action::Project { verb, name, wait } => {
            project::run(&client, &verb, name.as_deref(), wait, command.json).await
        }
        Action::Schema { project, table } => {
            schema::show(&client, &project, table.as_deref(), command.json).await
        }
        Action::Define { project, table, file } => {
            schema::define(&client, &project, &table, &file, command.json).await
        }
        Action::Datasource { verb, name } => {
            datasource::run(&client, &verb, name.as_deref(), command.json).await
        }
        Action::User { verb, name } => user::run(&client, &verb, name.as_deref(), command.json).await,
    };
    result.unwrap_or_else(|outcome| outcome)
}

/// The language of the terminal.
#[must_use]
pub fn terminal_lang() -> Lang {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    named.map_or(Lang::En, |value| Lang::preferred(&value))
}
