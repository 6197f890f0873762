//! The program: arguments, logger, exit status.
#![recursion_limit = "256"]

use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tidewire::cli::{self, Outcome};
use tidewire::custody::CustodyError;
use tidewire::supervisor::question::MEMORY;

fn main() -> ExitCode {
    let outcome = cli::parse(std::env::args_os());
    let outcome = match outcome {
        // Needs no more than one thread.
        Ok(cli::Command::Ask) => ask(),
        Ok(command) => run(command),
        Err(outcome) => outcome,
    };
    outcome.report()
}

/// Descriptors of the service: one a connection, and some a project.
const DESCRIPTORS: u64 = 65_536;

/// Answers the question on standard input, within bounds: whatever a server
/// does to its reader, it does to this process alone.
fn ask() -> Outcome {
    let answered = || -> anyhow::Result<String> {
        // What the system allows less of is not raised.
        let most = getrlimit(Resource::As).maximum.map_or(MEMORY, |most| most.min(MEMORY));
        setrlimit(Resource::As, Rlimit { current: Some(most), maximum: Some(most) })?;
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
        let question = std::io::read_to_string(std::io::stdin())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(runtime.block_on(tidewire::supervisor::question::answer(&question))?)
    };
    match answered() {
        Ok(answer) => Outcome::said(&answer),
        Err(error) => Outcome::failed(&format!("{error:#}"), ""),
    }
}

/// Shells give a process few descriptors of the many that it may have.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
    if limit.current.is_some_and(|current| current < wanted)
        && let Err(error) =
            setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum })
    {
        log::debug!("the limit of descriptors stays: {error}");
    }
}

fn run(command: cli::Command) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::failed(&format!("the runtime can't be started: {error}"), ""),
    };
    let outcome = match command {
        cli::Command::Serve(serve) => {
            tidewire::telemetry::start_log(&serve.settings.log);
            raise_descriptors();
            let (settings, data) = (serve.settings.clone(), serve.data.clone());
            match runtime.block_on(tidewire::app::serve(settings, data, || serve.read_again())) {
                Ok(()) => Outcome::done(),
                Err(error) => ended(&error),
            }
        }
        cli::Command::ForgetSecrets(data) => match runtime.block_on(tidewire::app::forget_secrets(&data)) {
            Ok(names) => Outcome::said(&names.join("\n")),
            Err(error) => ended(&error),
        },
        cli::Command::Ask => ask(),
        cli::Command::Client(client) => runtime.block_on(cli::run(*client)),
    };
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    outcome
}

/// A data directory whose parts don't fit is wrong usage, like wrong settings:
/// starting again does not help.
fn ended(error: &anyhow::Error) -> Outcome {
    let reason = format!("{error:#}");
    match error.downcast_ref::<CustodyError>() {
        Some(CustodyError::DatabaseMissing { .. } | CustodyError::Shut { .. } | CustodyError::Key(_)) => {
            Outcome::usage(&reason, "")
        }
        Some(CustodyError::Store(_)) | None => Outcome::failed(&reason, ""),
    }
}
